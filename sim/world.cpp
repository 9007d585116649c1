#include "sim/world.hpp"

#include <algorithm>
#include <cassert>

#include "sim/random.hpp"

namespace parlor::sim {

base::SeededRandom World::random(std::string_view name) const {
  return base::SeededRandom(derive_seed(seed_, name));
}

std::string World::claim_name(std::string name) {
  const int number = ++names_[name];
  if (number > 1) name += "#" + std::to_string(number);
  return name;
}

World::Timer World::at(base::Time time, Task task) {
  const Timer timer{std::max(time, now_), ++tasks_made_};
  tasks_.emplace(std::pair{timer.at, timer.number}, std::move(task));
  return timer;
}

World::Timer World::after(base::Duration delay, Task task) {
  return at(now_ + delay, std::move(task));
}

bool World::cancel(const Timer& timer) {
  return tasks_.erase({timer.at, timer.number}) > 0;
}

void World::run_until(base::Time time) {
  (void)run_until([] { return false; }, time);
}

bool World::run_until(const Condition& condition, base::Time deadline) {
  assert(!running_ && "a task may not run the world that runs it");
  for (;;) {
    if (condition()) return true;
    if (stuck()) return false;
    if (tasks_.empty() || tasks_.begin()->first.first > deadline) {
      now_ = std::max(now_, deadline);
      return condition();
    }
    run_next();
  }
}

void World::halt(std::string reason) {
  if (stuck_.empty()) stuck_ = std::move(reason);
}

void World::run_next() {
  // Taken out first: the task may cancel others and ask for more.
  auto task = tasks_.extract(tasks_.begin());
  const base::Time due = task.key().first;
  if (due != instant_) tasks_this_instant_ = 0;
  instant_ = due;
  if (++tasks_this_instant_ >= kMaxTasksPerInstant) {
    halt(std::to_string(kMaxTasksPerInstant) + " events at one time");
  }
  now_ = due;
  running_ = true;
  task.mapped()();
  running_ = false;
}

}  // namespace parlor::sim
