#include "native/loop.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace parlor::platform::native {
namespace {

constexpr std::size_t kReadyAtOnce = 128;  // of one system call
constexpr int kRounds = 8;                 // of those, before timers have their turn
constexpr std::uint64_t kWakeKey = std::numeric_limits<std::uint64_t>::max();

std::weak_ptr<Loop>& loop_of_this_thread() {
  thread_local std::weak_ptr<Loop> loop;
  return loop;
}

std::uint64_t key_of(std::uint32_t slot, std::uint32_t generation) {
  return std::uint64_t{generation} << 32 | slot;
}

std::uint32_t interest(bool readable, bool writable) {
  return (readable ? std::uint32_t{EPOLLIN} | std::uint32_t{EPOLLRDHUP} : 0U) |
         (writable ? std::uint32_t{EPOLLOUT} : 0U);
}

}  // namespace

std::shared_ptr<Loop> Loop::of_this_thread() {
  auto loop = existing();
  if (!loop) {
    loop = std::make_shared<Loop>();
    loop_of_this_thread() = loop;
  }
  return loop;
}

std::shared_ptr<Loop> Loop::existing() {
  return loop_of_this_thread().lock();
}

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeKey;
  (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
}

Loop::~Loop() {
  // What is kept may have watches and timers here, and destructors may bury more.
  posts_.clear();
  kept_.clear();
  while (!graves_.empty()) std::exchange(graves_, {}).clear();
}

void Loop::wake() {
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof(one));  // full is woken, too
}

void Loop::release(const void* one) {
  const auto is_it = [&](const std::shared_ptr<void>& kept) { return kept.get() == one; };
  const auto at = std::find_if(kept_.begin(), kept_.end(), is_it);
  if (at == kept_.end()) return;
  bury(std::move(*at));
  kept_.erase(at);
}

// ---- turns

void Loop::turn(base::Duration most) {
  turn_once(most, most > base::Duration{});
}

void Loop::turn_once(base::Duration most, bool again) {
  again_ = again;
  due_by_.reset();
  std::size_t told = tell_ready(wait_milliseconds(most));
  for (int round = 1; round < kRounds && told == kReadyAtOnce; ++round) told = tell_ready(0);
  run_timers();
  run_posts();
  // Their destructors may bury more.
  while (!graves_.empty()) std::exchange(graves_, {}).clear();
}

bool Loop::wait(base::Duration most) {
  const base::Time until = now() + most;
  noticed_ = has_event();
  while (!noticed_) {
    const base::Time time = now();
    if (time >= until) return false;
    turn_once(until - time, false);  // what comes between two frames is told before the next, all of it
  }
  return true;
}

void Loop::run_for(base::Duration time) {
  const base::Time until = now() + time;
  for (base::Duration left = time; left > base::Duration{}; left = until - now()) turn(left);
  turn();
}

bool Loop::turns_again() const {
  return again_ && (timers_.empty() || timers_.begin()->first > *due_by_);
}

bool Loop::has_event() const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [](const EventSource* source) { return source->has_event(); });
}

/// Rounded up, so that it does not wake just before a deadline.
int Loop::wait_milliseconds(base::Duration most) const {
  if (!posts_.empty() || !graves_.empty()) return 0;
  if (!timers_.empty()) most = std::min(most, timers_.begin()->first - now());
  if (most <= base::Duration{}) return 0;
  constexpr base::Duration kLongest = base::seconds(3600);
  return static_cast<int>(std::chrono::ceil<base::milliseconds>(std::min(most, kLongest)).count());
}

std::size_t Loop::tell_ready(int milliseconds) {
  if (!epoll_.is_open()) {  // no descriptor was left: nothing is ever ready, but time passes
    (void)::poll(nullptr, 0, milliseconds);
    due_by_ = now();
    return 0;
  }
  std::array<epoll_event, kReadyAtOnce> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), milliseconds);
  if (!due_by_) due_by_ = now();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kWakeKey) {
      std::uint64_t ignored = 0;
      (void)!::read(wake_.get(), &ignored, sizeof(ignored));
    } else if (const Watch* watch = find(event.data.u64)) {
      const bool ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
      watch->callback_({(event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0, ended});
    }
  }
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

/// Null when it was removed meanwhile by another event of this round; its slot may be another's by now.
Loop::Watch* Loop::find(std::uint64_t key) const {
  const auto slot = static_cast<std::uint32_t>(key & 0xffffffff);
  return key == key_of(slot, slots_[slot].generation) ? slots_[slot].watch : nullptr;
}

void Loop::run_timers() {
  running_timers_ = due_by_;
  while (!timers_.empty() && timers_.begin()->first <= *running_timers_) {
    Timer& timer = *timers_.begin()->second;
    timer.file(std::nullopt);
    if (timer.at_ && *timer.at_ > *running_timers_) {
      timer.file(timer.at_);
    } else if (std::exchange(timer.at_, std::nullopt)) {
      timer.callback_();
    }
  }
  running_timers_.reset();
}

void Loop::run_posts() {
  for (const Callback& callback : std::exchange(posts_, {})) callback();
}

// ---- watches and timers

Loop::Watch::Watch(Loop& loop, int descriptor, bool readable, bool writable,
                   std::function<void(Ready)> callback)
    : loop_(loop),
      descriptor_(descriptor),
      events_(interest(readable, writable)),
      callback_(std::move(callback)) {
  if (loop_.free_.empty()) {
    loop_.free_.push_back(static_cast<std::uint32_t>(loop_.slots_.size()));
    loop_.slots_.emplace_back();
  }
  slot_ = loop_.free_.back();
  loop_.free_.pop_back();
  loop_.slots_[slot_].watch = this;
  epoll_event event{};
  event.events = events_;
  event.data.u64 = key_of(slot_, loop_.slots_[slot_].generation);
  (void)::epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_ADD, descriptor_, &event);
}

Loop::Watch::~Watch() {
  (void)::epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_DEL, descriptor_, nullptr);
  loop_.slots_[slot_].watch = nullptr;
  ++loop_.slots_[slot_].generation;
  loop_.free_.push_back(slot_);
}

void Loop::Watch::want(bool readable, bool writable) {
  const std::uint32_t events = interest(readable, writable);
  if (events == events_) return;
  events_ = events;
  epoll_event event{};
  event.events = events;
  event.data.u64 = key_of(slot_, loop_.slots_[slot_].generation);
  (void)::epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_MOD, descriptor_, &event);
}

void Loop::Timer::set(std::optional<base::Time> at) {
  // Else one that is always due would keep the others from their turn.
  if (at && loop_.running_timers_) at = std::max(*at, *loop_.running_timers_ + base::Duration(1));
  at_ = at;
  if (at_ && (!filed_ || *at_ < *filed_)) file(at_);
}

void Loop::Timer::file(std::optional<base::Time> at) {
  if (filed_) loop_.timers_.erase({*filed_, this});
  filed_ = at;
  if (filed_) loop_.timers_.insert({*filed_, this});
}

}  // namespace parlor::platform::native
