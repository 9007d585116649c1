#include "signaling/lobby.hpp"

#include <algorithm>
#include <cassert>

#include "signaling/lobby_impl.hpp"

namespace parlor::signaling {
namespace {

/// A connection that has this many bursts of messages refused within the window is closed.
constexpr std::uint32_t kFloodBursts = 4;
constexpr base::Duration kFloodWindow = base::seconds(10);

/// What is said about when to say it again, at most.
constexpr std::int64_t kMaxRetryMs = 60'000;

base::Duration interval_of(std::uint32_t count, base::Duration within) {
  return within / std::max<std::int64_t>(1, count);
}

}  // namespace

Lobby::Impl::Impl(LobbyConfig given, base::Random& source)
    : config(std::move(given)),
      random(source),
      own_lives(source.next_u64() & kUpperHalf),
      rooms_by_site(config.rooms_per_site),
      directory(config.max_listed),
      failed_joins(config.joins_per_minute, interval_of(config.joins_per_minute, base::seconds(60))),
      lists(config.list_burst, interval_of(config.list_per_second, base::seconds(1))) {
  assert(config.mac != nullptr);
  assert(config.worker < config.workers);
}

// ---- connections

Lobby::Impl::Connection* Lobby::Impl::find(ConnectionId id) {
  const auto found = connections.find(id);
  return found == connections.end() ? nullptr : &found->second;
}

Lobby::Impl::Connection& Lobby::Impl::insert(ConnectionId id, const base::IpAddress& site) {
  Connection& connection = connections[id];
  connection.id = id;
  connection.site = site;
  connection.opened_at = now_;
  connection.heard_at = now_;
  heard.push_back(connection);
  counters.connections = connections.size();
  return connection;
}

void Lobby::Impl::open(ConnectionId id, const base::IpAddress& address, std::vector<IceServer> ice_servers,
                       base::Result<UpgradeRequest, ParseError> request) {
  assert(find(id) == nullptr);
  if (shutting_down)
    return turn_away(id, ErrorCode::server_shutdown, sentence(ErrorCode::server_shutdown), {});
  if (!request) return turn_away(id, request.error().code, request.error().message, request.error().about);
  if (connections.size() >= config.max_connections) {
    return turn_away(id, ErrorCode::server_full, sentence(ErrorCode::server_full), {});
  }
  Connection& connection = insert(id, address.site());
  connection.ice_servers = std::move(ice_servers);
  connection.budget.bucket = base::TokenBucket(config.message_burst, config.messages_per_second);
  connection.budget.entries = base::TokenBucket(config.entry_burst, config.entries_per_second);
  silent.push_back(connection);
  if (!request->hello) return;
  greet(connection, std::move(*request->hello));
  if (request->create) return create(connection, *request->create);
  if (request->join) return join(connection, *request->join, true);
}

void Lobby::Impl::move(Connection& connection, std::size_t worker, Errand errand) {
  transmits.push(MoveConnection{connection.id, worker,
                                Guest{connection.site, std::move(*connection.hello), connection.budget},
                                std::move(errand)});
  forget(connection, LeaveReason::left);
}

void Lobby::Impl::adopt(ConnectionId id, Guest guest, const Errand& errand) {
  assert(find(id) == nullptr);
  if (shutting_down)
    return turn_away(id, ErrorCode::server_shutdown, sentence(ErrorCode::server_shutdown), {});
  if (connections.size() >= config.max_connections) {
    return turn_away(id, ErrorCode::server_full, sentence(ErrorCode::server_full), {});
  }
  Connection& connection = insert(id, guest.site);
  connection.hello = std::move(guest.hello);
  connection.budget = guest.budget;
  if (const auto* wants = std::get_if<JoinRoom>(&errand)) return join(connection, *wants, false);
  match(connection, *std::get_if<FindMatch>(&errand), false);
}

void Lobby::Impl::greet(Connection& connection, Hello hello) {
  connection.hello = std::move(hello);
  silent.erase(connection);
  send(connection, Welcome{kProtocolVersion, std::move(connection.ice_servers), config.relay});
  connection.ice_servers = {};
}

void Lobby::Impl::heard_from(Connection& connection) {
  connection.heard_at = now_;
  heard.move_to_back(connection);
}

void Lobby::Impl::forget(Connection& connection, LeaveReason reason) {
  end_search(connection);
  if (Member* member = connection.member) {
    connection.member = nullptr;
    member->connection = nullptr;
    const bool may_come_back = reason == LeaveReason::lost && config.grace > base::Duration{};
    if (may_come_back && !shutting_down) {
      go_away(*member);
    } else {
      leave_room(*member, reason);
    }
  }
  silent.erase(connection);
  heard.erase(connection);
  connections.erase(connection.id);
  counters.connections = connections.size();
}

void Lobby::Impl::frame(Connection& connection, std::string_view text) {
  ++counters.messages_in;
  heard_from(connection);
  if (!within_budget(connection, text.size())) return;
  auto message = parse_client_message(text);
  if (!message) return on_parse_error(connection, message.error());
  on_message(connection, std::move(*message));
}

bool Lobby::Impl::within_budget(Connection& connection, std::size_t size) {
  MessageBudget& budget = connection.budget;
  if (budget.bucket.take(now_, message_cost(size))) return true;
  // One error per window: the answers to a flood must not be one themselves.
  if (budget.refused == 0 || now_ - budget.refused_since > kFloodWindow) {
    budget.refused = 0;
    budget.refused_since = now_;
    const auto wait =
        std::chrono::ceil<std::chrono::milliseconds>(budget.bucket.wait(now_, message_cost(size)));
    say_error(connection.id, ErrorCode::rate_limited, sentence(ErrorCode::rate_limited), {},
              static_cast<std::uint32_t>(std::clamp<std::int64_t>(wait.count(), 0, kMaxRetryMs)));
  } else {
    ++counters.refused.at(static_cast<std::size_t>(ErrorCode::rate_limited));
  }
  if (++budget.refused >= kFloodBursts * config.message_burst) {
    drop(connection, ErrorCode::rate_limited, sentence(ErrorCode::rate_limited), {}, LeaveReason::removed);
  }
  return false;
}

void Lobby::Impl::on_parse_error(Connection& connection, const ParseError& error) {
  // Before hello only a hello is looked at, and a frame that is no message at all.
  if (!connection.hello && error.about != "hello" && !closes(error.code)) {
    return refuse(connection, ErrorCode::hello_first, error.about);
  }
  refuse(connection, error.code, error.message, error.about);
}

void Lobby::Impl::refuse(Connection& connection, ErrorCode code, std::string_view message,
                         std::string_view about) {
  if (closes(code)) return drop(connection, code, message, about, LeaveReason::removed);
  say_error(connection.id, code, message, about);
}

void Lobby::Impl::drop(Connection& connection, ErrorCode code, std::string_view message,
                       std::string_view about, LeaveReason reason) {
  const ConnectionId id = connection.id;
  forget(connection, reason);
  turn_away(id, code, message, about);
}

void Lobby::Impl::turn_away(ConnectionId id, ErrorCode code, std::string_view message,
                            std::string_view about) {
  say_error(id, code, message, about);
  transmits.push(CloseConnection{id, close_code(code), std::string(to_string(code))});
}

void Lobby::Impl::expire() {
  while (silent.front() != nullptr && silent.front()->opened_at + config.hello_deadline <= now_) {
    drop(*silent.front(), ErrorCode::timed_out, "No hello came in time.", {}, LeaveReason::lost);
  }
  while (heard.front() != nullptr && heard.front()->heard_at + config.idle_deadline <= now_) {
    drop(*heard.front(), ErrorCode::timed_out, sentence(ErrorCode::timed_out), {}, LeaveReason::lost);
  }
  while (away.front() != nullptr && away.front()->away_since + config.grace <= now_) {
    leave_room(*away.front(), LeaveReason::lost);
  }
  while (awaiting_host.front() != nullptr && awaiting_host.front()->rebuilt_at + config.grace <= now_) {
    Room& room = *awaiting_host.front();
    awaiting_host.erase(room);
    hand_over(room);
    tell_host(room);
  }
  if (is_matching() && matched_at + kMatchEvery <= now_) match_all();
  if (!unshared.empty() && unshared_since + kShareAfter <= now_) share();
}

std::optional<base::Time> Lobby::Impl::next_deadline() const {
  // All deadlines of a list are equally far off, so the first of each list is due first.
  base::Earliest first;
  if (const auto* connection = heard.front()) first.add(connection->heard_at + config.idle_deadline);
  if (const auto* connection = silent.front()) first.add(connection->opened_at + config.hello_deadline);
  if (const auto* member = away.front()) first.add(member->away_since + config.grace);
  if (const auto* room = awaiting_host.front()) first.add(room->rebuilt_at + config.grace);
  if (!unshared.empty()) first.add(unshared_since + kShareAfter);
  if (is_matching()) first.add(matched_at + kMatchEvery);
  return first.get();
}

void Lobby::Impl::shut_down() {
  if (shutting_down) return;
  shutting_down = true;  // from here on nobody is told of anybody's leaving
  while (heard.front() != nullptr) {
    drop(*heard.front(), ErrorCode::server_shutdown, sentence(ErrorCode::server_shutdown), {},
         LeaveReason::removed);
  }
}

// ---- output

void Lobby::Impl::send(const Connection& connection, const ServerMessage& message) {
  ++counters.messages_out;
  transmits.push(SendText{connection.id, std::make_shared<const std::string>(write(message))});
}

void Lobby::Impl::broadcast(const Room& room, const ServerMessage& message, const Member* except) {
  std::shared_ptr<const std::string> text;
  for (const auto& member : room.members) {
    if (member->connection == nullptr || member.get() == except) continue;
    if (text == nullptr) text = std::make_shared<const std::string>(write(message));
    ++counters.messages_out;
    transmits.push(SendText{member->connection->id, text});
  }
}

void Lobby::Impl::say_error(ConnectionId id, ErrorCode code, std::string_view message, std::string_view about,
                            std::uint32_t retry_ms) {
  ++counters.refused.at(static_cast<std::size_t>(code));
  ++counters.messages_out;
  const Error error{code, std::string(message), std::string(about), retry_ms};
  transmits.push(SendText{id, std::make_shared<const std::string>(write(ServerMessage(error)))});
  events.push(Refused{id, code});
}

// ---- the public face

Lobby::Lobby(LobbyConfig config, base::Random& random)
    : impl_(std::make_unique<Impl>(std::move(config), random)) {}
Lobby::~Lobby() = default;

void Lobby::handle_open(base::Time now, ConnectionId connection, const base::IpAddress& address,
                        std::vector<IceServer> ice_servers,
                        base::Result<UpgradeRequest, ParseError> request) {
  impl_->advance(now);
  impl_->open(connection, address, std::move(ice_servers), std::move(request));
}

void Lobby::handle_frame(base::Time now, ConnectionId connection, std::string_view text) {
  impl_->advance(now);
  if (Impl::Connection* known = impl_->find(connection)) impl_->frame(*known, text);
}

void Lobby::handle_refusal(base::Time now, ConnectionId connection, ErrorCode code) {
  impl_->advance(now);
  Impl::Connection* known = impl_->find(connection);
  if (known == nullptr) return;
  // One that does not read may have a bad network for a while; what breaks the protocol has a bug.
  const LeaveReason reason = code == ErrorCode::slow_reader ? LeaveReason::lost : LeaveReason::removed;
  impl_->drop(*known, code, sentence(code), {}, reason);
}

void Lobby::handle_activity(base::Time now, ConnectionId connection) {
  impl_->advance(now);
  if (Impl::Connection* known = impl_->find(connection)) impl_->heard_from(*known);
}

void Lobby::handle_close(base::Time now, ConnectionId connection, bool in_order) {
  impl_->advance(now);
  Impl::Connection* known = impl_->find(connection);
  if (known != nullptr) impl_->forget(*known, in_order ? LeaveReason::left : LeaveReason::lost);
}

void Lobby::handle_timeout(base::Time now) {
  impl_->advance(now);
  impl_->expire();
}

void Lobby::adopt(base::Time now, ConnectionId connection, Guest guest, const Errand& errand) {
  impl_->advance(now);
  impl_->adopt(connection, std::move(guest), errand);
}

void Lobby::handle_directory(base::Time now, const ShareDirectory& shared) {
  impl_->advance(now);
  impl_->learn(*shared.changes);
}

void Lobby::shut_down(base::Time now) {
  impl_->advance(now);
  impl_->shut_down();
}

std::optional<LobbyTransmit> Lobby::poll_transmit() {
  return impl_->transmits.pop();
}

std::optional<LobbyEvent> Lobby::poll_event() {
  return impl_->events.pop();
}

std::optional<base::Time> Lobby::poll_timeout() const {
  return impl_->next_deadline();
}

const LobbyCounters& Lobby::counters() const {
  return impl_->counters;
}

}  // namespace parlor::signaling
