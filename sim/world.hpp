#pragma once
// A world in virtual time: a clock that jumps from one event to the next, and the queue of what is to happen.
// Events at one time happen in the order in which they were asked for, so a run is decided by its seed and
// nothing else. It does not know what happens: links, hosts and machines bring that.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/random.hpp"
#include "base/time.hpp"
#include "sim/trace.hpp"

namespace parlor::sim {

class World {
 public:
  using Task = std::function<void()>;
  using Condition = std::function<bool()>;

  /// Names something that is to happen, for cancel(). A default one names nothing.
  struct Timer {
    base::Time at{};
    std::uint64_t number = 0;
  };

  /// Not zero, so that what takes a default time for a real one is found out.
  static constexpr base::Time kStart = base::time_from(base::seconds(1000));
  /// So many events without time moving on: two of them ask for each other, or a machine wants to be woken
  /// in the past.
  static constexpr std::size_t kMaxTasksPerInstant = 100'000;

  explicit World(std::uint64_t seed = 1, base::Time start = kStart) : seed_(seed), now_(start) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] base::Time now() const { return now_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  /// A generator of its own for whoever has this name; who asks twice gets the same numbers twice.
  [[nodiscard]] base::SeededRandom random(std::string_view name) const;

  // ---- what is to happen
  /// At `time`, or now when that is past.
  Timer at(base::Time time, Task task);
  Timer after(base::Duration delay, Task task);
  /// False when it has happened already, or never was.
  bool cancel(const Timer& timer);
  [[nodiscard]] std::size_t pending() const { return tasks_.size(); }

  // ---- letting it happen; not from inside a task
  /// Everything up to `time`, inclusive; then it is `time`.
  void run_until(base::Time time);
  void run_for(base::Duration duration) { run_until(now_ + duration); }
  /// Until the condition holds, which is asked before every event; false when it does not by the deadline.
  [[nodiscard]] bool run_until(const Condition& condition, base::Time deadline);
  [[nodiscard]] bool run_until(const Condition& condition, base::Duration limit) {
    return run_until(condition, now_ + limit);
  }
  /// Nothing runs any more and time stands still: kMaxTasksPerInstant was reached, or somebody called halt().
  [[nodiscard]] bool stuck() const { return !stuck_.empty(); }
  /// Why, as a sentence; empty while all is well.
  [[nodiscard]] const std::string& stuck_because() const { return stuck_; }
  /// For drivers that see that something will never end. The first reason stays.
  void halt(std::string reason);

  /// The fates of packets; off until told how many to keep.
  [[nodiscard]] Trace& trace() { return trace_; }
  [[nodiscard]] const Trace& trace() const { return trace_; }
  /// `name`, or with a number behind it where somebody has that name already: names are what randomness is
  /// derived from.
  std::string claim_name(std::string name);
  /// Numbers packets in the order of their sending.
  std::uint64_t next_packet_number() { return ++packets_; }

 private:
  void run_next();

  std::uint64_t seed_;
  base::Time now_;
  std::map<std::pair<base::Time, std::uint64_t>, Task> tasks_;
  std::uint64_t tasks_made_ = 0;
  std::uint64_t packets_ = 0;
  std::map<std::string, int> names_;  // how many have asked for it
  base::Time instant_{};              // of the last event
  std::size_t tasks_this_instant_ = 0;
  bool running_ = false;
  std::string stuck_;
  Trace trace_;
};

}  // namespace parlor::sim
