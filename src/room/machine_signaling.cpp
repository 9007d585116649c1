// The part of the machine that speaks with the server: entering, what it says about the room and its members,
// signals, the end.

#include <algorithm>
#include <utility>
#include <variant>

#include "base/utf8.hpp"
#include "room/machine.hpp"
#include "room/options.hpp"
#include "room/session_lines.hpp"

namespace parlor::room {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

/// Whether the server takes it. What a carrier says is made from what the other end said: it may be of any
/// length and bytes. The server counts what it refuses against this member, and a text frame that is not
/// UTF-8 ends the connection (RFC 6455 §8.1).
bool fits(const Signal& signal) {
  const auto is_text = [](const std::string& text, std::size_t most) {
    return text.size() <= most && base::utf8_length(text);
  };
  if (const auto* description = std::get_if<Description>(&signal)) {
    return is_text(description->sdp, signaling::kMaxSdp);
  }
  const auto* one = std::get_if<IceCandidate>(&signal);
  return one == nullptr ||
         (is_text(one->candidate, signaling::kMaxCandidate) && is_text(one->mid, signaling::kMaxMid) &&
          is_text(one->ufrag, signaling::kMaxUfrag));
}

signaling::ClientMessage message_of(PeerId peer, const Signal& signal) {
  return std::visit(
      Overloaded{
          [&](const Description& description) -> signaling::ClientMessage {
            if (description.type == Description::Type::offer) return signaling::Offer{peer, description.sdp};
            return signaling::Answer{peer, description.sdp};
          },
          [&](const IceCandidate& one) -> signaling::ClientMessage {
            return signaling::Candidate{peer, one.candidate, one.mid, one.mline_index, one.ufrag};
          },
          [&](const CandidatesEnd&) -> signaling::ClientMessage { return signaling::EndOfCandidates{peer}; },
      },
      signal);
}

RoomSettings settings_of(const signaling::JoinedRoom& joined) {
  return {joined.title, joined.size, joined.has_password, joined.listed, joined.locked, joined.metadata};
}

}  // namespace

void Machine::forward_transmits() {
  while (auto transmit = client_->poll_transmit()) {
    std::visit(Overloaded{
                   [&](signaling::OpenSocket& open) { outbox_.transmit(OpenSocket{std::move(open.url)}); },
                   [&](signaling::SendFrame& send) { outbox_.transmit(SendFrame{std::move(send.text)}); },
                   [&](signaling::CloseSocket& close) { outbox_.transmit(CloseSocket{close.code}); },
               },
               *transmit);
  }
}

void Machine::drain_client() {
  while (client_) {
    auto event = client_->poll_event();
    if (!event) break;
    std::visit([this](const auto& message) { on(message); }, *event);
  }
  pace_signals();
  if (client_) forward_transmits();
}

void Machine::pace_signals() {
  while (client_ && !signals_.empty() && signal_budget_.take(now_, signals_.front().cost)) {
    client_->send(signals_.front().message);
    signals_.pop_front();
  }
}

// ---- what the server says

void Machine::on(const signaling::Welcome& welcome) {
  if (options_.ice_servers.empty()) ice_servers_ = usable(welcome.ice_servers);
  context_.relay_on = welcome.relay;
  context_.socket_waits = 0;
  context_.relay_pace = {};
  context_.spells.clear();
  outbox_.socket_told();
  prewarm();
}

void Machine::on(const signaling::JoinedRoom& joined) {
  if (state_ == RoomState::playing) {
    if (joined.code == joined_.code) return rejoin(joined);
    leave_former_room();
  }
  if (state_ != RoomState::entering) return;
  state_ = RoomState::playing;
  joined_ = {joined.code, joined.ticket, joined.title, joined.you, joined.host, joined.term, joined.size};
  settings_ = settings_of(joined);
  context_.my_incarnation = joined.incarnation;
  context_.me = joined.you;
  context_.host = joined.host;
  context_.term = joined.term;
  outbox_.event(joined_);
  for (const signaling::MemberInfo& member : joined.members) add_member(member, true);
  drop_prewarmed();  // nobody there to bind it to
}

void Machine::leave_former_room() {
  while (!members_.empty()) remove_member(members_.back().id, Reason::peer_lost, "The room was given up.");
  given_up_.clear();
  if (std::exchange(server_is_lost_, false)) outbox_.event(ServerBack{});
  state_ = RoomState::entering;
}

void Machine::rejoin(const signaling::JoinedRoom& joined) {
  if (joined.you != joined_.me) {
    end(Reason::protocol_error, "The server took this member for another one. Enter the room again.");
    return;
  }
  server_is_lost_ = false;
  joined_.ticket = joined.ticket;
  outbox_.event(ServerBack{});
  set_settings(settings_of(joined));
  // The others have taken leave of this life: everybody is to be met again.
  if (std::exchange(context_.my_incarnation, joined.incarnation) != joined.incarnation) {
    while (!members_.empty()) {
      remove_member(members_.back().id, Reason::peer_lost, "You were away for too long.");
    }
  }
  for (const auto& link : links_) {
    const auto is_it = [&](const signaling::MemberInfo& info) { return info.id == link->peer(); };
    if (std::none_of(joined.members.begin(), joined.members.end(), is_it)) {
      // A server that was started anew does not know yet who is still to come back.
      joined.rebuilt ? link->handle_member_missing(now_) : link->handle_member_lost(now_);
    }
    link->handle_server_back(now_);
  }
  for (const signaling::MemberInfo& info : joined.members) settle_member(info);
  set_host(joined.host, joined.term);
}

/// A member as the server has it now, which may be known or not.
void Machine::settle_member(const signaling::MemberInfo& info) {
  if (link_of(info.id) == nullptr) return add_member(info, true);
  const bool anew = link_of(info.id)->incarnation() != info.incarnation;
  if (anew) {
    renew_link(info, true);
  } else if (link_of(info.id)->is_closed()) {
    renew_carrier(*link_of(info.id), true);
  }
  if (!anew && !info.away) tell_back(info.id, false);
  if (info.away) {
    tell_away(info.id);
    link_of(info.id)->handle_member_away(now_);
  } else {
    link_of(info.id)->handle_member_back(now_);
  }
}

void Machine::on(const signaling::PeerJoinedRoom& joined) {
  if (Link* link = link_of(joined.member.id)) {
    // Known to me and new to a server that was started anew.
    if (link->incarnation() == joined.member.incarnation) {
      tell_back(joined.member.id, false);
      return link->handle_member_back(now_);
    }
    // It was away for too long: its page lives on, or was loaded anew.
    remove_member(joined.member.id, Reason::peer_lost, "The member came back anew.");
  }
  add_member(joined.member, false);
}

void Machine::on(const signaling::PeerAwayRoom& away) {
  Link* link = link_of(away.peer);
  if (link == nullptr) return;
  tell_away(away.peer);
  link->handle_member_away(now_);
}

void Machine::on(const signaling::PeerBackRoom& back) {
  Link* link = link_of(back.member.id);
  if (link == nullptr) return add_member(back.member, false);
  if (link->incarnation() != back.member.incarnation) return renew_link(back.member, false);
  link->handle_member_back(now_);
  tell_back(back.member.id, false);
}

void Machine::tell_away(PeerId peer) {
  if (away_.insert(peer).second) outbox_.event(PeerAway{peer});
}

void Machine::tell_back(PeerId peer, bool anew) {
  if (away_.erase(peer) == 0 && !anew) return;
  const auto member =
      std::find_if(members_.begin(), members_.end(), [&](const Member& one) { return one.id == peer; });
  outbox_.event(PeerBack{*member, anew});
}

void Machine::on(const signaling::PeerLeftRoom& left) {
  Link* link = link_of(left.peer);
  given_up_.erase(left.peer);
  if (link == nullptr) return;
  switch (left.reason) {
    case signaling::LeaveReason::left:
      remove_member(left.peer, Reason::peer_left, "The member left.");
      break;
    case signaling::LeaveReason::kicked:
    case signaling::LeaveReason::banned:
      remove_member(left.peer, Reason::peer_kicked, "The host removed the member.");
      break;
    // What the server has against its connection says nothing about the way to it.
    case signaling::LeaveReason::lost:
    case signaling::LeaveReason::removed:
      link->handle_member_lost(now_);
      break;
  }
}

void Machine::on(const signaling::HostOfRoom& host) {
  if (!host.ticket.empty()) joined_.ticket = host.ticket;
  set_host(host.host, host.term);
}

void Machine::set_host(PeerId host, std::uint32_t term) {
  if (host == joined_.host && term == joined_.term) return;
  joined_.host = host;
  joined_.term = term;
  context_.host = host;
  context_.term = term;
  outbox_.event(HostChanged{host, term});
  context_changed();
}

void Machine::on(const signaling::Offer& offer) {
  Link* link = link_of(offer.peer);
  if (link == nullptr || !link->handle_offer(now_, candidates_in(offer.sdp))) return;
  // Of another carrier than the one this side has been speaking with: it was renewed there.
  const std::string fingerprint = fingerprint_of(offer.sdp);
  if (!fingerprint.empty() && !link->fingerprint().empty() && fingerprint != link->fingerprint())
    renew_carrier(*link, false);
  link->offer_again_if_lost(now_);
  link->set_fingerprint(fingerprint);
  to_carrier(offer.peer, Description{Description::Type::offer, offer.sdp});
}
void Machine::on(const signaling::Answer& answer) {
  Link* link = link_of(answer.peer);
  if (link == nullptr || !link->handle_candidates(candidates_in(answer.sdp))) return;
  link->note_answered(offer_named_in(answer.sdp));
  // The latest that was heard is that of the carrier in use there.
  if (std::string fingerprint = fingerprint_of(answer.sdp); !fingerprint.empty())
    link->set_fingerprint(std::move(fingerprint));
  to_carrier(answer.peer, Description{Description::Type::answer, answer.sdp});
}
void Machine::on(const signaling::Candidate& candidate) {
  Link* link = link_of(candidate.peer);
  if (link == nullptr || !link->handle_candidates(1)) return;
  to_carrier(candidate.peer,
             IceCandidate{candidate.candidate, candidate.mid, candidate.mline_index, candidate.ufrag});
}
void Machine::on(const signaling::EndOfCandidates& end) {
  to_carrier(end.peer, CandidatesEnd{});
}

void Machine::on(const signaling::Disconnected& disconnected) {
  forward_transmits();
  client_.reset();
  signals_.clear();
  const bool over = disconnected.reason == Reason::replaced || disconnected.reason == Reason::kicked ||
                    disconnected.reason == Reason::banned;
  if (state_ == RoomState::entering || over) {
    context_.relay_on = false;  // its socket is closed: byes go by WebRTC alone
    end(disconnected.reason, disconnected.message);
    return;
  }
  server_lost(disconnected.reason, disconnected.message);
}

void Machine::on(const signaling::Interrupted& interrupted) {
  signals_.clear();
  server_lost(interrupted.reason, interrupted.message);
}

void Machine::server_lost(Reason reason, const std::string& message) {
  if (!std::exchange(server_is_lost_, true)) outbox_.event(ServerLost{reason, message});
  conditioner_lost_server();
  for (const auto& link : links_) link->handle_server_lost(now_);
}

// ---- signals

void Machine::to_carrier(PeerId from, Signal signal) {
  if (const Link* link = link_of(from)) {
    outbox_.transmit(CarrierSignal{link->carrier(), std::move(signal)});
  }
}

void Machine::signal_made(Link& link, const Signal& signal) {
  const auto* description = std::get_if<Description>(&signal);
  if (description != nullptr && description->type == Description::Type::offer)
    link.note_offered(now_, ufrag_of(description->sdp));
  to_server(link.peer(), signal);
}

void Machine::to_server(PeerId peer, const Signal& signal) {
  if (!client_ || state_ != RoomState::playing || server_is_lost_ || !fits(signal)) return;
  const auto for_peer = [&](const auto& waiting) { return waiting.peer == peer; };
  if (signals_.size() >= kMaxWaitingSignals || std::count_if(signals_.begin(), signals_.end(), for_peer) >=
                                                   static_cast<std::ptrdiff_t>(kMaxWaitingSignalsPerPeer)) {
    return;
  }
  signaling::ClientMessage message = message_of(peer, signal);
  const std::uint32_t cost = signaling::message_cost(signaling::write(message).size());
  signals_.push_back({peer, std::move(message), cost});
}

void Machine::end(Reason reason, std::string message) {
  if (state_ == RoomState::ended) return;
  state_ = RoomState::ended;
  // Of one that was removed the server says more.
  const bool removed = reason == Reason::kicked || reason == Reason::banned;
  if (!removed) {
    for (const auto& link : links_) link->say_bye(now_, Bye::left);
  }
  take_off_conditioner();
  if (client_) {
    client_->leave();
    forward_transmits();
    client_.reset();
  }
  signals_.clear();
  drop_prewarmed();
  for (const auto& link : links_) outbox_.transmit(CloseCarrier{link->carrier()});
  links_.clear();
  members_.clear();
  outbox_.events().push_last(Ended{reason, std::move(message)});
}

}  // namespace parlor::room
