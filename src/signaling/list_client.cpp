#include "signaling/list_client.hpp"

#include <utility>

#include "signaling/client_reasons.hpp"

namespace parlor::signaling {

ListClient::ListClient(ListClientConfig config, base::Time now)
    : config_(std::move(config)), now_(now), since_(now), wanted_since_(now) {}

// ---- commands

void ListClient::ask(base::Time now, ListQuery query) {
  advance(now);
  events_.clear();
  wanted_ = std::move(query);
  wanted_since_ = now_;
  if (asked_) {
    stale_ = true;  // the answer to the former question is still to come
    return;
  }
  if (state_ == State::open) return put_question();
  if (state_ == State::opening) return;
  state_ = State::opening;
  since_ = now_;
  UpgradeRequest request;
  request.hello = config_.hello;
  std::string_view origin = config_.server;
  while (!origin.empty() && origin.back() == '/') origin.remove_suffix(1);
  transmits_.push(OpenSocket{std::string(origin) + "/v1?" + write_upgrade_query(request)});
}

void ListClient::close() {
  if (state_ != State::closed) transmits_.push(CloseSocket{kNormalClosure});
  state_ = State::closed;
  wanted_.reset();
  asked_ = false;
  stale_ = false;
  events_.clear();
}

void ListClient::put_question() {
  if (now_ < not_before_) {  // its time comes
    if (not_before_ <= wanted_since_ + config_.longest_wait) return;
    const auto wait = std::chrono::ceil<base::seconds>(not_before_ - now_);
    return fail(Reason::rate_limited,
                "The server is asked for rooms too often from this network. Try again in " +
                    std::to_string(wait.count()) + " seconds.",
                not_before_ - now_);
  }
  since_ = now_;
  asked_ = true;
  stale_ = false;
  transmits_.push(SendFrame{write(ClientMessage(ListRooms{*wanted_}))});
}

// ---- input

void ListClient::handle_open(base::Time now) {
  advance(now);
  if (state_ != State::opening) return;
  state_ = State::open;
  if (wanted_) put_question();
}

void ListClient::handle_frame(base::Time now, std::string_view text) {
  advance(now);
  if (state_ != State::open) return;
  const auto message = parse_server_message(text);
  if (!message) {
    if (message.error().code == ErrorCode::unknown_type) return;  // from a later server
    return drop(Reason::protocol_error,
                sentence_for_player(message.error().code, "list", {}, message.error().message));
  }
  if (const auto* error = std::get_if<Error>(&*message)) {
    const Reason reason = reason_of(error->code, "list");
    std::string told = sentence_for_player(error->code, "list", {}, error->message);
    if (closes(error->code)) return drop(reason, std::move(told));
    if (!asked_) return;
    asked_ = false;
    const bool again = std::exchange(stale_, false);
    if (error->code == ErrorCode::rate_limited && error->retry_ms != 0) {
      not_before_ = now_ + base::milliseconds(error->retry_ms);
      return put_question();
    }
    return again ? put_question() : fail(reason, std::move(told));
  }
  const auto* found = std::get_if<RoomsFound>(&*message);
  if (found == nullptr || !std::exchange(asked_, false)) return;
  if (std::exchange(stale_, false)) return put_question();
  wanted_.reset();
  events_.push(*found);
}

void ListClient::handle_close(base::Time now, std::uint16_t code, std::string_view reason) {
  advance(now);
  if (state_ == State::closed) return;
  state_ = State::closed;
  asked_ = false;
  stale_ = false;
  if (const auto error = error_code_from_close(code)) {
    return fail(reason_of(*error, "list"), sentence_for_player(*error, "list", {}, reason));
  }
  fail(Reason::no_server, sentence_for_unreachable(reason));
}

void ListClient::handle_timeout(base::Time now) {
  advance(now);
  const auto due = poll_timeout();
  if (!due || now_ < *due) return;
  if (state_ == State::open && !asked_) return put_question();
  drop(state_ == State::opening ? Reason::no_server : Reason::timed_out,
       "The server did not answer in time. Check the network, or try again later.");
}

void ListClient::drop(Reason reason, std::string message) {
  if (state_ != State::closed) transmits_.push(CloseSocket{kNormalClosure});
  state_ = State::closed;
  asked_ = false;
  stale_ = false;
  fail(reason, std::move(message));
}

void ListClient::fail(Reason reason, std::string message, base::Duration retry_after) {
  if (!std::exchange(wanted_, std::nullopt)) return;  // nobody waits
  events_.push(RoomsNotFound{reason, std::move(message), retry_after});
}

// ---- output

std::optional<base::Time> ListClient::poll_timeout() const {
  if (state_ == State::opening) return since_ + config_.open_deadline;
  if (state_ == State::open && asked_) return since_ + config_.answer_deadline;
  if (state_ == State::open && wanted_) return not_before_;
  return std::nullopt;
}

}  // namespace parlor::signaling
