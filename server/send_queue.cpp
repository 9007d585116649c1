#include "server/send_queue.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace parlor::server {

void SendQueue::push_frame(Opcode opcode, std::span<const std::byte> head, Payload payload) {
  assert(head.size() <= kMaxHead);
  Entry entry;
  entry.is_binary = opcode == Opcode::binary;
  const std::uint64_t size = head.size() + payload->size();
  entry.header[0] =
      static_cast<std::uint8_t>(0x80U | static_cast<unsigned>(opcode));  // FIN: never fragmented
  std::size_t length_bytes = 0;
  if (size < 126) {
    entry.header[1] = static_cast<std::uint8_t>(size);
  } else {
    entry.header[1] = size <= 0xffff ? 126 : 127;
    length_bytes = size <= 0xffff ? 2 : 8;
  }
  for (std::size_t i = 0; i < length_bytes; ++i) {
    entry.header[2 + i] = static_cast<std::uint8_t>(size >> (8 * (length_bytes - 1 - i)));
  }
  if (!head.empty()) std::memcpy(entry.header.data() + 2 + length_bytes, head.data(), head.size());
  entry.header_size = static_cast<std::uint8_t>(2 + length_bytes + head.size());
  entry.payload = std::move(payload);
  push(std::move(entry));
}

void SendQueue::push_bytes(Payload bytes) {
  if (bytes->empty()) return;
  Entry entry;
  entry.payload = std::move(bytes);
  push(std::move(entry));
}

void SendQueue::push(Entry entry) {
  bytes_ += entry.size();
  if (entry.is_binary) {
    binary_bytes_ += entry.size();
    ++binary_entries_;
  }
  entries_.push_back(std::move(entry));
}

void SendQueue::forget_memory() {
  // Not by shrink_to_fit(): behind that the place within is never used again.
  std::destroy_at(&entries_);
  std::construct_at(&entries_);
}

void SendQueue::drop_unsent() {
  const std::size_t kept = first_ + (sent_ > 0 ? 1 : 0);
  while (entries_.size() > kept) {
    const Entry& last = entries_.back();
    bytes_ -= last.size();
    if (last.is_binary) {
      binary_bytes_ -= last.size();
      --binary_entries_;
    }
    entries_.pop_back();
  }
}

std::size_t SendQueue::gather(std::span<iovec> out) const {
  std::size_t used = 0;
  std::size_t skip = sent_;
  // iovec wants a mutable pointer even where it is only read.
  const auto piece = [&](const void* data, std::size_t size) {
    if (skip >= size) {
      skip -= size;
      return;
    }
    out[used++] = {const_cast<char*>(static_cast<const char*>(data)) + skip, size - skip};
    skip = 0;
  };
  for (std::size_t i = first_; i < entries_.size() && used + 2 <= out.size(); ++i) {
    const Entry& entry = entries_[i];
    piece(entry.header.data(), entry.header_size);
    piece(entry.payload->data(), entry.payload->size());
  }
  return used;
}

std::size_t SendQueue::copy(std::span<char> out) const {
  std::size_t used = 0;
  std::size_t skip = sent_;
  const auto piece = [&](const void* data, std::size_t size) {
    const std::size_t skipped = std::min(skip, size);
    skip -= skipped;
    const std::size_t count = std::min(size - skipped, out.size() - used);
    std::memcpy(out.data() + used, static_cast<const char*>(data) + skipped, count);
    used += count;
  };
  for (std::size_t i = first_; i < entries_.size() && used < out.size(); ++i) {
    const Entry& entry = entries_[i];
    piece(entry.header.data(), entry.header_size);
    piece(entry.payload->data(), entry.payload->size());
  }
  return used;
}

void SendQueue::consume(std::size_t count) {
  assert(count <= bytes_);
  bytes_ -= count;
  while (count > 0) {
    Entry& entry = entries_[first_];
    const std::size_t part = std::min(count, entry.size() - sent_);
    count -= part;
    sent_ += part;
    if (entry.is_binary) binary_bytes_ -= part;
    if (sent_ < entry.size()) break;
    if (entry.is_binary) --binary_entries_;
    entry.payload.reset();
    sent_ = 0;
    ++first_;
  }
  if (first_ == entries_.size()) {
    first_ = 0;
    entries_.clear();
    if (entries_.capacity() > kKept) forget_memory();
  } else if (first_ >= 64 && first_ * 2 >= entries_.size()) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

}  // namespace parlor::server
