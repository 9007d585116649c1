// Which rooms there are: what this worker's rooms tell the others' directories, and how `list` is answered.

#include <algorithm>
#include <utility>

#include "signaling/code.hpp"
#include "signaling/lobby_impl.hpp"

namespace parlor::signaling {
namespace {

/// Of a connection's messages, a list counts as so many beside itself, and once more for every so many rooms
/// looked at.
constexpr std::uint32_t kListCost = 9;
constexpr std::uint32_t kRoomsPerCost = 16;
/// Of what a site may have looked at, the answer itself counts as so many rooms.
constexpr std::uint32_t kListUnits = 100;

/// What is said about when to ask again, at most.
constexpr base::Duration kMaxListWait = base::seconds(60);

}  // namespace

void Lobby::Impl::list(Connection& connection, const ListRooms& message) {
  if (connection.member != nullptr) return refuse(connection, ErrorCode::already_in_room, "list");
  const std::string application = application_text(connection.hello->game, connection.hello->build);
  const auto looked_at = static_cast<std::uint32_t>(directory.size_of(application));
  const std::uint32_t cost =
      std::min(kListCost + looked_at / kRoomsPerCost, std::max(1U, config.message_burst / 2));
  base::TokenBucket& bucket = connection.budget.bucket;
  const base::Duration wait =
      std::max(bucket.wait(now_, cost), lists.wait(now_, connection.site, kListUnits + looked_at));
  if (wait > base::Duration{} || !bucket.take(now_, cost)) {
    // Spread, so that a classroom does not ask again all at once.
    const auto retry = static_cast<std::uint32_t>(
        std::chrono::ceil<std::chrono::milliseconds>(std::min(wait, kMaxListWait)).count());
    return say_error(connection.id, ErrorCode::rate_limited, "You ask for rooms too often.", "list",
                     retry + random.below(retry + 1));
  }
  lists.count(now_, connection.site, kListUnits + looked_at);
  send(connection, directory.list(application, message.query));
}

void Lobby::Impl::changed(Room& room) {
  offer_for_match(room);
  std::shared_ptr<const DirectoryEntry> entry;
  if (room.rules.listed && !room.rules.locked && !room.members.empty()) {
    ListedRoom listed{
        shown_code(room.code),           room.title,         static_cast<int>(room.members.size()), room.size,
        room.rules.password.has_value(), room.rules.metadata};
    entry = std::make_shared<const DirectoryEntry>(
        DirectoryEntry{application_text(room.game, room.build), std::move(listed), room.opened_at});
  }
  publish(room.code, std::move(entry));
}

void Lobby::Impl::publish(const std::string& code, std::shared_ptr<const DirectoryEntry> entry) {
  const auto known = directory.find(code);
  if (known == nullptr && entry == nullptr) return;
  if (known != nullptr && entry != nullptr && known->room == entry->room) return;
  directory.put(code, entry);
  counters.listed = directory.size();
  if (config.workers == 1) return;
  // What is full here is not told to the others either.
  if (entry != nullptr && directory.find(code) == nullptr) entry = nullptr;
  if (unshared.empty()) unshared_since = now_;
  unshared[code] = std::move(entry);
  if (unshared.size() >= kMaxUnshared) share();
}

void Lobby::Impl::share() {
  if (unshared.empty()) return;
  auto changes = std::make_shared<std::vector<DirectoryChange>>();
  changes->reserve(unshared.size());
  for (auto& [code, entry] : unshared) changes->push_back({code, std::move(entry)});
  unshared.clear();
  transmits.push(ShareDirectory{std::move(changes)});
}

void Lobby::Impl::learn(const std::vector<DirectoryChange>& changes) {
  for (const DirectoryChange& change : changes) directory.put(change.code, change.entry);
  counters.listed = directory.size();
}

}  // namespace parlor::signaling
