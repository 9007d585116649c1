// links: parlor_room
// A room whose server, carriers and game do anything in any order. What it tells the game and asks of its
// platform is held against a model: events about a peer come only while it is there, paths change from where
// they were, nothing follows the end, commands go only to carriers that are open, deadlines lie ahead.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "room/machine.hpp"

using namespace parlor;
using namespace parlor::room;

namespace {

constexpr Channel kChannels = 5;  // the game's; the link's own is behind them

void check(bool holds, int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d does not hold\n", __FILE__, line);
  std::abort();
}

/// What the game must believe after all the events that it took.
class Game {
 public:
  void take(const Event& event) {
    check(!ended_);
    std::visit([this](const auto& one) { on(one); }, event);
  }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  void on(const Joined& joined) {
    check(!joined_ && joined.me != kNobody);
    joined_ = true;
    me_ = joined.me;
  }
  void on(const PeerJoined& peer) {
    check(joined_ && peer.member.id != me_ && peer.member.id != kNobody);
    check(paths_.emplace(peer.member.id, Path::none).second && paths_.size() < kMaxMembers);
  }
  void on(const PeerAway& away) { check(paths_.count(away.peer) == 1 && away_.insert(away.peer).second); }
  void on(const PeerBack& back) {
    const bool was_away = away_.erase(back.member.id) == 1;
    check(paths_.count(back.member.id) == 1 && (was_away || back.anew));
    check(!back.anew || paths_[back.member.id] == Path::none);
  }
  void on(const PeerLeft& peer) {
    away_.erase(peer.peer);
    check(paths_.erase(peer.peer) == 1 && !peer.message.empty());
  }
  void on(const HostChanged&) { check(joined_); }
  void on(const Message& message) {
    check(paths_.count(message.from) == 1);  // the path is mine to it: its to me may be there before
    check(message.bytes.size() <= kMaxReliableMessage);
  }
  void on(const PathChanged& change) {
    check(paths_.count(change.peer) == 1 && paths_[change.peer] == change.from && change.from != change.to);
    paths_[change.peer] = change.to;
  }
  void on(const LinkFailed& failed) { check(paths_.count(failed.peer) == 1 && !failed.message.empty()); }
  void on(const ServerLost& lost) {
    check(joined_ && !server_lost_ && !lost.message.empty());
    server_lost_ = true;
  }
  void on(const ServerBack&) {
    check(server_lost_);
    server_lost_ = false;
  }
  void on(const SettingsChanged& changed) {
    check(joined_ && changed.settings.size >= signaling::kMinRoomSize);
  }
  void on(const Searching&) { check(!joined_); }
  void on(const RequestRefused& refused) { check(joined_ && !refused.request.empty()); }
  void on(const Ended& ended) {
    check(ended.reason != Reason::none && !ended.message.empty());
    ended_ = true;
  }

  bool joined_ = false;
  bool server_lost_ = false;
  bool ended_ = false;
  PeerId me_ = kNobody;
  std::map<PeerId, Path> paths_;
  std::set<PeerId> away_;
};

/// What the platform must have at hand.
class Platform {
 public:
  void take(const Transmit& transmit) {
    std::visit([this](const auto& command) { on(command); }, transmit);
  }
  /// A carrier, mostly one that is there.
  CarrierId some(FuzzedDataProvider& in) const {
    if (carriers_.empty() || in.ConsumeIntegralInRange(0, 15) == 0)
      return CarrierId{in.ConsumeIntegral<std::uint8_t>()};
    auto at = carriers_.begin();
    std::advance(at, in.ConsumeIntegralInRange<std::size_t>(0, carriers_.size() - 1));
    return at->first;
  }
  void opened(CarrierId carrier) {
    if (const auto at = carriers_.find(carrier); at != carriers_.end()) at->second = true;
  }
  void socket_closed() { socket_ = false; }
  [[nodiscard]] bool idle() const { return carriers_.empty() && !socket_; }

 private:
  void on(const FetchIceServers& fetch) { check(fetch.url.substr(0, 4) == "http"); }
  void on(const OpenSocket&) {
    check(!socket_);
    socket_ = true;
  }
  void on(const SendFrame& send) { check(socket_ && send.text.size() <= signaling::kMaxFrame); }
  void on(const CloseSocket&) { socket_ = false; }
  void on(const OpenCarrier& open) {
    check(used_.insert(open.carrier).second && carriers_.emplace(open.carrier, false).second);
  }
  void on(const SetPolite& set) { check(carriers_.count(set.carrier) == 1); }
  void on(const CarrierSignal& signal) { check(carriers_.count(signal.carrier) == 1); }
  void on(const CarrierSend& send) {
    check(carriers_.count(send.carrier) == 1 && carriers_[send.carrier]);
    check(send.channel <= kChannels && send.payload.size() <= kMaxPiece);
  }
  void on(const RelaySend& send) {
    check(socket_ && !send.recipients.empty() && send.recipients.size() <= relay::kMaxRecipients);
    check(relay::parse_client_frame(write(send)).has_value());
  }
  void on(const RestartCarrier& restart) { check(carriers_.count(restart.carrier) == 1); }
  void on(const CloseCarrier& close) { check(carriers_.erase(close.carrier) == 1); }

  std::map<CarrierId, bool> carriers_;  // and whether it said that it is open
  std::set<CarrierId> used_;
  bool socket_ = false;
};

class World {
 public:
  explicit World(FuzzedDataProvider& in) : in_(in), machine_(options(), now_) { drain(); }

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
    if (in_.ConsumeBool()) options.entry = Join{"kamo-ridun", in_.ConsumeBool() ? "ticket" : ""};
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
        signaling::JoinedRoom joined{"kamo-ridun", "", "ticket", peer(), peer(), 1, 8, {}};
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
      default:
        break;
    }
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
    while (auto transmit = machine_.poll_transmit()) platform_.take(*transmit);
    while (takes_events_) {
      auto event = machine_.poll_event();
      if (!event) break;
      game_.take(*event);
    }
  }

  FuzzedDataProvider& in_;
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
