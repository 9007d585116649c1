// The part of the machine that knows what the room is like, and asks for what its host may do.

#include <utility>

#include "room/machine.hpp"
#include "room/options.hpp"

namespace parlor::room {

RequestResult Machine::update_settings(base::Time now, const SettingsChange& change) {
  const RequestResult may = may_ask(std::nullopt);
  if (may != RequestResult::sent) return may;
  if (!is_change(change)) return RequestResult::bad_settings;
  if (change.size && static_cast<std::size_t>(*change.size) < members_.size() + 1) {
    return RequestResult::bad_settings;
  }
  return ask(now, signaling::UpdateRoom{change});
}

RequestResult Machine::kick(base::Time now, PeerId peer, bool ban) {
  const RequestResult may = may_ask(peer);
  return may == RequestResult::sent ? ask(now, signaling::KickMember{peer, ban}) : may;
}

RequestResult Machine::make_host(base::Time now, PeerId peer) {
  const RequestResult may = may_ask(peer);
  if (may != RequestResult::sent) return may;
  if (away_.contains(peer)) return RequestResult::no_such_peer;
  return ask(now, signaling::TransferHost{peer});
}

RequestResult Machine::may_ask(std::optional<PeerId> peer) const {
  if (state_ != RoomState::playing || !client_ || server_is_lost_) return RequestResult::not_connected;
  if (joined_.host != joined_.me) return RequestResult::not_host;
  if (peer && link_of(*peer) == nullptr) return RequestResult::no_such_peer;
  return RequestResult::sent;
}

RequestResult Machine::ask(base::Time now, const signaling::ClientMessage& message) {
  if (!begin(now)) return RequestResult::not_connected;
  client_->send(message);
  settle();
  return RequestResult::sent;
}

void Machine::set_settings(RoomSettings settings) {
  if (settings == settings_) return;
  settings_ = std::move(settings);
  outbox_.event(SettingsChanged{settings_});
}

void Machine::on(const signaling::UpdatedRoom& updated) {
  if (!updated.ticket.empty()) joined_.ticket = updated.ticket;
  set_settings(updated.settings);
}

void Machine::on(const signaling::SearchingMatch& searching) {
  if (state_ != RoomState::entering) return;
  outbox_.event(Searching{std::chrono::milliseconds(searching.waited_ms), searching.others});
}

void Machine::on(const signaling::RequestRefused& refused) {
  outbox_.event(RequestRefused{refused.about, refused.message});
}

}  // namespace parlor::room
