#include "dtls/replay_window.hpp"

#include <algorithm>

namespace parlor::dtls {

bool ReplayWindow::is_new(std::uint64_t sequence) const {
  if (sequence > newest_) return true;
  if (newest_ - sequence >= kSize) return false;
  return (seen_[sequence / 64 % kBlocks] & bit(sequence)) == 0;
}

void ReplayWindow::mark(std::uint64_t sequence) {
  if (sequence > newest_) {
    const std::uint64_t steps = std::min(sequence / 64 - newest_ / 64, kBlocks);
    for (std::uint64_t step = 1; step <= steps; ++step) seen_[(newest_ / 64 + step) % kBlocks] = 0;
    newest_ = sequence;
  } else if (newest_ - sequence >= kSize) {
    return;
  }
  seen_[sequence / 64 % kBlocks] |= bit(sequence);
}

}  // namespace parlor::dtls
