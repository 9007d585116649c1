#pragma once
// One thread of the server: its io_context, listening sockets, sessions, lobby, relay and STUN sockets.
// Everything in it runs on its own thread; workers talk to each other only by posting to one another's
// io_context.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "server/acceptor.hpp"
#include "server/admission.hpp"
#include "server/descriptor.hpp"
#include "server/descriptor_shares.hpp"
#include "server/flusher.hpp"
#include "server/game_relay.hpp"
#include "server/gatherer.hpp"
#include "server/http_service.hpp"
#include "server/log.hpp"
#include "server/metrics.hpp"
#include "server/poller.hpp"
#include "server/session.hpp"
#include "server/stun/stun_service.hpp"
#include "server/ws_session.hpp"
#include "signaling/lobby.hpp"

namespace parlor::server {

/// What the workers have in common.
struct Shared {
  Shared(const config::ServeConfig& serve_config, std::optional<std::uint16_t> stun_port,
         const DescriptorShares& descriptor_shares)
      : config(serve_config),
        shares(descriptor_shares),
        service(serve_config, stun_port),
        admission(descriptor_shares.connections, serve_config.max_connections_per_site) {}
  const config::ServeConfig config;
  const DescriptorShares shares;
  HttpService service;
  Admission admission;
  std::vector<std::unique_ptr<class Worker>> workers;  ///< complete before the first one runs
};

[[nodiscard]] base::Time now();

class Worker {
 public:
  /// `random` must outlive it and be safe to use from its thread.
  Worker(std::size_t index, base::Random& random);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // ---- before it runs
  void set_stun(std::unique_ptr<StunService> stun) { stun_ = std::move(stun); }
  /// Takes the listening sockets.
  void open(Shared& shared, const signaling::LobbyConfig& lobby, const std::vector<int>& listeners);
  void run();
  /// After no worker runs any more, before any is destroyed: sessions that moved may hold on to what is
  /// another's.
  void let_go();

  // ---- from any thread
  /// Tells everybody, closes everything; run() returns when that is done, after `patience` at the latest.
  void shut_down(base::Duration patience);
  /// `done` is called on `this` worker's thread with the numbers of all workers.
  void collect(std::function<void(const MetricsSnapshot&)> done);
  /// Runs `task` on this worker's thread.
  template <class Task>
  void post(Task&& task) {
    net::post(io_, std::forward<Task>(task));
  }

  // ---- from its own thread, for the sessions
  [[nodiscard]] net::io_context& io() { return io_; }
  [[nodiscard]] Poller& poller() { return poller_; }
  [[nodiscard]] Shared& shared() { return *shared_; }
  [[nodiscard]] WorkerCounters& counters() { return counters_; }
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] std::size_t index() const { return index_; }

  /// Whether the log takes a line at `info` about a request or message that was refused.
  [[nodiscard]] bool logs_refusal() { return is_logged(LogLevel::info) && refusals_log_.take(); }

  void add(std::shared_ptr<Session> session);
  /// The session has nothing more to do here. It may be destroyed when the caller lets it go.
  void remove(Session& session);
  /// flush() is called once the events that are ready are through.
  void flush_soon(Session& session);
  /// The same for game frames. Where the operator lets them gather, those that come soon after others went to
  /// the same connection wait until that time is over or a packet is full: a write and a packet cost far more
  /// than a frame's own bytes.
  void flush_frames(WsSession& session);
  /// Game frames went out to it.
  void sent_frames(WsSession& session);

  /// Takes a connection that wants to become a WebSocket, here or where its room is at home.
  void upgrade(Descriptor socket, Admission::Place place, Upgrade upgrade);
  void opened(WsSession& session, Upgrade upgrade);
  void adopt(WsSession& session, signaling::Guest guest, const signaling::Errand& errand);
  void frame(WsSession& session, std::string_view text);
  /// Game frames are passed on.
  [[nodiscard]] bool relays() const { return relay_ != nullptr; }
  /// What it took to handle, see relay::kHandlingCost.
  std::size_t game_frame(WsSession& session, base::BytesView bytes);
  /// Nothing waits in the session's queue.
  void writable(WsSession& session);
  void refuse(WsSession& session, signaling::ErrorCode code);
  void heard(WsSession& session);
  /// The lobby must not send to it any more: it is gone, or goes to another worker.
  void forget(WsSession& session);
  void gone(WsSession& session, bool in_order);

 private:
  [[nodiscard]] Acceptor::Hooks acceptor_hooks();
  void accepted(Descriptor socket, const base::IpAddress& peer);
  /// Does something for a session. When that throws, it is the end of this session and of nothing else; false
  /// then.
  template <class Work>
  bool guarded(Session& session, const Work& work);
  void log_failure(const char* what) const;
  void sweep();
  /// For the lobby's deadlines that do not wait for a sweep.
  void arm_lobby();
  void arm_sweep();
  void pump();
  void transmit_all();
  [[nodiscard]] GameRelay::Hooks relay_hooks();
  void take_lobby_events();
  [[nodiscard]] Flusher::Hooks flusher_hooks();
  void begin_shutdown(base::Duration patience);
  void finish_if_empty();
  [[nodiscard]] MetricsSnapshot snapshot() const;
  [[nodiscard]] WsSession* find(signaling::ConnectionId id) const;

  const std::size_t index_;
  base::Random& random_;
  net::io_context io_{1};  // one thread runs it
  Poller poller_{io_, [this](const char* what) { log_failure(what); }};
  Shared* shared_ = nullptr;
  WorkerCounters counters_;
  std::unique_ptr<signaling::Lobby> lobby_;
  std::unique_ptr<GameRelay> relay_;  ///< none: --no-relay
  std::unique_ptr<StunService> stun_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  net::steady_timer sweep_timer_{io_};
  net::steady_timer patience_timer_{io_};
  net::steady_timer lobby_timer_{io_};
  std::optional<base::Time> lobby_armed_for_;
  std::vector<std::shared_ptr<Session>> sessions_;  ///< at most shares.connections and shares.refused
  boost::unordered_flat_map<std::uint64_t, WsSession*> websockets_;
  Flusher flusher_{io_, flusher_hooks()};
  Gatherer gatherer_{io_,
                     {[this](signaling::ConnectionId id) { return find(id); },
                      [this](WsSession& session) { flush_soon(session); }}};
  std::uint64_t next_id_ = 0;
  std::size_t refused_now_ = 0;    ///< of sessions_, at most shares.refused
  LogLimit refusals_log_{20, 20};  ///< what strangers cause
  LogLimit rooms_log_{200, 20};    ///< what members cause
  bool pumping_ = false;
  bool stopping_ = false;
};

template <class Work>
bool Worker::guarded(Session& session, const Work& work) {
  const std::shared_ptr<StreamOwner> alive = session.keep_alive();
  try {
    work();
    return true;
  } catch (const std::exception& error) {
    log_failure(error.what());
  }
  try {
    session.abort();
  } catch (const std::exception& error) {
    log_failure(error.what());
  }
  return false;
}

}  // namespace parlor::server
