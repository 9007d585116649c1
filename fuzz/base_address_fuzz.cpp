// links: parlor_base
// Addresses from configuration, headers and candidates: what is taken is what the system's own reader takes,
// and whatever is printed reads back as the same address.

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/address.hpp"

using parlor::base::IpAddress;
using parlor::base::SocketAddress;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_address(const IpAddress& ip) {
  check(IpAddress::parse(ip.to_string()) == ip);
  check(IpAddress::parse(ip.to_string())->to_string() == ip.to_string());
  check(!ip.to_short_string().empty());
  check(ip.unmapped().unmapped() == ip.unmapped());
  check(ip.site().site() == ip.site());
  check(ip.neighbourhood() == ip.site().neighbourhood());
  for (const std::uint16_t port : {std::uint16_t{0}, std::uint16_t{80}, std::uint16_t{65535}}) {
    const SocketAddress address{ip, port};
    check(SocketAddress::parse(address.to_string()) == address);
  }
  char text[INET6_ADDRSTRLEN];
  check(inet_ntop(ip.is_v6() ? AF_INET6 : AF_INET, ip.bytes().data(), text, sizeof text) != nullptr);
  check(IpAddress::parse(text) == ip);
}

/// What the system reads.
std::optional<IpAddress> read_by_system(const std::string& text) {
  if (text.find('\0') != std::string::npos) return std::nullopt;
  std::array<std::uint8_t, 4> v4{};
  if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return IpAddress::v4(v4);
  std::array<std::uint8_t, 16> v6{};
  if (inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) return IpAddress::v6(v6);
  return std::nullopt;
}

/// The bytes of an address, for the way from there to text.
void check_bytes(const std::uint8_t* data, std::size_t size) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(data, std::min(size, bytes.size()), bytes.begin());
  check_address(IpAddress::v6(bytes));
  check_address(IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto ip = IpAddress::parse(text);
  check(ip == read_by_system(text));
  if (ip) check_address(*ip);
  if (const auto address = SocketAddress::parse(text)) {
    check(SocketAddress::parse(address->to_string()) == address);
    check(!ip && address->ip.is_v6() == text.starts_with('['));
    check_address(address->ip);
  }
  check_bytes(data, size);
  return 0;
}
