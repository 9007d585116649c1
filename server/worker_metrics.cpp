// The part of a worker that counts, for all workers together.

#include <memory>
#include <utility>

#include "server/worker.hpp"

namespace parlor::server {

MetricsSnapshot Worker::snapshot() const {
  MetricsSnapshot snapshot;
  snapshot.worker = counters_;
  snapshot.lobby = lobby_->counters();
  if (relay_) snapshot.relay = relay_->counters();
  if (stun_) snapshot.stun = stun_->counters();
  snapshot.workers = 1;
  return snapshot;
}

void Worker::collect(std::function<void(const MetricsSnapshot&)> done) {
  struct Gathering {
    MetricsSnapshot sum;
    std::size_t missing;
    std::function<void(const MetricsSnapshot&)> done;
  };
  // Touched on this worker's thread only.
  auto gathering = std::make_shared<Gathering>(Gathering{{}, shared_->workers.size(), std::move(done)});
  for (const auto& worker : shared_->workers) {
    worker->post([this, asked = worker.get(), gathering] {
      post([gathering, part = asked->snapshot()] {
        gathering->sum += part;
        if (--gathering->missing == 0) gathering->done(gathering->sum);
      });
    });
  }
}

}  // namespace parlor::server
