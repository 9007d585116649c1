#pragma once
// Flags, environment, file and defaults made into one configuration, each option remembering where it came
// from.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/serve_config.hpp"

namespace parlor::config {

struct Sources {
  /// By option name, as given on the command line. A flag without a value is "true".
  std::map<std::string, std::vector<std::string>> flags;
  /// The value of an environment variable.
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::string file_name;                 ///< for messages
  std::optional<std::string> file_text;  ///< nothing when there is no file
  ServeConfig defaults;
};

struct Resolved {
  ServeConfig config;
  std::map<std::string, std::string>
      origins;  ///< by option name: "flag", "PARLOR_X", "parlor.toml:3", "default"
};

/// Flags win over the environment, that over the file, that over the defaults. The error is one sentence that
/// names the place.
[[nodiscard]] base::Result<Resolved, std::string> resolve(const Sources& sources);

/// Sentences about those of the environment's names that begin with PARLOR_ and say nothing here, each with
/// the nearest name that does. Unlike a key of the file, they are no fault: whoever runs containers has the
/// environment filled by others, with PARLOR_SERVICE_HOST and the like beside a service of that name.
[[nodiscard]] std::vector<std::string> unknown_variables(const std::vector<std::string>& names);

/// What holds, as a configuration file with the origin of each value as a comment.
[[nodiscard]] std::string print_config(const Resolved& resolved);

}  // namespace parlor::config
