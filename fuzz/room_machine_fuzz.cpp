// links: parlor_room
// A room whose server, carriers and game do anything in any order, held against room_machine_model.hpp: what
// it tells its game and asks of its platform fits what was before, and deadlines lie ahead.

#include <fuzzer/FuzzedDataProvider.h>

#include "room_machine_model.hpp"

using namespace parlor;
using namespace parlor::room;

namespace {

class World {
 public:
  explicit World(FuzzedDataProvider& in)
      : in_(in), matches_(in.ConsumeIntegralInRange(0, 3) == 0), machine_(options(), now_), game_(matches_) {
    drain();
  }

  void step() {
    switch (in_.ConsumeIntegralInRange(0, 13)) {
      case 12:
        machine_.handle_server_bytes(now_, relayed());
        break;
      case 0:
        machine_.handle_server_open(now_);
        break;
      case 1:
      case 2:
        machine_.handle_server_frame(now_, signaling::write(message()));
        break;
      case 3:
        machine_.handle_server_frame(now_, in_.ConsumeRandomLengthString(200));
        break;
      case 4:
        odd_one();
        break;
      case 5: {
        const CarrierId carrier = platform_.some(in_);
        platform_.opened(carrier);
        machine_.handle_carrier_open(now_, carrier);
        break;
      }
      case 6:
        machine_.handle_carrier_message(now_, platform_.some(in_),
                                        in_.ConsumeIntegralInRange<Channel>(0, kChannels + 1), frame());
        break;
      case 7:
        machine_.handle_carrier_state(
            now_, platform_.some(in_),
            in_.PickValueInArray({CarrierState::connected, CarrierState::disconnected, CarrierState::failed,
                                  CarrierState::closed}),
            in_.ConsumeRandomLengthString(10));
        break;
      case 8:
        machine_.handle_carrier_buffered(now_, platform_.some(in_),
                                         in_.ConsumeIntegralInRange<Channel>(0, kChannels + 1), size());
        break;
      case 9:
        machine_.handle_carrier_stats(
            now_, platform_.some(in_),
            {in_.PickValueInArray({Path::none, Path::direct, Path::turn}), base::milliseconds(5), 1, 1});
        break;
      case 10:
        machine_.handle_carrier_signal(now_, platform_.some(in_), signal());
        break;
      case 11:
        pass();
        break;
      default:
        say();
        break;
    }
    drain();
  }

  void finish() {
    if (in_.ConsumeBool()) machine_.handle_page_end(now_);
    drain();
    machine_.leave();
    drain();
    while (auto event = machine_.poll_event()) game_.take(*event);
    check(game_.ended());
    check(platform_.idle());
    check(!machine_.poll_timeout());
  }

 private:
  RoomOptions options() {
    RoomOptions options;
    options.server = "ws://server";
    options.game = "fuzz";
    options.name = "alice";
    ChannelOptions of_host{"rules", Delivery::reliable};
    of_host.of_host = true;
    options.channels = {{"events", Delivery::reliable},
                        {"state", Delivery::unreliable},
                        {"doors", Delivery::latest},
                        {"level", Delivery::bulk},
                        of_host};
    if (matches_) {
      options.entry = QuickMatch{};
    } else if (in_.ConsumeBool()) {
      options.entry = Join{"kamo-ridun", in_.ConsumeBool() ? "ticket" : ""};
    }
    if (in_.ConsumeBool()) options.ice_servers = {{{"stun:server"}, "", ""}};
    return options;
  }
  /// Of a link: mostly one that fits, with some payload.
  Bytes frame() {
    if (in_.ConsumeIntegralInRange(0, 3) == 0) {
      const auto some = in_.ConsumeBytes<std::uint8_t>(40);
      Bytes bytes;
      for (const std::uint8_t byte : some) bytes.push_back(static_cast<std::byte>(byte));
      return bytes;
    }
    FrameHeader header;
    header.kind = static_cast<FrameKind>(in_.ConsumeIntegralInRange<unsigned>(0, kFrameKinds - 1));
    header.from_life = static_cast<std::uint8_t>(in_.ConsumeIntegralInRange(1, 2));
    header.to_life = static_cast<std::uint8_t>(in_.ConsumeIntegralInRange(1, 2));
    header.number = in_.ConsumeIntegralInRange<std::uint16_t>(0, 5);
    header.stamp = in_.ConsumeIntegral<std::uint16_t>();
    header.copy = in_.ConsumeIntegralInRange<std::uint16_t>(0, 5);
    header.key = in_.ConsumeIntegralInRange<std::uint32_t>(0, 3);
    if (in_.ConsumeBool()) header.term = in_.ConsumeIntegral<std::uint8_t>();
    if (in_.ConsumeBool())
      header.ack =
          Ack{in_.ConsumeIntegralInRange<Channel>(0, 7), in_.ConsumeIntegralInRange<std::uint16_t>(0, 8191)};
    const HeaderBytes written_head = write_header(header);
    const BytesView head = written_head.view();
    Bytes bytes(head.begin(), head.end());
    bytes.resize(bytes.size() + size());
    return bytes;
  }
  Bytes relayed() {
    relay::Lane lane = static_cast<relay::Lane>(in_.ConsumeIntegralInRange<unsigned>(0, relay::kLanes - 1));
    Bytes body;
    if (lane != relay::Lane::control)
      body.push_back(static_cast<std::byte>(in_.ConsumeIntegralInRange<unsigned>(0, kChannels)));
    const Bytes inner = frame();
    body.insert(body.end(), inner.begin(), inner.end());
    relay::Head head;
    switch (in_.ConsumeIntegralInRange(0, 4)) {
      case 0:
        head = relay::write(relay::Refused{
            static_cast<relay::Refusal>(in_.ConsumeIntegralInRange<unsigned>(0, relay::kRefusals - 1)),
            peer(), lane, in_.ConsumeIntegral<std::uint16_t>(),
            BytesView(body).first(std::min(body.size(), relay::kMaxHeader))});
        body.clear();
        break;
      case 1:
        head = relay::write(relay::Window{in_.ConsumeBool() ? relay::Lane::reliable : relay::Lane::bulk,
                                          peer(), in_.ConsumeBool()});
        body.clear();
        break;
      default:
        head = relay::write_head(lane, peer(), {});
    }
    Bytes bytes(head.bytes().begin(), head.bytes().end());
    bytes.insert(bytes.end(), body.begin(), body.end());
    return bytes;
  }
  PeerId peer() { return PeerId{in_.ConsumeIntegralInRange<std::uint16_t>(0, 6)}; }
  std::size_t size() {
    return in_.PickValueInArray<std::size_t>(
        {0, 1, 1000, 30'000, kMaxUnreliableMessage, kMaxReliableMessage, 400'000});
  }

  std::uint32_t incarnation() { return in_.ConsumeIntegralInRange<std::uint32_t>(1, 2); }
  signaling::MemberInfo member() { return {peer(), "bob", incarnation(), in_.ConsumeBool()}; }

  signaling::ServerMessage message() {
    switch (in_.ConsumeIntegralInRange(0, 11)) {
      case 0:
        return signaling::Welcome{1, {{{"stun:other"}, "", ""}}, in_.ConsumeBool()};
      case 1: {
        signaling::JoinedRoom joined{in_.ConsumeIntegralInRange(0, 3) > 0 ? "kamo-ridun" : "ridun-kamo",
                                     "",
                                     "ticket",
                                     peer(),
                                     peer(),
                                     1,
                                     8,
                                     {}};
        for (int i = in_.ConsumeIntegralInRange(0, 4); i > 0; --i) joined.members.push_back(member());
        joined.incarnation = incarnation();
        joined.rebuilt = in_.ConsumeBool();
        return joined;
      }
      case 2:
        return signaling::PeerJoinedRoom{member()};
      case 3:
        return signaling::PeerLeftRoom{
            peer(), in_.PickValueInArray({signaling::LeaveReason::left, signaling::LeaveReason::lost,
                                          signaling::LeaveReason::removed})};
      case 4:
        return signaling::HostOfRoom{peer(), in_.ConsumeIntegral<std::uint8_t>()};
      case 5:
        return signaling::Offer{peer(), "sdp"};
      case 6:
        return signaling::Answer{peer(), "sdp"};
      case 7:
        return signaling::Candidate{peer(), "candidate", "0", 0, "u"};
      case 8:
        return signaling::EndOfCandidates{peer()};
      case 9:
        return signaling::PeerAwayRoom{peer()};
      case 10:
        return signaling::PeerBackRoom{member()};
      default:
        return signaling::Error{static_cast<signaling::ErrorCode>(in_.ConsumeIntegralInRange(0, 19)), "no",
                                ""};
    }
  }
  Signal signal() {
    switch (in_.ConsumeIntegralInRange(0, 3)) {
      case 0:
        return Description{Description::Type::offer, "sdp"};
      case 1:
        return Description{Description::Type::answer, "sdp"};
      case 2:
        return IceCandidate{"candidate", "0", 0, "u"};
      default:
        return CandidatesEnd{};
    }
  }
  /// What happens seldom.
  void odd_one() {
    switch (in_.ConsumeIntegralInRange(0, 9)) {
      case 0:
        platform_.socket_closed();
        machine_.handle_server_close(now_,
                                     in_.PickValueInArray<std::uint16_t>({1000, 1001, 1006, 4015, 4016}), "");
        break;
      case 1:
        machine_.leave();
        break;
      case 2:
        machine_.handle_ice_servers(now_, in_.ConsumeRandomLengthString(60));
        break;
      case 3:
        machine_.handle_ice_servers(now_, R"({"ice_servers":[]})");
        break;
      case 4:
        takes_events_ = !takes_events_;
        break;
      case 5:
        now_ -= base::seconds(5);
        break;
      case 6:
        machine_.handle_server_buffered(now_, size());
        break;
      case 7:
        machine_.handle_visibility(now_, in_.ConsumeBool());
        break;
      case 8:
        worsen();
        break;
      default:
        break;
    }
  }
  void worsen() {
    if (in_.ConsumeIntegralInRange(0, 3) == 0) {
      static_cast<void>(machine_.set_conditioner(now_, std::nullopt));
      return;
    }
    Conditions conditions;
    conditions.delay = base::milliseconds(in_.ConsumeIntegralInRange(0, 3000));
    conditions.jitter = base::milliseconds(in_.ConsumeIntegralInRange(0, 500));
    conditions.loss = in_.ConsumeIntegralInRange(-1, 11) / 10.0;
    conditions.burst = in_.ConsumeIntegralInRange(0, 5);
    conditions.duplicate = in_.ConsumeIntegralInRange(0, 10) / 10.0;
    conditions.rate = in_.PickValueInArray<std::uint32_t>({0, 1, 1000, 100'000});
    conditions.queue = in_.PickValueInArray<std::size_t>({0, 1000, 256 * 1024});
    conditions.seed = in_.ConsumeIntegral<std::uint8_t>();
    conditions.outgoing = in_.ConsumeBool();
    conditions.incoming = in_.ConsumeBool();
    static_cast<void>(machine_.set_conditioner(now_, conditions));
  }
  void pass() {
    latest_ = std::max(latest_, now_);
    now_ = latest_ + base::milliseconds(in_.ConsumeIntegralInRange(0, 30'000));
    latest_ = now_;
    machine_.handle_timeout(now_);
    drain();
    const auto next = machine_.poll_timeout();
    check(!next || *next > now_);
  }
  void say() {
    const Channel channel = in_.ConsumeIntegralInRange<Channel>(0, kChannels);
    const Bytes bytes(size());
    const std::uint32_t key = in_.ConsumeIntegralInRange<std::uint32_t>(0, 3);
    const SendResult result = in_.ConsumeBool() ? machine_.send(now_, peer(), channel, bytes, key)
                                                : machine_.send_to_all(now_, channel, bytes, key);
    if (channel == kChannels) check(result == SendResult::too_large);
    for (const Member& member : machine_.peers()) {
      const auto stats = machine_.stats(member.id);
      check(stats.has_value());
    }
  }
  void drain() {
    while (auto transmit = machine_.poll_transmit()) {
      platform_.take(*transmit);
      if (std::holds_alternative<RelaySend>(*transmit)) machine_.handle_server_buffered(now_, 0);
    }
    while (takes_events_) {
      auto event = machine_.poll_event();
      if (!event) break;
      game_.take(*event);
    }
  }

  FuzzedDataProvider& in_;
  bool matches_;
  base::Time now_ = base::time_from(base::seconds(1000));
  base::Time latest_ = now_;
  Machine machine_;
  Platform platform_;
  Game game_;
  bool takes_events_ = true;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider in(data, size);
  World world(in);
  for (int i = 0; i < 500 && in.remaining_bytes() > 0; ++i) world.step();
  world.finish();
  return 0;
}
