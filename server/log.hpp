#pragma once
// The log: one line per event on standard error, "event=room_opened code=kamo… game=cubes". No secret goes in
// whole, and addresses only when asked for.

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/address.hpp"
#include "config/serve_config.hpp"

namespace parlor::server {

using config::LogLevel;

/// Once, before the first line.
void open_log(LogLevel level, bool whole_addresses);
[[nodiscard]] bool is_logged(LogLevel level);

struct LogField {
  std::string_view key;
  std::string value;  ///< quoted when it holds anything but plain characters
};
void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});
/// The line without time and level. For tests.
[[nodiscard]] std::string log_line(std::string_view event, std::initializer_list<LogField> fields);

/// Lines of one kind: so many at once, so many per second after that. A flood must not flood the log, nor a
/// steady stream fill the disk. Used from one thread.
class LogLimit {
 public:
  LogLimit(std::uint32_t burst, std::uint32_t per_second)
      : burst_(burst), per_second_(per_second), left_(burst) {}
  /// Whether one more line may be written.
  [[nodiscard]] bool take() {
    if (left_ > 0) {
      --left_;
      return true;
    }
    ++suppressed_;
    return false;
  }
  /// A second is over: how many lines were not written in it.
  [[nodiscard]] std::uint64_t renew() {
    left_ = std::min(burst_, left_ + per_second_);
    return std::exchange(suppressed_, 0);
  }

 private:
  const std::uint32_t burst_;
  const std::uint32_t per_second_;
  std::uint32_t left_;
  std::uint64_t suppressed_ = 0;
};

/// As it may stand in the log.
[[nodiscard]] std::string logged(const base::IpAddress& ip);
/// A room's code opens the room: only its first half is logged.
[[nodiscard]] std::string logged_code(std::string_view code);

}  // namespace parlor::server
