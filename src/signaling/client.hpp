#pragma once
// The client's side of signaling as a machine: opens with hello and create or join, says what the server
// said, watches that the server is still there. When the connection is lost while in the room, it comes back
// by itself with its ticket, again and again after growing pauses; until it knows that its place is gone. A
// search for a match whose connection is lost goes on in the same way, for a while.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/random.hpp"
#include "base/time.hpp"
#include "signaling/messages.hpp"
#include "signaling/outbox.hpp"

namespace parlor::signaling {

struct ClientConfig {
  std::string server;  ///< ws:// or wss:// origin; "/v1?…" is added
  Hello hello;
  /// Rides on the upgrade request where it can: tickets and passwords are secrets and go into the first
  /// frame, and so does what takes more than a size and a title. A code that cannot be one ends the client at
  /// once, with no_such_room.
  std::variant<CreateRoom, JoinRoom, FindMatch> entry;
  base::Duration open_deadline = base::seconds(10);    ///< to an open socket
  base::Duration answer_deadline = base::seconds(10);  ///< from there to joined
  base::Duration ping_interval = base::seconds(25);    ///< less than the server's idle deadline (75 s)
  base::Duration ping_deadline = base::seconds(20);    ///< a hidden page's timers come late: generous
  // Pauses before a lost connection is made anew: each twice the one before, then as long as that again at
  // most, at random, so that the members of a server that comes back do not all come at once.
  base::Duration first_pause = base::milliseconds(250);
  base::Duration longest_pause = base::seconds(2);  ///< short beside the server's grace time (30 s) …
  base::Duration late_pause = base::seconds(10);    ///< … and this once it must be over
  /// A search goes on on other connections for so long after it was last heard of.
  base::Duration search_grace = base::seconds(30);
  std::uint64_t seed = 0;  ///< of the pauses
};

// What goes out.
struct OpenSocket {
  std::string url;
};
struct SendFrame {
  std::string text;
};
struct CloseSocket {
  std::uint16_t code = 1000;
};
using ClientTransmit = std::variant<OpenSocket, SendFrame, CloseSocket>;

/// The connection was lost while in the room. It is made anew by itself: JoinedRoom follows, or Disconnected.
struct Interrupted {
  Reason reason = Reason::none;
  std::string message;
};
/// The server has refused what was asked of it in the room: update, kick, ban, transfer.
struct RequestRefused {
  ErrorCode code{};
  std::string about;  ///< the message's type
  std::string message;
};
/// The connection is over, for the reason; nothing follows.
struct Disconnected {
  Reason reason = Reason::none;
  std::string message;
};
/// JoinedRoom first, behind SearchingMatch for a match; then what happens in the room; Disconnected last.
/// Welcome comes before JoinedRoom. After Interrupted another JoinedRoom says what the room is like now. One
/// with another code, after a match: the room in which this one waited alone was given up for that one.
using ClientEvent = std::variant<Welcome, JoinedRoom, PeerJoinedRoom, PeerAwayRoom, PeerBackRoom,
                                 PeerLeftRoom, HostOfRoom, UpdatedRoom, SearchingMatch, Offer, Answer,
                                 Candidate, EndOfCandidates, RequestRefused, Interrupted, Disconnected>;

enum class ClientState : std::uint8_t { connecting, joining, joined, pausing, closed };

class Client {
 public:
  using Event = ClientEvent;
  Client(ClientConfig config, base::Time now);

  // ---- input
  void handle_open(base::Time now);
  void handle_frame(base::Time now, std::string_view text);
  /// The socket closed, or could not be opened. `code` is the WebSocket close code (1006 when there was
  /// none).
  void handle_close(base::Time now, std::uint16_t code, std::string_view reason);
  void handle_timeout(base::Time now);

  // ---- commands
  /// Offer, Answer, Candidate, EndOfCandidates to a member; UpdateRoom, KickMember, TransferHost. Ignored
  /// unless joined.
  void send(const ClientMessage& message);
  /// Says leave and closes the socket (1000). No event follows.
  void leave();

  // ---- output
  std::optional<ClientTransmit> poll_transmit();
  std::optional<ClientEvent> poll_event();
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;
  [[nodiscard]] ClientState state() const;
  /// Latest ping's round trip; nothing before the first.
  [[nodiscard]] std::optional<base::Duration> round_trip() const;

 private:
  void on(const Welcome& welcome);
  void on(const JoinedRoom& joined);
  [[nodiscard]] bool is_another_room(const JoinedRoom& joined) const;
  /// The entry, or what is left of it: a search that goes on has waited for some of its time.
  [[nodiscard]] ClientMessage first_message() const;
  [[nodiscard]] bool search_goes_on(Reason reason) const;
  void on(const HostOfRoom& host);
  void on(const UpdatedRoom& updated);
  void on(const Pong& pong);
  void on(const SearchingMatch& searching);
  void on(const RoomsFound&) {}  // was not asked for
  void on(const Error& error);
  void on(const LeftRoom&) {}  // leave() does not wait for it
  /// What happens among the members.
  template <class Message>
  void on(const Message& message);
  /// Ends with what the server's error means to a player.
  void fail(ErrorCode code, std::string_view message, std::string_view about);
  [[nodiscard]] std::string sentence_of(ErrorCode code, std::string_view message,
                                        std::string_view about) const;
  void open(UpgradeRequest request);
  /// The connection is of no use any more: made anew later, where that may help, or the end.
  /// `socket_is_open`: it is to be closed.
  void lose(Reason reason, std::string message, bool socket_is_open);
  void end(Reason reason, std::string message, bool socket_is_open);
  void advance(base::Time now) { now_ = std::max(now_, now); }

  ClientConfig config_;
  ClientState state_ = ClientState::connecting;
  base::Time now_;
  base::Time since_;                    // when this state began
  base::Duration pause_{};              // how long, while pausing
  std::uint32_t attempts_ = 0;          // to come back, since the room was left
  std::optional<ClientMessage> first_;  // the entry, where it could not ride on the upgrade request
  std::optional<JoinRoom> seat_;        // how to come back, once joined
  struct SearchTimes {
    base::Time since;
    base::Time heard_at;
  };
  std::optional<SearchTimes> search_;  // once the server has said that it searches
  base::SeededRandom random_;
  base::Time pinged_at_;  // or joined, before the first ping
  std::uint32_t ping_id_ = 0;
  bool awaiting_ = false;  // nothing was heard since the latest ping
  std::optional<base::Duration> round_trip_;
  Outbox<ClientTransmit> transmits_;
  Outbox<ClientEvent> events_;
};

}  // namespace parlor::signaling
