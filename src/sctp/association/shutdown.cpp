// The orderly end (RFC 9260 §9.2).

#include "sctp/association/association.hpp"

namespace parlor::sctp {

void Association::shut_down(base::Time now) {
  see(now);
  if (over_) return;
  if (state_ == AssociationState::closed || state_ == AssociationState::cookie_wait)
    return close(CloseReason::shutdown, CauseCode::none, "");
  if (state_ != AssociationState::established && state_ != AssociationState::cookie_echoed) return;
  state_ = AssociationState::shutdown_pending;
  control_tries_ = 0;
  advance_shutdown();
}

bool Association::is_shutting_down() const {
  return state_ == AssociationState::shutdown_pending || state_ == AssociationState::shutdown_sent ||
         state_ == AssociationState::shutdown_received || state_ == AssociationState::shutdown_ack_sent;
}

/// An end that the other side takes part in, and that gets no nearer, keeps nobody for ever:
/// T5-shutdown-guard, five times RTO.Max.
void Association::guard_shutdown() {
  shutdown_by_ = now_ + 5 * options_.round_trip.longest;
}

/// Where all has been acknowledged, the next step.
void Association::advance_shutdown() {
  if (over_ || !sent_ || !sent_->empty() || !queue_.empty()) return;
  if (state_ == AssociationState::shutdown_pending) {
    state_ = AssociationState::shutdown_sent;
    send_shutdown();
  } else if (state_ == AssociationState::shutdown_received) {
    state_ = AssociationState::shutdown_ack_sent;
    send_shutdown();
  }
}

/// SHUTDOWN or SHUTDOWN ACK, whichever is due.
void Association::send_shutdown() {
  begin_control();
  if (!shutdown_by_) guard_shutdown();
  if (state_ == AssociationState::shutdown_ack_sent) return queue(ChunkType::shutdown_ack);
  base::Bytes cumulative(4);
  base::ByteWriter(cumulative).u32(received_->cumulative().value());
  queue(ChunkType::shutdown, cumulative);
}

void Association::handle_shutdown() {
  switch (state_) {
    case AssociationState::established:
    case AssociationState::shutdown_pending:
      guard_shutdown();
      state_ = AssociationState::shutdown_received;
      break;
    case AssociationState::shutdown_sent:
      // Both at once: this side is done, or it would not have said so.
      state_ = AssociationState::shutdown_ack_sent;
      control_tries_ = 0;
      return send_shutdown();
    default:
      return;
  }
  advance_shutdown();
}

void Association::handle_shutdown_ack() {
  if (state_ != AssociationState::shutdown_sent && state_ != AssociationState::shutdown_ack_sent) return;
  controls_.clear();
  queue(ChunkType::shutdown_complete);
  close(CloseReason::shutdown, CauseCode::none, "");
}

}  // namespace parlor::sctp
