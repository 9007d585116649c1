#include "server/game_relay.hpp"

#include <algorithm>
#include <utility>

#include "base/site_counts.hpp"

namespace parlor::server {
namespace {

/// What is handed out at once. Signaling waits behind it, so it is little; a socket takes more when it has
/// left.
constexpr std::size_t kChunk = 8 * 1024;

constexpr std::uint32_t kSitesOfNeighbourhood = base::SiteCounts::kSitesOfNeighbourhood;

/// Of one worker, for frames that wait.
constexpr std::size_t kLeastMemory = 16 << 20;

/// A code has nine letters: five bits of each.
relay::RoomId room_of(std::string_view code) {
  std::uint64_t packed = 0;
  for (const char letter : code) packed = packed << 5 | (static_cast<std::uint64_t>(letter) & 31U);
  return relay::RoomId{packed};
}

relay::ConnectionId to_relay(signaling::ConnectionId id) {
  return relay::ConnectionId{static_cast<std::uint64_t>(id)};
}
signaling::ConnectionId from_relay(relay::ConnectionId id) {
  return signaling::ConnectionId{static_cast<std::uint64_t>(id)};
}

/// Budgets are KiB per second, and twice that at once.
relay::Rate rate_of(std::uint32_t kib_per_second) {
  return {kib_per_second * 2048, kib_per_second * 1024};
}

}  // namespace

relay::RelayConfig relay_config(const config::ServeConfig& config, std::size_t workers) {
  relay::RelayConfig relay;
  relay.sender_rate = rate_of(config.relay_rate_per_member);
  relay.room_rate = rate_of(config.relay_rate_per_room);
  relay.site_rate = rate_of(config.relay_rate_per_site);
  relay.server_rate = rate_of(config.relay_rate);
  // Eight sites' worth, as elsewhere, yet never all that the server passes on.
  const std::uint32_t together = config.relay_rate_per_site * kSitesOfNeighbourhood;
  relay.neighbourhood_rate =
      rate_of(std::max(config.relay_rate_per_site, std::min(together, config.relay_rate / 2)));
  // Of a worker's memory nobody may fill more than a part: whoever lets frames wait for sockets that read
  // nothing harms the few that share that part, and not all.
  const std::size_t memory = (std::size_t{config.relay_memory} << 20U) / workers;
  relay.server_waiting = std::max(memory, kLeastMemory);
  relay.neighbourhood_waiting = relay.server_waiting / 4;
  relay.site_waiting = relay.server_waiting / 8;
  relay.room_waiting = std::min(relay.room_waiting, relay.server_waiting / 8);
  relay.sender_waiting = std::min(relay.sender_waiting, relay.room_waiting / 2);
  return relay;
}

GameRelay::GameRelay(net::io_context& io, const relay::RelayConfig& config, Hooks hooks)
    : hooks_(std::move(hooks)), relay_(config), timer_(io) {}

void GameRelay::follow(const signaling::LobbyEvent& event) {
  const auto is_there = [&](const std::string& code, PeerId peer, signaling::ConnectionId connection) {
    // Where the connection has gone meanwhile, the event that says so follows.
    const base::IpAddress* address = hooks_.address_of(connection);
    if (address == nullptr) return;
    relay_.handle_member(hooks_.now(), room_of(code), peer, to_relay(connection), *address);
  };
  const auto is_gone = [&](const std::string& code, PeerId peer) {
    relay_.handle_gone(hooks_.now(), room_of(code), peer);
  };
  if (const auto* entered = std::get_if<signaling::MemberEntered>(&event)) {
    is_there(entered->code, entered->peer, entered->connection);
  } else if (const auto* back = std::get_if<signaling::MemberBack>(&event)) {
    is_there(back->code, back->peer, back->connection);
  } else if (const auto* away = std::get_if<signaling::MemberAway>(&event)) {
    is_gone(away->code, away->peer);
  } else if (const auto* gone = std::get_if<signaling::MemberGone>(&event)) {
    is_gone(gone->code, gone->peer);
  } else {
    return;
  }
  pump();
}

std::size_t GameRelay::frame(signaling::ConnectionId connection, base::BytesView bytes) {
  const std::size_t cost = relay_.handle_frame(hooks_.now(), to_relay(connection), bytes);
  pump();
  return cost;
}

void GameRelay::writable(signaling::ConnectionId connection) {
  relay_.handle_writable(hooks_.now(), to_relay(connection), kChunk);
  pump();
}

void GameRelay::shut_down() {
  relay_.shut_down(hooks_.now());
  pump();
  timer_.cancel();  // patience must not hold up the end
}

void GameRelay::pump() {
  // A connection that ends while it is sent to comes back here through the lobby: the loop below goes on.
  if (std::exchange(pumping_, true)) return;
  try {
    for (;;) {
      if (auto transmit = relay_.poll_transmit()) {
        const signaling::ConnectionId to = from_relay(transmit->connection);
        hooks_.send(to, std::move(*transmit));
      } else if (const auto event = relay_.poll_event()) {
        take(*event);
      } else {
        break;
      }
    }
  } catch (...) {
    pumping_ = false;
    throw;
  }
  pumping_ = false;
  arm();
}

void GameRelay::take(const relay::RelayEvent& event) {
  if (const auto* refused = std::get_if<relay::FrameRefused>(&event)) {
    hooks_.refused(from_relay(refused->connection), refused->reason);
  } else if (const auto* stalled = std::get_if<relay::ReceiverStalled>(&event)) {
    hooks_.stalled(from_relay(stalled->connection));
  }
}

void GameRelay::arm() {
  const auto due = relay_.poll_timeout();
  if (!due || (armed_for_ && *armed_for_ <= *due)) return;
  armed_for_ = due;
  timer_.expires_at(std::chrono::steady_clock::time_point(due->time_since_epoch()));
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    armed_for_.reset();
    relay_.handle_timeout(hooks_.now());
    pump();
  });
}

}  // namespace parlor::server
