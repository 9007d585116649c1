#pragma once
// The lobby's state and its steps. Split over lobby.cpp (connections, limits, deadlines) and lobby_rooms.cpp
// (what happens inside rooms). Internal to this folder.

#include <unordered_map>

#include "signaling/failed_joins.hpp"
#include "signaling/intrusive_list.hpp"
#include "signaling/lobby.hpp"
#include "signaling/outbox.hpp"
#include "signaling/peer_ids.hpp"
#include "signaling/ticket.hpp"

namespace parlor::signaling {

struct Lobby::Impl {
  struct Room;

  struct Connection {
    ConnectionId id{};
    base::IpAddress site;
    std::optional<Hello> hello;
    std::vector<IceServer> ice_servers;  // until the welcome
    MessageBudget budget;
    base::Time opened_at;
    base::Time heard_at;
    ListLink<Connection> by_opened;  // in `silent` until hello
    ListLink<Connection> by_heard;
    Room* room = nullptr;  // and in it:
    PeerId peer = kNobody;
    std::uint32_t incarnation = 0;
    std::uint32_t serial = 0;
  };
  // The server's memory for an idle connection is counted in a few kilobytes, most of them the socket's.
  static_assert(sizeof(Connection) <= 400);

  struct Member {
    PeerId peer = kNobody;
    Connection* connection = nullptr;
  };

  struct Room {
    std::string code;
    std::string title;
    std::string game;
    std::string build;
    base::IpAddress site;  // its maker's
    int size = 0;
    std::uint64_t life = 0;
    PeerIds ids;
    std::uint32_t term = 1;
    std::uint32_t entries = 0;    // members that came without a ticket; the last one's serial
    std::vector<Member> members;  // longest-present first: the first is the host

    [[nodiscard]] PeerId host() const { return members.front().peer; }
    [[nodiscard]] Connection* find(PeerId peer) const;
  };

  Impl(LobbyConfig given, base::Random& source);

  // ---- connections (lobby.cpp)
  void open(ConnectionId id, const base::IpAddress& address, std::vector<IceServer> ice_servers,
            base::Result<UpgradeRequest, ParseError> request);
  void frame(Connection& connection, std::string_view text);
  void adopt(ConnectionId id, Guest guest, const JoinRoom& join);
  void shut_down();
  /// Closes whoever has been silent for too long.
  void expire();
  void advance(base::Time now) { now_ = std::max(now_, now); }
  [[nodiscard]] Connection* find(ConnectionId id);
  Connection& insert(ConnectionId id, const base::IpAddress& site);
  void heard_from(Connection& connection);
  /// Leaves the room it is in and forgets it.
  void forget(Connection& connection, LeaveReason reason);
  /// Says what was wrong, and closes and forgets the connection when that error always does.
  void refuse(Connection& connection, ErrorCode code, std::string_view message, std::string_view about);
  void refuse(Connection& connection, ErrorCode code, std::string_view about) {
    refuse(connection, code, sentence(code), about);
  }
  /// Says what was wrong, closes, forgets.
  void drop(Connection& connection, ErrorCode code, std::string_view message, std::string_view about,
            LeaveReason reason);
  /// A connection that is not (yet) known: says what was wrong and closes it.
  void turn_away(ConnectionId id, ErrorCode code, std::string_view message, std::string_view about);
  /// True when the message may be looked at. May drop the connection.
  bool within_budget(Connection& connection, std::size_t size);
  void greet(Connection& connection, Hello hello);
  void on_parse_error(Connection& connection, const ParseError& error);

  // ---- output (lobby.cpp)
  void send(const Connection& connection, const ServerMessage& message);
  void broadcast(const Room& room, const ServerMessage& message);
  void say_error(ConnectionId id, ErrorCode code, std::string_view message, std::string_view about);

  // ---- rooms (lobby_rooms.cpp)
  void create(Connection& connection, const CreateRoom& message);
  /// `may_move`: to the worker where the room is at home.
  void join(Connection& connection, const JoinRoom& message, bool may_move);
  void leave(Connection& connection);
  template <class Message>
  void relay(Connection& sender, Message message, std::string_view about);
  void on_message(Connection& connection, ClientMessage message);
  void refuse_join(Connection& connection, ErrorCode code);
  [[nodiscard]] std::optional<std::string> free_code();
  /// A new member, with an id of its own.
  void enter_anew(Connection& connection, Room& room);
  void enter(Connection& connection, Room& room, PeerId peer, std::uint32_t incarnation,
             std::uint32_t serial);
  /// Takes a member out of its room and tells the others, with the new host if it was the host. An empty room
  /// stays.
  void withdraw(Connection& connection, LeaveReason reason);
  /// The same; an empty room dies.
  void leave_room(Connection& connection, LeaveReason reason);
  void close_room(Room& room);

  LobbyConfig config;
  base::Random& random;
  base::Time now_{};
  bool shutting_down = false;
  std::unordered_map<ConnectionId, Connection> connections;
  IntrusiveList<Connection, &Connection::by_opened> silent;  // no hello yet, longest first
  IntrusiveList<Connection, &Connection::by_heard> heard;    // last heard longest ago first
  std::unordered_map<std::string, Room> rooms;
  std::unordered_map<base::IpAddress, std::size_t, base::IpAddressHash> rooms_by_site;
  FailedJoins failed_joins;
  FailedJoins failed_joins_nearby;
  Outbox<LobbyTransmit> transmits;
  Outbox<LobbyEvent> events;
  LobbyCounters counters;
};

}  // namespace parlor::signaling
