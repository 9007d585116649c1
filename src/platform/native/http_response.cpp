#include "native/http_response.hpp"

#include <algorithm>
#include <charconv>

namespace parlor::platform::native {
namespace {

constexpr std::size_t kMaxChunkLine = 1024;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// RFC 9110 §5.6.2
bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

template <class Number>
std::optional<Number> parse_number(std::string_view digits, int base) {
  Number value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// "HTTP/1.1 101 Switching Protocols": RFC 9112 §4.
std::optional<int> parse_status(std::string_view line) {
  if (!line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.0 ")) return std::nullopt;
  line.remove_prefix(9);
  if (line.size() > 3 && line[3] != ' ') return std::nullopt;
  const auto status = parse_number<int>(line.substr(0, 3), 10);
  if (!status || *status < 100 || *status > 999) return std::nullopt;
  return status;
}

}  // namespace

std::optional<std::string_view> HttpHead::field(std::string_view name) const {
  for (const auto& [one, value] : fields) {
    if (one == name) return value;
  }
  return std::nullopt;
}

bool HttpHead::lists(std::string_view name, std::string_view word) const {
  for (const auto& [one, value] : fields) {
    if (one != name) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (lowered(trimmed(rest.substr(0, comma))) == word) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

std::optional<HttpHead> parse_http_head(std::string_view text) {
  if (text.size() > kMaxHttpHead) return std::nullopt;
  HttpHead head;
  for (bool first = true;; first = false) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (first) {
      const auto status = parse_status(line);
      if (!status) return std::nullopt;
      head.status = *status;
      continue;
    }
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    // No blank before the colon, no folded lines (RFC 9112 §5).
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
    if (head.fields.size() == kMaxHttpFields) return std::nullopt;
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) return std::nullopt;
    head.fields.emplace_back(lowered(line.substr(0, colon)), value);
  }
  if (!text.empty()) return std::nullopt;
  return head;
}

void HttpResponse::add(std::string_view bytes) {
  if (state_ == State::complete || state_ == State::bad) return;
  held_.append(bytes);
  if (state_ == State::head) take_head();
  if (state_ == State::body) take_body();
}

void HttpResponse::end() {
  if (state_ == State::body && framing_ == Framing::to_the_end) {
    state_ = State::complete;
  } else if (state_ != State::complete) {
    fail();
  }
}

void HttpResponse::take_head() {
  const std::size_t end = held_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (held_.size() > kMaxHttpHead) fail();
    return;
  }
  auto head = parse_http_head(std::string_view(held_).substr(0, end + 4));
  if (!head) return fail();
  held_.erase(0, end + 4);
  // Interim responses (RFC 9110 §15.2); 101 is for who upgrades.
  if (head->status < 200) return head->status == 101 ? fail() : take_head();
  head_ = *std::move(head);
  state_ = State::body;
  const auto length = head_.field("content-length");
  if (head_.status == 204 || head_.status == 304) {
    framing_ = Framing::length;
  } else if (head_.field("transfer-encoding")) {
    if (!head_.lists("transfer-encoding", "chunked") || length) return fail();  // RFC 9112 §6.1, §6.3
    framing_ = Framing::chunks;
  } else if (length) {
    const auto count = parse_number<std::size_t>(*length, 10);
    if (!count || *count > most_) return fail();
    framing_ = Framing::length;
    left_ = *count;
  }
}

void HttpResponse::take_body() {
  if (framing_ == Framing::chunks) return take_chunks();
  const std::size_t count = framing_ == Framing::length ? std::min(left_, held_.size()) : held_.size();
  if (!append(count)) return fail();
  left_ -= framing_ == Framing::length ? count : 0;
  if (framing_ == Framing::length && left_ == 0) state_ = State::complete;
}

/// The front of what is held belongs to the body. False: that would be too much.
bool HttpResponse::append(std::size_t count) {
  if (count > most_ - body_.size()) return false;
  body_.append(held_, 0, count);
  held_.erase(0, count);
  return true;
}

void HttpResponse::take_chunks() {
  while (state_ == State::body) {
    if (chunk_ == Chunk::data) {
      const std::size_t count = std::min(left_, held_.size());
      if (!append(count)) return fail();
      left_ -= count;
      if (left_ > 0) return;
      chunk_ = Chunk::data_end;
    }
    if (!take_chunk_line()) return;
  }
}

/// A line of a chunk's size, the one behind its data, or a trailer. False: it is not wholly there.
bool HttpResponse::take_chunk_line() {
  const std::size_t end = held_.find("\r\n");
  if (end == std::string::npos) {
    if (held_.size() > kMaxChunkLine) fail();
    return false;
  }
  const std::string line = held_.substr(0, std::min(end, kMaxChunkLine + 1));
  held_.erase(0, end + 2);
  if (line.size() > kMaxChunkLine) return fail(), false;
  switch (chunk_) {
    case Chunk::size: {
      const auto size =
          parse_number<std::size_t>(trimmed(std::string_view(line).substr(0, line.find(';'))), 16);
      if (!size || *size > most_) return fail(), false;
      left_ = *size;
      chunk_ = left_ == 0 ? Chunk::trailer : Chunk::data;
      return true;
    }
    case Chunk::data_end:
      if (!line.empty()) return fail(), false;
      chunk_ = Chunk::size;
      return true;
    case Chunk::trailer:
      trailers_ += line.size();
      if (trailers_ > kMaxHttpHead) return fail(), false;
      if (line.empty()) state_ = State::complete;
      return true;
    case Chunk::data:
      break;
  }
  return false;
}

}  // namespace parlor::platform::native
