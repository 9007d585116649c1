// links: parlor_http
// The header fields that the server reads itself. What is understood prints to something that is understood
// the same.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/accept_encoding.hpp"
#include "http/conditional.hpp"
#include "http/forwarded.hpp"
#include "http/host.hpp"
#include "http/origin_policy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace http = parlor::http;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  (void)http::choose_encoding(text, {.gzip = true, .br = true});
  (void)http::if_none_match(text, R"("0123456789abcdef")");

  if (const auto host = http::parse_host(text)) {
    const std::string printed =
        host->bracketed() + (host->port ? ":" + std::to_string(*host->port) : std::string());
    if (http::parse_host(printed) != host) std::abort();
    if (printed.find_first_of(" \"'<>/?#@,;\\") != std::string::npos) std::abort();
  }
  (void)http::OriginPolicy().allows(text, http::parse_host("localhost:80"), true);

  if (const auto network = http::Network::parse(text)) {
    if (http::Network::parse(network->to_string()) != network) std::abort();
  }
  const auto loopback = *parlor::base::IpAddress::parse("127.0.0.1");
  const std::array trusted{http::Network{loopback, 8}};
  (void)http::client_address(loopback, text, trusted);
  return 0;
}
