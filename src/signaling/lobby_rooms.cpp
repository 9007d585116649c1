#include <algorithm>
#include <cassert>

#include "signaling/code.hpp"
#include "signaling/lobby_impl.hpp"

namespace parlor::signaling {

Lobby::Impl::Member* Lobby::Impl::Room::find(PeerId peer) const {
  for (const auto& member : members) {
    if (member->peer == peer) return member.get();
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
    void operator()(ListRooms& list) { lobby.list(connection, list); }
    void operator()(FindMatch& match) { lobby.match(connection, match, true); }
    void operator()(UpdateRoom& update) { lobby.update(connection, update); }
    void operator()(KickMember& kick) { lobby.kick(connection, kick); }
    void operator()(TransferHost& transfer) { lobby.transfer(connection, transfer); }
    void operator()(Ping& ping) { lobby.send(connection, Pong{ping.id}); }
  };
  std::visit(Visitor{*this, connection}, message);
}

template <class Message>
void Lobby::Impl::relay(Connection& sender, Message message, std::string_view about) {
  if (sender.member == nullptr) return refuse(sender, ErrorCode::not_in_room, about);
  Member* receiver = sender.member->room->find(message.peer);
  if (receiver == nullptr || receiver == sender.member) return refuse(sender, ErrorCode::no_such_peer, about);
  message.peer = sender.member->peer;
  auto text = std::make_shared<const std::string>(write(ServerMessage(std::move(message))));
  const auto size = static_cast<std::uint32_t>(text->size());
  if (!sender.member->signals_from.take(now_, size)) {
    return refuse(sender, ErrorCode::rate_limited, "You send more to the members than is passed on.", about);
  }
  if (!receiver->signals_to.take(now_, size)) {
    return refuse(sender, ErrorCode::rate_limited, "The member is being sent more than is passed on.", about);
  }
  ++counters.relayed;
  if (receiver->connection == nullptr) return keep_for(*receiver, sender.member->peer, std::move(text));
  ++counters.messages_out;
  transmits.push(SendText{receiver->connection->id, std::move(text)});
}

std::optional<ErrorCode> Lobby::Impl::no_place_for_room(const base::IpAddress& site) const {
  if (!rooms_by_site.has_place(site)) return ErrorCode::rate_limited;
  if (rooms.size() >= config.max_rooms) return ErrorCode::server_full;
  return std::nullopt;
}

Lobby::Impl::Room& Lobby::Impl::add_room(Room room) {
  const std::string code = room.code;
  const bool has_place = rooms_by_site.add(room.site);
  assert(has_place);
  static_cast<void>(has_place);
  Room& added = rooms.emplace(code, std::move(room)).first->second;
  counters.rooms = rooms.size();
  return added;
}

void Lobby::Impl::create(Connection& connection, const CreateRoom& message) {
  if (connection.member != nullptr || connection.search != nullptr) {
    return refuse(connection, ErrorCode::already_in_room, "create");
  }
  if (message.size > config.max_room_size) {
    return refuse(connection, ErrorCode::bad_message,
                  "This server's rooms have at most " + std::to_string(config.max_room_size) + " members.",
                  "create");
  }
  if (!may_enter(connection, "create")) return;
  if (Room* room = make_room(connection, message, "create")) enter_anew(connection, *room);
}

Lobby::Impl::Room* Lobby::Impl::make_room(Connection& connection, const CreateRoom& message,
                                          std::string_view about) {
  const std::optional<std::string> code = free_code();
  std::optional<ErrorCode> why = no_place_for_room(connection.site);
  if (!code && !why) why = ErrorCode::server_full;
  if (why) {
    refuse(connection, *why,
           *why == ErrorCode::rate_limited ? "There are too many rooms from this address already."
                                           : sentence(*why),
           about);
    return nullptr;
  }

  const std::uint64_t life = own_lives | (random.next_u64() & ~kUpperHalf);
  Room room(*code, PeerIds(life));
  room.title = message.title;
  room.game = connection.hello->game;
  room.build = connection.hello->build;
  room.site = connection.site;
  room.size = message.size;
  room.rules.password = locked_by(message.password);
  room.rules.listed = message.listed;
  room.rules.locked = message.locked;
  room.rules.metadata = message.metadata;
  room.changes = base::TokenBucket(config.change_burst, config.changes_per_second);
  room.life = life;
  room.opened_at = now_;
  Room& added = add_room(std::move(room));
  events.push(RoomOpened{added.code, added.game, added.size});
  return &added;
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

bool Lobby::Impl::may_enter(Connection& connection, std::string_view about) {
  if (connection.budget.entries.take(now_)) return true;
  refuse(connection, ErrorCode::rate_limited, "You enter rooms too often.", about);
  return false;
}

void Lobby::Impl::refuse_unknown(Connection& connection) {
  failed_joins.count(now_, connection.site);
  refuse(connection, ErrorCode::no_such_room, "join");
}

void Lobby::Impl::join(Connection& connection, const JoinRoom& message, bool may_move) {
  if (connection.member != nullptr || connection.search != nullptr) {
    return refuse(connection, ErrorCode::already_in_room, "join");
  }
  if (failed_joins.wait(now_, connection.site) > base::Duration{}) {
    return refuse(connection, ErrorCode::rate_limited, "join");
  }
  const std::size_t home = home_worker(message.code, config.workers);
  if (may_move && home != config.worker) return move(connection, home, message);
  const auto found = rooms.find(message.code);
  if (found == rooms.end()) {
    const Member* holder = moved_holder_of(message);
    if (holder != nullptr && holder->room->game == connection.hello->game) {
      return come(connection, *holder->room, {holder->room->code, ticket_of(*holder), message.resume});
    }
    if (Room* rebuilt = rebuild(connection, message)) come(connection, *rebuilt, message);
    return;
  }
  Room& room = found->second;
  if (room.game != connection.hello->game) return refuse_unknown(connection);
  come(connection, room, message);
}

void Lobby::Impl::leave(Connection& connection) {
  if (connection.search != nullptr) {
    end_search(connection);
    return send(connection, LeftRoom{});
  }
  Member* member = connection.member;
  if (member == nullptr) return refuse(connection, ErrorCode::not_in_room, "leave");
  connection.member = nullptr;
  member->connection = nullptr;
  leave_room(*member, LeaveReason::left);
  send(connection, LeftRoom{});
}

void Lobby::Impl::close_room(Room& room) {
  changed(room);  // nobody is in it: out of every list
  rooms_by_site.remove(room.site);
  awaiting_host.erase(room);
  events.push(RoomClosed{room.code});
  rooms.erase(std::string(room.code));  // a copy: the key must outlive the room
  counters.rooms = rooms.size();
}

}  // namespace parlor::signaling
