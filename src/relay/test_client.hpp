#pragma once
// The parts of test_model.hpp: what a client of the relay remembers, and the headers that it writes.

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "base/random.hpp"
#include "relay/relay.hpp"

namespace parlor::relay::testing {

/// What comes to a client, in the order of its socket. Without bytes: `peer` has come or gone.
struct Inbound {
  base::Bytes bytes;
  PeerId peer = kNobody;
};
struct Client {
  RoomId room{};
  PeerId peer = kNobody;
  base::IpAddress site;
  ConnectionId connection{};
  bool present = false;
  std::deque<base::Bytes> outbound;
  std::deque<Inbound> inbound;
  std::uint32_t sent = 0;  // on the lanes that promise nothing: numbers grow
};
/// One promised lane to one member.
struct Pipe {
  std::uint32_t made = 0;
  std::uint32_t next = 0;
  std::uint32_t epoch = 0;  // grows when it is begun anew
  bool again = false;
  bool held = false;
  base::Time wait_until{};
  std::uint32_t expected = 0;  // at the receiver
  /// From here on its messages were sent in the knowledge that the receiver has come as it is there now.
  std::uint32_t fresh_from = 0;
};
/// Begins anew with what has not arrived.
inline void reset(Pipe& pipe) {
  const Pipe was = pipe;
  pipe = {was.made, was.expected, was.epoch + 1, false, false, {}, was.expected, was.epoch + 1};
}

/// A header.
inline std::string number(std::uint32_t epoch, std::uint32_t value) {
  return std::to_string(epoch) + ':' + std::to_string(value) + ':';
}

/// The two numbers that a header of ours holds.
inline std::pair<std::uint32_t, std::uint32_t> numbers_of(BytesView bytes) {
  const std::string text(base::as_text(bytes.first(std::min<std::size_t>(bytes.size(), kMaxHeader))));
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {};
  const auto read_number = [](const std::string& digits) {
    std::uint32_t value = 0;
    for (const char digit : digits) {
      if (digit < '0' || digit > '9') break;
      value = value * 10 + static_cast<std::uint32_t>(digit - '0');
    }
    return value;
  };
  return {read_number(text), read_number(text.substr(colon + 1))};
}
inline std::uint32_t value_of(BytesView bytes) {
  return numbers_of(bytes).second;
}

/// Limits that are reached all the time.
inline RelayConfig tight(base::Random& random) {
  RelayConfig config;
  // In half of all runs sending is limited tightly, in the others waiting.
  const bool slow = random.below(2) == 0;
  const auto rate = [&](std::uint32_t burst) {
    const auto least = static_cast<std::uint32_t>(kMaxFrameCost);
    return slow ? Rate{least + random.below(burst), 20'000 + random.below(60'000)} : Rate{1 << 30, 1 << 30};
  };
  config.sender_rate = rate(30'000);
  config.room_rate = rate(90'000);
  config.site_rate = rate(90'000);
  config.neighbourhood_rate = rate(120'000);
  config.server_rate = rate(150'000);
  const auto waiting = [&](std::uint32_t most) { return kMaxFrameCost + random.below(most); };
  config.sender_waiting = waiting(60'000);
  config.room_waiting = waiting(120'000);
  config.site_waiting = waiting(120'000);
  config.neighbourhood_waiting = waiting(160'000);
  config.server_waiting = waiting(200'000);
  for (QueueSize& queue : config.queues) {
    queue = {kMaxFrameCost + random.below(10'000), 2 + random.below(10)};
  }
  config.patience = base::milliseconds(500 + random.below(5000));
  config.bulk_burst = 1 + random.below(20'000);
  return config;
}

}  // namespace parlor::relay::testing
