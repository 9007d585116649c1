#pragma once
// A part of a message, whose bytes are shared by all links that carry it.

#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/bytes.hpp"

namespace parlor::room {

class Slice {
 public:
  Slice() = default;
  explicit Slice(std::shared_ptr<const base::Bytes> bytes) : bytes_(std::move(bytes)) {
    size_ = bytes_ ? bytes_->size() : 0;
  }
  Slice(std::shared_ptr<const base::Bytes> bytes, std::size_t begin, std::size_t size)
      : bytes_(std::move(bytes)), begin_(begin), size_(size) {
    assert(begin_ + size_ <= bytes_->size());
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] base::BytesView view() const {
    return bytes_ ? base::BytesView(*bytes_).subspan(begin_, size_) : base::BytesView();
  }
  /// Whether both are the same part of the same memory.
  [[nodiscard]] bool is_same_as(const Slice& other) const {
    return bytes_ == other.bytes_ && begin_ == other.begin_ && size_ == other.size_;
  }

 private:
  std::shared_ptr<const base::Bytes> bytes_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
};

}  // namespace parlor::room
