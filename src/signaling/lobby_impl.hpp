#pragma once
// The lobby's state and its steps. Split over lobby.cpp (connections, limits, deadlines), lobby_rooms.cpp
// (rooms, and what members say to each other), lobby_members.cpp (coming, being away, coming back, going),
// lobby_tickets.cpp (tickets, and rooms of an earlier process), lobby_host.cpp (what a host may do),
// lobby_list.cpp (which rooms there are) and lobby_match.cpp (who looks for whom). Internal to this folder.

#include <unordered_map>

#include "base/intrusive_list.hpp"
#include "base/site_counts.hpp"
#include "signaling/directory.hpp"
#include "signaling/fair_shares.hpp"
#include "signaling/lobby.hpp"
#include "signaling/outbox.hpp"
#include "signaling/peer_ids.hpp"
#include "signaling/settings.hpp"
#include "signaling/site_rate.hpp"
#include "signaling/ticket.hpp"

namespace parlor::signaling {

using base::IntrusiveList;
using base::ListLink;

struct Lobby::Impl {
  // What is kept for a member that is away: offers, answers and candidates meant for it.
  static constexpr std::size_t kMaxMissed = 64;
  static constexpr std::size_t kMaxMissedBytes = 16 * 1024;
  static constexpr std::size_t kMaxMissedBytesInAll = 64 * 1024 * 1024;

  /// Changes of listed rooms wait for each other for so long, or until there are so many of them.
  static constexpr base::Duration kShareAfter = base::milliseconds(100);
  static constexpr std::size_t kMaxUnshared = 256;
  /// Windows widen, so those who search are looked at again so often, and told how long it has been.
  static constexpr base::Duration kMatchEvery = base::milliseconds(250);
  static constexpr base::Duration kTellSearching = base::seconds(1);
  /// Who searches while so many do gets a room at once, where it waits as host.
  static constexpr std::size_t kMaxSearching = 4096;
  /// Rooms in which one waits alone that are looked at each time: with more of them, each has its turn later.
  static constexpr std::size_t kMaxLoneExamined = 256;

  static constexpr std::uint64_t kUpperHalf = 0xffffffff'00000000U;

  struct Room;
  struct Member;
  struct Connection;

  /// Who may be matched with somebody who looks, or with the room that it made.
  struct Match {
    std::string pool;
    QuickMatch want;
    base::Time since;
  };
  /// A connection that looks for a match.
  struct Search {
    Connection* connection = nullptr;
    Match match;
    base::Time told_at;
    ListLink<Search> by_arrival;
    ListLink<Search> by_pool;
  };

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
    Member* member = nullptr;  // of the room it is in
    std::unique_ptr<Search> search;
  };
  // The server's memory for an idle connection is counted in a few kilobytes, most of them the socket's.
  static_assert(sizeof(Connection) <= 400);

  /// A message that waits for a member that is away.
  struct Missed {
    PeerId from = kNobody;
    std::shared_ptr<const std::string> text;
  };
  struct Member {
    Room* room = nullptr;
    PeerId peer = kNobody;
    std::string name;
    std::uint32_t incarnation = 1;
    std::uint32_t serial = 0;
    base::IpAddress site;                // of its latest connection
    base::TokenBucket signals_to{0, 0};  // bytes of signals, see LobbyConfig
    base::TokenBucket signals_from{0, 0};
    Connection* connection = nullptr;  // none: away
    base::Time away_since{};
    ListLink<Member> by_away;
    std::vector<Missed> missed;
    std::size_t missed_bytes = 0;
    bool came_past_ban = false;    // somebody from its site was banned when it came
    std::uint64_t moved_from = 0;  // the life of the room that it was moved here from, if any

    [[nodiscard]] MemberInfo info() const { return {peer, name, incarnation, connection == nullptr}; }
  };

  struct Room {
    Room(std::string its_code, PeerIds its_ids) : code(std::move(its_code)), ids(its_ids) {}
    std::string code;
    std::string title;
    std::string game;
    std::string build;
    base::IpAddress site;  // its maker's
    int size = 0;
    RoomRules rules;
    base::TokenBucket changes{0, 0};  // by its host, see LobbyConfig
    std::uint64_t life = 0;
    PeerIds ids;
    std::uint32_t term = 1;
    std::uint32_t entries = 0;  // members that came without a ticket; the last one's serial
    std::vector<std::unique_ptr<Member>> members;  // longest-present first
    PeerId host = kNobody;  // in a rebuilt room perhaps one that has not come back yet, until …
    base::Time rebuilt_at{};
    ListLink<Room> by_rebuilt;  // … it is taken out of this list
    bool rebuilt = false;       // from tickets of an earlier process
    base::Time opened_at{};
    std::optional<Match> match;
    ListLink<Room> by_pool;  // while searchers may come in
    ListLink<Room> by_lone;  // while it may be given up for another

    [[nodiscard]] Member* find(PeerId peer) const;
    [[nodiscard]] RoomSettings settings() const;
  };

  /// Those who search for the same.
  struct Pool {
    FairShares<Search, &Search::by_pool> searching;
    FairShares<Room, &Room::by_pool> rooms;  // with a place, and somebody there
  };

  Impl(LobbyConfig given, base::Random& source);

  // ---- connections (lobby.cpp)
  void open(ConnectionId id, const base::IpAddress& address, std::vector<IceServer> ice_servers,
            base::Result<UpgradeRequest, ParseError> request);
  void frame(Connection& connection, std::string_view text);
  void adopt(ConnectionId id, Guest guest, const Errand& errand);
  void shut_down();
  /// What is due: closes whoever has been silent for too long, among others.
  void expire();
  [[nodiscard]] std::optional<base::Time> next_deadline() const;
  void advance(base::Time now) {
    now_ = std::max(now_, now);
    if (!started_at) started_at = now_;
  }
  [[nodiscard]] Connection* find(ConnectionId id);
  Connection& insert(ConnectionId id, const base::IpAddress& site);
  void heard_from(Connection& connection);
  /// Forgets it. Its member leaves, or is away when the connection was only lost.
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
  /// Gives the connection to the lobby of another worker.
  void move(Connection& connection, std::size_t worker, Errand errand);
  void on_parse_error(Connection& connection, const ParseError& error);

  // ---- output (lobby.cpp)
  void send(const Connection& connection, const ServerMessage& message);
  /// To every member that is there, but `except`.
  void broadcast(const Room& room, const ServerMessage& message, const Member* except = nullptr);
  void say_error(ConnectionId id, ErrorCode code, std::string_view message, std::string_view about,
                 std::uint32_t retry_ms = 0);

  // ---- rooms (lobby_rooms.cpp)
  void create(Connection& connection, const CreateRoom& message);
  /// A room with nobody in it yet; nothing, and refused, when there cannot be one.
  Room* make_room(Connection& connection, const CreateRoom& message, std::string_view about);
  /// `may_move`: to the worker where the room is at home.
  void join(Connection& connection, const JoinRoom& message, bool may_move);
  void leave(Connection& connection);
  template <class Message>
  void relay(Connection& sender, Message message, std::string_view about);
  void on_message(Connection& connection, ClientMessage message);
  /// Whether it enters no room too often; refused otherwise. Counts as entering one.
  bool may_enter(Connection& connection, std::string_view about);
  /// No room has the code, or it is none of this connection's business: that it was tried counts.
  void refuse_unknown(Connection& connection);
  [[nodiscard]] std::optional<std::string> free_code();
  /// Why no room can be added for a member of this site.
  [[nodiscard]] std::optional<ErrorCode> no_place_for_room(const base::IpAddress& site) const;
  Room& add_room(Room room);
  void close_room(Room& room);

  // ---- lists (lobby_list.cpp)
  void list(Connection& connection, const ListRooms& message);
  /// Something about the room is different: what others see of it follows.
  void changed(Room& room);
  void publish(const std::string& code, std::shared_ptr<const DirectoryEntry> entry);
  void share();
  void learn(const std::vector<DirectoryChange>& changes);

  // ---- quick match (lobby_match.cpp)
  void match(Connection& connection, const FindMatch& message, bool may_move);
  void end_search(Connection& connection);
  void drop_if_empty(std::unordered_map<std::string, Pool>::iterator pool);
  void say_searching(const Search& search);
  /// Whether the two are near enough for both, and how near.
  [[nodiscard]] bool covers(const Match& one, const Match& other, std::int64_t& distance) const;
  /// Into a room that waits, or into a new one with another searcher or alone. False: it goes on searching.
  bool seek(Search& search);
  /// Of so many that wait, how many are looked at this time.
  [[nodiscard]] std::size_t to_examine(std::size_t waiting) const;
  /// The nearest room that waits for somebody like this one; of those equally near, the one that waits
  /// longest.
  [[nodiscard]] Room* nearest_room(Pool& pool, const Match& who, const base::IpAddress& site,
                                   const Room* except = nullptr) const;
  [[nodiscard]] Search* nearest_searcher(Pool& pool, const Search& search) const;
  /// Ends the search in a room of its own; nothing, and refused, when there cannot be one.
  Room* make_matched(Connection& connection);
  void offer_for_match(Room& room);
  void match_all();
  /// Of two rooms that fit, the one in which somebody waits alone is given up for the other.
  void join_lone(Room& room);
  void move_into(Member& lone, Room& room);
  /// The member that was moved out of the room that this ticket is of.
  [[nodiscard]] Member* moved_holder_of(const JoinRoom& message) const;
  [[nodiscard]] bool is_matching() const { return searching.front() != nullptr || lone.front() != nullptr; }

  // ---- the host's (lobby_host.cpp)
  void update(Connection& connection, const UpdateRoom& message);
  void kick(Connection& connection, const KickMember& message);
  void transfer(Connection& connection, const TransferHost& message);
  /// The room of which this connection is the host and may change something; nothing, and refused, otherwise.
  Room* room_to_change(Connection& connection, std::string_view about);
  /// Tells everybody what the room is like now.
  void tell_settings(Room& room);
  /// Ends the membership of who was removed: `reason` is kicked or banned.
  void remove(Member& member, LeaveReason reason);
  [[nodiscard]] std::optional<PasswordHash> locked_by(std::string_view password);
  [[nodiscard]] bool fits_password(const Room& room, std::string_view password) const;
  /// It was rebuilt from tickets, and its members may still be on their way back.
  [[nodiscard]] bool is_gathering(const Room& room) const {
    return room.rebuilt && now_ - room.rebuilt_at < config.grace;
  }
  /// Whether nobody new from this site gets in: somebody from there is banned, and no member is from there,
  /// or one that had come past that ban is banned, too.
  [[nodiscard]] bool is_banned(const Room& room, const base::IpAddress& site) const;
  /// Whether one from this site is among these bans, and not among those that are known.
  [[nodiscard]] bool has_ban_from(const Room& room, const base::IpAddress& site,
                                  const std::vector<Ban>& known = {}) const;

  // ---- tickets (lobby_tickets.cpp)
  /// The ticket that was shown, when it is one of this room.
  [[nodiscard]] std::optional<Ticket> ticket_for(const Room& room, const std::string& text) const;
  /// … and whether it is still worth something.
  [[nodiscard]] static bool holds(const Room& room, const Ticket& ticket);
  /// The room of an earlier process that the ticket tells of; nothing, and refused, when that cannot be.
  Room* rebuild(Connection& connection, const JoinRoom& message);
  /// A ticket that knows more of a rebuilt room than the ones before.
  void learn_from(Room& room, const Ticket& ticket);
  /// Those whom the host has removed, and who came back with tickets from before that: a rebuilt room did not
  /// know it until `teller` showed a later one. Where somebody was banned since `known_bans`, all others from
  /// that site: who was there at the time has a ticket that knows it.
  void remove_unwanted(Room& room, const Member& teller, const std::vector<Ban>& known_bans);
  [[nodiscard]] std::string ticket_of(const Member& member) const;

  // ---- members (lobby_members.cpp)
  /// Joins a room that exists, with a ticket or without, where it may.
  void come(Connection& connection, Room& room, const JoinRoom& message);
  void take_in(Connection& connection, Room& room, const JoinRoom& message, const Ticket& ticket);
  /// A new member, with an id of its own.
  void enter_anew(Connection& connection, Room& room);
  void enter(Connection& connection, Room& room, PeerId peer, std::uint32_t incarnation,
             std::uint32_t serial);
  /// A member is there again on this connection: the same program, or one that began anew.
  void resume(Connection& connection, Member& member);
  void begin_anew(Connection& connection, Member& member, std::uint32_t shown_incarnation);
  /// Takes the member's place: the connection it had is closed with `replaced`.
  void seat(Connection& connection, Member& member);
  void say_joined(const Member& member);
  void go_away(Member& member);
  void keep_for(Member& member, PeerId from, std::shared_ptr<const std::string> text);
  void forget_missed(Member& member);
  /// Takes a member out of its room and tells the others, with the new host if it was the host. An empty room
  /// dies.
  void leave_room(Member& member, LeaveReason reason);
  /// The longest-present member is host now, one that is there before those that are away; the term grows.
  void hand_over(Room& room);
  void tell_host(const Room& room, const Member* except = nullptr);
  void make_host(Room& room, PeerId peer);

  LobbyConfig config;
  base::Random& random;
  base::Time now_{};
  std::optional<base::Time> started_at;
  /// The upper half of the life of every room that this lobby has made: what such a room's ticket tells of is
  /// here or nowhere.
  std::uint64_t own_lives;
  std::size_t missed_bytes = 0;  // of all members that are away
  bool shutting_down = false;
  std::unordered_map<ConnectionId, Connection> connections;
  IntrusiveList<Connection, &Connection::by_opened> silent;  // no hello yet, longest first
  IntrusiveList<Connection, &Connection::by_heard> heard;    // last heard longest ago first
  IntrusiveList<Member, &Member::by_away> away;              // longest first
  IntrusiveList<Room, &Room::by_rebuilt> awaiting_host;      // rebuilt longest ago first
  std::unordered_map<std::string, Room> rooms;
  base::SiteCounts rooms_by_site;
  Directory directory;                                                              // of all workers
  std::unordered_map<std::string, std::shared_ptr<const DirectoryEntry>> unshared;  // at most kMaxUnshared
  base::Time unshared_since{};
  IntrusiveList<Search, &Search::by_arrival> searching;  // longest first
  std::unordered_map<std::string, Pool> pools;           // none without a searcher or a room
  IntrusiveList<Room, &Room::by_lone> lone;              // of matches, with its maker alone
  base::Time matched_at{};                               // all who search were looked at
  std::unordered_map<std::uint64_t, Member*> moved;      // by the life of the room that was given up
  NeighbourlyRate failed_joins;
  NeighbourlyRate lists;  // see LobbyConfig
  Outbox<LobbyTransmit> transmits;
  Outbox<LobbyEvent> events;
  LobbyCounters counters;
};

}  // namespace parlor::signaling
