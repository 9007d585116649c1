#pragma once
// A request and a response as values: what HTTP is to the rest of the server, without Beast.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "http/host.hpp"

namespace parlor::server {

struct HttpRequest {
  std::string method;
  std::string target;
  std::optional<http::Host> host;  ///< nothing when absent, empty or not a host
  bool bad_host = false;           ///< not one Host where there must be one, or one that is none
  std::optional<std::string> origin;
  std::string accept_encoding;
  std::string if_none_match;
  base::IpAddress client;      ///< who asks, as far as trusted proxies tell
  bool through_proxy = false;  ///< X-Forwarded-For was there, believed or not
  bool over_loopback = false;  ///< on this end of the connection
  bool is_upgrade = false;     ///< wants to become a WebSocket
  bool has_body = false;
};

struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string_view, std::string>> headers;  ///< names are literals
  std::shared_ptr<const std::string> body;                        ///< null for none
  bool head_only = false;               ///< the body's length is told, the body is not sent
  std::optional<std::uint64_t> length;  ///< of a body that need not be read to be told
  bool close = false;                   ///< no further request on this connection
};

[[nodiscard]] std::string_view reason_phrase(int status);
/// Status line and header fields, up to and including the empty line.
[[nodiscard]] std::string head_of(const HttpResponse& response);
/// A page of one sentence.
[[nodiscard]] HttpResponse plain_response(int status, std::string sentence);

}  // namespace parlor::server
