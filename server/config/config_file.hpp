#pragma once
// The configuration file: the part of TOML 1.0 that a flat list of options needs (bare keys, strings in one
// line, decimal integers, truths, lists, comments). Whatever is read here means the same to every TOML
// reader; tables, dates, floats and multi-line strings are errors. Only text comes out: what the values mean
// is said by options.hpp.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parlor::config {

inline constexpr std::size_t kMaxConfigFile = 256 * 1024;

struct FileEntry {
  std::string name;  ///< a known option
  std::vector<std::string> values;
  unsigned line = 0;
};

/// In the order of the file. The error is a sentence that begins with the line, "line 3: …". Unknown keys and
/// keys that stand twice are errors.
[[nodiscard]] base::Result<std::vector<FileEntry>, std::string> parse_config_file(std::string_view text);

}  // namespace parlor::config
