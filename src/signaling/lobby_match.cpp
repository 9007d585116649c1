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
  search->want = message.want;
  search->pool = pool_of(*connection.hello, message.want);
  search->since = now_;
  search->told_at = now_;
  if (searching.front() == nullptr) matched_at = now_;
  connection.search = std::move(search);
  Search& added = *connection.search;
  searching.push_back(added);
  Pool& pool = pools[added.pool];
  pool.searching.add(added, connection.site);
  ++counters.searching;
  if (counters.searching > kMaxSearching) added.want.patience = {};  // no time to wait where so many do
  if (!seek(added)) say_searching(added);
}

void Lobby::Impl::end_search(Connection& connection) {
  if (connection.search == nullptr) return;
  Search& search = *connection.search;
  searching.erase(search);
  const auto pool = pools.find(search.pool);
  pool->second.searching.erase(search, connection.site);
  --counters.searching;
  drop_if_empty(pool);
  connection.search.reset();
}

void Lobby::Impl::drop_if_empty(std::unordered_map<std::string, Pool>::iterator pool) {
  if (pool->second.searching.size() == 0 && pool->second.rooms.size() == 0) pools.erase(pool);
}

void Lobby::Impl::say_searching(const Search& search) {
  const auto waited = std::chrono::duration_cast<base::milliseconds>(now_ - search.since).count();
  send(*search.connection,
       SearchingMatch{static_cast<std::uint32_t>(waited),
                      static_cast<std::uint32_t>(pools[search.pool].searching.size() - 1)});
}

bool Lobby::Impl::covers(const Search& search, const QuickMatch& other, base::Time other_since,
                         std::int64_t& distance) const {
  if (!search.want.rating) {
    distance = 0;
    return true;
  }
  distance = *search.want.rating - *other.rating;
  if (distance < 0) distance = -distance;
  return distance <= window_of(search.want, search.since, now_) &&
         distance <= window_of(other, other_since, now_);
}

Lobby::Impl::Room* Lobby::Impl::nearest_room(Pool& pool, const Search& search) const {
  Room* nearest = nullptr;
  std::int64_t distance = 0;
  int bans = kMaxBansExamined;
  pool.rooms.examine(kMaxExamined, [&](Room& room) {
    std::int64_t its = 0;
    if (!covers(search, room.match->want, room.match->since, its)) return;
    if (nearest != nullptr &&
        std::pair(its, room.match->since) >= std::pair(distance, nearest->match->since)) {
      return;
    }
    if (!room.rules.bans.empty() && (bans-- <= 0 || is_banned(room, search.connection->site))) return;
    nearest = &room;
    distance = its;
  });
  return nearest;
}

Lobby::Impl::Search* Lobby::Impl::nearest_searcher(Pool& pool, const Search& search) const {
  Search* nearest = nullptr;
  std::int64_t distance = 0;
  pool.searching.examine(kMaxExamined, [&](Search& other) {
    std::int64_t its = 0;
    if (&other == &search || !covers(search, other.want, other.since, its)) return;
    if (nearest != nullptr && std::pair(its, other.since) >= std::pair(distance, nearest->since)) return;
    nearest = &other;
    distance = its;
  });
  return nearest;
}

bool Lobby::Impl::seek(Search& search) {
  Connection& connection = *search.connection;
  Pool& pool = pools[search.pool];
  if (Room* place = nearest_room(pool, search)) {
    end_search(connection);
    enter_anew(connection, *place);
    return true;
  }
  if (Search* partner = nearest_searcher(pool, search)) {
    // Who has searched longer is host.
    const bool first = partner->since <= search.since;
    Connection& host = first ? *partner->connection : connection;
    Connection& guest = first ? connection : *partner->connection;
    Room* made = make_matched(host);
    if (made == nullptr) return host.id == connection.id;
    end_search(guest);
    enter_anew(guest, *made);
    return true;
  }
  if (search.since + search.want.patience > now_) return false;
  make_matched(connection);
  return true;
}

Lobby::Impl::Room* Lobby::Impl::make_matched(Connection& connection) {
  const Search search = *connection.search;
  end_search(connection);
  CreateRoom wanted;
  wanted.size = search.want.size;
  wanted.metadata = search.want.attributes;
  Room* room = make_room(connection, wanted, "match");
  if (room == nullptr) return nullptr;
  room->match = Match{search.pool, search.want, search.since};
  enter_anew(connection, *room);
  return room;
}

void Lobby::Impl::offer_for_match(Room& room) {
  if (!room.match) return;
  const auto is_there = [](const auto& member) { return member->connection != nullptr; };
  const bool open = !room.rules.locked && !room.rules.password &&
                    room.members.size() < static_cast<std::size_t>(room.size) &&
                    std::any_of(room.members.begin(), room.members.end(), is_there);
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
}

}  // namespace parlor::signaling
