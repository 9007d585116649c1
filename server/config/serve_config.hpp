#pragma once
// Everything that `parlor serve` can be told, as one value. What each field means to an operator stands in
// options.cpp, once, and in docs/server.md.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "http/forwarded.hpp"
#include "http/host.hpp"

namespace parlor::config {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };
[[nodiscard]] std::string_view to_string(LogLevel level);

/// Who may read /metrics.
enum class MetricsAccess : std::uint8_t {
  local,     ///< loopback and private addresses, not through a proxy
  everyone,  ///< whoever can reach the port
  nobody,
};
[[nodiscard]] std::string_view to_string(MetricsAccess access);

struct ServeConfig {
  std::vector<base::SocketAddress> listen;  ///< never empty once resolved
  std::vector<base::SocketAddress> stun;    ///< never empty once resolved, unless no_stun
  bool no_stun = false;
  std::uint32_t stun_rate = 100;
  std::optional<base::SocketAddress> stun_second;
  std::optional<base::IpAddress> external_ip;
  std::optional<base::IpAddress> stun_second_external_ip;
  std::vector<http::Host> stun_advertise;

  bool no_relay = false;  ///< binary messages close a connection
  // KiB of game frames per second, counted for each recipient; twice that at once.
  std::uint32_t relay_rate_per_member = 512;
  std::uint32_t relay_rate_per_room = 4 * 1024;
  std::uint32_t relay_rate_per_site = 8 * 1024;
  std::uint32_t relay_rate = 32 * 1024;  ///< of each worker
  std::uint32_t relay_memory = 256;      ///< MiB, of all workers
  std::uint32_t relay_gather_ms = 0;     ///< how long frames for one connection may wait for others

  std::string pages;            ///< empty: no pages
  std::string state;            ///< empty: nothing is kept
  bool state_is_given = false;  ///< somebody named it: no default that need not be there

  bool any_origin = false;
  std::vector<http::Origin> origins;  ///< empty and not any_origin: the server's own
  std::vector<http::Network> trusted_proxies;

  std::uint32_t workers = 0;  ///< 0: one per core
  std::size_t max_connections = 20'000;
  std::size_t max_connections_per_site = 512;
  std::size_t max_rooms = 20'000;
  std::size_t max_rooms_per_site = 256;
  std::size_t max_listed_rooms = 20'000;
  std::uint32_t failed_joins_per_minute = 240;  ///< 0: no limit
  std::uint32_t message_rate = 50;
  std::uint32_t message_burst = 300;
  std::uint32_t handshake_seconds = 10;
  std::uint32_t grace_seconds = 30;  ///< 0: a member whose socket is gone leaves at once

  MetricsAccess metrics = MetricsAccess::local;
  LogLevel log_level = LogLevel::info;
  bool log_addresses = false;

  ServeConfig();  ///< the defaults that hold everywhere
};

}  // namespace parlor::config
