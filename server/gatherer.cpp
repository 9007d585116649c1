#include "server/gatherer.hpp"

#include <chrono>
#include <utility>

#include "server/worker.hpp"

namespace parlor::server {
namespace {

/// Gathered frames need not go out punctually: most often a round of events comes before the timer and does
/// its work.
constexpr base::Duration kGatherSlack = base::microseconds(500);

}  // namespace

void Gatherer::sent(WsSession& session) {
  if (duration_ == base::Duration{} || std::exchange(session.gathering, true)) return;
  gathering_.push_back({now() + duration_, session.id});
  arm();
}

void Gatherer::end_spells() {
  if (gathering_.empty()) return;
  const base::Time time = now();
  while (!gathering_.empty() && gathering_.front().until <= time) {
    WsSession* session = hooks_.find(gathering_.front().connection);
    gathering_.pop_front();
    if (session == nullptr) continue;  // gone, or at another worker
    session->gathering = false;
    if (session->waiting() > 0) hooks_.flush_soon(*session);
  }
}

void Gatherer::arm() {
  if (armed_ || gathering_.empty()) return;
  armed_ = true;
  const base::Time due = gathering_.front().until + kGatherSlack;
  timer_.expires_at(std::chrono::steady_clock::time_point(due.time_since_epoch()));
  timer_.async_wait([this](boost::system::error_code error) {
    armed_ = false;
    if (error) return;
    end_spells();
    arm();
  });
}

}  // namespace parlor::server
