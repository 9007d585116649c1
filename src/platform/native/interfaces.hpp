#pragma once
// The addresses of this machine that ICE may offer to others as host candidates (RFC 8445 §5.1.1.1), and word
// when they change.
//
// Left out: interfaces that are down; loopback, unless there is nothing else (two programs on a machine
// without a network); IPv6 link-local, which needs a zone that no candidate can name; IPv4 link-local
// (169.254/16) and what is mapped, unspecified or multicast. Of the IPv6 addresses of one network (/64) on an
// interface, those that are deprecated or not yet usable are left out, and where there is a temporary one
// (RFC 8981) it alone is given: the lasting one would tell who this is. Where the system tells of neither (no
// netlink), all of them are.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "native/descriptor.hpp"
#include "native/loop.hpp"

namespace parlor::platform::native {

/// An address as the system has it.
struct InterfaceAddress {
  std::string interface;
  base::IpAddress ip;
  bool up = true;
  bool loopback = false;
  bool temporary = false;   ///< IFA_F_TEMPORARY
  bool deprecated = false;  ///< IFA_F_DEPRECATED
  bool tentative = false;   ///< IFA_F_TENTATIVE or IFA_F_DADFAILED
  friend bool operator==(const InterfaceAddress&, const InterfaceAddress&) = default;
};

/// What is there now.
[[nodiscard]] std::vector<InterfaceAddress> interface_addresses();

/// Most addresses that are offered: what has more of them (containers, VPNs) offers the first.
inline constexpr std::size_t kMostHostAddresses = 16;

/// Of those, what may be offered, in their order.
[[nodiscard]] std::vector<base::IpAddress> host_addresses(const std::vector<InterfaceAddress>& all);

/// Calls when an address has come or gone, or an interface went up or down: some time after, once for many.
class InterfaceWatch {
 public:
  static constexpr base::Duration kSettle = base::milliseconds(200);

  InterfaceWatch(Loop& loop, std::function<void()> changed);
  ~InterfaceWatch();
  InterfaceWatch(const InterfaceWatch&) = delete;
  InterfaceWatch& operator=(const InterfaceWatch&) = delete;
  /// False: this system says nothing (no netlink).
  [[nodiscard]] bool works() const { return watch_.has_value(); }

 private:
  void drain();
  Loop& loop_;
  Descriptor socket_;
  Loop::Timer timer_;
  std::optional<Loop::Watch> watch_;
};

}  // namespace parlor::platform::native
