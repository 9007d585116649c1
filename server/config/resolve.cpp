#include "config/resolve.hpp"

#include "config/config_file.hpp"
#include "config/options.hpp"
#include "http/text.hpp"

namespace parlor::config {
namespace {

struct Given {
  std::vector<std::string> values;
  std::string origin;  ///< for --print-config
  std::string place;   ///< how an error message calls it
};

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = http::take_until(text, ',');
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

std::optional<Given> given_value(const Option& option, const Sources& sources,
                                 const std::vector<FileEntry>& file_entries) {
  if (const auto flag = sources.flags.find(option.name); flag != sources.flags.end()) {
    return Given{flag->second, "flag", "--" + option.name};
  }
  const std::string variable = option.environment_name();
  if (auto value = sources.environment ? sources.environment(variable) : std::nullopt) {
    auto values = option.kind == OptionKind::many ? split_at_commas(*value) : std::vector{*value};
    return Given{std::move(values), variable, variable};
  }
  for (const FileEntry& entry : file_entries) {
    if (entry.name != option.name) continue;
    const std::string origin = sources.file_name + ":" + std::to_string(entry.line);
    return Given{entry.values, origin, origin + ": " + option.name};
  }
  return std::nullopt;
}

/// What no single option can see.
std::optional<std::string> contradiction(const ServeConfig& config) {
  if (config.stun_second && config.no_stun) return "--stun-second makes no sense together with --no-stun.";
  if (!config.stun_second) return std::nullopt;
  for (const base::SocketAddress& first : config.stun) {
    if (first.ip.is_v6() != config.stun_second->ip.is_v6()) continue;
    if (first.ip.is_unspecified()) {
      return "--stun-second needs a --stun with an address of its own, not " + first.to_string() + ".";
    }
    if (first.ip == config.stun_second->ip || (first.port == config.stun_second->port && first.port != 0)) {
      return "--stun-second must differ from --stun " + first.to_string() + " in both address and port.";
    }
    return std::nullopt;
  }
  return "--stun-second needs a --stun address of the same family.";
}

}  // namespace

base::Result<Resolved, std::string> resolve(const Sources& sources) {
  std::vector<FileEntry> file_entries;
  if (sources.file_text) {
    auto parsed = parse_config_file(*sources.file_text);
    if (!parsed) return base::Unexpected{sources.file_name + ", " + parsed.error()};
    file_entries = std::move(*parsed);
  }
  Resolved resolved{sources.defaults, {}};
  for (const Option& option : options()) {
    const auto given = given_value(option, sources, file_entries);
    resolved.origins[option.name] = given ? given->origin : "default";
    if (!given) continue;
    if (option.kind != OptionKind::many && given->values.size() != 1) {
      return base::Unexpected{given->place + " takes one value."};
    }
    if (auto fault = option.read(resolved.config, given->values))
      return base::Unexpected{given->place + " " + *fault};
  }
  if (auto fault = contradiction(resolved.config)) return base::Unexpected{*fault};
  return resolved;
}

std::string print_config(const Resolved& resolved) {
  std::string text = "# What holds for parlor serve, and where it comes from.\n";
  for (const Option& option : options()) {
    const auto origin = resolved.origins.find(option.name);
    text += option.name + " = " + option.show(resolved.config) + "  # " +
            (origin == resolved.origins.end() ? "default" : origin->second) + "\n";
  }
  return text;
}

}  // namespace parlor::config
