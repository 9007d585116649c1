#include "server/flusher.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace parlor::server {

void Flusher::soon(Session& session) {
  ++asked_;
  if (std::exchange(session.flush_pending_, true)) return;
  waiting_.push_back(&session);
  if (posted_) return;
  began_ = hooks_.now();
  // What the event that asks leads to, such as the next frame of what was read in one piece, is not ready
  // yet.
  post(true);
}

void Flusher::forget(Session& session) {
  if (std::exchange(session.flush_pending_, false)) std::erase(waiting_, &session);
}

void Flusher::post(bool first) {
  posted_ = true;
  net::post(io_, [this, first, asked = asked_] {
    posted_ = false;
    const base::Time now = hooks_.now();
    // Nothing came since: all that was ready has been seen to.
    const bool more_comes = first || asked != asked_;
    if (more_comes && now - began_ < took_) return post(false);
    flush_all();
    took_ = std::min(hooks_.now() - now, kLongestWait);
  });
}

void Flusher::flush_all() {
  hooks_.begin();
  while (!waiting_.empty()) {
    Session* session = waiting_.back();
    waiting_.pop_back();
    session->flush_pending_ = false;
    hooks_.flush(*session);
  }
}

}  // namespace parlor::server
