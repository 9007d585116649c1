#pragma once
// The list of rooms that one may join, kept fresh while the page shows it: page after page of a
// parlor::RoomList, again every few seconds, and after trouble by itself.

#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "parlor/room_list.hpp"

namespace parlor::cubes {

class RoomFinder {
 public:
  /// Between an answer and the next question.
  static constexpr base::Duration kInterval = base::milliseconds(3000);
  /// So many rooms at most: who does not find one among these looks for another word.
  static constexpr std::size_t kMostRooms = 200;

  /// Looks for the first `most` rooms that fit `query` from now on, whose `limit` and `offset` do not count.
  /// Of the same query it only becomes more or fewer of them.
  void open(ListQuery query, std::size_t most);
  /// Forgets all and ends the connection.
  void close();
  void update(base::Time now);

  [[nodiscard]] bool is_open() const { return list_.has_value(); }
  /// None before the first answer.
  [[nodiscard]] bool answered() const { return answered_; }
  [[nodiscard]] const std::vector<ListedRoom>& rooms() const { return rooms_; }
  /// That fit, also beyond those that are asked for.
  [[nodiscard]] std::size_t total() const { return total_; }
  /// What the last question came to, when that was no answer. The rooms are then those from before.
  [[nodiscard]] const std::optional<ListFailed>& trouble() const { return trouble_; }

 private:
  void ask();
  void take(RoomsListed listed);

  std::optional<RoomList> list_;
  ListQuery query_;
  std::size_t most_ = 0;
  base::Time now_{};
  std::optional<base::Time> ask_at_;  // none while an answer is awaited
  bool answered_ = false;
  std::size_t total_ = 0;
  std::vector<ListedRoom> rooms_;
  std::vector<ListedRoom> round_;  // what this round of questions has brought so far
  std::size_t passed_ = 0;         // of the list, in this round
  std::optional<ListFailed> trouble_;
};

}  // namespace parlor::cubes
