#include "sctp/tx/congestion.hpp"

#include <algorithm>

namespace parlor::sctp {

Congestion::Congestion(std::size_t packet) : packet_(packet), window_(kInitialPackets * packet) {}

void Congestion::set_packet(std::size_t packet) {
  packet_ = packet;
  window_ = std::max(window_, packet);
}

void Congestion::acknowledged(std::size_t bytes, std::size_t in_flight, bool recovering) {
  const bool is_used = in_flight >= window_;
  if (in_slow_start()) {
    if (is_used && !recovering) window_ += std::min(bytes, packet_);
    return;
  }
  partly_ += bytes;
  if (partly_ < window_) return;
  if (!is_used || recovering) {
    partly_ = window_;
    return;
  }
  partly_ -= window_;
  window_ += packet_;
}

void Congestion::lost() {
  threshold_ = std::max(window_ / 2, kLeastPackets * packet_);
  window_ = threshold_;
  partly_ = 0;
}

void Congestion::timed_out() {
  threshold_ = std::max(window_ / 2, kLeastPackets * packet_);
  window_ = packet_;
  partly_ = 0;
}

void Congestion::idle() {
  threshold_ = std::max(threshold_ == SIZE_MAX ? window_ : threshold_, window_);
  window_ = std::max(window_ / 2, std::min(window_, kLeastPackets * packet_));
}

}  // namespace parlor::sctp
