#pragma once
// The options of `parlor serve`, described once: the command line, the environment, the configuration file,
// --print-config and the help are all made from this table.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/serve_config.hpp"

namespace parlor::config {

enum class OptionKind : std::uint8_t {
  one,   ///< one value
  many,  ///< may be given several times; a list in the file, commas in the environment
  flag,  ///< present or not; true or false
};

struct Option {
  std::string name;     ///< "stun-rate": --stun-rate, PARLOR_STUN_RATE, stun-rate = … in the file
  std::string value;    ///< how help calls the value: "N", "ADDR:PORT"; empty for a flag
  std::string section;  ///< of the help
  std::string help;
  OptionKind kind = OptionKind::one;
  /// Sets the field from text, or says what is wrong with it, as the end of the sentence "<where> ".
  std::function<std::optional<std::string>(ServeConfig&, std::span<const std::string>)> read;
  /// The field as a TOML value.
  std::function<std::string(const ServeConfig&)> show;

  [[nodiscard]] std::string environment_name() const;
};

[[nodiscard]] const std::vector<Option>& options();
[[nodiscard]] const Option* find_option(std::string_view name);

/// A TOML basic string with its quotes.
[[nodiscard]] std::string toml_string(std::string_view text);

}  // namespace parlor::config
