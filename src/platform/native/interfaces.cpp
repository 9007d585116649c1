#include "native/interfaces.hpp"

#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "base/bytes.hpp"
#include "native/kernel_address.hpp"

namespace parlor::platform::native {
namespace {

constexpr std::size_t kNetlinkPiece = 16 * 1024;
constexpr int kMostPieces = 256;

/// Flags of the IPv6 addresses (IFA_F_*), by interface index and address; empty where netlink says nothing.
using Flags = std::map<std::pair<unsigned, std::array<std::uint8_t, 16>>, unsigned>;

bool ask_for_addresses(int socket) {
  struct {
    nlmsghdr header;
    ifaddrmsg message;
  } request{};
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof(ifaddrmsg));
  request.header.nlmsg_type = RTM_GETADDR;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.message.ifa_family = AF_INET6;
  return ::send(socket, &request, request.header.nlmsg_len, MSG_NOSIGNAL) >= 0;
}

template <class T>
T read_at(base::BytesView bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

/// One RTM_NEWADDR, behind its netlink header.
void take_address(base::BytesView bytes, Flags& flags) {
  if (bytes.size() < sizeof(ifaddrmsg)) return;
  const auto message = read_at<ifaddrmsg>(bytes, 0);
  unsigned all = message.ifa_flags;
  std::optional<std::array<std::uint8_t, 16>> address;
  for (std::size_t at = NLMSG_ALIGN(sizeof(ifaddrmsg)); at + sizeof(rtattr) <= bytes.size();) {
    const auto attribute = read_at<rtattr>(bytes, at);
    if (attribute.rta_len < sizeof(rtattr) || at + attribute.rta_len > bytes.size()) return;
    const base::BytesView value = bytes.subspan(at + sizeof(rtattr), attribute.rta_len - sizeof(rtattr));
    if (attribute.rta_type == IFA_ADDRESS && value.size() == 16)
      address = read_at<std::array<std::uint8_t, 16>>(value, 0);
    if (attribute.rta_type == IFA_FLAGS && value.size() == sizeof(std::uint32_t))
      all = read_at<std::uint32_t>(value, 0);
    at += RTA_ALIGN(attribute.rta_len);
  }
  if (address) flags[{message.ifa_index, *address}] = all;
}

/// False: that was the last.
bool take_messages(base::BytesView bytes, Flags& flags) {
  while (bytes.size() >= sizeof(nlmsghdr)) {
    const auto header = read_at<nlmsghdr>(bytes, 0);
    if (header.nlmsg_len < sizeof(nlmsghdr) || header.nlmsg_len > bytes.size()) return false;
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) return false;
    if (header.nlmsg_type == RTM_NEWADDR)
      take_address(bytes.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN), flags);
    bytes = bytes.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), bytes.size()));
  }
  return true;
}

Flags flags_of_addresses() {
  Flags flags;
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket.is_open() || !ask_for_addresses(socket.get())) return flags;
  std::array<std::byte, kNetlinkPiece> piece;
  for (int i = 0; i < kMostPieces; ++i) {
    const ssize_t got = ::recv(socket.get(), piece.data(), piece.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || !take_messages({piece.data(), static_cast<std::size_t>(got)}, flags)) break;
  }
  return flags;
}

bool is_link_local(const base::IpAddress& ip) {
  const auto& bytes = ip.bytes();
  return ip.is_v6() ? bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80 : bytes[0] == 169 && bytes[1] == 254;
}

bool is_multicast(const base::IpAddress& ip) {
  return ip.is_v6() ? ip.bytes()[0] == 0xff : (ip.bytes()[0] & 0xf0) == 0xe0;
}

/// A lasting address beside a temporary one of its network, on the same interface.
bool is_hidden_by_temporary(const InterfaceAddress& one, const std::vector<InterfaceAddress>& usable) {
  if (!one.ip.is_v6() || one.temporary) return false;
  return std::any_of(usable.begin(), usable.end(), [&](const InterfaceAddress& other) {
    return other.temporary && other.interface == one.interface && other.ip.site() == one.ip.site();
  });
}

}  // namespace

std::vector<InterfaceAddress> interface_addresses() {
  std::vector<InterfaceAddress> found;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return found;
  const Flags flags = flags_of_addresses();
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    const auto address = from_kernel(one->ifa_addr);
    if (!address) continue;
    InterfaceAddress here;
    here.interface = one->ifa_name;
    here.ip = address->ip;
    here.up = (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_RUNNING) != 0;
    here.loopback = (one->ifa_flags & IFF_LOOPBACK) != 0;
    const auto known =
        here.ip.is_v6() ? flags.find({::if_nametoindex(one->ifa_name), here.ip.bytes()}) : flags.end();
    if (known != flags.end()) {
      here.temporary = (known->second & IFA_F_TEMPORARY) != 0;
      here.deprecated = (known->second & IFA_F_DEPRECATED) != 0;
      here.tentative = (known->second & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0;
    }
    found.push_back(std::move(here));
  }
  ::freeifaddrs(first);
  return found;
}

std::vector<base::IpAddress> host_addresses(const std::vector<InterfaceAddress>& all) {
  std::vector<InterfaceAddress> usable;
  for (const InterfaceAddress& one : all) {
    const bool odd = one.ip.is_unspecified() || is_link_local(one.ip) || is_multicast(one.ip) ||
                     one.ip.unmapped() != one.ip;
    if (one.up && !odd && !one.deprecated && !one.tentative) usable.push_back(one);
  }
  const bool others = std::any_of(usable.begin(), usable.end(), [](const InterfaceAddress& one) {
    return !one.loopback && !one.ip.is_loopback();
  });
  std::vector<base::IpAddress> offered;
  for (const InterfaceAddress& one : usable) {
    const bool local = one.loopback || one.ip.is_loopback();
    if (local == others || is_hidden_by_temporary(one, usable)) continue;
    const bool known = std::find(offered.begin(), offered.end(), one.ip) != offered.end();
    if (!known && offered.size() < kMostHostAddresses) offered.push_back(one.ip);
  }
  return offered;
}

InterfaceWatch::InterfaceWatch(Loop& loop, std::function<void()> changed)
    : loop_(loop),
      socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE)),
      timer_(loop, std::move(changed)) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (!socket_.is_open() ||
      ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    socket_.close();
    return;
  }
  watch_.emplace(loop_, socket_.get(), true, false, [this](Ready) { drain(); });
}

InterfaceWatch::~InterfaceWatch() = default;

/// What changed is looked up anew: only that something did counts, also where messages were lost.
void InterfaceWatch::drain() {
  std::array<std::byte, kNetlinkPiece> piece;
  for (int i = 0; i < kMostPieces; ++i) {
    const ssize_t got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (got < 0 && errno != ENOBUFS && errno != EINTR) break;
  }
  if (!timer_.is_set()) timer_.set(now() + kSettle);  // however long it goes on
}

}  // namespace parlor::platform::native
