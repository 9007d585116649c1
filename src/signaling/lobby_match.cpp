// Quick match: searchers for the same thing (a pool) meet in a room. One worker is at home to all searchers
// of a game's build, so that two who search at the same moment meet.

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "signaling/code.hpp"
#include "signaling/lobby_impl.hpp"

namespace parlor::signaling {
namespace {

/// Of a pool, so many rooms and so many searchers are looked at for one that searches, in fair shares; at
/// others the next time. A ban costs a hash, so of the rooms that would do and have some, no more than …
constexpr std::size_t kMaxExamined = 256;
constexpr int kMaxBansExamined = 8;

/// What must be the same for those who meet.
std::string pool_of(const Hello& hello, const QuickMatch& want) {
  std::array<std::byte, kMaxPackedMetadata> packed{};
  base::ByteWriter out(packed);
  pack(out, want.attributes);
  std::string pool = application_text(hello.game, hello.build) + '\0';
  pool += static_cast<char>(want.size);
  pool += want.rating ? 'r' : '-';
  pool += base::as_text(out.written());
  return pool;
}

/// How far the rating of another may be off, for one that has been searching since then.
std::int64_t window_of(const QuickMatch& want, base::Time since, base::Time now) {
  constexpr std::int64_t kLongest = 86'400'000;  // beyond a day it makes no difference, and does not overflow
  const std::int64_t waited = std::clamp<std::int64_t>(
      std::chrono::duration_cast<base::milliseconds>(now - since).count(), 0, kLongest);
  return std::min<std::int64_t>(want.max_window, want.window + want.widen_per_second * waited / 1000);
}

}  // namespace

void Lobby::Impl::match(Connection& connection, const FindMatch& message, bool may_move) {
  if (connection.member != nullptr || connection.search != nullptr) {
    return refuse(connection, ErrorCode::already_in_room, "match");
  }
  if (message.want.size > config.max_room_size) {
    return refuse(connection, ErrorCode::bad_message,
                  "This server's rooms have at most " + std::to_string(config.max_room_size) + " members.",
                  "match");
  }
  const std::size_t home =
      home_worker(application_text(connection.hello->game, connection.hello->build), config.workers);
  if (may_move && home != config.worker) return move(connection, home, message);
  if (!may_enter(connection, "match")) return;

  auto search = std::make_unique<Search>();
  search->connection = &connection;
  search->match = {pool_of(*connection.hello, message.want), message.want, now_};
  search->told_at = now_;
  if (!is_matching()) matched_at = now_;
  connection.search = std::move(search);
  Search& added = *connection.search;
  searching.push_back(added);
  Pool& pool = pools[added.match.pool];
  pool.searching.add(added, connection.site);
  ++counters.searching;
  if (counters.searching > kMaxSearching) added.match.want.patience = {};  // no time to wait where so many do
  if (!seek(added)) say_searching(added);
}

void Lobby::Impl::end_search(Connection& connection) {
  if (connection.search == nullptr) return;
  Search& search = *connection.search;
  searching.erase(search);
  const auto pool = pools.find(search.match.pool);
  pool->second.searching.erase(search, connection.site);
  --counters.searching;
  drop_if_empty(pool);
  connection.search.reset();
}

void Lobby::Impl::drop_if_empty(std::unordered_map<std::string, Pool>::iterator pool) {
  if (pool->second.searching.size() == 0 && pool->second.rooms.size() == 0) pools.erase(pool);
}

void Lobby::Impl::say_searching(const Search& search) {
  const auto waited = std::chrono::duration_cast<base::milliseconds>(now_ - search.match.since).count();
  send(*search.connection,
       SearchingMatch{static_cast<std::uint32_t>(waited),
                      static_cast<std::uint32_t>(pools[search.match.pool].searching.size() - 1)});
}

std::size_t Lobby::Impl::to_examine(std::size_t waiting) const {
  // Where as many look as are looked at, each would see the same ones again and again.
  return waiting <= kMaxExamined ? kMaxExamined : kMaxExamined - random.below(kMaxExamined / 4);
}

bool Lobby::Impl::covers(const Match& one, const Match& other, std::int64_t& distance) const {
  if (!one.want.rating) {
    distance = 0;
    return true;
  }
  distance = *one.want.rating - *other.want.rating;
  if (distance < 0) distance = -distance;
  return distance <= window_of(one.want, one.since, now_) &&
         distance <= window_of(other.want, other.since, now_);
}

Lobby::Impl::Room* Lobby::Impl::nearest_room(Pool& pool, const Match& who, const base::IpAddress& site,
                                             const Room* except) const {
  Room* nearest = nullptr;
  std::int64_t distance = 0;
  int bans = kMaxBansExamined;
  pool.rooms.examine(to_examine(pool.rooms.size()), [&](Room& room) {
    std::int64_t its = 0;
    if (&room == except || !covers(who, *room.match, its)) return;
    if (nearest != nullptr &&
        std::pair(its, room.match->since) >= std::pair(distance, nearest->match->since)) {
      return;
    }
    if (!room.rules.bans.empty() && (bans-- <= 0 || is_banned(room, site))) return;
    nearest = &room;
    distance = its;
  });
  return nearest;
}

Lobby::Impl::Search* Lobby::Impl::nearest_searcher(Pool& pool, const Search& search) const {
  Search* nearest = nullptr;
  std::int64_t distance = 0;
  pool.searching.examine(to_examine(pool.searching.size()), [&](Search& other) {
    std::int64_t its = 0;
    if (&other == &search || !covers(search.match, other.match, its)) return;
    if (nearest != nullptr && std::pair(its, other.match.since) >= std::pair(distance, nearest->match.since))
      return;
    nearest = &other;
    distance = its;
  });
  return nearest;
}

bool Lobby::Impl::seek(Search& search) {
  Connection& connection = *search.connection;
  Pool& pool = pools[search.match.pool];
  if (Room* place = nearest_room(pool, search.match, connection.site)) {
    end_search(connection);
    enter_anew(connection, *place);
    return true;
  }
  if (Search* partner = nearest_searcher(pool, search)) {
    // Who has searched longer is host.
    const bool first = partner->match.since <= search.match.since;
    Connection& host = first ? *partner->connection : connection;
    Connection& guest = first ? connection : *partner->connection;
    Room* made = make_matched(host);
    if (made == nullptr) return host.id == connection.id;
    end_search(guest);
    enter_anew(guest, *made);
    return true;
  }
  if (search.match.since + search.match.want.patience > now_) return false;
  make_matched(connection);
  return true;
}

Lobby::Impl::Room* Lobby::Impl::make_matched(Connection& connection) {
  Match match = connection.search->match;
  end_search(connection);
  CreateRoom wanted;
  wanted.size = match.want.size;
  wanted.metadata = match.want.attributes;
  Room* room = make_room(connection, wanted, "match");
  if (room == nullptr) return nullptr;
  room->match = std::move(match);
  enter_anew(connection, *room);
  return room;
}

void Lobby::Impl::offer_for_match(Room& room) {
  if (!room.match) return;
  const auto is_there = [](const auto& member) { return member->connection != nullptr; };
  const bool open = !room.rules.locked && !room.rules.password &&
                    room.members.size() < static_cast<std::size_t>(room.size) &&
                    std::any_of(room.members.begin(), room.members.end(), is_there);
  // Its maker has met nobody there yet, and has made nothing else of it.
  const bool is_lone = open && room.members.size() == 1 && room.entries == 1 && room.rules.revision == 0;
  if (is_lone != room.by_lone.linked) {
    if (!is_matching()) matched_at = now_;
    is_lone ? lone.push_back(room) : lone.erase(room);
  }
  if (open == room.by_pool.linked) return;
  if (open) return pools[room.match->pool].rooms.add(room, room.site);
  const auto pool = pools.find(room.match->pool);
  pool->second.rooms.erase(room, room.site);
  drop_if_empty(pool);
}

void Lobby::Impl::match_all() {
  matched_at = now_;
  std::vector<ConnectionId> waiting;
  for (const Search* search = searching.front(); search != nullptr; search = search->by_arrival.next) {
    waiting.push_back(search->connection->id);
  }
  for (const ConnectionId id : waiting) {
    Connection* connection = find(id);
    if (connection == nullptr || connection->search == nullptr) continue;
    Search& search = *connection->search;
    if (seek(search) || now_ - search.told_at < kTellSearching) continue;
    search.told_at = now_;
    say_searching(search);
  }
  // By their codes: a room that was joined with one before it may be gone.
  std::vector<std::string> alone;
  for (const Room* room = lone.front(); room != nullptr && alone.size() < kMaxLoneExamined;
       room = room->by_lone.next) {
    alone.push_back(room->code);
  }
  for (const std::string& code : alone) {
    const auto found = rooms.find(code);
    if (found == rooms.end() || !found->second.by_lone.linked) continue;
    lone.move_to_back(found->second);
    join_lone(found->second);
  }
}

void Lobby::Impl::join_lone(Room& room) {
  Room* other = nearest_room(pools[room.match->pool], *room.match, room.members.front()->site, &room);
  if (other == nullptr) return;
  // Who has waited longer stays.
  if (other->by_lone.linked && room.match->since < other->match->since) {
    return move_into(*other->members.front(), room);
  }
  move_into(*room.members.front(), *other);
}

void Lobby::Impl::move_into(Member& lone_member, Room& room) {
  Connection& connection = *std::exchange(lone_member.connection, nullptr);
  const std::uint64_t life = lone_member.room->life;
  connection.member = nullptr;
  leave_room(lone_member, LeaveReason::left);
  enter_anew(connection, room);
  connection.member->moved_from = life;
  moved[life] = connection.member;
}

Lobby::Impl::Member* Lobby::Impl::moved_holder_of(const JoinRoom& message) const {
  if (moved.empty() || message.ticket.empty()) return nullptr;
  const auto ticket = unseal(message.ticket, config.mac, config.ticket_key);
  if (!ticket || ticket->code != message.code) return nullptr;
  const auto found = moved.find(ticket->life);
  return found == moved.end() ? nullptr : found->second;
}

}  // namespace parlor::signaling
