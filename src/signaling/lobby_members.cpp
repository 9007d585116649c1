// Members: how they come, are away, come back and go; and who is host.

#include <algorithm>
#include <cassert>
#include <utility>

#include "signaling/code.hpp"
#include "signaling/lobby_impl.hpp"

namespace parlor::signaling {
// ---- coming

void Lobby::Impl::come(Connection& connection, Room& room, const JoinRoom& message) {
  std::optional<Ticket> ticket = ticket_for(room, message.ticket);
  // What is refused here sounds like a room that does not exist. Who shows the ticket of a ban is the banned
  // one, whoever else may come in from there.
  if (ticket && room.rules.has_banned(ticket->serial)) return refuse_unknown(connection);
  if (ticket && !holds(room, *ticket)) ticket.reset();
  const Member* holder = ticket ? room.find(ticket->peer) : nullptr;
  if (message.resume && !ticket) return refuse_unknown(connection);
  if (holder == nullptr) {
    // Members of a rebuilt room are on their way back, whoever else is banned at their site; but not with a
    // ticket from before that ban, which one may keep many of.
    const bool returns = ticket && is_gathering(room);
    const bool banned =
        returns ? has_ban_from(room, connection.site, ticket->rules.bans) : is_banned(room, connection.site);
    if (banned) return refuse_unknown(connection);
    // A ticket that was given under the password that still holds is as good as the password. Which one that
    // is, a rebuilt room learns from its members' tickets.
    const bool knows = ticket && (returns || ticket->rules.password == room.rules.password ||
                                  (room.rebuilt && ticket->rules.revision > room.rules.revision));
    if (!knows && !fits_password(room, message.password)) return refuse_unknown(connection);
  }
  if (room.build != connection.hello->build) return refuse(connection, ErrorCode::build_mismatch, "join");
  if (message.resume && holder != nullptr && ticket->incarnation < holder->incarnation) {
    return refuse(connection, ErrorCode::replaced, "join");
  }
  if (holder == nullptr && !ticket && room.rules.locked) {
    return refuse(connection, ErrorCode::room_locked, "join");
  }
  if (holder == nullptr && room.members.size() >= static_cast<std::size_t>(room.size)) {
    return refuse(connection, ErrorCode::room_full, "join");
  }
  if (!may_enter(connection, "join")) return;
  if (!ticket) return enter_anew(connection, room);
  const RoomRules known = room.rules;
  learn_from(room, *ticket);
  take_in(connection, room, message, *ticket);
  // Behind the newcomer: an empty room would die.
  if (room.rules.revision != known.revision) remove_unwanted(room, *connection.member, known.bans);
}

void Lobby::Impl::take_in(Connection& connection, Room& room, const JoinRoom& message, const Ticket& ticket) {
  if (Member* holder = room.find(ticket.peer)) {
    return message.resume ? resume(connection, *holder) : begin_anew(connection, *holder, ticket.incarnation);
  }
  // In a rebuilt room nobody has left yet: who resumes there goes on, elsewhere the others have said goodbye.
  const bool goes_on = message.resume && room.rebuilt;
  enter(connection, room, ticket.peer, ticket.incarnation + (goes_on ? 0 : 1), ticket.serial);
}

void Lobby::Impl::enter_anew(Connection& connection, Room& room) {
  const PeerId id =
      room.ids.next([&](PeerId peer) { return room.find(peer) != nullptr || peer == room.host; });
  enter(connection, room, id, 1, ++room.entries);
}

void Lobby::Impl::enter(Connection& connection, Room& room, PeerId peer, std::uint32_t incarnation,
                        std::uint32_t serial) {
  auto member = std::make_unique<Member>();
  member->room = &room;
  member->peer = peer;
  member->name = connection.hello->name;
  member->incarnation = incarnation;
  member->serial = serial;
  member->site = connection.site;
  member->came_past_ban = !is_gathering(room) && has_ban_from(room, connection.site);
  member->signals_to = base::TokenBucket(config.signal_bytes_burst, config.signal_bytes_to_per_second);
  member->signals_from = base::TokenBucket(config.signal_bytes_burst, config.signal_bytes_from_per_second);
  member->connection = &connection;
  connection.member = member.get();
  if (room.host == kNobody) room.host = peer;
  if (room.host == peer) awaiting_host.erase(room);
  broadcast(room, PeerJoinedRoom{member->info()});
  room.members.push_back(std::move(member));
  ++counters.members;
  say_joined(*connection.member);
  changed(room);
  events.push(MemberEntered{room.code, connection.id, peer, room.members.size()});
}

void Lobby::Impl::say_joined(const Member& member) {
  const Room& room = *member.room;
  JoinedRoom joined;
  joined.members.reserve(room.members.size() - 1);
  for (const auto& other : room.members) {
    if (other.get() != &member) joined.members.push_back(other->info());
  }
  joined.code = shown_code(room.code);
  joined.title = room.title;
  joined.has_password = room.rules.password.has_value();
  joined.listed = room.rules.listed;
  joined.locked = room.rules.locked;
  joined.metadata = room.rules.metadata;
  joined.ticket = ticket_of(member);
  joined.you = member.peer;
  joined.host = room.host;
  joined.term = room.term;
  joined.size = room.size;
  joined.incarnation = member.incarnation;
  joined.rebuilt = is_gathering(room);
  send(*member.connection, joined);
}

// ---- coming back

void Lobby::Impl::seat(Connection& connection, Member& member) {
  if (Connection* former = std::exchange(member.connection, nullptr)) {
    former->member = nullptr;
    drop(*former, ErrorCode::replaced, sentence(ErrorCode::replaced), {}, LeaveReason::removed);
  } else {
    away.erase(member);
    --counters.away;
  }
  member.connection = &connection;
  member.site = connection.site;
  connection.member = &member;
  offer_for_match(*member.room);
}

void Lobby::Impl::resume(Connection& connection, Member& member) {
  seat(connection, member);
  say_joined(member);
  for (const Missed& one : member.missed) {
    if (member.room->find(one.from) == nullptr) continue;
    ++counters.messages_out;
    transmits.push(SendText{connection.id, one.text});
  }
  forget_missed(member);
  // Also where nobody was told that it was away: what the relay held for its former connection is gone.
  broadcast(*member.room, PeerBackRoom{member.info()}, &member);
  events.push(MemberBack{member.room->code, connection.id, member.peer, false});
}

void Lobby::Impl::begin_anew(Connection& connection, Member& member, std::uint32_t shown_incarnation) {
  Room& room = *member.room;
  seat(connection, member);
  forget_missed(member);
  member.name = connection.hello->name;
  member.incarnation = std::max(member.incarnation, shown_incarnation) + 1;
  // Its program knows nothing of what was: it stands behind all who do.
  const auto place = std::find_if(room.members.begin(), room.members.end(),
                                  [&](const auto& one) { return one.get() == &member; });
  std::rotate(place, place + 1, room.members.end());
  const bool was_host = room.host == member.peer;
  if (was_host) hand_over(room);
  broadcast(room, PeerBackRoom{member.info()}, &member);
  if (was_host) tell_host(room, &member);
  say_joined(member);
  events.push(MemberBack{room.code, connection.id, member.peer, true});
}

// ---- being away, and going

void Lobby::Impl::go_away(Member& member) {
  member.away_since = now_;
  away.push_back(member);
  ++counters.away;
  offer_for_match(*member.room);
  broadcast(*member.room, PeerAwayRoom{member.peer});
  events.push(MemberAway{member.room->code, member.peer});
}

void Lobby::Impl::keep_for(Member& member, PeerId from, std::shared_ptr<const std::string> text) {
  if (member.missed.size() >= kMaxMissed || member.missed_bytes + text->size() > kMaxMissedBytes ||
      missed_bytes + text->size() > kMaxMissedBytesInAll) {
    return;  // links negotiate anew what was lost
  }
  member.missed_bytes += text->size();
  missed_bytes += text->size();
  member.missed.push_back({from, std::move(text)});
}

void Lobby::Impl::forget_missed(Member& member) {
  missed_bytes -= std::exchange(member.missed_bytes, 0);
  std::exchange(member.missed, {}).clear();
}

void Lobby::Impl::leave_room(Member& member, LeaveReason reason) {
  assert(member.connection == nullptr);
  Room& room = *member.room;
  const PeerId peer = member.peer;
  if (member.by_away.linked) {
    away.erase(member);
    --counters.away;
  }
  forget_missed(member);
  if (member.moved_from != 0) moved.erase(member.moved_from);
  const auto place = std::find_if(room.members.begin(), room.members.end(),
                                  [&](const auto& one) { return one.get() == &member; });
  assert(place != room.members.end());
  room.members.erase(place);
  --counters.members;
  events.push(MemberGone{room.code, peer, reason, room.members.size()});
  if (room.members.empty()) return close_room(room);
  changed(room);
  const bool was_host = room.host == peer;
  if (was_host) hand_over(room);
  if (shutting_down) return;
  broadcast(room, PeerLeftRoom{peer, reason});
  if (was_host) tell_host(room);
}

// ---- the host

void Lobby::Impl::hand_over(Room& room) {
  assert(!room.members.empty());
  const auto there = std::find_if(room.members.begin(), room.members.end(),
                                  [](const auto& one) { return one->connection != nullptr; });
  make_host(room, (there != room.members.end() ? *there : room.members.front())->peer);
}

void Lobby::Impl::make_host(Room& room, PeerId peer) {
  room.host = peer;
  ++room.term;
  awaiting_host.erase(room);
}

void Lobby::Impl::tell_host(const Room& room, const Member* except) {
  // To each its own, for the ticket that knows the term.
  for (const auto& member : room.members) {
    if (member->connection == nullptr || member.get() == except) continue;
    send(*member->connection, HostOfRoom{room.host, room.term, ticket_of(*member)});
  }
}

}  // namespace parlor::signaling
