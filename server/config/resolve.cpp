#include "config/resolve.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

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

/// How many letters must be changed, added or left out to make one of the other (Levenshtein 1966).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t changed = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
      diagonal = std::exchange(row[k], std::min({row[k] + 1, row[k - 1] + 1, changed}));
    }
  }
  return row[b.size()];
}

/// Empty where none is near.
std::string nearest_variable(std::string_view name) {
  std::string nearest;
  std::size_t least = name.size() / 3;
  for (const Option& option : options()) {
    std::string known = option.environment_name();
    const std::size_t far = distance(name, known);
    if (far >= least) continue;
    least = far;
    nearest = std::move(known);
  }
  return nearest;
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
  resolved.config.state_is_given = resolved.origins["state"] != "default";
  if (auto fault = contradiction(resolved.config)) return base::Unexpected{*fault};
  return resolved;
}

std::vector<std::string> unknown_variables(const std::vector<std::string>& names) {
  constexpr std::string_view kOurs = "PARLOR_";
  constexpr std::size_t kLongest = 64;
  // The file's name, and what the commands of the repository take.
  constexpr std::array<std::string_view, 4> kOthers{"PARLOR_CONFIG", "PARLOR_NO_INSTALL", "PARLOR_CHROMIUM",
                                                    "PARLOR_BIN"};
  std::vector<std::string> sentences;
  for (const std::string& name : names) {
    if (!name.starts_with(kOurs) || std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end())
      continue;
    const bool known = std::any_of(options().begin(), options().end(),
                                   [&](const Option& option) { return option.environment_name() == name; });
    if (known) continue;
    const std::string shown = name.substr(0, kLongest);
    const std::string nearest = nearest_variable(shown);
    sentences.push_back(shown + " is no option of parlor serve and is ignored" +
                        (nearest.empty() ? "; see parlor serve --help." : "; did you mean " + nearest + "?"));
  }
  return sentences;
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
