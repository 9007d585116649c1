// The part of the session that plays: who has which colour, who has to catch, where everything is.

#include <algorithm>

#include "cubes/greeting.hpp"
#include "cubes/session.hpp"

namespace parlor::cubes {

void Session::settle_colour() {
  if (!unsettled_ || (settled_at_ && now_ - *settled_at_ < kLeastPause)) return;
  unsettled_ = false;
  settled_at_ = now_;
  std::vector<Claim> others;
  for (const Member& member : members_)
    others.push_back({number(member.id), world_.colour_of(number(member.id))});
  const ColourIndex settled = settled_colour(number(room_->me()), world_.own_colour(), others);
  if (settled == world_.own_colour()) return;
  world_.set_own_colour(settled);
  tell_all(to_greet_);
}

void Session::tell_all(std::vector<PeerId>& list) const {
  list.clear();
  for (const Member& member : members_) list.push_back(member.id);
}

void Session::greet() {
  // A full queue is tried again with the next frame; a member that is gone needs no greeting.
  const auto send = [this](std::vector<PeerId>& list, BytesView bytes) {
    std::erase_if(list,
                  [&](PeerId peer) { return room_->send(peer, kEvents, bytes) != SendResult::would_block; });
  };
  send(to_greet_, write_greeting({world_.own_colour()}));
  if (const auto current = tag_.current()) {
    send(to_tell_it_, write_catch(*current));
  } else {
    to_tell_it_.clear();
  }
}

// ---- tag

void Session::announce_catch() {
  const auto current = tag_.it() == 0 ? std::nullopt : tag_.current();
  if (current == announced_ || (announced_at_ && now_ - *announced_at_ < kLeastPause)) return;
  announced_ = current;
  if (!current) return;
  announced_at_ = now_;
  const bool mine = PeerId{current->it} == room_->me();
  notify({.kind = NoticeKind::caught,
          .id = current->it,
          .by = current->by,
          .name = mine ? name_ : name_of(PeerId{current->it})});
}

void Session::play_tag() {
  if (!inside_) return;
  std::vector<PlayerId> others;
  for (const Member& member : members_) {
    const auto shown = world_.shown(number(member.id));
    if (!is_away(member.id) && !(shown && shown->away)) others.push_back(number(member.id));
  }
  std::sort(others.begin(), others.end());
  const bool host = room_->host() == room_->me();
  auto caught = tag_.advance(now_, {.host = host, .away = world_.own_state().away, .others = others});
  for (const PlayerId touched : world_.touched()) {
    if (!caught && std::binary_search(others.begin(), others.end(), touched))
      caught = tag_.touch(now_, touched);
  }
  world_.set_it(tag_.it());
  announce_catch();
  const bool repeats = host && now_ - repeated_at_ >= kRepeated;
  if (repeats) repeated_at_ = now_;
  // Nobody else knows of a new one: it must reach everybody, also those whose queue is full now.
  if (caught || repeats) tell_all(to_tell_it_);
}

void Session::tell_props() {
  if (!inside_) return;
  Props& props = world_.props();
  if (room_->host() == room_->me()) {
    props.adopt(now_, [&](PlayerId id) { return find(PeerId{id}) != nullptr; });
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
