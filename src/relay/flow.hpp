#pragma once
// A flow is what goes from one sender to one receiver: a queue per lane, and what the sender was told about
// them. Turns shares a receiver out between its flows. Internal to this folder.

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "relay/frame_queue.hpp"

namespace parlor::relay {

struct Member;

/// Everything of a tier goes before anything of the next.
enum class Tier : std::uint8_t { control, play, bulk };
inline constexpr std::size_t kTiers = 3;
[[nodiscard]] constexpr Tier tier_of(Lane lane) {
  return lane == Lane::control ? Tier::control : lane == Lane::bulk ? Tier::bulk : Tier::play;
}
[[nodiscard]] constexpr std::size_t index_of(Tier tier) {
  return static_cast<std::size_t>(tier);
}

/// What a sender knows of a promised lane to one receiver.
struct Promise {
  bool stopped = false;        ///< something was refused, and `again` has not come yet
  bool refusal_waits = false;  ///< its sender has not been told so yet
  bool closed = false;         ///< the window, as it is
  bool told_closed = false;    ///< … and as its sender knows it
  bool window_waits = false;   ///< its sender is to be told
};

struct Flow {
  Member* sender = nullptr;
  Member* receiver = nullptr;
  std::array<FrameQueue, kLanes> queues;
  std::array<Promise, 2> promises;  // reliable, bulk
  std::array<std::int64_t, kTiers> credit{};
  std::array<bool, kTiers> has_turn{};
  std::size_t next_lane = 0;  // of those that take turns within a tier

  [[nodiscard]] FrameQueue& queue(Lane lane) { return queues[index_of(lane)]; }
  [[nodiscard]] Promise& promise(Lane lane) { return promises[lane == Lane::bulk ? 1 : 0]; }
};

/// The flows of one receiver that have something waiting on a tier, in turn (deficit round robin, Shreedhar
/// and Varghese 1995): each may send while it has credit, and a frame that is larger than that is paid for by
/// waiting longer. At most kMaxRecipients.
template <Tier tier>
class Turns {
 public:
  [[nodiscard]] bool empty() const { return flows_.empty(); }
  void add(Flow& flow) {
    if (std::exchange(has_turn(flow), true)) return;
    credit(flow) = 0;  // nobody saves up; and whoever was without a turn had paid its debts, see next()
    flows_.push_back(&flow);
  }
  void remove(Flow& flow) {
    if (!std::exchange(has_turn(flow), false)) return;
    flows_.erase(std::find(flows_.begin(), flows_.end(), &flow));
  }
  /// Whose turn it is. Precondition: !empty().
  [[nodiscard]] Flow& next() {
    while (credit(*flows_.front()) <= 0) {
      credit(*flows_.front()) += kQuantum;
      std::rotate(flows_.begin(), flows_.begin() + 1, flows_.end());
    }
    return *flows_.front();
  }
  void pay(Flow& flow, std::size_t cost) { credit(flow) -= static_cast<std::int64_t>(cost); }

 private:
  static constexpr std::int64_t kQuantum = 2048;  // bytes
  [[nodiscard]] static bool& has_turn(Flow& flow) { return flow.has_turn[index_of(tier)]; }
  [[nodiscard]] static std::int64_t& credit(Flow& flow) { return flow.credit[index_of(tier)]; }
  std::vector<Flow*> flows_;
};

}  // namespace parlor::relay
