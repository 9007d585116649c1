#pragma once
// The request target of HTTP/1.1 (RFC 9112 §3.2) as a path that is safe to look up: decoded once, without any
// way out of the folder that is served. Knows nothing of files.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parlor::http {

inline constexpr std::size_t kMaxTarget = 4096;

struct Target {
  std::string path;   ///< percent-decoded UTF-8; begins with "/"; no empty, ".", ".." or hidden segment
  std::string query;  ///< what stands behind the first "?", as it came
  friend bool operator==(const Target&, const Target&) = default;
};

enum class TargetFault : std::uint8_t {
  malformed,  ///< no request target at all: 400
  forbidden,  ///< a path that nothing can stand behind (traversal, hidden, control characters): 404
};

/// Takes origin-form ("/a?b") and absolute-form ("http://host/a?b", which §3.2.2 obliges servers to accept).
[[nodiscard]] base::Result<Target, TargetFault> parse_target(std::string_view text);

}  // namespace parlor::http
