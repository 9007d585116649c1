#include "config/serve_config.hpp"

namespace parlor::config {

ServeConfig::ServeConfig()
    : listen{{base::IpAddress::v4({0, 0, 0, 0}), 8080}}, stun{{base::IpAddress::v4({0, 0, 0, 0}), 3478}} {}

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      break;
  }
  return "off";
}

std::string_view to_string(MetricsAccess access) {
  switch (access) {
    case MetricsAccess::local:
      return "local";
    case MetricsAccess::everyone:
      return "everyone";
    case MetricsAccess::nobody:
      break;
  }
  return "nobody";
}

}  // namespace parlor::config
