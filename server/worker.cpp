#include "server/worker.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "server/bound_socket.hpp"
#include "server/http_session.hpp"
#include "server/kernel_address.hpp"
#include "server/lobby_log.hpp"
#include "server/log.hpp"
#include "signaling/code.hpp"

namespace parlor::server {
namespace {

constexpr base::Duration kSweepEvery = base::seconds(1);
/// What the kernel holds of a WebSocket before it is sent: the less, the sooner signaling and fresh state go
/// out.
constexpr int kUnsentLowWater = 16 * 1024;

void tune(int socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  // A peer that vanished is noticed within two minutes, where pings do not do so sooner.
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

/// True for as long as it lives, however it ends.
class Flag {
 public:
  explicit Flag(bool& flag) : flag_(flag) { flag_ = true; }
  ~Flag() { flag_ = false; }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;

 private:
  bool& flag_;
};

}  // namespace

base::Time now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return base::time_from(std::chrono::duration_cast<base::Duration>(since));
}

Worker::Worker(std::size_t index, base::Random& random) : index_(index), random_(random) {}

Worker::~Worker() = default;

void Worker::open(Shared& shared, const signaling::LobbyConfig& lobby, const std::vector<int>& listeners) {
  shared_ = &shared;
  gatherer_.set_duration(base::milliseconds(shared.config.relay_gather_ms));
  lobby_ = std::make_unique<signaling::Lobby>(lobby, random_);
  if (!shared.config.no_relay) {
    relay_ = std::make_unique<GameRelay>(io_, relay_config(shared.config, lobby.workers), relay_hooks());
  }
  for (const int listener : listeners) {
    acceptors_.push_back(std::make_unique<Acceptor>(io_, listener, acceptor_hooks()));
    acceptors_.back()->start();
  }
  poller_.start();
  arm_sweep();
}

void Worker::run() {
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& error) {
      log_failure(error.what());
    }
  }
}

void Worker::log_failure(const char* what) const {
  // No memory, or a mistake of ours: one connection's trouble must not end everybody's, and there may be no
  // memory for the line either.
  try {
    log_event(LogLevel::error, "handler_failed", {{"worker", std::to_string(index_)}, {"what", what}});
  } catch (const std::exception&) {
  }
}

void Worker::let_go() {
  const auto left = std::exchange(sessions_, {});
  for (const auto& session : left) session->abort();
  flusher_.forget_all();
  websockets_.clear();
  acceptors_.clear();
  // Handlers of what was aborted: they own their sessions.
  io_.restart();
  io_.poll();
}

// ---- connections

Acceptor::Hooks Worker::acceptor_hooks() {
  Acceptor::Hooks hooks;
  hooks.accepted = [this](Descriptor socket, const base::IpAddress& peer) {
    accepted(std::move(socket), peer);
  };
  hooks.failed = [this](const char* what) { log_failure(what); };
  hooks.rested = [this] {
    counters_.count(TurnedAway::no_file_left);
    log_event(LogLevel::warn, "accept_failed",
              {{"worker", std::to_string(index_)}, {"reason", "no file descriptor or memory left"}});
  };
  return hooks;
}

void Worker::accepted(Descriptor socket, const base::IpAddress& peer) {
  ++counters_.http_connections;
  bool from_proxy = false;
  for (const http::Network& proxy : shared_->config.trusted_proxies)
    from_proxy = from_proxy || proxy.contains(peer);

  Admission::Place place;
  const Refusal refusal = shared_->admission.enter(peer, !from_proxy, place);
  if (refusal != Refusal::none) {
    counters_.count(refusal == Refusal::server_full ? TurnedAway::server_full : TurnedAway::site_full);
    if (is_logged(LogLevel::warn) && refusals_log_.take()) {
      log_event(LogLevel::warn, "connection_refused",
                {{"from", logged(peer)},
                 {"reason", refusal == Refusal::server_full ? "server full" : "site full"}});
    }
    if (refused_now_ >= shared_->shares.refused) return;  // closes it without a word
  }
  tune(socket.get());
  const auto local = local_address(socket.get());
  const bool over_loopback = local && local->ip.is_loopback();
  const auto session =
      make_http_session(*this, std::move(socket), peer, over_loopback, std::move(place), refusal);
  add(session);
  session->refused_ = refusal != Refusal::none;
  if (session->refused_) ++refused_now_;
  guarded(*session, [&] { start_http_session(session); });
}

void Worker::add(std::shared_ptr<Session> session) {
  session->slot_ = sessions_.size();
  sessions_.push_back(std::move(session));
  ++counters_.open_connections;
}

void Worker::remove(Session& session) {
  const std::size_t slot = session.slot_;
  if (slot >= sessions_.size() || sessions_[slot].get() != &session) return;
  const std::shared_ptr<Session> removed = std::exchange(sessions_[slot], std::move(sessions_.back()));
  sessions_.pop_back();
  if (slot < sessions_.size()) sessions_[slot]->slot_ = slot;
  --counters_.open_connections;
  if (std::exchange(session.refused_, false)) --refused_now_;
  // It may go on at another worker: this one must not touch it any more.
  flusher_.forget(session);
  finish_if_empty();
}

Flusher::Hooks Worker::flusher_hooks() {
  Flusher::Hooks hooks;
  hooks.now = now;
  hooks.begin = [this] { gatherer_.end_spells(); };
  hooks.flush = [this](Session& session) { guarded(session, [&] { session.flush(); }); };
  return hooks;
}

void Worker::flush_soon(Session& session) {
  flusher_.soon(session);
}

// ---- signaling

void Worker::upgrade(Descriptor socket, Admission::Place place, Upgrade upgrade) {
  std::size_t home = index_;
  if (upgrade.entry && upgrade.entry->join) {
    home = signaling::home_worker(upgrade.entry->join->code, shared_->workers.size());
  }
  if (home == index_) {
    if (relays()) set_option(socket.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentLowWater);
    const auto session = WsSession::make(*this, std::move(socket), std::move(place));
    add(session);
    session->accept(std::move(upgrade));
    return;
  }
  ++counters_.moved;
  Worker& target = *shared_->workers[home];
  target.post([&target, socket = std::move(socket), place = std::move(place),
               upgrade = std::move(upgrade)]() mutable {
    if (!target.stopping_) target.upgrade(std::move(socket), std::move(place), std::move(upgrade));
  });
}

void Worker::opened(WsSession& session, Upgrade upgrade) {
  ++counters_.websocket_connections;
  ++counters_.open_websockets;
  ++counters_.responses[101];
  session.id = signaling::ConnectionId{static_cast<std::uint64_t>(index_) << 48 | ++next_id_};
  session.client = upgrade.client;
  websockets_[static_cast<std::uint64_t>(session.id)] = &session;
  log_event(LogLevel::debug, "connected",
            {{"connection", std::to_string(static_cast<std::uint64_t>(session.id))},
             {"from", logged(session.client)}});
  lobby_->handle_open(now(), session.id, upgrade.client, std::move(upgrade.ice_servers),
                      std::move(upgrade.entry));
  pump();
}

void Worker::adopt(WsSession& session, signaling::Guest guest, const signaling::Errand& errand) {
  ++counters_.open_websockets;
  websockets_[static_cast<std::uint64_t>(session.id)] = &session;
  lobby_->adopt(now(), session.id, std::move(guest), errand);
  pump();
}

void Worker::frame(WsSession& session, std::string_view text) {
  lobby_->handle_frame(now(), session.id, text);
  pump();
}

void Worker::refuse(WsSession& session, signaling::ErrorCode code) {
  lobby_->handle_refusal(now(), session.id, code);
  pump();
}

void Worker::heard(WsSession& session) {
  lobby_->handle_activity(now(), session.id);
}

void Worker::forget(WsSession& session) {
  if (websockets_.erase(static_cast<std::uint64_t>(session.id)) > 0) --counters_.open_websockets;
}

void Worker::gone(WsSession& session, bool in_order) {
  forget(session);
  log_event(LogLevel::debug, "disconnected",
            {{"connection", std::to_string(static_cast<std::uint64_t>(session.id))},
             {"in_order", in_order ? "yes" : "no"}});
  lobby_->handle_close(now(), session.id, in_order);
  pump();
}

WsSession* Worker::find(signaling::ConnectionId id) const {
  const auto found = websockets_.find(static_cast<std::uint64_t>(id));
  return found == websockets_.end() ? nullptr : found->second;
}

void Worker::pump() {
  transmit_all();
  if (pumping_) return;
  take_lobby_events();
  arm_lobby();
}

void Worker::transmit_all() {
  // A session that is sent to may refuse, which makes the lobby say more: the loop below takes that too.
  if (pumping_) return;
  const Flag pumping(pumping_);
  while (auto transmit = lobby_->poll_transmit()) {
    if (auto* text = std::get_if<signaling::SendText>(&*transmit)) {
      WsSession* session = find(text->connection);
      if (session != nullptr) guarded(*session, [&] { session->send(std::move(text->text)); });
    } else if (auto* closing = std::get_if<signaling::CloseConnection>(&*transmit)) {
      WsSession* session = find(closing->connection);
      if (session != nullptr) guarded(*session, [&] { session->close(closing->code, closing->reason); });
    } else if (auto* move = std::get_if<signaling::MoveConnection>(&*transmit)) {
      WsSession* session = find(move->connection);
      if (session == nullptr || move->worker >= shared_->workers.size()) continue;
      ++counters_.moved;
      guarded(*session, [&] {
        session->move_to(*shared_->workers[move->worker], std::move(move->guest), std::move(move->errand));
      });
    } else if (const auto* share = std::get_if<signaling::ShareDirectory>(&*transmit)) {
      for (const auto& worker : shared_->workers) {
        if (worker.get() == this) continue;
        worker->post(
            [other = worker.get(), shared = *share] { other->lobby_->handle_directory(now(), shared); });
      }
    }
  }
}

void Worker::take_lobby_events() {
  while (const auto event = lobby_->poll_event()) {
    // Behind what the lobby has just sent: so frames of a member, and about it, come after its peer_joined
    // and before its peer_away or peer_left.
    if (relays()) relay_->follow(*event);
    if (!is_logged(LogLevel::info) || !(is_refusal(*event) ? refusals_log_ : rooms_log_).take()) continue;
    const WsSession* session = find(connection_of(*event));
    log_lobby_event(*event, session != nullptr ? logged(session->client) : "gone");
  }
}

// ---- time

void Worker::arm_sweep() {
  sweep_timer_.expires_after(kSweepEvery);
  sweep_timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    arm_sweep();  // first: a round that fails must not be the last one
    sweep();
  });
}

void Worker::arm_lobby() {
  // Most deadlines are tens of seconds away and seen to by the sweep; those of quick matches and of lists are
  // not.
  const auto due = lobby_->poll_timeout();
  if (stopping_ || !due || *due > now() + kSweepEvery) return;
  if (lobby_armed_for_ && *lobby_armed_for_ <= *due) return;
  lobby_armed_for_ = due;
  lobby_timer_.expires_at(std::chrono::steady_clock::time_point(due->time_since_epoch()));
  lobby_timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    lobby_armed_for_.reset();
    lobby_->handle_timeout(now());
    pump();
  });
}

void Worker::sweep() {
  const base::Time time = now();
  const std::uint64_t suppressed = refusals_log_.renew() + rooms_log_.renew();
  if (suppressed > 0) log_event(LogLevel::warn, "log_suppressed", {{"lines", std::to_string(suppressed)}});
  // Backwards: a session that ends is replaced by the last one, which has been looked at already.
  for (std::size_t i = sessions_.size(); i-- > 0;) {
    if (i >= sessions_.size()) continue;
    const std::shared_ptr<Session> session = sessions_[i];
    guarded(*session, [&] { session->sweep(time); });
  }
  lobby_->handle_timeout(time);
  pump();
}

// ---- the end

void Worker::shut_down(base::Duration patience) {
  post([this, patience] { begin_shutdown(patience); });
}

void Worker::begin_shutdown(base::Duration patience) {
  if (std::exchange(stopping_, true)) return;
  for (const auto& acceptor : acceptors_) acceptor->close();
  if (stun_) stun_->stop();
  patience_timer_.expires_after(patience);
  patience_timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    const auto stubborn = sessions_;
    log_event(LogLevel::warn, "dropped_at_shutdown", {{"connections", std::to_string(stubborn.size())}});
    for (const auto& session : stubborn) session->abort();
    finish_if_empty();
  });
  if (relays()) relay_->shut_down();
  lobby_->shut_down(now());
  pump();
  const auto sessions = sessions_;
  for (const auto& session : sessions) guarded(*session, [&] { session->shut_down(now()); });
  finish_if_empty();
}

void Worker::finish_if_empty() {
  if (!stopping_ || !sessions_.empty()) return;
  patience_timer_.cancel();
  sweep_timer_.cancel();
  gatherer_.stop();
  lobby_timer_.cancel();
  poller_.stop();
  // Whatever waits in the queue still runs; nothing new comes.
}

}  // namespace parlor::server
