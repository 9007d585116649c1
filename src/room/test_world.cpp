#include "room/test_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace parlor::room::testing {
namespace {

/// Stands in for HMAC-SHA256: a tag that depends on key and data, and is no secret to anybody.
std::array<std::byte, 32> toy_mac(base::BytesView key, base::BytesView data) {
  std::array<std::byte, 32> tag{};
  std::uint64_t hash = 14695981039346656037U;
  for (const base::BytesView part : {key, data}) {
    for (std::byte byte : part) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 1099511628211U;
  }
  for (std::byte& byte : tag) {
    hash = (hash ^ 1) * 1099511628211U;
    byte = static_cast<std::byte>(hash >> 56);
  }
  return tag;
}

}  // namespace

// ---- players

std::optional<PeerId> Player::id_of(const std::string& other) const {
  for (const Member& member : machine->peers()) {
    if (member.name == other) return member.id;
  }
  return std::nullopt;
}

Path Player::path_to(const std::string& other) const {
  const auto id = id_of(other);
  return id ? machine->stats(*id)->path : Path::none;
}

std::vector<std::string> Player::heard_from(PeerId other, Channel channel) const {
  std::vector<std::string> texts;
  for (const Message& message : all<Message>()) {
    if (message.from == other && message.channel == channel) texts.emplace_back(base::as_text(message.bytes));
  }
  return texts;
}

TestWorld::TestWorld(WorldOptions options) : options_(std::move(options)), random_(options_.seed) {
  options_.lobby.mac = toy_mac;
  options_.lobby.relay = options_.relay;
  start_server();
}

void TestWorld::start_server() {
  lobby_ = std::make_unique<signaling::Lobby>(options_.lobby, random_);
  options_.relay_config.on = options_.relay;
  relay_ = std::make_unique<relay::Relay>(options_.relay_config);
}

Player& TestWorld::enter(const std::string& name, RoomOptions options) {
  options.name = name;
  if (options.server.empty()) options.server = "ws://server";
  if (options.game.empty()) options.game = "test";
  players_.push_back(std::make_unique<Player>());
  Player& player = *players_.back();
  player.name = name;
  player.machine = std::make_unique<Machine>(std::move(options), now_, players_.size());
  drain(player);
  return player;
}

Player& TestWorld::create(const std::string& name, int size) {
  RoomOptions options;
  options.entry = Create{size, ""};
  return enter(name, options);
}

Player& TestWorld::join(const std::string& name, const std::string& code, const std::string& ticket) {
  RoomOptions options;
  options.entry = Join{code, ticket};
  return enter(name, options);
}

void TestWorld::mesh(int count) {
  Player& first = create("p0", kMaxMembers);
  ASSERT_TRUE(run_until([&] { return first.machine->state() == RoomState::playing; }));
  for (int i = 1; i < count; ++i) join("p" + std::to_string(i), std::string(first.machine->code()));
  ASSERT_TRUE(run_until([&] { return connected(); }));
}

SendResult TestWorld::say(Player& player, PeerId to, const std::string& text, Channel channel) {
  const SendResult result = player.machine->send(now_, to, channel, base::as_bytes(text));
  drain(player);
  return result;
}

SendResult TestWorld::say_all(Player& player, const std::string& text, Channel channel) {
  const SendResult result = player.machine->send_to_all(now_, channel, base::as_bytes(text));
  drain(player);
  return result;
}

SendResult TestWorld::say_value(Player& player, PeerId to, std::uint32_t key, const std::string& text,
                                Channel channel) {
  const SendResult result = player.machine->send(now_, to, channel, base::as_bytes(text), key);
  drain(player);
  return result;
}

void TestWorld::drain(Player& player) {
  while (auto transmit = player.machine->poll_transmit()) {
    std::visit([&](const auto& command) { carry_out(player, command); }, *transmit);
    if (std::holds_alternative<RelaySend>(*transmit))
      player.machine->handle_server_buffered(now_, player.uplink_holds);
  }
  while (player.takes_events) {
    auto event = player.machine->poll_event();
    if (!event) break;
    player.events.push_back(*std::move(event));
    player.came.push_back(now_);
  }
  player.due = player.machine->poll_timeout();
}

void TestWorld::crash(Player& player) {
  player.alive = false;
  for (const auto& other : players_) {
    if (other.get() != &player) cut(player, *other);
  }
  for (const auto& [id, number] : player.carriers) carriers_[static_cast<std::size_t>(number)].gone = true;
  if (lobby_ && player.socket) lobby_->handle_close(now_, *player.socket, false);
  player.socket.reset();
  drain_lobby();
}

// ---- trouble

void TestWorld::kill_server() {
  half_closed_.clear();
  lobby_.reset();
  relay_.reset();
  for (const auto& player : players_) {
    if (!player->socket) continue;
    player->socket.reset();
    from_server(*player,
                [](Machine& machine, base::Time now) { machine.handle_server_close(now, 1006, ""); });
  }
}

void TestWorld::restart_server(std::byte key) {
  options_.lobby.ticket_key.fill(key);
  start_server();
}

void TestWorld::shut_out(Player& player, bool out) {
  player.shut_out = out;
  if (out) cut_socket(player);
}

void TestWorld::cut_socket(Player& player) {
  if (!player.socket) return;
  lobby_->handle_close(now_, *player.socket, false);
  player.socket.reset();
  drain_lobby();
  handle(player, [](Machine& machine, base::Time now) { machine.handle_server_close(now, 1006, ""); });
}

void TestWorld::half_close_socket(Player& player) {
  if (!player.socket) return;
  half_closed_.insert(*player.socket);
  player.socket.reset();
  handle(player, [](Machine& machine, base::Time now) { machine.handle_server_close(now, 1006, ""); });
}

void TestWorld::close_page(Player& player) {
  handle(player, [](Machine& machine, base::Time now) { machine.handle_page_end(now); });
  crash(player);
}

void TestWorld::cut(const Player& one, const Player& other) {
  const std::pair<int, int> pair = std::minmax(index_of(one), index_of(other));
  cuts_.insert(pair);
  for (std::size_t i = 0; i < carriers_.size(); ++i) {
    const int far = other_end(static_cast<int>(i));
    if (far < 0) continue;
    const int mine = carriers_[i].player;
    const int theirs = carriers_[static_cast<std::size_t>(far)].player;
    if (std::pair<int, int>(std::minmax(mine, theirs)) == pair) silence(static_cast<int>(i));
  }
}

void TestWorld::heal(const Player& one, const Player& other) {
  cuts_.erase(std::minmax(index_of(one), index_of(other)));
  for (std::size_t i = 0; i < carriers_.size(); ++i) check(static_cast<int>(i));
  // Credentials that are being renewed, and do not fit yet, keep no transport from sending again.
  for (std::size_t i = 0; i < carriers_.size(); ++i) {
    const TestCarrier& carrier = carriers_[i];
    if (carrier.connected_to < 0 || carrier.gone || carrier.state == CarrierState::failed) continue;
    if (reachable(carrier.player, carriers_[static_cast<std::size_t>(carrier.connected_to)].player))
      send_held(static_cast<int>(i), carrier.connected_to);
  }
}

void TestWorld::fail_carriers(Player& player) {
  for (const auto& [id, number] : std::map(player.carriers)) {
    carriers_[static_cast<std::size_t>(number)].state = CarrierState::failed;
    tell_state(number, CarrierState::failed);
  }
}

void TestWorld::close_between(const Player& one, const Player& other) {
  const std::pair<int, int> pair = std::minmax(index_of(one), index_of(other));
  for (std::size_t i = 0; i < carriers_.size(); ++i) {
    const int far = other_end(static_cast<int>(i));
    if (far < 0 || !carriers_[i].opened) continue;
    const int theirs = carriers_[static_cast<std::size_t>(far)].player;
    if (std::pair<int, int>(std::minmax(carriers_[i].player, theirs)) != pair) continue;
    tell_state(static_cast<int>(i), CarrierState::closed);
    tell_state(far, CarrierState::closed);
    return;
  }
}

void TestWorld::stall(const Player& player, bool stalled) {
  const int index = index_of(player);
  if (stalled) {
    stalled_.insert(index);
  } else {
    stalled_.erase(index);
    for (auto& [pair, tasks] : std::exchange(held_, {})) {
      for (Task& task : tasks) after(peer_delay(), std::move(task));
    }
  }
}

// ---- time

void TestWorld::after(base::Duration delay, Task task) {
  tasks_.emplace(std::pair{now_ + delay, ++tasks_made_}, std::move(task));
}

void TestWorld::from_server(Player& player, std::function<void(Machine&, base::Time)> input) {
  player.heard_until = std::max(player.heard_until, now_ + server_delay());
  after(player.heard_until - now_, [this, &player, input = std::move(input)] { handle(player, input); });
}

void TestWorld::to_server(Player& player, Task task) {
  player.said_until = std::max(player.said_until, now_ + server_delay());
  after(player.said_until - now_, [this, task = std::move(task)] {
    if (!lobby_) return;
    task();
    drain_lobby();
  });
}

base::Duration TestWorld::server_delay() {
  return options_.to_server + base::milliseconds(options_.jitter ? random_.below(10) : 0);
}

base::Duration TestWorld::peer_delay() {
  return options_.to_peer + base::milliseconds(options_.jitter ? random_.below(10) : 0);
}

void TestWorld::run(base::Duration duration) {
  (void)run_until([] { return false; }, duration);
}

bool TestWorld::run_until(const std::function<bool()>& condition, base::Duration limit) {
  const base::Time end = now_ + limit;
  while (!condition()) {
    base::Time next = end + base::microseconds(1);
    if (!tasks_.empty()) next = tasks_.begin()->first.first;
    Player* due = nullptr;
    for (const auto& player : players_) {
      if (!player->alive || !player->due || *player->due >= next) continue;
      next = *player->due;
      due = player.get();
    }
    const auto lobby_due = lobby_ ? lobby_->poll_timeout() : std::nullopt;
    const bool lobby_first = lobby_due && *lobby_due < next;
    if (lobby_first) next = *lobby_due;
    const auto relay_due = relay_ ? relay_->poll_timeout() : std::nullopt;
    const bool relay_first = relay_due && *relay_due < next;
    if (relay_first) next = *relay_due;
    if (next > end) {
      now_ = end;
      return condition();
    }
    now_ = std::max(now_, next);
    if (relay_first) {
      relay_->handle_timeout(now_);
      drain_relay();
    } else if (lobby_first) {
      lobby_->handle_timeout(now_);
      drain_lobby();
    } else if (due != nullptr) {
      handle(*due, [](Machine& machine, base::Time now) { machine.handle_timeout(now); });
    } else {
      auto task = tasks_.extract(tasks_.begin());
      task.mapped()();
    }
  }
  return true;
}

bool TestWorld::connected() const {
  for (const auto& one : players_) {
    for (const auto& other : players_) {
      if (one == other || !one->alive || !other->alive) continue;
      if (one->path_to(other->name) == Path::none) return false;
    }
  }
  return true;
}

int TestWorld::count(const Player& player, const std::string& what) const {
  const std::string line = player.name + " " + what;
  int found = 0;
  for (std::size_t at = log_.find(line); at != std::string::npos; at = log_.find(line, at + 1)) {
    if (at == 0 || log_[at - 1] == '\n') ++found;
  }
  return found;
}

std::uint64_t TestWorld::refused() const {
  const auto& refused = lobby_->counters().refused;
  return std::accumulate(refused.begin(), refused.end(), std::uint64_t{0});
}

int TestWorld::index_of(const Player& player) const {
  const auto at =
      std::find_if(players_.begin(), players_.end(), [&](const auto& one) { return one.get() == &player; });
  return static_cast<int>(at - players_.begin());
}

bool TestWorld::reachable(int one, int other) const {
  return cuts_.count(std::minmax(one, other)) == 0;
}

void TestWorld::note(const Player& player, const std::string& what) {
  log_ += player.name + " " + what + "\n";
}

void TestWorld::handle(Player& player, const std::function<void(Machine&, base::Time)>& input) {
  if (!player.alive) return;
  input(*player.machine, now_);
  drain(player);
}

}  // namespace parlor::room::testing
