// Tickets, and how rooms of an earlier process live again by them.

#include <algorithm>
#include <utility>

#include "signaling/code.hpp"
#include "signaling/lobby_impl.hpp"

namespace parlor::signaling {
namespace {

/// A rebuilt room does not know how many ids it has given: so many more than the ticket tells of count as
/// given. An id that is given twice all the same costs its former holder its place, nothing else.
constexpr std::uint32_t kIdsSkipped = 1024;

}  // namespace

// ---- tickets

std::optional<Ticket> Lobby::Impl::ticket_for(const Room& room, const std::string& text) const {
  if (text.empty()) return std::nullopt;
  auto ticket = unseal(text, config.mac, config.ticket_key);
  if (!ticket || ticket->code != room.code || ticket->life != room.life) return std::nullopt;
  return ticket;
}

bool Lobby::Impl::holds(const Room& room, const Ticket& ticket) {
  // In a room that lives long an id comes again: the ticket of whoever had it before is no claim on it.
  const Member* holder = room.find(ticket.peer);
  return !room.rules.has_removed(ticket.serial) && (holder == nullptr || holder->serial == ticket.serial);
}

std::string Lobby::Impl::ticket_of(const Member& member) const {
  const Room& room = *member.room;
  Ticket ticket;
  ticket.life = room.life;
  ticket.code = room.code;
  ticket.peer = member.peer;
  ticket.serial = member.serial;
  ticket.incarnation = member.incarnation;
  ticket.term = room.term;
  ticket.host = room.host;
  ticket.size = room.size;
  ticket.application = application_of(room.game, room.build);
  ticket.title = room.title;
  ticket.rules = room.rules;
  return seal(ticket, config.mac, config.ticket_key);
}

Lobby::Impl::Room* Lobby::Impl::rebuild(Connection& connection, const JoinRoom& message) {
  std::optional<Ticket> ticket;
  if (!message.ticket.empty()) ticket = unseal(message.ticket, config.mac, config.ticket_key);
  // Who resumes still plays there, though all may have been out of reach for longer than the grace time. A
  // page that was loaded anew may hold the ticket of a room that everybody has left.
  const bool may_be_alive = message.resume || (ticket && (ticket->life & kUpperHalf) != own_lives &&
                                               now_ - *started_at <= config.rebuild_window);
  const Hello& hello = *connection.hello;
  if (!ticket || !may_be_alive || ticket->code != message.code ||
      ticket->application != application_of(hello.game, hello.build)) {
    refuse_unknown(connection);
    return nullptr;
  }
  if (const auto why = no_place_for_room(connection.site)) {
    refuse(connection, *why, "join");
    return nullptr;
  }
  const std::uint32_t given = ticket->serial + kIdsSkipped;
  Room room(ticket->code, PeerIds(ticket->life, static_cast<std::uint16_t>(given)));
  room.title = ticket->title;
  room.game = hello.game;
  room.build = hello.build;
  room.site = connection.site;
  room.size = ticket->size;
  room.rules = ticket->rules;
  room.changes = base::TokenBucket(config.change_burst, config.changes_per_second);
  room.life = ticket->life;
  room.term = ticket->term;
  room.host = ticket->host;
  room.entries = given;
  room.rebuilt = true;
  room.rebuilt_at = now_;
  room.opened_at = now_;
  Room& added = add_room(std::move(room));
  awaiting_host.push_back(added);
  events.push(RoomRebuilt{added.code, added.game, added.term});
  return &added;
}

void Lobby::Impl::learn_from(Room& room, const Ticket& ticket) {
  if (!room.rebuilt) return;
  room.entries = std::max(room.entries, ticket.serial);
  if (ticket.rules.revision > room.rules.revision) {
    room.title = ticket.title;
    // Whoever is there stays, and so does the one who comes.
    room.size = std::max(ticket.size, std::min<int>(kMaxMembers, static_cast<int>(room.members.size()) + 1));
    room.rules = ticket.rules;
    tell_settings(room);
  }
  if (ticket.term < room.term || (ticket.term == room.term && ticket.host == room.host)) return;
  if (ticket.term > room.term) {
    room.term = ticket.term;
    room.host = ticket.host;
    if (room.find(room.host) != nullptr) awaiting_host.erase(room);
  } else {
    ++room.term;  // two processes have each given this term to another host: no term may have two
  }
  tell_host(room);
}

void Lobby::Impl::remove_unwanted(Room& room, const Member& teller, const std::vector<Ban>& known_bans) {
  std::vector<std::pair<Member*, LeaveReason>> removed;
  for (const auto& member : room.members) {
    if (member.get() == &teller) continue;
    const auto is_it = [&](const Ban& ban) { return ban.serial == member->serial; };
    const bool banned = std::any_of(room.rules.bans.begin(), room.rules.bans.end(), is_it) ||
                        has_ban_from(room, member->site, known_bans);
    if (!banned && !room.rules.has_removed(member->serial)) continue;
    removed.emplace_back(member.get(), banned ? LeaveReason::banned : LeaveReason::kicked);
  }
  for (const auto& [member, reason] : removed) remove(*member, reason);
}

}  // namespace parlor::signaling
