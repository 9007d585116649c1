#pragma once
// HTTP/1.1 responses (RFC 9112), read as the bytes come, within limits: the head, and a body by
// Content-Length, in chunks, or to the end of the connection. Trailers and chunk extensions are passed over.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parlor::platform::native {

inline constexpr std::size_t kMaxHttpHead = 16 * 1024;
inline constexpr std::size_t kMaxHttpFields = 100;

struct HttpHead {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case, values trimmed

  /// The first of this name (in lower case); nothing where there is none.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
  /// Whether one of this name has `word` (in lower case) in its list.
  [[nodiscard]] bool lists(std::string_view name, std::string_view word) const;
};

/// The head that ends where "\r\n\r\n" is; `text` is that with the last empty line.
[[nodiscard]] std::optional<HttpHead> parse_http_head(std::string_view text);

/// Takes a response's bytes as they come.
class HttpResponse {
 public:
  enum class State : std::uint8_t { head, body, complete, bad };

  /// A body that is longer makes it bad.
  explicit HttpResponse(std::size_t most) : most_(most) {}

  void add(std::string_view bytes);
  /// The connection is at its end.
  void end();
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const HttpHead& head() const { return head_; }
  [[nodiscard]] const std::string& body() const { return body_; }

 private:
  enum class Framing : std::uint8_t { length, chunks, to_the_end };
  enum class Chunk : std::uint8_t { size, data, data_end, trailer };
  void take_head();
  void take_body();
  void take_chunks();
  bool take_chunk_line();
  bool append(std::size_t count);
  void fail() {
    state_ = State::bad;
    body_.clear();
  }

  std::size_t most_;
  State state_ = State::head;
  Framing framing_ = Framing::to_the_end;
  Chunk chunk_ = Chunk::size;
  HttpHead head_;
  std::string held_;  // not taken yet
  std::size_t left_ = 0;
  std::size_t trailers_ = 0;  // bytes of them
  std::string body_;
};

}  // namespace parlor::platform::native
