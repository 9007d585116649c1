// The part of the worker that is about game frames: between its sessions and its relay.

#include <string>
#include <utility>

#include "server/log.hpp"
#include "server/worker.hpp"

namespace parlor::server {
namespace {

/// What goes into one packet of a usual path; more does not gain by waiting.
constexpr std::size_t kFullPacket = 1200;

constexpr base::Duration kTellEvery = base::seconds(1);

}  // namespace

void Worker::flush_frames(WsSession& session) {
  if (!session.gathering || session.waiting() >= kFullPacket) flush_soon(session);
}

void Worker::sent_frames(WsSession& session) {
  gatherer_.sent(session);
}

std::size_t Worker::game_frame(WsSession& session, base::BytesView bytes) {
  // The lobby counts in tens of seconds, and a game's frames come by the thousand.
  const base::Time time = now();
  if (time - session.played >= kTellEvery) {
    session.played = time;
    lobby_->handle_activity(time, session.id);
  }
  return relay_->frame(session.id, bytes);
}

void Worker::writable(WsSession& session) {
  if (relays()) relay_->writable(session.id);
}

GameRelay::Hooks Worker::relay_hooks() {
  GameRelay::Hooks hooks;
  hooks.now = now;
  hooks.address_of = [this](signaling::ConnectionId connection) -> const base::IpAddress* {
    const WsSession* session = find(connection);
    return session != nullptr ? &session->client : nullptr;
  };
  hooks.send = [this](signaling::ConnectionId connection, relay::RelayTransmit transmit) {
    WsSession* session = find(connection);
    if (session != nullptr) guarded(*session, [&] { session->send_frame(std::move(transmit)); });
  };
  hooks.refused = [this](signaling::ConnectionId connection, relay::Refusal reason) {
    if (!is_logged(LogLevel::debug) || !refusals_log_.take()) return;
    log_event(LogLevel::debug, "frame_refused",
              {{"connection", std::to_string(static_cast<std::uint64_t>(connection))},
               {"reason", std::string(to_string(reason))}});
  };
  hooks.stalled = [this](signaling::ConnectionId connection) {
    WsSession* session = find(connection);
    if (session != nullptr) guarded(*session, [&] { session->close_as_slow(); });
  };
  return hooks;
}

}  // namespace parlor::server
