#pragma once
// parlor::RoomList: which rooms of a game there are to join, without being in one.
//
//   parlor::RoomList list({.game = "my-game"});
//   list.refresh({.where = {{"mode", "duel"}}, .has_space = true});
//   // once per frame:
//   list.update();
//   while (auto event = list.poll_event()) std::visit(handler, *event);
//
// Rooms are in it that were made with Create::listed, and are not locked. Single-threaded, poll-driven,
// nothing throws: as parlor/room.hpp.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "parlor/settings.hpp"
#include "parlor/types.hpp"

namespace parlor {

struct NumberRange {
  std::int64_t min = -kMaxMetadataNumber;
  std::int64_t max = kMaxMetadataNumber;  ///< included
  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};
/// What a room's metadata must hold under a key: this number, this text, or a number in this range.
using Condition = std::variant<std::int64_t, std::string, NumberRange>;

enum class ListOrder : std::uint8_t {
  newest,
  members,   ///< most members first
  metadata,  ///< by the number under ListQuery::order_by, the highest first; rooms without it come last
};

inline constexpr std::size_t kMaxConditions = 8;
inline constexpr int kMaxListed = 50;
inline constexpr int kMaxListOffset = 1'000'000;

struct ListQuery {
  std::map<std::string, Condition, std::less<>> where{};  ///< at most kMaxConditions, all of them must hold
  bool has_space = false;                                 ///< only rooms that are not full
  bool without_password = false;                          ///< only rooms that take none
  ListOrder order = ListOrder::newest;
  std::string order_by{};  ///< a key of metadata, for ListOrder::metadata
  bool ascending = false;  ///< the other way round
  int limit = 20;          ///< 1 to kMaxListed; fewer come where they do not fit into one message
  int offset = 0;          ///< so many are left out at the beginning, for the next page; to kMaxListOffset
  friend bool operator==(const ListQuery&, const ListQuery&) = default;
};

struct ListedRoom {
  std::string code;  ///< for Join
  std::string title;
  int members = 0;
  int size = 0;  ///< most members
  bool has_password = false;
  Metadata metadata;
  friend bool operator==(const ListedRoom&, const ListedRoom&) = default;
};

/// The answer to the latest refresh().
struct RoomsListed {
  std::vector<ListedRoom> rooms;
  int total = 0;  ///< that fit the query, on all pages
};
struct ListFailed {
  Reason reason = Reason::none;  ///< no_server, timed_out, rate_limited, bad_options, version_mismatch, …
  std::string message;           ///< a sentence that says what happened and what to do
  /// Of rate_limited: when to ask again. A refresh() before that fails at once or waits for it. 0: not known.
  std::chrono::milliseconds retry_after{};
};
using RoomListEvent = std::variant<RoomsListed, ListFailed>;

/// As in RoomOptions: rooms of the same game and build are listed.
struct RoomListOptions {
  std::string server{};
  std::string game{};
  std::string build{};
};

class RoomList {
 public:
  explicit RoomList(RoomListOptions options);
  ~RoomList();
  RoomList(RoomList&&) noexcept;
  RoomList& operator=(RoomList&&) noexcept;

  /// Asks the server; RoomsListed or ListFailed follows, one of them. Asked again before that, only the
  /// latest is answered. The connection is kept for the next time.
  ///
  /// Ask every few seconds, not every frame. One RoomList is answered 30 times at once and 5 times per second
  /// after that where few rooms are listed, every 3 seconds where 2,000 are; and all that ask from one
  /// address together have some 40,000 rooms looked at per second. Whoever asks more often waits: the
  /// question is put again by itself when the server takes it, and fails with rate_limited and `retry_after`
  /// where that would be more than 10 seconds later.
  void refresh(ListQuery query = {});
  /// Lets the network run: once per frame, before poll_event().
  void update();
  std::optional<RoomListEvent> poll_event();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parlor
