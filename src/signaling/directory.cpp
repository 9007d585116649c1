#include "signaling/directory.hpp"

#include <algorithm>
#include <optional>

#include "signaling/json.hpp"

namespace parlor::signaling {
namespace {

// A message of at most kMaxFrame bytes whose reader takes json::kMaxValues names and values: with something
// to spare for what stands around the rooms.
constexpr std::size_t kMaxAnswer = kMaxFrame - 1024;
constexpr std::size_t kMaxAnswerValues = json::kMaxValues - 24;

bool holds(const Condition& condition, const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return false;
  if (const auto* text = std::get_if<std::string>(&condition)) {
    const auto* its = std::get_if<std::string>(&found->second);
    return its != nullptr && *its == *text;
  }
  const auto* its = std::get_if<std::int64_t>(&found->second);
  if (its == nullptr) return false;
  if (const auto* number = std::get_if<std::int64_t>(&condition)) return *its == *number;
  const auto& range = std::get<NumberRange>(condition);
  return *its >= range.min && *its <= range.max;
}

bool fits(const ListedRoom& room, const ListQuery& query) {
  if (query.has_space && room.members >= room.size) return false;
  if (query.without_password && room.has_password) return false;
  return std::all_of(query.where.begin(), query.where.end(), [&](const auto& condition) {
    return holds(condition.second, room.metadata, condition.first);
  });
}

/// What the order goes by: more comes first. Nothing: comes last.
std::optional<std::int64_t> rank(const DirectoryEntry& entry, const ListQuery& query) {
  switch (query.order) {
    case ListOrder::newest:
      return entry.opened_at.time_since_epoch().count();
    case ListOrder::members:
      return entry.room.members;
    case ListOrder::metadata:
      break;
  }
  const auto found = entry.room.metadata.find(query.order_by);
  if (found == entry.room.metadata.end()) return std::nullopt;
  const auto* number = std::get_if<std::int64_t>(&found->second);
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

struct Ranked {
  const DirectoryEntry* entry;
  std::optional<std::int64_t> rank;
};

/// Its part of a message, at most: every escape in a title or a text makes two bytes of one.
std::size_t bytes_of(const ListedRoom& room) {
  constexpr std::size_t kAround = 100;
  constexpr std::size_t kAroundAValue = 28;
  std::size_t bytes = kAround + room.code.size() + 2 * room.title.size();
  for (const auto& [key, value] : room.metadata) {
    const auto* text = std::get_if<std::string>(&value);
    bytes += kAroundAValue + key.size() + (text != nullptr ? 2 * text->size() : 0);
  }
  return bytes;
}

std::size_t values_of(const ListedRoom& room) {
  return 1 + 2 * 6 + 2 * room.metadata.size();
}

}  // namespace

std::string application_text(std::string_view game, std::string_view build) {
  return std::string(game) + '\0' + std::string(build);
}

void Directory::put(const std::string& code, std::shared_ptr<const DirectoryEntry> entry) {
  const auto former = by_code_.find(code);
  if (former != by_code_.end()) {
    const auto group = by_application_.find(former->second->application);
    group->second.erase(code);
    if (group->second.empty()) by_application_.erase(group);
    by_code_.erase(former);
  }
  if (entry == nullptr || by_code_.size() >= max_rooms_) return;
  by_application_[entry->application][code] = entry;
  by_code_[code] = std::move(entry);
}

std::shared_ptr<const DirectoryEntry> Directory::find(const std::string& code) const {
  const auto found = by_code_.find(code);
  return found == by_code_.end() ? nullptr : found->second;
}

std::size_t Directory::size_of(const std::string& application) const {
  const auto group = by_application_.find(application);
  return group == by_application_.end() ? 0 : group->second.size();
}

RoomsFound Directory::list(const std::string& application, const ListQuery& query) const {
  RoomsFound answer;
  const auto group = by_application_.find(application);
  if (group == by_application_.end()) return answer;
  std::vector<Ranked> found;
  for (const auto& [code, entry] : group->second) {
    if (fits(entry->room, query)) found.push_back({entry.get(), rank(*entry, query)});
  }
  const auto before = [&](const Ranked& a, const Ranked& b) {
    if (a.rank.has_value() != b.rank.has_value()) return a.rank.has_value();
    if (a.rank != b.rank) return query.ascending ? a.rank < b.rank : a.rank > b.rank;
    return a.entry->room.code < b.entry->room.code;  // the same order on every page
  };
  // Only the page is brought in order, out of the many.
  const auto page = found.begin() + std::min<std::ptrdiff_t>(query.offset, std::ssize(found));
  const auto end = page + std::min<std::ptrdiff_t>(query.limit, found.end() - page);
  if (page != end) {
    std::nth_element(found.begin(), page, found.end(), before);
    std::partial_sort(page, end, found.end(), before);
  }
  answer.total = static_cast<int>(found.size());
  std::size_t bytes = 0;
  std::size_t values = 0;
  for (auto one = page; one != end; ++one) {
    const ListedRoom& room = one->entry->room;
    bytes += bytes_of(room);
    values += values_of(room);
    if (bytes > kMaxAnswer || values > kMaxAnswerValues) break;
    answer.rooms.push_back(room);
  }
  return answer;
}

}  // namespace parlor::signaling
