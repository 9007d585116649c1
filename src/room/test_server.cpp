// The server of a TestWorld, its sockets, and what a platform does with them.

#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

relay::RoomId room_id(const std::string& code) {
  return relay::RoomId{std::hash<std::string>()(code)};
}

}  // namespace

Player* TestWorld::player_of(signaling::ConnectionId connection) {
  for (const auto& player : players_) {
    if (player->socket == connection) return player.get();
  }
  return nullptr;
}

void TestWorld::drain_lobby() {
  while (lobby_) {
    auto transmit = lobby_->poll_transmit();
    if (!transmit) break;
    if (const auto* text = std::get_if<signaling::SendText>(&*transmit)) {
      Player* player = player_of(text->connection);
      if (player == nullptr || muted_) continue;
      from_server(*player,
                  [player, text = text->text, socket = text->connection](Machine& machine, base::Time now) {
                    if (player->socket == socket) machine.handle_server_frame(now, *text);
                  });
    } else if (const auto* close = std::get_if<signaling::CloseConnection>(&*transmit)) {
      if (Player* player = player_of(close->connection)) {
        player->socket.reset();
        from_server(*player, [code = close->code, reason = close->reason](Machine& machine, base::Time now) {
          machine.handle_server_close(now, code, reason);
        });
      }
      half_closed_.erase(close->connection);
      lobby_->handle_close(now_, close->connection, true);
    }
  }
  while (lobby_) {
    const auto event = lobby_->poll_event();
    if (!event) break;
    const auto there = [&](const std::string& code, PeerId peer, signaling::ConnectionId connection) {
      relay_->handle_member(now_, room_id(code), peer,
                            relay::ConnectionId{static_cast<std::uint64_t>(connection)},
                            *base::IpAddress::parse("192.0.2.1"));
    };
    if (const auto* entered = std::get_if<signaling::MemberEntered>(&*event)) {
      there(entered->code, entered->peer, entered->connection);
    } else if (const auto* back = std::get_if<signaling::MemberBack>(&*event)) {
      there(back->code, back->peer, back->connection);
    } else if (const auto* away = std::get_if<signaling::MemberAway>(&*event)) {
      relay_->handle_gone(now_, room_id(away->code), away->peer);
    } else if (const auto* gone = std::get_if<signaling::MemberGone>(&*event)) {
      relay_->handle_gone(now_, room_id(gone->code), gone->peer);
    }
  }
  drain_relay();
}

void TestWorld::drain_relay() {
  if (!relay_) return;
  for (const auto& player : players_) {
    if (!player->socket) continue;
    relay_->handle_writable(now_, relay::ConnectionId{static_cast<std::uint64_t>(*player->socket)},
                            options_.socket_takes);
  }
  for (const signaling::ConnectionId socket : half_closed_) {
    relay_->handle_writable(now_, relay::ConnectionId{static_cast<std::uint64_t>(socket)},
                            options_.socket_takes);
  }
  while (const auto transmit = relay_->poll_transmit()) {
    const signaling::ConnectionId socket{static_cast<std::uint64_t>(transmit->connection)};
    Player* player = player_of(socket);
    if (player == nullptr || muted_) continue;
    Bytes bytes(transmit->head.bytes().begin(), transmit->head.bytes().end());
    const BytesView payload = base::as_bytes(*transmit->payload);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    from_server(*player, [player, bytes = std::move(bytes), socket](Machine& machine, base::Time now) {
      if (player->socket == socket) machine.handle_server_bytes(now, bytes);
    });
  }
  while (relay_->poll_event()) {
  }
}

void TestWorld::carry_out(Player& player, const RelaySend& send) {
  note(player, "relay " + std::to_string(static_cast<int>(send.lane)) + " to " +
                   std::to_string(send.recipients.size()) + " " +
                   std::string(base::as_text(send.payload.view())).substr(0, 40));
  if (!player.socket) return;
  Bytes bytes = write(send);
  if (options_.uplink > 0) {
    if (player.uplink_holds == 0) look_at_uplink(player);
    player.uplink_holds += bytes.size();
  }
  to_server(player, [this, socket = *player.socket, bytes = std::move(bytes)] {
    relay_->handle_frame(now_, relay::ConnectionId{static_cast<std::uint64_t>(socket)}, bytes);
  });
}

/// As a browser's platform does, every 20 ms for as long as there is something.
void TestWorld::look_at_uplink(Player& player) {
  after(base::milliseconds(20), [this, &player] {
    player.uplink_holds -= std::min(player.uplink_holds, options_.uplink / 50);
    if (player.uplink_holds > 0) look_at_uplink(player);
    handle(player, [&](Machine& machine, base::Time now) {
      machine.handle_server_buffered(now, player.uplink_holds);
    });
  });
}

void TestWorld::open_socket(Player& player, const std::string& url) {
  if (!lobby_ || player.shut_out) {
    handle(player, [](Machine& machine, base::Time now) { machine.handle_server_close(now, 1006, ""); });
    return;
  }
  const signaling::ConnectionId connection{++sockets_made_};
  player.socket = connection;
  const std::size_t question = url.find('?');
  const auto request = signaling::parse_upgrade_query(
      question == std::string::npos ? "" : std::string_view(url).substr(question + 1));
  // The answer to the upgrade and the first frames come together.
  from_server(player, [](Machine& machine, base::Time now) { machine.handle_server_open(now); });
  lobby_->handle_open(now_, connection, *base::IpAddress::parse("192.0.2.1"),
                      {{{"stun:server:3478"}, "", ""}}, request);
  drain_lobby();
}

// ---- the platform

void TestWorld::carry_out(Player& player, const FetchIceServers& fetch) {
  note(player, "fetch " + fetch.url);
  if (!options_.serves_ice || !lobby_) return;
  after(2 * server_delay(), [this, &player] {
    handle(player, [](Machine& machine, base::Time now) {
      machine.handle_ice_servers(now, R"({"ice_servers":[{"urls":["stun:server:3478"]}]})");
    });
  });
}

void TestWorld::carry_out(Player& player, const OpenSocket& open) {
  note(player, "socket " + open.url);
  // A TCP handshake, then the upgrade.
  player.connecting = true;
  after(3 * server_delay(), [this, &player, url = open.url] {
    if (player.alive && player.connecting) open_socket(player, url);
  });
}

void TestWorld::carry_out(Player& player, const SendFrame& send) {
  note(player, "frame " + send.text);
  if (!player.socket) return;
  to_server(player,
            [this, socket = *player.socket, text = send.text] { lobby_->handle_frame(now_, socket, text); });
}

void TestWorld::carry_out(Player& player, const CloseSocket& close) {
  note(player, "close " + std::to_string(close.code));
  player.connecting = false;
  if (!player.socket) return;
  to_server(player, [this, socket = *player.socket, in_order = close.code == 1000] {
    lobby_->handle_close(now_, socket, in_order);
  });
  player.socket.reset();
}

}  // namespace parlor::room::testing
