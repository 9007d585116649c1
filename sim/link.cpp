#include "sim/link.hpp"

#include <algorithm>
#include <cassert>

#include "sim/random.hpp"

namespace parlor::sim {
namespace {

constexpr std::int64_t kNanosPerMicro = 1000;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

std::int64_t nanoseconds_of(base::Time time) {
  return time.time_since_epoch().count() * kNanosPerMicro;
}

}  // namespace

Link::Link(World& world, std::string name, LinkOptions options, Sink sink)
    : world_(world),
      name_(world.claim_name(std::move(name))),
      sink_(std::move(sink)),
      loss_(world.random(name_ + "/loss")),
      bursts_(world.random(name_ + "/bursts")),
      corruption_(world.random(name_ + "/corruption")),
      doubles_(world.random(name_ + "/doubles")),
      jitter_(world.random(name_ + "/jitter")),
      order_(world.random(name_ + "/order")),
      stall_seed_(derive_seed(world.seed(), name_ + "/stalls")) {
  set(options);
}

void Link::set(const LinkOptions& options) {
  assert(options.stalls.longest >= options.stalls.shortest);
  assert(options.stalls.every == base::Duration::zero() || options.stalls.longest < options.stalls.every);
  options_ = options;
}

void Link::send(Packet packet) {
  const std::size_t size = wire_size(packet);
  ++stats_.sent;
  stats_.sent_bytes += size;
  if (!is_up()) return drop(packet, Fate::outage, stats_.outage);
  if (options_.mtu != 0 && size > options_.mtu) {
    tell_too_large(packet);
    return drop(packet, Fate::too_large, stats_.too_large);
  }
  if (!fits(size)) return drop(packet, Fate::queue_full, stats_.queue_full);
  const base::Time departure = departure_of(size);
  if (!survives(packet) || !flip_a_bit(packet)) return;
  if (chance(doubles_, options_.duplicate)) {
    ++stats_.duplicated;
    world_.trace().record(world_.now(), name_, packet, Fate::duplicated);
    deliver(packet, departure);
  }
  deliver(std::move(packet), departure);
}

// ---- queue and rate

bool Link::fits(std::size_t size) {
  while (!waiting_.empty() && waiting_.front().departure <= world_.now()) {
    waiting_bytes_ -= waiting_.front().size;
    waiting_.pop_front();
  }
  // An idle link takes any packet, however small its queue is.
  return waiting_.empty() || waiting_bytes_ + size <= options_.queue;
}

base::Time Link::departure_of(std::size_t size) {
  const std::int64_t begin = end_of_stall(std::max(nanoseconds_of(world_.now()), busy_until_));
  std::int64_t takes = 0;
  if (options_.rate > 0) {
    takes = static_cast<std::int64_t>(size) * kNanosPerSecond / static_cast<std::int64_t>(options_.rate);
  }
  busy_until_ = begin + takes;
  const std::int64_t micros = (busy_until_ + kNanosPerMicro - 1) / kNanosPerMicro;
  const base::Time departure = base::time_from(base::microseconds(micros));
  if (departure > world_.now()) {
    waiting_.push_back({departure, size});
    waiting_bytes_ += size;
  }
  return departure;
}

std::int64_t Link::end_of_stall(std::int64_t nanoseconds) const {
  const Stalls& stalls = options_.stalls;
  if (stalls.every <= base::Duration::zero()) return nanoseconds;
  // Each stall follows from its number, so none has to be remembered.
  const std::int64_t every = stalls.every.count() * kNanosPerMicro;
  const auto phase = static_cast<std::int64_t>(stall_seed_ % static_cast<std::uint64_t>(every));
  if (nanoseconds < phase) return nanoseconds;
  const std::int64_t number = (nanoseconds - phase) / every;
  base::SeededRandom random(derive_seed(stall_seed_, static_cast<std::uint64_t>(number)));
  const base::Duration length = stalls.shortest + up_to(random, stalls.longest - stalls.shortest);
  return std::max(nanoseconds, phase + number * every + length.count() * kNanosPerMicro);
}

// ---- damage

bool Link::survives(const Packet& packet) {
  if (chance(loss_, options_.loss)) {
    drop(packet, Fate::lost, stats_.lost);
    return false;
  }
  const GilbertElliott& bursts = options_.bursts;
  const base::Time now = world_.now();
  if (bad_ && bursts.longest > base::Duration::zero() && now - bad_since_ >= bursts.longest) bad_ = false;
  const bool lost = chance(bursts_, bad_ ? bursts.loss_in_bad : bursts.loss_in_good);
  const bool was_bad = bad_;
  if (chance(bursts_, bad_ ? bursts.to_good : bursts.to_bad)) {
    bad_ = !bad_;
    bad_since_ = now;
  }
  if (!lost) return true;
  if (was_bad) {
    drop(packet, Fate::lost_in_burst, stats_.lost_in_burst);
  } else {
    drop(packet, Fate::lost, stats_.lost);
  }
  return false;
}

bool Link::flip_a_bit(Packet& packet) {
  if (!chance(corruption_, options_.corrupt)) return true;
  if (packet.protocol == Protocol::tcp || packet.bytes.empty()) {
    drop(packet, Fate::corrupted, stats_.lost_to_checksum);
    return false;
  }
  const auto bits = static_cast<std::uint32_t>(packet.bytes.size() * 8);
  const std::uint32_t bit = corruption_.below(bits);
  packet.bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  ++stats_.corrupted;
  world_.trace().record(world_.now(), name_, packet, Fate::corrupted);
  return true;
}

// ---- on the way

void Link::deliver(Packet packet, base::Time departure) {
  base::Time arrival = departure + options_.delay + up_to(jitter_, options_.jitter);
  if (chance(order_, options_.reorder)) {
    ++stats_.reordered;
    world_.trace().record(world_.now(), name_, packet, Fate::reordered);
    arrival += options_.reorder_delay;
  } else if (!options_.jitter_reorders) {
    arrival = std::max(arrival, last_arrival_);
    last_arrival_ = arrival;
  }
  world_.at(arrival, [this, packet = std::move(packet)]() mutable { arrive(std::move(packet)); });
}

void Link::arrive(Packet packet) {
  if (!is_up()) return drop(packet, Fate::outage, stats_.outage);
  ++stats_.delivered;
  stats_.delivered_bytes += wire_size(packet);
  sink_(std::move(packet));
}

void Link::drop(const Packet& packet, Fate fate, std::uint64_t& counter) {
  ++counter;
  world_.trace().record(world_.now(), name_, packet, fate);
}

void Link::tell_too_large(const Packet& packet) {
  if (options_.black_hole || packet.sender == nullptr) return;
  // The notice needs as long for its way back as the packet took to come here.
  world_.after(world_.now() - packet.sent_at,
               [sender = packet.sender, from = packet.first_source, to = packet.first_destination,
                protocol = packet.protocol,
                mtu = options_.mtu] { sender->handle_too_large(protocol, from, to, mtu); });
}

// ---- outages

void Link::add_outage(base::Time from, base::Time until) {
  const base::Time now = world_.now();
  outages_.erase(std::remove_if(outages_.begin(), outages_.end(),
                                [now](const auto& outage) { return outage.second <= now; }),
                 outages_.end());
  outages_.emplace_back(from, until);
}

bool Link::is_up() const {
  const base::Time now = world_.now();
  return !cut_ && std::none_of(outages_.begin(), outages_.end(), [now](const auto& outage) {
    return outage.first <= now && now < outage.second;
  });
}

}  // namespace parlor::sim
