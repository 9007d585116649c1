// The part of the machine that keeps the roster: members, the links to them, and their carriers.

#include <algorithm>
#include <utility>
#include <variant>

#include "room/machine.hpp"

namespace parlor::room {

/// A newcomer offers to everyone it finds; those who were there wait for its offer.
void Machine::add_member(const signaling::MemberInfo& info, bool offers) {
  if (info.id == kNobody || info.id == joined_.me || link_of(info.id) != nullptr) return;
  if (members_.size() >= static_cast<std::size_t>(kMaxMembers) - 1) return;
  const bool polite = info.id < joined_.me;
  CarrierId carrier{};
  std::vector<Signal> early;
  if (offers && prewarmed_) {
    carrier = prewarmed_->carrier;
    early = std::move(prewarmed_->signals);
    prewarmed_.reset();
    outbox_.transmit(SetPolite{carrier, polite});
  } else {
    carrier = CarrierId{++carriers_opened_};
    outbox_.transmit(OpenCarrier{carrier, offers, polite, ice_servers_.value_or(std::vector<IceServer>{})});
  }
  members_.push_back({info.id, info.name});
  given_up_.erase(info.id);
  outbox_.event(PeerJoined{members_.back()});
  links_.push_back(std::make_unique<Link>(now_, context_, info.id, info.incarnation, carrier, !polite));
  if (info.away) {
    tell_away(info.id);
    links_.back()->handle_member_away(now_);
  }
  for (const Signal& signal : early) signal_made(*links_.back(), signal);
}

void Machine::renew_link(const signaling::MemberInfo& info, bool offers) {
  const PeerId peer = info.id;
  const auto link =
      std::find_if(links_.begin(), links_.end(), [&](const auto& one) { return one->peer() == peer; });
  members_[static_cast<std::size_t>(link - links_.begin())].name = info.name;
  (*link)->give_up_path(now_);
  outbox_.transmit(CloseCarrier{(*link)->carrier()});
  forget_signals(peer);
  const bool polite = peer < joined_.me;
  const CarrierId carrier{++carriers_opened_};
  outbox_.transmit(OpenCarrier{carrier, offers, polite, ice_servers_.value_or(std::vector<IceServer>{})});
  given_up_.erase(peer);
  tell_back(peer, true);  // its new way comes behind that
  *link = std::make_unique<Link>(now_, context_, peer, info.incarnation, carrier, !polite);
}

/// Another carrier for the same life of a member: its link goes on.
void Machine::renew_carrier(Link& link, bool offers) {
  outbox_.transmit(CloseCarrier{link.carrier()});
  forget_signals(link.peer());
  const CarrierId carrier{++carriers_opened_};
  const bool polite = link.peer() < joined_.me;
  outbox_.transmit(OpenCarrier{carrier, offers, polite, ice_servers_.value_or(std::vector<IceServer>{})});
  link.set_fingerprint({});
  link.handle_new_carrier(now_, carrier);
}

void Machine::forget_signals(PeerId peer) {
  signals_.erase(std::remove_if(signals_.begin(), signals_.end(),
                                [&](const auto& signal) { return signal.peer == peer; }),
                 signals_.end());
}

void Machine::remove_member(PeerId peer, Reason reason, std::string message) {
  const auto link =
      std::find_if(links_.begin(), links_.end(), [&](const auto& one) { return one->peer() == peer; });
  if (link == links_.end()) return;
  const bool gone =
      reason == Reason::peer_left || reason == Reason::peer_lost || reason == Reason::peer_kicked;
  // The other end may be well pleased with the link; it is not to find out by silence.
  if (!gone && reason != Reason::link_failed) (*link)->say_bye(now_, Bye::given_up);
  outbox_.transmit(CloseCarrier{(*link)->carrier()});
  forget_signals(peer);
  members_.erase(members_.begin() + (link - links_.begin()));
  links_.erase(link);
  away_.erase(peer);
  if (!gone) given_up_.insert(peer);
  outbox_.event(PeerLeft{peer, reason, std::move(message)});
}

void Machine::prewarm() {
  const bool joins = std::holds_alternative<Join>(options_.entry);
  if (!joins || state_ != RoomState::entering || !ice_servers_ || carriers_opened_ > 0) return;
  prewarmed_ = Prewarmed{CarrierId{++carriers_opened_}, {}};
  outbox_.transmit(OpenCarrier{prewarmed_->carrier, true, true, *ice_servers_});
}

void Machine::drop_prewarmed() {
  if (!prewarmed_) return;
  outbox_.transmit(CloseCarrier{prewarmed_->carrier});
  prewarmed_.reset();
}

}  // namespace parlor::room
