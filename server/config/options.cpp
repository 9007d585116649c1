#include "config/options.hpp"

#include <charconv>
#include <limits>

#include "base/utf8.hpp"

namespace parlor::config {
namespace {

using Values = std::span<const std::string>;
using Fault = std::optional<std::string>;
constexpr const char* kNetwork = "Network";
constexpr const char* kStun = "STUN";
constexpr const char* kFiles = "Files";
constexpr const char* kLimits = "Limits";
constexpr const char* kLogs = "Logs and metrics";

std::string quoted(std::string_view text) {
  // Shown in an error message: long or unprintable values are not worth repeating.
  return base::is_display_text(text, 100) ? "\"" + std::string(text) + "\"" : "the given text";
}

std::string list(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const auto& item : items) text += (text.size() > 1 ? ", " : "") + toml_string(item);
  return text + "]";
}
template <class T, class ToText>
std::string list_of(const std::vector<T>& items, ToText to_text) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(to_text(item));
  return list(texts);
}

// ---- kinds of values

template <class T>
Option number(const char* name, const char* section, T ServeConfig::*field, T low, T high, std::string help) {
  Option option{name, "N", section, std::move(help), OptionKind::one, {}, {}};
  option.read = [=](ServeConfig& config, Values values) -> Fault {
    const std::string& text = values.front();
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
      return "must be a number from " + std::to_string(low) + " to " + std::to_string(high) + ", not " +
             quoted(text) + ".";
    }
    config.*field = value;
    return std::nullopt;
  };
  option.show = [=](const ServeConfig& config) { return std::to_string(config.*field); };
  return option;
}

Option flag(const char* name, const char* section, bool ServeConfig::*field, std::string help) {
  Option option{name, "", section, std::move(help), OptionKind::flag, {}, {}};
  option.read = [=](ServeConfig& config, Values values) -> Fault {
    const std::string& text = values.front();
    const bool yes = text == "true" || text == "1" || text == "yes" || text == "on";
    const bool no = text == "false" || text == "0" || text == "no" || text == "off" || text.empty();
    if (!yes && !no) return "must be true or false, not " + quoted(text) + ".";
    config.*field = yes;
    return std::nullopt;
  };
  option.show = [=](const ServeConfig& config) { return std::string(config.*field ? "true" : "false"); };
  return option;
}

Option path(const char* name, std::string ServeConfig::*field, std::string help) {
  Option option{name, "DIR", kFiles, std::move(help), OptionKind::one, {}, {}};
  option.read = [=](ServeConfig& config, Values values) -> Fault {
    if (values.front().find('\0') != std::string::npos) return "must be a path.";
    config.*field = values.front();
    return std::nullopt;
  };
  option.show = [=](const ServeConfig& config) { return toml_string(config.*field); };
  return option;
}

template <class Enum>
Option choice(const char* name, const char* section, Enum ServeConfig::*field, std::vector<Enum> all,
              std::string help) {
  Option option{name, "WORD", section, std::move(help), OptionKind::one, {}, {}};
  option.read = [=](ServeConfig& config, Values values) -> Fault {
    std::string known;
    for (const Enum each : all) {
      if (to_string(each) == values.front()) {
        config.*field = each;
        return std::nullopt;
      }
      known += (known.empty() ? "" : ", ") + std::string(to_string(each));
    }
    return "must be one of " + known + ", not " + quoted(values.front()) + ".";
  };
  option.show = [=](const ServeConfig& config) { return toml_string(to_string(config.*field)); };
  return option;
}

/// "localhost:8080" is understood too: it is what people type.
std::optional<base::SocketAddress> parse_address(std::string text) {
  if (text.starts_with("localhost:")) text.replace(0, 9, "127.0.0.1");
  return base::SocketAddress::parse(text);
}

Option addresses(const char* name, const char* section, std::vector<base::SocketAddress> ServeConfig::*field,
                 std::string help) {
  Option option{name, "ADDR:PORT", section, std::move(help), OptionKind::many, {}, {}};
  option.read = [=](ServeConfig& config, Values values) -> Fault {
    std::vector<base::SocketAddress> parsed;
    for (const auto& text : values) {
      const auto address = parse_address(text);
      if (!address) {
        return "must be an IP address and a port, like 0.0.0.0:8080 or [::]:8080, not " + quoted(text) + ".";
      }
      parsed.push_back(*address);
    }
    if (parsed.empty()) return "must name at least one address.";
    config.*field = std::move(parsed);
    return std::nullopt;
  };
  option.show = [=](const ServeConfig& config) {
    return list_of(config.*field, [](const base::SocketAddress& address) { return address.to_string(); });
  };
  return option;
}

// ---- options with a kind of their own

Option stun_second() {
  Option option{"stun-second",
                "ADDR:PORT",
                kStun,
                "Second address and port, for the NAT behaviour tests of RFC 5780: both must differ from "
                "--stun's, which "
                "then must not be 0.0.0.0 or [::]. Empty: off.",
                OptionKind::one,
                {},
                {}};
  option.read = [](ServeConfig& config, Values values) -> Fault {
    config.stun_second = parse_address(values.front());
    if (config.stun_second || values.front().empty()) return std::nullopt;
    return "must be an IP address and a port, like 192.0.2.2:3479, not " + quoted(values.front()) + ".";
  };
  option.show = [](const ServeConfig& config) {
    return toml_string(config.stun_second ? config.stun_second->to_string() : "");
  };
  return option;
}

using OptionalIp = std::optional<base::IpAddress>;

/// An address outside of a 1:1 NAT, which hides this machine in most clouds.
Option external_address(const char* name, OptionalIp ServeConfig::*member, std::string help) {
  Option option{name, "ADDR", kStun, std::move(help), OptionKind::one, {}, {}};
  option.read = [member](ServeConfig& config, Values values) -> Fault {
    config.*member = base::IpAddress::parse(values.front());
    if (config.*member || values.front().empty()) return std::nullopt;
    return "must be an IP address, not " + quoted(values.front()) + ".";
  };
  option.show = [member](const ServeConfig& config) {
    return toml_string(config.*member ? (config.*member)->to_string() : "");
  };
  return option;
}

Option stun_advertise() {
  Option option{
      "stun-advertise",
      "HOST[:PORT]",
      kStun,
      "The STUN server that players are told of, instead of this server's name in their address bar and the "
      "first --stun port. May be given several times.",
      OptionKind::many,
      {},
      {}};
  option.read = [](ServeConfig& config, Values values) -> Fault {
    std::vector<http::Host> hosts;
    for (const auto& text : values) {
      auto host = http::parse_host(text);
      if (!host)
        return "must be a host, or a host and a port, like stun.example.com:3478, not " + quoted(text) + ".";
      hosts.push_back(std::move(*host));
    }
    config.stun_advertise = std::move(hosts);
    return std::nullopt;
  };
  option.show = [](const ServeConfig& config) {
    return list_of(config.stun_advertise, [](const http::Host& host) {
      return host.bracketed() + (host.port ? ":" + std::to_string(*host.port) : "");
    });
  };
  return option;
}

Option origin() {
  Option option{"origin",
                "ORIGIN",
                kNetwork,
                "A page that may connect, like https://play.example.com; may be given several times, \"*\" "
                "for every page. "
                "Default: the pages of this server itself, and loopback's pages over loopback.",
                OptionKind::many,
                {},
                {}};
  option.read = [](ServeConfig& config, Values values) -> Fault {
    bool any = false;
    std::vector<http::Origin> origins;
    for (const auto& text : values) {
      if (text == "*") {
        any = true;
        continue;
      }
      auto parsed = http::parse_origin(text);
      if (!parsed)
        return "must be an origin, like https://play.example.com, without a path, or \"*\", not " +
               quoted(text) + ".";
      origins.push_back(std::move(*parsed));
    }
    config.any_origin = any;
    config.origins = std::move(origins);
    return std::nullopt;
  };
  option.show = [](const ServeConfig& config) {
    std::vector<std::string> texts;
    if (config.any_origin) texts.emplace_back("*");
    for (const auto& each : config.origins) {
      texts.push_back(each.scheme + "://" + each.host.bracketed() + ":" + std::to_string(*each.host.port));
    }
    return list(texts);
  };
  return option;
}

Option trusted_proxy() {
  Option option{"trusted-proxy",
                "NETWORK",
                kNetwork,
                "A reverse proxy (10.0.0.5, or 10.0.0.0/8) whose X-Forwarded-For is believed, so that limits "
                "count players "
                "and not the proxy. May be given several times.",
                OptionKind::many,
                {},
                {}};
  option.read = [](ServeConfig& config, Values values) -> Fault {
    std::vector<http::Network> networks;
    for (const auto& text : values) {
      const auto network = http::Network::parse(text);
      if (!network) return "must be an IP address or a network, like 10.0.0.0/8, not " + quoted(text) + ".";
      networks.push_back(*network);
    }
    config.trusted_proxies = std::move(networks);
    return std::nullopt;
  };
  option.show = [](const ServeConfig& config) {
    return list_of(config.trusted_proxies, [](const http::Network& network) { return network.to_string(); });
  };
  return option;
}

/// KiB of game frames per second. The least is what lets the largest frame pass, the most what a budget
/// holds.
Option relay_rate(const char* name, std::uint32_t ServeConfig::*field, const std::string& whose) {
  return number<std::uint32_t>(name, kLimits, field, 16, 512 * 1024,
                               "KiB of game frames per second that " + whose +
                                   " may send for long, counted for each recipient with 64 bytes more for "
                                   "each frame; twice that at once.");
}

std::vector<Option> make_options() {
  using C = ServeConfig;
  std::vector<Option> all;
  all.push_back(addresses(
      "listen", kNetwork, &C::listen,
      "Where pages and signaling are served (HTTP and WebSocket). Port 0 takes a free one. May be given "
      "several times."));
  all.push_back(origin());
  all.push_back(trusted_proxy());
  all.push_back(addresses("stun", kStun, &C::stun,
                          "Where STUN is answered, over UDP and TCP. May be given several times."));
  all.push_back(
      flag("no-stun", kStun, &C::no_stun, "Answer no STUN; players are told only of --stun-advertise."));
  all.push_back(number<std::uint32_t>(
      "stun-rate", kStun, &C::stun_rate, 0, 1'000'000,
      "STUN answers per second to one IPv4 address or IPv6 /64; 0 switches the limit off."));
  all.push_back(stun_second());
  all.push_back(external_address("external-ip", &C::external_ip,
                                 "The address under which the world reaches this machine, where a 1:1 NAT "
                                 "hides it (most clouds). Told to "
                                 "players as the STUN server."));
  all.push_back(external_address("stun-second-external-ip", &C::stun_second_external_ip,
                                 "The same for --stun-second, which needs it beside --external-ip."));
  all.push_back(stun_advertise());
  all.push_back(flag("no-relay", kNetwork, &C::no_relay,
                     "Pass no game messages on: members reach each other directly or not at all."));
  all.push_back(path("pages", &C::pages,
                     "Folder of static pages. Empty: none are served. Default: share/parlor/pages beside the "
                     "program's bin, or build/pages where it was built, as far as they are there."));
  all.push_back(
      path("state", &C::state,
           "Folder for what must outlive a restart (the key that signs tickets). Empty: nothing is kept. "
           "Default: $STATE_DIRECTORY, else $XDG_STATE_HOME/parlor, else ~/.local/state/parlor."));
  all.push_back(
      number<std::uint32_t>("workers", kLimits, &C::workers, 0, 256, "Threads; 0 for one per core."));
  all.push_back(number<std::size_t>("max-connections", kLimits, &C::max_connections, 1, 10'000'000,
                                    "Connections at once, HTTP and WebSocket together."));
  all.push_back(number<std::size_t>(
      "max-connections-per-site", kLimits, &C::max_connections_per_site, 1, 10'000'000,
      "Connections at once from one IPv4 address or IPv6 /64: a classroom behind one router."));
  all.push_back(number<std::size_t>("max-rooms", kLimits, &C::max_rooms, 1, 10'000'000, "Rooms at once."));
  all.push_back(number<std::size_t>("max-rooms-per-site", kLimits, &C::max_rooms_per_site, 1, 10'000'000,
                                    "Rooms at once that were made from one IPv4 address or IPv6 /64."));
  all.push_back(
      number<std::size_t>("max-listed-rooms", kLimits, &C::max_listed_rooms, 0, 10'000'000,
                          "Rooms that those who look for rooms are shown; each worker remembers them."));
  all.push_back(
      number<std::uint32_t>("failed-joins-per-minute", kLimits, &C::failed_joins_per_minute, 0, 1'000'000,
                            "Joins with a wrong code or password from one IPv4 address or IPv6 /64, at "
                            "once and per minute, for each worker; 0 for no limit."));
  all.push_back(
      number<std::uint32_t>("message-rate", kLimits, &C::message_rate, 1, 1'000'000,
                            "Signaling messages per second that one connection may send for long."));
  all.push_back(number<std::uint32_t>("message-burst", kLimits, &C::message_burst, 1, 1'000'000,
                                      "Signaling messages that one connection may send at once."));
  all.push_back(relay_rate("relay-rate-per-member", &C::relay_rate_per_member, "one member"));
  all.push_back(relay_rate("relay-rate-per-room", &C::relay_rate_per_room, "the members of a room together"));
  all.push_back(relay_rate("relay-rate-per-site", &C::relay_rate_per_site,
                           "the members of one IPv4 address or IPv6 /64 together"));
  all.push_back(relay_rate("relay-rate", &C::relay_rate, "all members of a worker together"));
  all.push_back(number<std::uint32_t>("relay-memory", kLimits, &C::relay_memory, 16, 1024 * 1024,
                                      "MiB that game frames may take while they wait, shared out between the "
                                      "workers; each has at least 16."));
  all.push_back(number<std::uint32_t>(
      "relay-gather-ms", kLimits, &C::relay_gather_ms, 0, 20,
      "Milliseconds that game frames may wait for others to the same connection, where some went out just "
      "before: fewer packets and less CPU, for that much delay. 0: none wait."));
  all.push_back(number<std::uint32_t>(
      "handshake-seconds", kLimits, &C::handshake_seconds, 1, 600,
      "Time for a request to arrive, and for the first message of a signaling connection."));
  all.push_back(number<std::uint32_t>("grace-seconds", kLimits, &C::grace_seconds, 0, 3600,
                                      "How long a member stays one that closed its page or lost the network, "
                                      "and may come back; 0: not at all."));
  all.push_back(choice("metrics", kLogs, &C::metrics,
                       {MetricsAccess::local, MetricsAccess::everyone, MetricsAccess::nobody},
                       "Who may read /metrics: local (loopback and private addresses, not through a proxy), "
                       "everyone, nobody."));
  all.push_back(choice("log-level", kLogs, &C::log_level,
                       {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off},
                       "How much is logged to standard error: debug, info, warn, error, off."));
  all.push_back(
      flag("log-addresses", kLogs, &C::log_addresses, "Log whole IP addresses instead of shortened ones."));
  return all;
}

}  // namespace

std::string Option::environment_name() const {
  std::string upper = "PARLOR_";
  for (const char c : name)
    upper += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return upper;
}

const std::vector<Option>& options() {
  static const std::vector<Option> all = make_options();
  return all;
}

const Option* find_option(std::string_view name) {
  for (const Option& option : options()) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

std::string toml_string(std::string_view text) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace parlor::config
