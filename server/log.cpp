#include "server/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "http/text.hpp"

namespace parlor::server {
namespace {

bool whole_addresses = false;  // written once before the workers start

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      break;
  }
  return spdlog::level::off;
}

bool is_plain(std::string_view value) {
  for (const char c : value) {
    if (!http::is_alphanumeric(c) && std::string_view(".:/_-+[]%*@").find(c) == std::string_view::npos)
      return false;
  }
  return !value.empty();
}

void append_quoted(std::string& line, std::string_view value) {
  constexpr const char* kDigits = "0123456789abcdef";
  line += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      // A stranger's text must not forge a line or move the reader's cursor.
      line += "\\x";
      line += kDigits[byte >> 4];
      line += kDigits[byte & 15];
    } else {
      line += c;
    }
  }
  line += '"';
}

}  // namespace

void open_log(LogLevel level, bool addresses) {
  whole_addresses = addresses;
  auto logger = std::make_shared<spdlog::logger>("parlor", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog_level(level));
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

bool is_logged(LogLevel level) {
  return spdlog::should_log(spdlog_level(level));
}

std::string log_line(std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = "event=";
  line += event;
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    if (is_plain(field.value)) {
      line += field.value;
    } else {
      append_quoted(line, field.value);
    }
  }
  return line;
}

void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!is_logged(level)) return;
  // As it is: braces that a stranger wrote are no format.
  const std::string line = log_line(event, fields);
  spdlog::default_logger_raw()->log(spdlog_level(level), spdlog::string_view_t(line));
}

std::string logged(const base::IpAddress& ip) {
  return whole_addresses || ip.is_loopback() ? ip.to_string() : ip.to_short_string();
}

std::string logged_code(std::string_view code) {
  return std::string(code.substr(0, code.size() / 2)) + "*";
}

}  // namespace parlor::server
