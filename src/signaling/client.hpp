#pragma once
// The client's side of signaling as a machine: opens with hello and create or join, says what the server
// said, watches that the server is still there. It does not reconnect.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.hpp"
#include "signaling/messages.hpp"
#include "signaling/outbox.hpp"

namespace parlor::signaling {

struct ClientConfig {
  std::string server;  ///< ws:// or wss:// origin; "/v1?…" is added
  Hello hello;
  /// Rides on the upgrade request, but for a join with a ticket: that is a secret and goes into the first
  /// frame. A code that cannot be one ends the client at once, with no_such_room.
  std::variant<CreateRoom, JoinRoom> entry;
  base::Duration open_deadline = base::seconds(10);    ///< to an open socket
  base::Duration answer_deadline = base::seconds(10);  ///< from there to joined
  base::Duration ping_interval = base::seconds(25);    ///< less than the server's idle deadline (75 s)
  base::Duration ping_deadline = base::seconds(20);    ///< a hidden page's timers come late: generous
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

/// The connection is over, for the reason; nothing follows.
struct Disconnected {
  Reason reason = Reason::none;
  std::string message;
};
/// JoinedRoom first; then what happens in the room; Disconnected last. Welcome comes before JoinedRoom.
using ClientEvent = std::variant<Welcome, JoinedRoom, PeerJoinedRoom, PeerLeftRoom, HostOfRoom, Offer, Answer,
                                 Candidate, EndOfCandidates, Disconnected>;

enum class ClientState : std::uint8_t { connecting, joining, joined, closed };

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
  /// Offer, Answer, Candidate, EndOfCandidates to a member. Ignored unless joined.
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
  void on(const Pong& pong);
  void on(const Error& error);
  void on(const LeftRoom&) {}  // leave() does not wait for it
  /// What happens among the members.
  template <class Message>
  void on(const Message& message);
  /// Ends with what the server's error means to a player.
  void fail(ErrorCode code, std::string_view message, std::string_view about);
  void end(Reason reason, std::string message);
  void advance(base::Time now) { now_ = std::max(now_, now); }

  ClientConfig config_;
  ClientState state_ = ClientState::connecting;
  base::Time now_;
  base::Time since_;      // when this state began
  base::Time pinged_at_;  // or joined, before the first ping
  std::uint32_t ping_id_ = 0;
  bool awaiting_ = false;  // nothing was heard since the latest ping
  std::optional<base::Duration> round_trip_;
  Outbox<ClientTransmit> transmits_;
  Outbox<ClientEvent> events_;
};

}  // namespace parlor::signaling
