// The part of the session that plays: who has which colour, who has to catch, where everything is.

#include <algorithm>

#include "cubes/greeting.hpp"
#include "cubes/session.hpp"

namespace parlor::cubes {

void Session::settle_colour() {
  std::vector<Claim> others;
  for (const Member& member : members_)
    others.push_back({number(member.id), world_.colour_of(number(member.id))});
  const ColourIndex settled = settled_colour(number(room_->me()), world_.own_colour(), others);
  if (settled == world_.own_colour()) return;
  world_.set_own_colour(settled);
  greet_all();
}

void Session::greet_all() {
  to_greet_.clear();
  for (const Member& member : members_) to_greet_.push_back(member.id);
}

void Session::greet() {
  const auto greeting = write_greeting({world_.own_colour()});
  const auto caught = write_catch(tag_.current());
  // A full queue is tried again with the next frame; a member that is gone needs no greeting.
  std::erase_if(to_greet_, [&](PeerId peer) {
    if (room_->send(peer, kEvents, greeting) == SendResult::would_block) return false;
    return tag_.it() == 0 || room_->send(peer, kEvents, caught) != SendResult::would_block;
  });
}

// ---- tag

void Session::take_catch(const Catch& caught) {
  world_.set_it(caught.it);
  const bool mine = room_ && PeerId{caught.it} == room_->me();
  notify({.kind = NoticeKind::caught,
          .id = caught.it,
          .by = caught.by,
          .name = mine ? name_ : name_of(PeerId{caught.it})});
}

void Session::play_tag() {
  if (!inside_) return;
  std::vector<PlayerId> others;
  for (const Member& member : members_) {
    const auto shown = world_.shown(number(member.id));
    if (!is_away(member.id) && !(shown && shown->away)) others.push_back(number(member.id));
  }
  std::sort(others.begin(), others.end());
  auto caught = tag_.advance(now_, room_->host() == room_->me(), others);
  for (const PlayerId touched : world_.touched()) {
    if (!caught && std::binary_search(others.begin(), others.end(), touched))
      caught = tag_.touch(now_, touched);
  }
  world_.set_it(tag_.it());
  if (!caught) return;
  take_catch(*caught);
  // Nobody else knows of it: it must reach everybody, also those whose queue is full now.
  greet_all();
}

void Session::tell_props() {
  if (!inside_) return;
  Props& props = world_.props();
  if (room_->host() == room_->me()) {
    props.adopt(now_, [&](PlayerId id) {
      return std::any_of(members_.begin(), members_.end(),
                         [&](const Member& one) { return number(one.id) == id; });
    });
  }
  if (members_.empty()) return;
  while (const auto told = props.poll_due(now_))
    (void)room_->send_to_all(kProps, write_prop(*told), told->index);
}

void Session::tell() {
  if (!inside_ || members_.empty()) return;
  const State state = world_.own_state();
  if (!pacer_.due(now_, state)) return;
  // Dropped is dropped: the next one is on its way.
  (void)room_->send_to_all(kStates, write_state({netcode::stamp_of(now_), state}));
}

}  // namespace parlor::cubes
