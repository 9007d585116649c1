#pragma once
// What a machine has to hand out, in order: a queue that is filled in bursts and drained after each. Keeps
// its memory between bursts, so that a busy machine does not allocate for it. Internal to this folder.

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace parlor::signaling {

template <class T>
class Outbox {
 public:
  template <class Item>
  void push(Item&& item) {
    items_.emplace_back(std::forward<Item>(item));
  }
  std::optional<T> pop() {
    if (next_ == items_.size()) return std::nullopt;
    std::optional<T> item(std::move(items_[next_++]));
    if (next_ == items_.size()) clear();
    return item;
  }
  void clear() {
    items_.clear();
    next_ = 0;
    if (items_.capacity() > kKept) items_.shrink_to_fit();
  }

 private:
  static constexpr std::size_t kKept = 1024;  ///< items whose memory is kept
  std::vector<T> items_;
  std::size_t next_ = 0;
};

}  // namespace parlor::signaling
