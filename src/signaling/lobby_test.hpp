#pragma once
// A lobby in a test: connections by name, what each of them hears, and what became of it.

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>

#include "signaling/lobby.hpp"

namespace parlor::signaling::testing {

/// Stands in for HMAC-SHA256: depends on every bit of both arguments, and is no secret to anybody.
inline std::array<std::byte, 32> toy_mac(base::BytesView key, base::BytesView data) {
  std::array<std::byte, 32> tag{};
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto mix = [&](std::byte byte) {
    hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3U;
  };
  for (std::byte byte : key) mix(byte);
  for (std::byte byte : data) mix(byte);
  for (std::byte& byte : tag) {
    mix(std::byte{1});
    byte = static_cast<std::byte>(hash >> 56);
  }
  return tag;
}

inline LobbyConfig with_mac(LobbyConfig config = {}) {
  config.mac = toy_mac;
  config.ticket_key.fill(std::byte{7});
  return config;
}

/// What a connection got from the lobby and did not look at yet.
struct Inbox {
  std::deque<std::string> texts;
  std::optional<CloseConnection> closed;
  std::optional<MoveConnection> moved;
};

class World {
 public:
  explicit World(LobbyConfig config = {}, std::uint64_t seed = 1)
      : random_(seed), lobby(with_mac(std::move(config)), random_) {}

  base::Time now = base::time_from(base::seconds(1000));

 private:
  base::SeededRandom random_;

 public:
  Lobby lobby;

  static base::IpAddress address(std::string_view text) { return *base::IpAddress::parse(text); }

  /// Opens a connection whose upgrade request has this query.
  ConnectionId open(std::string_view query = "", std::string_view from = "192.0.2.1") {
    const ConnectionId id{next_id_++};
    lobby.handle_open(now, id, address(from), {}, parse_upgrade_query(query));
    drain();
    return id;
  }
  /// Opens one that has said hello as `name` (of the game "cubes") and takes its welcome.
  ConnectionId greeted(const std::string& name, std::string_view from = "192.0.2.1") {
    const ConnectionId id = open("version=1&game=cubes&name=" + name, from);
    take<Welcome>(id);
    return id;
  }
  /// … and has made a room.
  ConnectionId creator(const std::string& name, int size = 8) {
    const ConnectionId id = greeted(name);
    say(id, CreateRoom{size, ""});
    return id;
  }
  /// … and wants into the room with this code.
  ConnectionId joiner(const std::string& name, const std::string& code, std::string ticket = "") {
    const ConnectionId id = greeted(name);
    say(id, JoinRoom{code, std::move(ticket)});
    return id;
  }

  void say_raw(ConnectionId id, std::string_view text) {
    lobby.handle_frame(now, id, text);
    drain();
  }
  void say(ConnectionId id, const ClientMessage& message) { say_raw(id, write(message)); }
  void close(ConnectionId id, bool in_order) {
    lobby.handle_close(now, id, in_order);
    drain();
  }
  /// Lets time pass without anything happening but timeouts.
  void pass(base::Duration duration) {
    const base::Time end = now + duration;
    for (auto due = lobby.poll_timeout(); due && *due <= end; due = lobby.poll_timeout()) {
      now = std::max(now, *due);
      lobby.handle_timeout(now);
      drain();
    }
    now = end;
    lobby.handle_timeout(now);
    drain();
  }
  void drain() {
    while (auto out = lobby.poll_transmit()) {
      if (auto* text = std::get_if<SendText>(&*out)) {
        inboxes[text->connection].texts.push_back(*text->text);
        shared.push_back(text->text);
      } else if (auto* close = std::get_if<CloseConnection>(&*out)) {
        inboxes[close->connection].closed = *close;
      } else if (auto* share = std::get_if<ShareDirectory>(&*out)) {
        directories.push_back(*share);
      } else {
        auto& move = std::get<MoveConnection>(*out);
        inboxes[move.connection].moved = move;
      }
    }
    while (auto event = lobby.poll_event()) events.push_back(*event);
  }

  /// The next message for this connection, which must be of this kind.
  template <class T>
  T take(ConnectionId id) {
    auto& texts = inboxes[id].texts;
    if (texts.empty()) {
      ADD_FAILURE() << "nothing was said";
      return T{};
    }
    const std::string text = texts.front();
    texts.pop_front();
    auto message = parse_server_message(text);
    if (!message || !std::holds_alternative<T>(*message)) {
      ADD_FAILURE() << "unexpected: " << text;
      return T{};
    }
    return std::get<T>(*message);
  }
  /// The next message, which must tell the host, without the ticket that is in it.
  HostOfRoom take_host(ConnectionId id) {
    HostOfRoom host = take<HostOfRoom>(id);
    EXPECT_FALSE(host.ticket.empty());
    host.ticket.clear();
    return host;
  }
  /// Resumes with a ticket, on a new connection.
  ConnectionId resumer(const std::string& name, const std::string& code, std::string ticket) {
    const ConnectionId id = greeted(name);
    say(id, JoinRoom{code, std::move(ticket), true});
    return id;
  }
  /// The code of the next message, which must be an error.
  std::string take_error(ConnectionId id) {
    const Error error = take<Error>(id);
    EXPECT_FALSE(error.message.empty());
    return std::string(to_string(error.code));
  }
  [[nodiscard]] bool silent(ConnectionId id) { return inboxes[id].texts.empty(); }
  /// The close code, or 0 when it is open.
  [[nodiscard]] int closed(ConnectionId id) {
    return inboxes[id].closed ? static_cast<int>(inboxes[id].closed->code) : 0;
  }
  template <class T>
  [[nodiscard]] std::vector<T> events_of() const {
    std::vector<T> found;
    for (const LobbyEvent& event : events) {
      if (const auto* one = std::get_if<T>(&event)) found.push_back(*one);
    }
    return found;
  }

  std::map<ConnectionId, Inbox> inboxes;
  std::vector<LobbyEvent> events;
  std::vector<ShareDirectory> directories;                 // for the other workers
  std::vector<std::shared_ptr<const std::string>> shared;  // every text sent

 private:
  std::uint64_t next_id_ = 1;
};

}  // namespace parlor::signaling::testing
