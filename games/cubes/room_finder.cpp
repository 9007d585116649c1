#include "cubes/room_finder.hpp"

#include <algorithm>
#include <utility>

#include "cubes/session.hpp"

namespace parlor::cubes {

void RoomFinder::open(ListQuery query, std::size_t most) {
  query.limit = kMaxListed;
  query.offset = 0;
  most = std::clamp<std::size_t>(most, 1, kMostRooms);
  if (list_ && query == query_ && most == most_) return;
  if (!list_) list_.emplace(RoomListOptions{.game = std::string(kGame), .build = std::string(kBuild)});
  if (query != query_) {
    // What another question was answered with says nothing about this one.
    answered_ = false;
    rooms_.clear();
    total_ = 0;
  }
  query_ = std::move(query);
  most_ = most;
  if (rooms_.size() > most_) rooms_.resize(most_);
  round_.clear();
  passed_ = 0;
  ask();
}

void RoomFinder::close() {
  *this = {};
}

void RoomFinder::ask() {
  ask_at_.reset();
  query_.offset = static_cast<int>(passed_);
  query_.limit = static_cast<int>(std::min<std::size_t>(kMaxListed, most_ - round_.size()));
  list_->refresh(query_);
  query_.offset = 0;
  query_.limit = kMaxListed;
}

void RoomFinder::update(base::Time now) {
  now_ = now;
  if (!list_) return;
  list_->update();
  while (auto event = list_->poll_event()) {
    if (auto* listed = std::get_if<RoomsListed>(&*event)) {
      take(std::move(*listed));
      continue;
    }
    trouble_ = std::get<ListFailed>(std::move(*event));
    round_.clear();
    passed_ = 0;
    ask_at_ = now_ + std::max<base::Duration>(kInterval, trouble_->retry_after);
  }
  if (ask_at_ && now_ >= *ask_at_) ask();
}

void RoomFinder::take(RoomsListed listed) {
  trouble_.reset();
  answered_ = true;
  total_ = static_cast<std::size_t>(std::max(listed.total, 0));
  const bool more = !listed.rooms.empty();
  passed_ += listed.rooms.size();
  for (ListedRoom& room : listed.rooms) {
    // The list may have moved on between two questions.
    const bool known = std::any_of(round_.begin(), round_.end(),
                                   [&](const ListedRoom& other) { return other.code == room.code; });
    if (!known && round_.size() < most_) round_.push_back(std::move(room));
  }
  const bool over = !more || round_.size() >= most_ || passed_ >= total_;
  if (over || round_.size() > rooms_.size()) rooms_ = round_;
  if (!over) {
    ask();
    return;
  }
  round_.clear();
  passed_ = 0;
  ask_at_ = now_ + kInterval;
}

}  // namespace parlor::cubes
