#pragma once
// A relay with members that say frames by hand and hear what is handed out, for the tests of this folder.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "relay/relay.hpp"

namespace parlor::relay::testing {

inline constexpr std::size_t kUnlimited = 1 << 30;
inline constexpr RoomId kRoom{7};
inline constexpr PeerId kAlice{1};
inline constexpr PeerId kBob{2};
inline constexpr PeerId kCarol{3};

/// What a member heard; `text` is a message's body, or a refusal's header.
struct Heard {
  enum class Kind { message, refusal, window };
  Kind kind = Kind::message;
  Lane lane = Lane::control;
  PeerId peer = kNobody;
  std::string text{};
  Refusal reason{};
  std::uint16_t wait_ms = 0;
  bool open = false;
};

struct Say {
  Lane lane = Lane::reliable;
  std::vector<PeerId> to{};  ///< empty: all
  std::string payload{};
  std::string header{};
  std::uint16_t age_ms = 0;
  std::uint32_t key = 0;
  bool again = false;
};

class World {
 public:
  explicit World(const RelayConfig& config = {}) : relay(config) {}

  static ConnectionId connection_of(PeerId peer, RoomId room = kRoom) {
    return ConnectionId{static_cast<std::uint64_t>(room) << 16 | static_cast<std::uint64_t>(peer)};
  }
  static base::IpAddress address(int n) {
    return base::IpAddress::v4({198, 51, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)});
  }

  /// Each on a site of its own unless told otherwise. Its socket takes everything.
  void enter(PeerId peer, RoomId room = kRoom, std::optional<base::IpAddress> ip = std::nullopt) {
    relay.handle_member(now, room, peer, connection_of(peer, room),
                        ip.value_or(address(static_cast<int>(peer))));
    writable(peer, kUnlimited, room);
  }
  void enter_all() {
    for (const PeerId peer : {kAlice, kBob, kCarol}) enter(peer);
  }
  void writable(PeerId peer, std::size_t bytes, RoomId room = kRoom) {
    relay.handle_writable(now, connection_of(peer, room), bytes);
    drain();
  }
  void block(PeerId peer) { writable(peer, 0); }
  void unblock(PeerId peer) { writable(peer, kUnlimited); }

  static base::Bytes frame_of(const Say& say) {
    ClientFrame frame;
    frame.lane = say.lane;
    frame.age_ms = say.age_ms;
    frame.key = say.key;
    frame.payload = base::as_bytes(say.payload);
    for (const PeerId peer : say.to) {
      frame.recipients.push_back({peer, say.again, base::as_bytes(say.header)});
    }
    frame.to_all = {kNobody, say.again && say.to.empty(), base::as_bytes(say.header)};
    return write(frame);
  }
  void say(PeerId from, const Say& what, RoomId room = kRoom) {
    relay.handle_frame(now, connection_of(from, room), frame_of(what));
    drain();
  }
  void say_raw(PeerId from, BytesView bytes) {
    relay.handle_frame(now, connection_of(from), bytes);
    drain();
  }
  void pass(base::Duration time) {
    const base::Time until = now + time;
    for (auto due = relay.poll_timeout(); due && *due <= until; due = relay.poll_timeout()) {
      now = std::max(now, *due);
      relay.handle_timeout(now);
      drain();
    }
    now = until;
    relay.handle_timeout(now);
    drain();
  }

  void drain() {
    while (auto out = relay.poll_transmit()) {
      base::Bytes bytes(out->head.bytes().begin(), out->head.bytes().end());
      const BytesView payload = base::as_bytes(*out->payload);
      bytes.insert(bytes.end(), payload.begin(), payload.end());
      EXPECT_EQ(bytes.size(), out->size());
      payloads.push_back(out->payload);
      const auto frame = parse_server_frame(bytes);
      ASSERT_TRUE(frame) << base::to_hex(bytes);
      heard_[out->connection].push_back(heard_of(*frame));
    }
    while (const auto event = relay.poll_event()) {
      if (const auto* refused = std::get_if<FrameRefused>(&*event)) events.push_back(*refused);
      if (const auto* one = std::get_if<ReceiverStalled>(&*event)) {
        stalled.push_back(one->connection);
      }
    }
  }

  /// Everything since the last time.
  std::vector<Heard> take(PeerId peer, RoomId room = kRoom) {
    return std::exchange(heard_[connection_of(peer, room)], {});
  }
  /// The same, messages only: their texts.
  std::vector<std::string> texts(PeerId peer, RoomId room = kRoom) {
    std::vector<std::string> all;
    for (const Heard& one : take(peer, room)) {
      if (one.kind == Heard::Kind::message) all.push_back(one.text);
    }
    return all;
  }
  [[nodiscard]] std::uint64_t dropped(Drop why) const {
    return relay.counters().dropped[static_cast<std::size_t>(why)];
  }

  Relay relay;
  base::Time now = base::time_from(base::seconds(1000));
  std::vector<FrameRefused> events;
  std::vector<ConnectionId> stalled;
  std::vector<Payload> payloads;  ///< of all that was handed out

 private:
  static Heard heard_of(const ServerFrame& frame) {
    Heard heard;
    if (const auto* message = std::get_if<Message>(&frame)) {
      heard = {Heard::Kind::message, message->lane, message->from, std::string(base::as_text(message->body))};
    } else if (const auto* window = std::get_if<Window>(&frame)) {
      heard = {Heard::Kind::window, window->lane, window->peer, ""};
      heard.open = window->open;
    } else {
      const auto& refused = std::get<Refused>(frame);
      heard = {Heard::Kind::refusal, refused.lane.value_or(Lane::control), refused.peer,
               std::string(base::as_text(refused.header))};
      heard.reason = refused.reason;
      heard.wait_ms = refused.wait_ms;
    }
    return heard;
  }

  std::map<ConnectionId, std::vector<Heard>> heard_;
};

/// A payload with which a frame without header counts for so many bytes.
inline std::string costing(std::size_t bytes) {
  return std::string(bytes - kFrameCost, 'x');
}

/// Rates that no test reaches by accident.
inline RelayConfig generous() {
  RelayConfig config;
  for (Rate* rate : {&config.sender_rate, &config.room_rate, &config.site_rate, &config.neighbourhood_rate,
                     &config.server_rate}) {
    *rate = {1U << 30, 1U << 30};
  }
  for (std::size_t* waiting : {&config.sender_waiting, &config.room_waiting, &config.site_waiting,
                               &config.neighbourhood_waiting, &config.server_waiting}) {
    *waiting = kUnlimited;
  }
  return config;
}

}  // namespace parlor::relay::testing
