#include "sctp/tx/path_mtu.hpp"

#include <cassert>

namespace parlor::sctp {

void PathMtu::begin_anew(const PacketSizes& sizes) {
  sizes_ = sizes;
  fall();
  packet_ = sizes_.base;
}

void PathMtu::fall() {
  packet_ = sizes_.smallest;
  too_large_ = kNone;
  under_way_.reset();
  tries_ = 0;
  first_number_ = next_number_;
  lost_ = 0;
  lost_in_ = kNone;
}

// ---- probes

std::optional<std::size_t> PathMtu::next_size() const {
  for (const std::size_t size : {sizes_.base, sizes_.largest}) {
    if (packet_ < size && size < too_large_) return size;
  }
  if (packet_ >= sizes_.largest || too_large_ - packet_ < kCloseEnough) return std::nullopt;
  return (packet_ + too_large_) / 2 & ~std::size_t{3};
}

bool PathMtu::wants_probe(base::Time now) const {
  if (under_way_ || packet_ >= sizes_.largest) return false;
  return next_size() || now >= found_at_ + kRaise;
}

PathMtu::Probe PathMtu::probe(base::Time now, base::Duration patience) {
  assert(wants_probe(now));
  if (!next_size()) too_large_ = kNone;  // the path may have changed since
  under_way_ = Probe{next_number_++, *next_size()};
  give_up_at_ = now + patience;
  return *under_way_;
}

void PathMtu::handle_answer(base::Time now, const Probe& probe) {
  const bool is_of_this_path = probe.number - first_number_ < next_number_ - first_number_;
  if (!is_of_this_path || probe.size > sizes_.largest || probe.size % 4 != 0) return;
  if (under_way_ && under_way_->size <= probe.size) {
    under_way_.reset();
    tries_ = 0;
  }
  if (probe.size <= packet_) return;
  found_at_ = now;
  tries_ = 0;
  packet_ = probe.size;
  if (too_large_ <= packet_) too_large_ = kNone;
}

void PathMtu::handle_timeout(base::Time now) {
  if (!under_way_ || now < give_up_at_) return;
  const std::size_t size = under_way_->size;
  under_way_.reset();
  if (++tries_ < kMostProbes) return;
  tries_ = 0;
  found_at_ = now;
  too_large_ = size;
}

std::optional<base::Time> PathMtu::poll_timeout() const {
  return under_way_ ? std::optional(give_up_at_) : std::nullopt;
}

// ---- what becomes of packets with data

void PathMtu::acknowledged(std::size_t packet) {
  if (packet < lost_in_) return;
  lost_ = 0;
  lost_in_ = kNone;
}

void PathMtu::lost(std::size_t chunks, std::size_t packet) {
  if (packet <= sizes_.smallest || packet_ <= sizes_.smallest) return;
  lost_ += chunks;
  lost_in_ = std::min(lost_in_, packet);
  if (lost_ >= kBlackHole) fall();
}

void PathMtu::timed_out(std::size_t packet) {
  if (packet > sizes_.smallest && packet_ > sizes_.smallest) fall();
}

void PathMtu::handle_too_large(base::Time now, std::size_t packet) {
  if (packet == 0 && !under_way_) return fall();
  if (packet == 0) packet = std::max(under_way_->size - 4, packet_);
  packet = std::max(packet & ~std::size_t{3}, sizes_.smallest);
  if (packet >= sizes_.largest) return;
  if (under_way_ && under_way_->size > packet) {
    under_way_.reset();
    tries_ = 0;
  }
  packet_ = std::min(packet_, packet);
  too_large_ = std::min(too_large_, packet + 4);
  found_at_ = now;
}

}  // namespace parlor::sctp
