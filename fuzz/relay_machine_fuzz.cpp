// links: parlor_relay
// The relay. Either clients that keep to the protocol over a bad network, held against the model of its unit
// tests (relay/test_model.hpp); or members that say anything in any order, of whom nothing may stay.
//
// The first byte chooses between the two, the rest is their chance.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "relay/test_model.hpp"

using namespace parlor;
using namespace parlor::relay;

namespace {

void check(bool holds, int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d does not hold\n", __FILE__, line);
  std::abort();
}

/// Draws from the input; zeros when it is used up.
class InputRandom final : public base::Random {
 public:
  explicit InputRandom(BytesView input) : input_(input) {}
  [[nodiscard]] bool empty() const { return input_.empty(); }
  void fill(std::span<std::byte> out) override {
    const std::size_t size = std::min(out.size(), input_.size());
    std::copy_n(input_.begin(), size, out.begin());
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(size), out.end(), std::byte{0});
    input_ = input_.subspan(size);
  }
  /// A number from one byte: inputs stay short.
  std::uint8_t byte() {
    std::array<std::byte, 1> one{};
    fill(one);
    return std::to_integer<std::uint8_t>(one[0]);
  }

 private:
  BytesView input_;
};

RelayConfig small() {
  RelayConfig config;
  for (QueueSize& queue : config.queues) queue = {kMaxFrameCost, 4};
  config.sender_rate = {40'000, 20'000};
  config.server_waiting = 100'000;
  return config;
}

class Wild {
 public:
  explicit Wild(InputRandom& in) : in_(in) {}
  void step() {
    const std::uint8_t what = in_.byte();
    const std::uint8_t member = in_.byte() % kMembers;
    switch (what % 8) {
      case 0:
        come(member);
        break;
      case 1:
        go(member);
        break;
      case 2:
        now_ += base::milliseconds(in_.byte()) - base::milliseconds(20);
        relay_.handle_timeout(now_);
        break;
      case 3:
        relay_.handle_writable(now_, ConnectionId{member}, std::size_t{in_.byte()} * 16);
        break;
      case 4: {
        base::Bytes raw(in_.byte());
        in_.fill(raw);
        relay_.handle_frame(now_, ConnectionId{member}, raw);
        break;
      }
      default:
        say(member);
    }
    drain();
  }
  void finish() {
    for (std::uint8_t member = 0; member < kMembers; ++member) go(member);
    const RelayCounters& counters = relay_.counters();
    check(counters.members == 0 && counters.rooms == 0);
    check(counters.waiting_frames == 0 && counters.waiting_bytes == 0);
  }

 private:
  static constexpr std::uint8_t kMembers = 6;
  static RoomId room_of(std::uint8_t member) { return RoomId{member % 2U}; }
  static PeerId peer_of(std::uint8_t member) { return PeerId{static_cast<std::uint16_t>(1 + member)}; }

  void come(std::uint8_t member) {
    if (there_.count(member) > 0) return;
    there_.insert(member);
    relay_.handle_member(
        now_, room_of(member), peer_of(member), ConnectionId{member},
        base::IpAddress::v6({0x20, 1, 0xd, 0xb8, 0, static_cast<std::uint8_t>(member / 3), 0, member}));
  }
  void go(std::uint8_t member) {
    there_.erase(member);
    relay_.handle_gone(now_, room_of(member), peer_of(member));
  }
  void say(std::uint8_t member) {
    ClientFrame frame;
    frame.lane = Lane{static_cast<std::uint8_t>(in_.byte() % kLanes)};
    if (frame.lane != Lane::control) frame.age_ms = in_.byte();
    if (frame.lane == Lane::latest) frame.key = in_.byte() % 8;
    const std::uint8_t choice = in_.byte();
    const std::array<std::byte, 3> header{};
    for (std::uint8_t other = 0; other < kMembers; ++other) {
      if ((choice >> other & 1) != 0)
        frame.recipients.push_back({peer_of(other), (choice & 0x80) != 0, header});
    }
    if (frame.recipients.empty()) frame.to_all.again = (choice & 0x80) != 0;
    const base::Bytes payload(std::min(std::size_t{in_.byte()} * 100,
                                       frame.lane == Lane::control ? kMaxControlPayload : kMaxPayload));
    frame.payload = payload;
    relay_.handle_frame(now_, ConnectionId{member}, write(frame));
  }
  void drain() {
    while (const auto out = relay_.poll_transmit()) {
      check(there_.count(static_cast<std::uint8_t>(out->connection)) == 1);
      base::Bytes bytes(out->head.bytes().begin(), out->head.bytes().end());
      const BytesView payload = base::as_bytes(*out->payload);
      bytes.insert(bytes.end(), payload.begin(), payload.end());
      check(parse_server_frame(bytes).has_value());
    }
    while (const auto event = relay_.poll_event()) {
      std::visit(
          [&](const auto& one) { check(there_.count(static_cast<std::uint8_t>(one.connection)) == 1); },
          *event);
    }
    check(relay_.counters().waiting_bytes <= small().server_waiting);
    const auto next = relay_.poll_timeout();
    latest_ = std::max(latest_, now_);
    check(!next || *next > latest_);
  }

  InputRandom& in_;
  Relay relay_{small()};
  base::Time now_ = base::time_from(base::seconds(10));
  base::Time latest_{};
  std::set<std::uint8_t> there_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  InputRandom in(std::as_bytes(std::span(data, size)));
  if (in.byte() % 2 == 0) {
    Wild wild(in);
    while (!in.empty()) wild.step();
    wild.finish();
    return 0;
  }
  testing::Model model(in);
  while (!in.empty() && model.fault().empty()) model.step();
  model.finish();
  if (!model.fault().empty()) std::fprintf(stderr, "%s\n", model.fault().c_str());
  check(model.fault().empty());
  return 0;
}
