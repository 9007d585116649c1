#include <algorithm>
#include <cassert>

#include "signaling/code.hpp"
#include "signaling/lobby_impl.hpp"

namespace parlor::signaling {

Lobby::Impl::Connection* Lobby::Impl::Room::find(PeerId peer) const {
  for (const Member& member : members) {
    if (member.peer == peer) return member.connection;
  }
  return nullptr;
}

void Lobby::Impl::on_message(Connection& connection, ClientMessage message) {
  if (auto* hello = std::get_if<Hello>(&message)) {
    if (connection.hello)
      return refuse(connection, ErrorCode::bad_message, "Hello was said before.", "hello");
    return greet(connection, std::move(*hello));
  }
  if (!connection.hello) return refuse(connection, ErrorCode::hello_first, {});
  struct Visitor {
    Impl& lobby;
    Connection& connection;
    void operator()(Hello&) {}  // above
    void operator()(CreateRoom& create) { lobby.create(connection, create); }
    void operator()(JoinRoom& join) { lobby.join(connection, join, true); }
    void operator()(LeaveRoom&) { lobby.leave(connection); }
    void operator()(Offer& offer) { lobby.relay(connection, std::move(offer), "offer"); }
    void operator()(Answer& answer) { lobby.relay(connection, std::move(answer), "answer"); }
    void operator()(Candidate& candidate) { lobby.relay(connection, std::move(candidate), "candidate"); }
    void operator()(EndOfCandidates& end) { lobby.relay(connection, end, "end_of_candidates"); }
    void operator()(Ping& ping) { lobby.send(connection, Pong{ping.id}); }
  };
  std::visit(Visitor{*this, connection}, message);
}

template <class Message>
void Lobby::Impl::relay(Connection& sender, Message message, std::string_view about) {
  if (sender.room == nullptr) return refuse(sender, ErrorCode::not_in_room, about);
  const Connection* receiver = sender.room->find(message.peer);
  if (receiver == nullptr || receiver == &sender) return refuse(sender, ErrorCode::no_such_peer, about);
  message.peer = sender.peer;
  ++counters.relayed;
  send(*receiver, std::move(message));
}

void Lobby::Impl::create(Connection& connection, const CreateRoom& message) {
  if (connection.room != nullptr) return refuse(connection, ErrorCode::already_in_room, "create");
  if (message.size > config.max_room_size) {
    return refuse(connection, ErrorCode::bad_message,
                  "This server's rooms have at most " + std::to_string(config.max_room_size) + " members.",
                  "create");
  }
  const auto of_site = rooms_by_site.find(connection.site);
  if (of_site != rooms_by_site.end() && of_site->second >= config.rooms_per_site) {
    return refuse(connection, ErrorCode::rate_limited, "There are too many rooms from this address already.",
                  "create");
  }
  if (rooms.size() >= config.max_rooms) return refuse(connection, ErrorCode::server_full, "create");
  const std::optional<std::string> code = free_code();
  if (!code) return refuse(connection, ErrorCode::server_full, "create");

  const std::uint64_t life = random.next_u64();
  const std::uint64_t id_key = random.next_u64();
  const auto added = rooms.emplace(*code, Room{*code,
                                               message.title,
                                               connection.hello->game,
                                               connection.hello->build,
                                               connection.site,
                                               message.size,
                                               life,
                                               PeerIds(id_key),
                                               1,
                                               0,
                                               {}});
  Room& room = added.first->second;
  ++rooms_by_site[room.site];
  counters.rooms = rooms.size();
  events.push(RoomOpened{room.code, room.game, room.size});
  enter_anew(connection, room);
}

std::optional<std::string> Lobby::Impl::free_code() {
  // One in `workers` codes is at home here, and hardly any is taken: far fewer tries than this are needed.
  const std::size_t tries = 128 * config.workers;
  for (std::size_t i = 0; i < tries; ++i) {
    std::string code = random_code(random);
    if (home_worker(code, config.workers) == config.worker && rooms.count(code) == 0) return code;
  }
  return std::nullopt;
}

void Lobby::Impl::refuse_join(Connection& connection, ErrorCode code) {
  failed_joins.count(now_, connection.site);
  failed_joins_nearby.count(now_, connection.site.neighbourhood());
  refuse(connection, code, "join");
}

void Lobby::Impl::join(Connection& connection, const JoinRoom& message, bool may_move) {
  if (connection.room != nullptr) return refuse(connection, ErrorCode::already_in_room, "join");
  if (failed_joins.exhausted(now_, connection.site) ||
      failed_joins_nearby.exhausted(now_, connection.site.neighbourhood())) {
    return refuse(connection, ErrorCode::rate_limited, "join");
  }
  const std::size_t home = home_worker(message.code, config.workers);
  if (may_move && home != config.worker) {
    transmits.push(MoveConnection{connection.id, home,
                                  Guest{connection.site, std::move(*connection.hello), connection.budget},
                                  message});
    forget(connection, LeaveReason::left);
    return;
  }
  const auto found = rooms.find(message.code);
  if (found == rooms.end() || found->second.game != connection.hello->game) {
    return refuse_join(connection, ErrorCode::no_such_room);
  }
  Room& room = found->second;
  if (room.build != connection.hello->build) return refuse_join(connection, ErrorCode::build_mismatch);

  std::optional<Ticket> ticket;
  if (!message.ticket.empty()) ticket = unseal(message.ticket, config.mac, config.ticket_key);
  if (ticket && (ticket->code != room.code || ticket->life != room.life)) ticket.reset();
  Connection* holder = ticket ? room.find(ticket->peer) : nullptr;
  // In a room that lives long an id comes again: the ticket of whoever had it before is no claim on it.
  if (holder != nullptr && holder->serial != ticket->serial) {
    ticket.reset();
    holder = nullptr;
  }
  if (holder == nullptr && room.members.size() >= static_cast<std::size_t>(room.size)) {
    return refuse_join(connection, ErrorCode::room_full);
  }
  if (holder != nullptr) {
    withdraw(*holder, LeaveReason::removed);
    drop(*holder, ErrorCode::replaced, sentence(ErrorCode::replaced), {}, LeaveReason::removed);
  }
  if (ticket) return enter(connection, room, ticket->peer, ticket->incarnation + 1, ticket->serial);
  enter_anew(connection, room);
}

void Lobby::Impl::enter_anew(Connection& connection, Room& room) {
  const PeerId id = room.ids.next([&](PeerId peer) { return room.find(peer) != nullptr; });
  enter(connection, room, id, 1, ++room.entries);
}

void Lobby::Impl::enter(Connection& connection, Room& room, PeerId peer, std::uint32_t incarnation,
                        std::uint32_t serial) {
  const Hello& hello = *connection.hello;
  broadcast(room, PeerJoinedRoom{{peer, hello.name}});
  JoinedRoom joined;
  joined.members.reserve(room.members.size());
  for (const Member& member : room.members) {
    joined.members.push_back({member.peer, member.connection->hello->name});
  }
  room.members.push_back({peer, &connection});
  connection.room = &room;
  connection.peer = peer;
  connection.incarnation = incarnation;
  connection.serial = serial;
  ++counters.members;
  joined.code = shown_code(room.code);
  joined.title = room.title;
  joined.ticket =
      seal({room.life, room.code, peer, serial, incarnation, room.term}, config.mac, config.ticket_key);
  joined.you = peer;
  joined.host = room.host();
  joined.term = room.term;
  joined.size = room.size;
  send(connection, joined);
  events.push(MemberEntered{room.code, connection.id, peer, room.members.size()});
}

void Lobby::Impl::leave(Connection& connection) {
  if (connection.room == nullptr) return refuse(connection, ErrorCode::not_in_room, "leave");
  leave_room(connection, LeaveReason::left);
  send(connection, LeftRoom{});
}

void Lobby::Impl::withdraw(Connection& connection, LeaveReason reason) {
  Room& room = *connection.room;
  const PeerId peer = connection.peer;
  const bool was_host = room.host() == peer;
  const auto place = std::find_if(room.members.begin(), room.members.end(),
                                  [&](const Member& member) { return member.peer == peer; });
  assert(place != room.members.end());
  room.members.erase(place);
  connection.room = nullptr;
  connection.peer = kNobody;
  --counters.members;
  events.push(MemberGone{room.code, connection.id, peer, reason, room.members.size()});
  if (was_host) ++room.term;
  if (shutting_down || room.members.empty()) return;
  broadcast(room, PeerLeftRoom{peer, reason});
  if (was_host) broadcast(room, HostOfRoom{room.host(), room.term});
}

void Lobby::Impl::leave_room(Connection& connection, LeaveReason reason) {
  Room& room = *connection.room;
  withdraw(connection, reason);
  if (room.members.empty()) close_room(room);
}

void Lobby::Impl::close_room(Room& room) {
  const auto of_site = rooms_by_site.find(room.site);
  assert(of_site != rooms_by_site.end());
  if (--of_site->second == 0) rooms_by_site.erase(of_site);
  events.push(RoomClosed{room.code});
  rooms.erase(std::string(room.code));  // a copy: the key must outlive the room
  counters.rooms = rooms.size();
}

}  // namespace parlor::signaling
