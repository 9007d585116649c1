#pragma once
// Frames that wait on one lane from one sender for one receiver, oldest first. Limits are the owner's
// business. Internal to this folder.

#include <cstddef>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "relay/relay.hpp"

namespace parlor::relay {

struct Frame {
  Head head;
  Payload payload;
  std::size_t cost = 0;  ///< as the limits count it
  base::Time expires = base::Time::max();
  std::uint32_t key = 0;
};

class FrameQueue {
 public:
  [[nodiscard]] bool empty() const { return first_ == frames_.size(); }
  [[nodiscard]] std::size_t size() const { return frames_.size() - first_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] const Frame& front() const { return frames_[first_]; }
  [[nodiscard]] const Frame* find(std::uint32_t key) const {
    for (std::size_t i = first_; i < frames_.size(); ++i) {
      if (frames_[i].key == key) return &frames_[i];
    }
    return nullptr;
  }

  void push(Frame frame) {
    bytes_ += frame.cost;
    frames_.push_back(std::move(frame));
  }
  /// Puts `frame` where `old`, one of these, waits.
  void replace(const Frame& old, Frame frame) {
    bytes_ += frame.cost - old.cost;
    frames_[static_cast<std::size_t>(&old - frames_.data())] = std::move(frame);
  }
  Frame pop() {
    Frame frame = std::move(frames_[first_++]);
    bytes_ -= frame.cost;
    if (first_ == frames_.size()) {
      frames_.clear();
      first_ = 0;
      if (frames_.capacity() > kKept) frames_.shrink_to_fit();
    } else if (first_ >= kKept && first_ * 2 >= frames_.size()) {
      frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return frame;
  }

 private:
  static constexpr std::size_t kKept = 8;  ///< frames whose memory an idle queue keeps
  std::vector<Frame> frames_;
  std::size_t first_ = 0;  ///< frames before this one are gone
  std::size_t bytes_ = 0;
};

}  // namespace parlor::relay
