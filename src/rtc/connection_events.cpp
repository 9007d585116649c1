// What a connection tells, and how it stands.

#include <utility>

#include "rtc/connection.hpp"

namespace parlor::rtc {
namespace {

/// Events of agreeing and of states that wait: whoever does not take them loses the oldest. Messages wait
/// elsewhere, and are counted.
constexpr std::size_t kMostEvents = 256;

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::fresh:
      return "fresh";
    case State::connecting:
      return "connecting";
    case State::connected:
      return "connected";
    case State::disconnected:
      return "disconnected";
    case State::failed:
      return "failed";
    case State::closed:
      return "closed";
  }
  return "";
}

// Messages that nobody asks for stay with the association, which counts them. All else is dealt with at once:
// what comes of it may have to be sent.
void Connection::drain_association() {
  for (;;) {
    if (!next_) next_ = association_.poll_event();
    if (!next_) return;
    const auto* message = std::get_if<sctp::ReceivedMessage>(&*next_);
    if (message && message->ppid != datachannel::kDcep) return;
    std::optional<sctp::Closed> closed;
    if (const auto* end = std::get_if<sctp::Closed>(&*next_)) closed = *end;
    if (std::holds_alternative<sctp::Established>(*next_)) connect_at_.reset();
    const bool restarted = std::holds_alternative<sctp::Restarted>(*next_);
    channels_.handle(now_, *std::exchange(next_, std::nullopt));
    if (closed) handle_association_closed(*closed);
    // Within one DTLS connection there is no other program, and of its channels nothing is left.
    if (restarted) {
      fail(Reason::sctp, "The other side has begun anew.");
      association_.abort(now_, {});
    }
  }
}

std::optional<Event> Connection::poll_event() {
  for (;;) {
    if (!events_.empty()) {
      Event event = std::move(events_.front());
      events_.pop_front();
      return event;
    }
    if (auto event = channels_.poll_event())
      return std::visit([](auto&& one) { return Event(std::move(one)); }, *std::move(event));
    if (!next_) return std::nullopt;
    channels_.handle(now_, *std::exchange(next_, std::nullopt));
    drain_association();
  }
}

// ---- how it stands

void Connection::update_state() {
  association_.set_reachable(now_, agent_.route() && agent_.state() != ice::AgentState::disconnected);
  if (is_over() || failed_for_ != Reason::none) return;
  const bool secured = transport_->state() == dtls::State::connected;
  switch (agent_.state()) {
    case ice::AgentState::starting:
      if (agreed_ || offering_) set_state(State::connecting);
      break;
    case ice::AgentState::checking:
      set_state(State::connecting);
      break;
    case ice::AgentState::connected:
      set_state(secured ? State::connected : State::connecting);
      break;
    case ice::AgentState::disconnected:
      set_state(secured ? State::disconnected : State::connecting);
      break;
    case ice::AgentState::failed:
      set_state(State::failed, Reason::no_way,
                secured ? "The way to the other side is gone." : "No way to the other side was found.");
      break;
  }
}

void Connection::set_state(State state, Reason reason, std::string detail) {
  if (state_ == state) return;
  state_ = state;
  say(StateChanged{.state = state, .reason = reason, .detail = std::move(detail)});
}

void Connection::say(Event event) {
  // Of descriptions the latest is what counts.
  if (std::holds_alternative<DescriptionMade>(event))
    std::erase_if(events_, [](const Event& other) { return std::holds_alternative<DescriptionMade>(other); });
  if (events_.size() >= kMostEvents) events_.pop_front();
  events_.push_back(std::move(event));
}

void Connection::fail(Reason reason, std::string detail) {
  if (is_over() || failed_for_ != Reason::none) return;
  failed_for_ = reason;
  set_state(State::failed, reason, std::move(detail));
}

void Connection::end(Reason reason, std::string detail) {
  if (is_over()) return;
  set_state(State::closed, reason, std::move(detail));
  association_.abort(now_, {});  // for its channels: nothing goes out any more
  drain_association();
}

Stats Connection::stats() const {
  Stats stats = stats_;
  stats.ice_round_trip = agent_.round_trip();
  stats.sctp_round_trip = association_.round_trip();
  stats.buffered = association_.buffered();
  stats.datagram = association_.packet() + transport_->overhead();
  return stats;
}

}  // namespace parlor::rtc
