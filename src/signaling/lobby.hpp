#pragma once
// The server's side of signaling as a machine: who is connected, which rooms there are, who may say what to
// whom.
//
// A Lobby serves the rooms whose codes are at home on one worker (home_worker). It knows connections only by
// an id; the server moves text in and out. It never looks at a clock or a socket. docs/signaling.md is the
// specification.
//
// Its rooms that are listed are told to the lobbies of the other workers, so that each can answer for all.
//
// Input:  handle_open, handle_frame, handle_bad_frame, handle_close, handle_timeout, adopt,
// handle_directory
// Output: poll_transmit (text, closings and moves, in order per connection; what other lobbies are to know),
// poll_event (for the log), poll_timeout

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "base/token_bucket.hpp"
#include "signaling/messages.hpp"

namespace parlor::signaling {

/// Given by the server, unique while the connection lives on any worker.
enum class ConnectionId : std::uint64_t {};

/// HMAC-SHA256, given by the server as [](auto key, auto data) { return crypto::hmac_sha256(key, data); }:
/// this library also runs in browsers and must not depend on OpenSSL.
using Mac = std::function<std::array<std::byte, 32>(base::BytesView key, base::BytesView data)>;

struct LobbyConfig {
  std::size_t worker = 0;   ///< this lobby's index …
  std::size_t workers = 1;  ///< … of so many
  std::size_t max_connections = 20'000;
  std::size_t max_rooms = 20'000;
  std::size_t max_listed = 20'000;  ///< rooms that a list is made from, of all workers together
  int max_room_size = kMaxMembers;
  bool relay = false;  ///< what a welcome says about it; frames are not the lobby's business
  /// Living rooms that one IPv4 address or IPv6 /64 has made on this worker; an IPv6 /48, base::SiteCounts's
  /// share of that.
  std::size_t rooms_per_site = 256;
  std::uint32_t messages_per_second = 50;  ///< per connection, after a burst of …
  std::uint32_t message_burst = 300;       ///< … a mesh of 64 members gathering at once
  /// Entering rooms, per connection: so often at once, then so often per second. Every member hears of it.
  std::uint32_t entry_burst = 20;
  std::uint32_t entries_per_second = 1;
  /// Bytes of offers, answers and candidates that a member is sent by all others together, so that they
  /// cannot make it a slow reader; and those that it says to all others together, so that no one of them
  /// takes all of that. At once: a newcomer to a mesh of 64, some 3 KB with each. Beyond it they are dropped.
  std::uint32_t signal_bytes_burst = 192 * 1024;
  std::uint32_t signal_bytes_to_per_second = 48 * 1024;
  std::uint32_t signal_bytes_from_per_second = 24 * 1024;
  /// Changes that a host makes to its room, members it removes included: so many at once, then so many per
  /// second. Every member is told, with another ticket.
  std::uint32_t change_burst = 20;
  std::uint32_t changes_per_second = 2;
  /// Joins with codes that no room has, or with a wrong password, per site and worker, 0 for no limit:
  /// guessing is slow, a classroom gets in.
  std::uint32_t joins_per_minute = 240;
  /// Lists, per site and worker: rooms looked at, and kListUnits more for each list. Some 2 µs each: a site
  /// takes a tenth of a worker at most. A classroom of 30 that refreshes every 3 seconds gets its answers
  /// where 3,900 rooms are listed.
  std::uint32_t list_burst = 150'000;
  std::uint32_t list_per_second = 40'000;
  base::Duration hello_deadline = base::seconds(10);
  base::Duration idle_deadline = base::seconds(75);  ///< nothing heard for so long: lost
  /// A member whose socket is gone stays a member for so long. 0: it leaves at once.
  base::Duration grace = base::seconds(30);
  /// For so long after its start, this lobby rebuilds the rooms of an earlier process for pages that were
  /// loaded anew; for programs that still play there, at any time.
  base::Duration rebuild_window = base::seconds(600);
  std::array<std::byte, 32> ticket_key{};  ///< signs tickets; outlives the process (--state)
  Mac mac;                                 ///< required: how it signs
};

// What goes out. Within a connection the order matters.
struct SendText {
  ConnectionId connection{};
  std::shared_ptr<const std::string> text;  ///< shared by all that get the same
};
struct CloseConnection {
  ConnectionId connection{};
  std::uint16_t code = 1000;
  std::string reason;  ///< the error code's text, at most 123 bytes
};
/// How much a connection may still say, how often it may still enter rooms, and how much of what it said was
/// too much.
struct MessageBudget {
  base::TokenBucket bucket{0, 0};
  base::TokenBucket entries{0, 0};
  base::Time refused_since{};
  std::uint32_t refused = 0;
};
/// What a connection has been through, to go on with at another lobby. Nobody else's to look into.
struct Guest {
  base::IpAddress site;
  Hello hello;
  MessageBudget budget;
};
/// What a connection wants at another lobby.
using Errand = std::variant<JoinRoom, FindMatch>;
/// The connection wants into a room that is at home on `worker`, or to search where its game does: take it
/// there and adopt() it. This lobby has forgotten it.
struct MoveConnection {
  ConnectionId connection{};
  std::size_t worker = 0;
  Guest guest;
  Errand errand;
};
struct DirectoryEntry;
struct DirectoryChange {
  std::string code;
  std::shared_ptr<const DirectoryEntry> entry;  ///< none: it is not listed any more
};
/// For handle_directory() of the lobbies of all other workers. May be shared between threads.
struct ShareDirectory {
  std::shared_ptr<const std::vector<DirectoryChange>> changes;
};
using LobbyTransmit = std::variant<SendText, CloseConnection, MoveConnection, ShareDirectory>;

// What happened, for the log: one line each.
struct RoomOpened {
  std::string code;
  std::string game;
  int size = 0;
};
/// A room of an earlier process lives again: a member has shown its ticket.
struct RoomRebuilt {
  std::string code;
  std::string game;
  std::uint32_t term = 0;
};
struct RoomClosed {
  std::string code;
};
struct MemberEntered {
  std::string code;
  ConnectionId connection{};
  PeerId peer = kNobody;
  std::size_t members = 0;
};
struct MemberAway {
  std::string code;
  PeerId peer = kNobody;
};
struct MemberBack {
  std::string code;
  ConnectionId connection{};
  PeerId peer = kNobody;
  bool anew = false;  ///< its program is another one
};
struct MemberGone {
  std::string code;
  PeerId peer = kNobody;
  LeaveReason reason = LeaveReason::left;
  std::size_t members = 0;
};
struct Refused {
  ConnectionId connection{};
  ErrorCode code{};
};
using LobbyEvent = std::variant<RoomOpened, RoomRebuilt, RoomClosed, MemberEntered, MemberAway, MemberBack,
                                MemberGone, Refused>;

struct LobbyCounters {
  std::size_t connections = 0;
  std::size_t rooms = 0;
  std::size_t members = 0;  ///< those that are away included
  std::size_t away = 0;
  std::size_t searching = 0;
  std::size_t listed = 0;  ///< rooms, of all workers as far as this lobby knows
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t relayed = 0;                ///< offers, answers, candidates passed on
  std::array<std::uint64_t, 32> refused{};  ///< by ErrorCode
};

class Lobby {
 public:
  using Event = LobbyEvent;
  /// `random` must outlive the lobby and be strong outside of tests.
  Lobby(LobbyConfig config, base::Random& random);
  ~Lobby();
  Lobby(const Lobby&) = delete;
  Lobby& operator=(const Lobby&) = delete;

  // ---- input
  /// A WebSocket was accepted; `connection` is new. `request` is what rode on the upgrade; `bad_request` what
  /// was wrong with it. `ice_servers` go into this connection's welcome.
  void handle_open(base::Time now, ConnectionId connection, const base::IpAddress& address,
                   std::vector<IceServer> ice_servers, base::Result<UpgradeRequest, ParseError> request);
  void handle_frame(base::Time now, ConnectionId connection, std::string_view text);
  /// A frame that the WebSocket layer refused: `too_large`, `not_text`; or the connection is `slow_reader`.
  /// Closes it with that code.
  void handle_refusal(base::Time now, ConnectionId connection, ErrorCode code);
  /// Anything was heard that is no frame (a pong): counts against the idle deadline only.
  void handle_activity(base::Time now, ConnectionId connection);
  /// The socket is gone. `in_order`: it was closed with 1000, which ends the membership at once; otherwise
  /// the member is away. Unknown connections are ignored.
  void handle_close(base::Time now, ConnectionId connection, bool in_order);
  void handle_timeout(base::Time now);
  /// A connection that another lobby moved here.
  void adopt(base::Time now, ConnectionId connection, Guest guest, const Errand& errand);
  /// What another lobby shares.
  void handle_directory(base::Time now, const ShareDirectory& shared);
  /// Tells every member `server_shutdown` and closes everything (1001). No connection is taken after that.
  void shut_down(base::Time now);

  // ---- output
  std::optional<LobbyTransmit> poll_transmit();
  std::optional<LobbyEvent> poll_event();
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;
  [[nodiscard]] const LobbyCounters& counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parlor::signaling
