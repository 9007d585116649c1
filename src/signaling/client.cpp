#include "signaling/client.hpp"

#include <algorithm>
#include <utility>

#include "signaling/client_reasons.hpp"
#include "signaling/code.hpp"

namespace parlor::signaling {
namespace {

constexpr std::uint32_t kMostDoublings = 10;
constexpr std::uint32_t kLateAttempt = 20;  // after 35 to 75 s of short pauses

/// Whether what ended a connection may be over when it is tried again.
bool may_pass(Reason reason) {
  switch (reason) {
    case Reason::no_server:
    case Reason::timed_out:
    case Reason::rate_limited:
    case Reason::server_full:
    case Reason::server_shutdown:
      return true;
    default:
      return false;
  }
}

std::string seconds_text(base::Duration duration) {
  return std::to_string(std::chrono::duration_cast<base::seconds>(duration).count()) + " seconds";
}

}  // namespace

Client::Client(ClientConfig config, base::Time now)
    : config_(std::move(config)), now_(now), since_(now), random_(config_.seed), pinged_at_(now) {
  UpgradeRequest request;
  if (auto* join = std::get_if<JoinRoom>(&config_.entry)) {
    auto code = canonical_code(join->code);
    if (!code) {
      state_ = ClientState::closed;
      events_.push(Disconnected{
          Reason::no_such_room,
          sentence_for_player(ErrorCode::no_such_room, "join", join->code.substr(0, kMaxMid), {})});
      return;
    }
    join->code = std::move(*code);
    if (join->ticket.empty() && join->password.empty()) {
      request.join = *join;
    } else {
      first_ = *join;
    }
  } else if (const auto* match = std::get_if<FindMatch>(&config_.entry)) {
    first_ = *match;
  } else {
    const auto& create = *std::get_if<CreateRoom>(&config_.entry);
    if (create == CreateRoom{create.size, create.title}) {
      request.create = create;
    } else {
      first_ = create;
    }
  }
  open(std::move(request));
}

void Client::open(UpgradeRequest request) {
  request.hello = config_.hello;
  state_ = ClientState::connecting;
  since_ = now_;
  std::string_view origin = config_.server;
  while (!origin.empty() && origin.back() == '/') origin.remove_suffix(1);
  transmits_.push(OpenSocket{std::string(origin) + "/v1?" + write_upgrade_query(request)});
}

// ---- input

void Client::handle_open(base::Time now) {
  advance(now);
  if (state_ != ClientState::connecting) return;
  state_ = ClientState::joining;
  since_ = now_;
  if (seat_) {
    transmits_.push(SendFrame{write(ClientMessage(*seat_))});
  } else if (first_) {
    transmits_.push(SendFrame{write(first_message())});
  }
}

void Client::handle_frame(base::Time now, std::string_view text) {
  advance(now);
  if (state_ != ClientState::joining && state_ != ClientState::joined) return;
  awaiting_ = false;
  const auto message = parse_server_message(text);
  if (message) return std::visit([this](const auto& one) { on(one); }, *message);
  const ErrorCode code = message.error().code;
  if (code == ErrorCode::unknown_type) return;  // from a later server
  // A room that plays goes on without one message; what is no message at all, or an entry that cannot be
  // read, ends it.
  if (code == ErrorCode::bad_message && state_ == ClientState::joined) return;
  fail(ErrorCode::bad_message, message.error().message, message.error().about);
}

void Client::handle_close(base::Time now, std::uint16_t code, std::string_view reason) {
  advance(now);
  if (state_ == ClientState::closed || state_ == ClientState::pausing) return;
  if (const auto error = error_code_from_close(code)) {
    return lose(reason_of(*error, {}), sentence_of(*error, reason, {}), false);
  }
  switch (state_) {
    case ClientState::connecting:
      return lose(Reason::no_server, sentence_for_unreachable(reason), false);
    case ClientState::joining:
      return lose(Reason::no_server,
                  "The server closed the connection before the room was entered. Try again.", false);
    default:
      return lose(Reason::no_server, "The connection to the server was lost.", false);
  }
}

void Client::handle_timeout(base::Time now) {
  advance(now);
  const auto due = poll_timeout();
  if (!due || now_ < *due) return;
  switch (state_) {
    case ClientState::connecting:
      return lose(Reason::no_server,
                  "The server did not answer within " + seconds_text(config_.open_deadline) +
                      ". Check the network, or try again later.",
                  true);
    case ClientState::joining:
      return lose(Reason::timed_out,
                  "The server was reached, but did not answer within " +
                      seconds_text(config_.answer_deadline) + ". Try again.",
                  true);
    case ClientState::joined:
      if (awaiting_) {
        return lose(Reason::timed_out,
                    "The server has not been heard for " + seconds_text(config_.ping_deadline) + '.', true);
      }
      awaiting_ = true;
      pinged_at_ = now_;
      return transmits_.push(SendFrame{write(ClientMessage(Ping{++ping_id_}))});
    case ClientState::pausing:
      return open({});
    case ClientState::closed:
      return;
  }
}

// ---- what the server says

void Client::on(const Welcome& welcome) {
  if (welcome.version != kProtocolVersion) return fail(ErrorCode::unsupported_version, {}, {});
  if (state_ == ClientState::joining) events_.push(welcome);
}

void Client::on(const JoinedRoom& joined) {
  if (state_ != ClientState::joining && !(state_ == ClientState::joined && is_another_room(joined))) return;
  state_ = ClientState::joined;
  since_ = now_;
  pinged_at_ = now_;
  awaiting_ = false;
  attempts_ = 0;
  seat_.reset();
  if (!joined.ticket.empty()) {
    // The parser has seen to it that this is a code.
    seat_ = JoinRoom{canonical_code(joined.code).value_or(std::string()), joined.ticket, true};
  }
  events_.push(joined);
}

/// The room of a match in which this one waited alone was given up for another.
bool Client::is_another_room(const JoinedRoom& joined) const {
  return std::holds_alternative<FindMatch>(config_.entry) && seat_ &&
         canonical_code(joined.code) != seat_->code;
}

void Client::on(const HostOfRoom& host) {
  if (state_ != ClientState::joined) return;
  if (seat_ && !host.ticket.empty()) seat_->ticket = host.ticket;
  events_.push(host);
}

void Client::on(const UpdatedRoom& updated) {
  if (state_ != ClientState::joined) return;
  if (seat_ && !updated.ticket.empty()) seat_->ticket = updated.ticket;
  events_.push(updated);
}

void Client::on(const SearchingMatch& searching) {
  if (state_ != ClientState::joining) return;
  since_ = now_;  // it answers: it has the time for another answer
  attempts_ = 0;
  SearchingMatch told = searching;
  if (!search_) search_ = SearchTimes{now_ - base::milliseconds(searching.waited_ms), now_};
  search_->heard_at = now_;
  told.waited_ms = static_cast<std::uint32_t>(
      std::chrono::duration_cast<base::milliseconds>(now_ - search_->since).count());
  events_.push(told);
}

ClientMessage Client::first_message() const {
  const auto* match = std::get_if<FindMatch>(&*first_);
  if (match == nullptr || !search_) return *first_;
  QuickMatch want = match->want;
  const auto waited = std::chrono::duration_cast<base::milliseconds>(now_ - search_->since);
  want.patience = std::max(base::milliseconds{}, want.patience - waited);
  const std::uint64_t widened =
      want.window + std::uint64_t{want.widen_per_second} * static_cast<std::uint64_t>(waited.count()) / 1000;
  want.window = static_cast<std::uint32_t>(std::min<std::uint64_t>(want.max_window, widened));
  return FindMatch{want};
}

bool Client::search_goes_on(Reason reason) const {
  if (!search_ || seat_ || now_ - search_->heard_at >= config_.search_grace) return false;
  return reason == Reason::no_server || reason == Reason::timed_out || reason == Reason::server_shutdown;
}

void Client::on(const Pong& pong) {
  if (pong.id == ping_id_ && ping_id_ != 0) round_trip_ = now_ - pinged_at_;
}

void Client::on(const Error& error) {
  // In a room, what ends the connection matters, and what its player asked for: the rest answers a message
  // that came too late or too soon.
  if (state_ == ClientState::joined && !closes(error.code)) {
    const bool asked =
        error.about == "update" || error.about == "kick" || error.about == "ban" || error.about == "transfer";
    if (asked) events_.push(RequestRefused{error.code, error.about, error.message});
    return;
  }
  if (error.code == ErrorCode::unknown_type) return;
  fail(error.code, error.message, error.about);
}

template <class Message>
void Client::on(const Message& message) {
  if (state_ == ClientState::joined) events_.push(message);
}

std::string Client::sentence_of(ErrorCode code, std::string_view message, std::string_view about) const {
  const auto* join = std::get_if<JoinRoom>(&config_.entry);
  const std::string code_shown = join != nullptr ? shown_code(join->code) : std::string();
  return sentence_for_player(code, about, code_shown, message);
}

void Client::fail(ErrorCode code, std::string_view message, std::string_view about) {
  lose(reason_of(code, about), sentence_of(code, message, about), true);
}

void Client::lose(Reason reason, std::string message, bool socket_is_open) {
  if (!search_goes_on(reason) && (!seat_ || !may_pass(reason)))
    return end(reason, std::move(message), socket_is_open);
  if (state_ == ClientState::joined) events_.push(Interrupted{reason, std::move(message)});
  if (socket_is_open) transmits_.push(CloseSocket{close_code(ErrorCode::timed_out)});  // away, not gone
  const base::Duration longest = attempts_ < kLateAttempt ? config_.longest_pause : config_.late_pause;
  const base::Duration pause =
      std::min(longest, config_.first_pause * (1 << std::min(attempts_, kMostDoublings)));
  ++attempts_;
  // At least a microsecond: nobody shall be asked to do something at the very time at which it failed.
  pause_ = pause + base::Duration(1 + random_.below(static_cast<std::uint32_t>(pause.count()) + 1));
  state_ = ClientState::pausing;
  since_ = now_;
}

void Client::end(Reason reason, std::string message, bool socket_is_open) {
  if (socket_is_open) transmits_.push(CloseSocket{kNormalClosure});
  state_ = ClientState::closed;
  events_.push(Disconnected{reason, std::move(message)});
}

// ---- commands

void Client::send(const ClientMessage& message) {
  if (state_ == ClientState::joined) transmits_.push(SendFrame{write(message)});
}

void Client::leave() {
  if (state_ == ClientState::closed) return events_.clear();
  if (state_ == ClientState::joined) transmits_.push(SendFrame{write(ClientMessage(LeaveRoom{}))});
  if (state_ != ClientState::pausing) transmits_.push(CloseSocket{kNormalClosure});
  state_ = ClientState::closed;
  events_.clear();
}

// ---- output

std::optional<ClientTransmit> Client::poll_transmit() {
  return transmits_.pop();
}

std::optional<ClientEvent> Client::poll_event() {
  return events_.pop();
}

std::optional<base::Time> Client::poll_timeout() const {
  switch (state_) {
    case ClientState::connecting:
      return since_ + config_.open_deadline;
    case ClientState::joining:
      return since_ + config_.answer_deadline;
    case ClientState::joined:
      return pinged_at_ + (awaiting_ ? config_.ping_deadline : config_.ping_interval);
    case ClientState::pausing:
      return since_ + pause_;
    case ClientState::closed:
      break;
  }
  return std::nullopt;
}

ClientState Client::state() const {
  return state_;
}

std::optional<base::Duration> Client::round_trip() const {
  return round_trip_;
}

}  // namespace parlor::signaling
