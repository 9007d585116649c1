#pragma once
// One direction of a path, with everything that goes wrong on one: delay, jitter, loss by chance and in
// bursts, doubles, packets out of turn, flipped bits, a rate with a queue, an MTU, outages. Each kind of
// trouble has its own stream of randomness, so that turning one up does not move the others.
//
// A packet passes in this order: outage, MTU, queue and rate (with stalls), loss, flipped bit, double, delay,
// outage at its arrival.

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "sim/packet.hpp"
#include "sim/world.hpp"

namespace parlor::sim {

/// Loss in bursts (Gilbert 1960, Elliott 1963): a link is in its good or its bad state, loses with the
/// probability of that state, and changes after each packet with the probability below. With loss_in_bad 1
/// bursts are 1/to_good packets long in the mean.
struct GilbertElliott {
  double to_bad = 0;   ///< p; 0: no bursts
  double to_good = 1;  ///< r
  double loss_in_good = 0;
  double loss_in_bad = 1;
  /// It is good again after so much time, however few packets came by; 0: the model as it was published, in
  /// which somebody who sends once a minute meets bursts of minutes.
  base::Duration longest{};

  /// The share that is lost in the long run.
  [[nodiscard]] constexpr double expected_loss() const {
    if (to_bad <= 0) return loss_in_good;
    return (to_good * loss_in_good + to_bad * loss_in_bad) / (to_bad + to_good);
  }
};

/// The sender pauses now and then, as Wi-Fi does while it scans or sleeps: nothing is lost but what does not
/// fit into the queue, and then all comes at once.
struct Stalls {
  base::Duration every{};     ///< from beginning to beginning; 0: none
  base::Duration shortest{};  ///< each is between these, and shorter than `every`
  base::Duration longest{};
};

struct LinkOptions {
  base::Duration delay{};
  base::Duration jitter{};       ///< up to so much more, uniform
  bool jitter_reorders = false;  ///< false: a late packet holds up those behind it, as a queue does
  double loss = 0;               ///< uniform
  GilbertElliott bursts;         ///< besides
  double duplicate = 0;
  double reorder = 0;              ///< this share comes `reorder_delay` later, overtaken by others
  base::Duration reorder_delay{};  ///< …
  double corrupt = 0;              ///< one bit flipped; TCP's checksum drops the segment instead
  std::uint64_t rate = 0;          ///< bytes a second of IP packets; 0: no limit
  std::size_t queue = 256 * 1024;  ///< bytes waiting at the rate or a stall; what does not fit is dropped
  std::size_t mtu = 0;  ///< the largest IP packet; 0: any. Nothing is fragmented: larger ones are dropped …
  bool black_hole = false;  ///< … and the sender hears of it (RFC 1191, RFC 8201), unless this is set
  Stalls stalls;
};

/// Every packet and every copy is counted by exactly one of the last seven, or still under way.
struct LinkStats {
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t delivered_bytes = 0;
  std::uint64_t reordered = 0;
  std::uint64_t corrupted = 0;   ///< and went on
  std::uint64_t duplicated = 0;  ///< copies made

  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;
  std::uint64_t lost_in_burst = 0;
  std::uint64_t lost_to_checksum = 0;
  std::uint64_t queue_full = 0;
  std::uint64_t too_large = 0;
  std::uint64_t outage = 0;

  [[nodiscard]] std::uint64_t dropped() const {
    return lost + lost_in_burst + lost_to_checksum + queue_full + too_large + outage;
  }
  [[nodiscard]] std::uint64_t under_way() const { return sent + duplicated - delivered - dropped(); }
};

class Link {
 public:
  using Sink = std::function<void(Packet)>;

  /// `name` is for the trace and for the randomness; a second link of that name gets a number behind it.
  Link(World& world, std::string name, LinkOptions options, Sink sink);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void send(Packet packet);

  [[nodiscard]] const LinkOptions& options() const { return options_; }
  /// Changes the conditions from now on; what is under way is not touched.
  void set(const LinkOptions& options);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const LinkStats& stats() const { return stats_; }

  // ---- outages: what is sent then is lost, and so is what would arrive then
  void cut() { cut_ = true; }
  void mend() { cut_ = false; }
  /// From `from` up to, but not at, `until`.
  void add_outage(base::Time from, base::Time until);
  [[nodiscard]] bool is_up() const;

 private:
  struct Waiting {
    base::Time departure;
    std::size_t size;
  };

  [[nodiscard]] bool fits(std::size_t size);
  base::Time departure_of(std::size_t size);
  [[nodiscard]] std::int64_t end_of_stall(std::int64_t nanoseconds) const;
  bool survives(const Packet& packet);
  bool flip_a_bit(Packet& packet);
  void deliver(Packet packet, base::Time departure);
  void arrive(Packet packet);
  void drop(const Packet& packet, Fate fate, std::uint64_t& counter);
  void tell_too_large(const Packet& packet);

  World& world_;
  std::string name_;
  LinkOptions options_;
  Sink sink_;
  LinkStats stats_;
  base::SeededRandom loss_;
  base::SeededRandom bursts_;
  base::SeededRandom corruption_;
  base::SeededRandom doubles_;
  base::SeededRandom jitter_;
  base::SeededRandom order_;
  std::uint64_t stall_seed_;
  bool bad_ = false;  // of Gilbert–Elliott
  base::Time bad_since_{};
  std::int64_t busy_until_{};  // nanoseconds: a packet at a high rate takes less than a microsecond
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  base::Time last_arrival_{};  // of those that keep their order
  bool cut_ = false;
  std::vector<std::pair<base::Time, base::Time>> outages_;
};

}  // namespace parlor::sim
