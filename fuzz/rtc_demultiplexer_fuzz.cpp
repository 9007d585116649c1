// links: parlor_rtc
// Datagrams from anybody to a port of several connections: each goes to one of them or to none, and nothing
// grows.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "rtc/demultiplexer.hpp"

namespace {

using namespace parlor::rtc;
using parlor::base::SocketAddress;

void check(bool holds) {
  if (!holds) std::abort();
}

SocketAddress address(std::uint8_t last) {
  return {parlor::base::IpAddress::v4({192, 0, 2, 1}), static_cast<std::uint16_t>(1 + last)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  parlor::base::ByteReader reader(std::as_bytes(std::span(data, size)));
  Demultiplexer demultiplexer;
  constexpr ConnectionId kConnections = 4;
  for (ConnectionId id = 0; id < kConnections; ++id) (void)demultiplexer.add(id, "evtj" + std::to_string(id));
  (void)demultiplexer.add(0, "evtj");
  while (const auto what = reader.u8()) {
    const auto how = reader.u8();
    if (!how) break;
    const ConnectionId id = *how % kConnections;
    switch (*what % 4) {
      case 0:
        demultiplexer.learn(id, address(*how / 4), address(*what / 4),
                            *what > 127 ? parlor::ice::AddressValidation::validated
                                        : parlor::ice::AddressValidation::claimed);
        break;
      case 1:
        if (const auto bytes = reader.take(*how)) demultiplexer.handle_transmit(id, *bytes);
        break;
      case 2:
        if (*how > 250) demultiplexer.remove(id);
        break;
      default:
        if (const auto bytes = reader.take(*how)) {
          const auto found = demultiplexer.find(address(0), address(*what / 4), *bytes);
          check(found.size() <= 2);
          for (const ConnectionId one : found) check(one < kConnections);
        }
    }
    check(demultiplexer.pairs() <= kConnections * Demultiplexer::kMostPairs);
  }
  return 0;
}
