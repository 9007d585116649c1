#pragma once
// Asks a server for its rooms, as a machine: opens a connection when it is asked for the first time, keeps it
// for the next, and opens another when it was lost meanwhile. Where the server says that it is asked too
// often, and when it may be asked again, it waits for that. Nobody tells the server that it is still there:
// its own pings are answered by whoever owns the socket.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.hpp"
#include "signaling/client.hpp"
#include "signaling/messages.hpp"
#include "signaling/outbox.hpp"

namespace parlor::signaling {

struct ListClientConfig {
  std::string server;  ///< ws:// or wss:// origin; "/v1?…" is added
  Hello hello;
  base::Duration open_deadline = base::seconds(10);    ///< to an open socket
  base::Duration answer_deadline = base::seconds(10);  ///< from there, or from a question, to its answer
  /// A question that came too soon for the server is put again by itself, up to so long after it was asked.
  base::Duration longest_wait = base::seconds(10);
};

struct RoomsNotFound {
  Reason reason = Reason::none;
  std::string message;
  base::Duration retry_after{};  ///< of rate_limited, when the server told it
};
/// One for each ask(), unless another ask() came in between.
using ListClientEvent = std::variant<RoomsFound, RoomsNotFound>;

class ListClient {
 public:
  using Event = ListClientEvent;
  ListClient(ListClientConfig config, base::Time now);

  // ---- input
  void handle_open(base::Time now);
  void handle_frame(base::Time now, std::string_view text);
  void handle_close(base::Time now, std::uint16_t code, std::string_view reason);
  void handle_timeout(base::Time now);

  // ---- commands
  void ask(base::Time now, ListQuery query);
  /// Closes the socket. No event follows.
  void close();

  // ---- output
  std::optional<ClientTransmit> poll_transmit() { return transmits_.pop(); }
  std::optional<ListClientEvent> poll_event() { return events_.pop(); }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;

 private:
  enum class State : std::uint8_t { closed, opening, open };

  /// As soon as the server takes it.
  void put_question();
  void fail(Reason reason, std::string message, base::Duration retry_after = {});
  void drop(Reason reason, std::string message);
  void advance(base::Time now) { now_ = std::max(now_, now); }

  ListClientConfig config_;
  State state_ = State::closed;
  base::Time now_;
  base::Time since_;                 // opening, or the question
  std::optional<ListQuery> wanted_;  // not answered yet …
  base::Time wanted_since_;          // … since it was asked
  base::Time not_before_{};          // the server takes no question
  bool asked_ = false;               // a question is on its way …
  bool stale_ = false;               // … that nobody wants answered any more
  Outbox<ClientTransmit> transmits_;
  Outbox<ListClientEvent> events_;
};

}  // namespace parlor::signaling
