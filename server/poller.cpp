#include "server/poller.hpp"

#include <sys/epoll.h>

#include <array>
#include <cassert>
#include <exception>
#include <utility>

namespace parlor::server {
namespace {

constexpr std::size_t kEvents = 256;  // per round
constexpr int kRounds = 16;           // before timers and other sockets get their turn

Poller::Handle handle_of(std::uint32_t slot, std::uint32_t generation) {
  return Poller::Handle{generation} << 32 | slot;
}

}  // namespace

Poller::Poller(boost::asio::io_context& io, std::function<void(const char*)> failed)
    : io_(io), failed_(std::move(failed)), epoll_(io, ::epoll_create1(EPOLL_CLOEXEC)) {}

Poller::~Poller() = default;

Poller::Handle Poller::add(int descriptor, PollTarget& target) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  slots_[slot].target = &target;
  const Handle handle = handle_of(slot, slots_[slot].generation);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = handle;
  (void)::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event);
  return handle;
}

void Poller::remove(Handle handle, int descriptor) {
  const auto slot = static_cast<std::uint32_t>(handle & 0xffffffff);
  assert(slot < slots_.size() && handle == handle_of(slot, slots_[slot].generation));
  // Not left to close(): the descriptor may live on in another worker.
  (void)::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
  slots_[slot].target = nullptr;
  ++slots_[slot].generation;
  free_.push_back(slot);
}

void Poller::start() {
  wait();
}

void Poller::stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  epoll_.cancel(ignored);
}

void Poller::wait() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](boost::system::error_code error) {
                      if (error) return;
                      run_rounds();
                      if (!stopped_) wait();
                    });
}

void Poller::run_rounds() {
  for (int round = 0; round < kRounds; ++round) {
    if (run_round() < kEvents) return;
  }
}

std::size_t Poller::run_round() {
  std::array<epoll_event, kEvents> events;
  const int count = ::epoll_wait(epoll_.native_handle(), events.data(), kEvents, 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    tell(event.data.u64, event.events);
  }
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void Poller::tell(Handle handle, std::uint32_t events) {
  const bool ended = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  try {
    if (PollTarget* target = find(handle)) {
      target->on_ready((events & EPOLLIN) != 0 || ended, (events & EPOLLOUT) != 0 || ended, ended);
    }
    return;
  } catch (const std::exception& error) {
    failed_(error.what());
  }
  try {
    if (PollTarget* target = find(handle)) target->on_failure();
  } catch (const std::exception& error) {
    failed_(error.what());
  }
}

/// Null when it was removed meanwhile by another event of this round; its slot may be another connection's by
/// now.
PollTarget* Poller::find(Handle handle) const {
  const auto slot = static_cast<std::uint32_t>(handle & 0xffffffff);
  return handle == handle_of(slot, slots_[slot].generation) ? slots_[slot].target : nullptr;
}

}  // namespace parlor::server
