#include "native/interfaces.hpp"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>

#include "native/native_test.hpp"

namespace parlor::platform::native {
namespace {

InterfaceAddress on(std::string interface, const char* ip) {
  InterfaceAddress one;
  one.interface = std::move(interface);
  one.ip = *base::IpAddress::parse(ip);
  return one;
}

std::vector<std::string> offered(const std::vector<InterfaceAddress>& all) {
  std::vector<std::string> texts;
  for (const base::IpAddress& ip : host_addresses(all)) texts.push_back(ip.to_string());
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Interfaces, OfferWhatOthersMayReachInItsOrder) {
  InterfaceAddress lo = on("lo", "127.0.0.1");
  lo.loopback = true;
  EXPECT_EQ(offered({lo, on("eth0", "192.168.1.7"), on("eth0", "2001:db8::7"), on("tun0", "10.0.0.1")}),
            (Texts{"192.168.1.7", "2001:db8::7", "10.0.0.1"}));
}

TEST(Interfaces, OfferLoopbackWhereThereIsNothingElse) {
  InterfaceAddress lo = on("lo", "127.0.0.1");
  InterfaceAddress lo6 = on("lo", "::1");
  lo.loopback = lo6.loopback = true;
  InterfaceAddress down = on("eth0", "192.168.1.7");
  down.up = false;
  EXPECT_EQ(offered({lo, lo6, down, on("eth1", "fe80::1")}), (Texts{"127.0.0.1", "::1"}));
}

TEST(Interfaces, LeaveOutWhatNobodyCanReachBy) {
  EXPECT_EQ(offered({on("a", "169.254.3.4"), on("a", "fe80::1"), on("a", "febf::1"), on("a", "0.0.0.0"),
                     on("a", "::"), on("a", "ff02::1"), on("a", "224.0.0.1"), on("a", "::ffff:1.2.3.4"),
                     on("a", "1.2.3.4"), on("b", "1.2.3.4")}),
            (Texts{"1.2.3.4"}));
}

TEST(Interfaces, OfTheIpv6AddressesOfANetworkATemporaryOneAlone) {
  InterfaceAddress temporary = on("eth0", "2001:db8::a");
  temporary.temporary = true;
  InterfaceAddress old = on("eth0", "2001:db8::b");
  old.temporary = old.deprecated = true;
  InterfaceAddress unsettled = on("eth0", "2001:db8::c");
  unsettled.tentative = true;
  EXPECT_EQ(offered({on("eth0", "2001:db8::1"), temporary, old, unsettled, on("eth0", "2001:db8:0:1::1"),
                     on("eth1", "2001:db8::2")}),
            (Texts{"2001:db8::a", "2001:db8:0:1::1", "2001:db8::2"}));
  EXPECT_EQ(offered({on("eth0", "2001:db8::1"), old}), (Texts{"2001:db8::1"}))
      << "a temporary one that is over hides none";
}

TEST(Interfaces, OfferNoMoreThanSomeOfThem) {
  std::vector<InterfaceAddress> many;
  for (int i = 1; i <= 40; ++i) many.push_back(on("eth0", ("10.0.0." + std::to_string(i)).c_str()));
  EXPECT_EQ(host_addresses(many).size(), kMostHostAddresses);
  EXPECT_EQ(host_addresses(many).front(), many.front().ip);
}

TEST(Interfaces, AreReadFromThisMachine) {
  const auto all = interface_addresses();
  const auto lo = std::find_if(all.begin(), all.end(),
                               [](const InterfaceAddress& one) { return one.ip.to_string() == "127.0.0.1"; });
  ASSERT_NE(lo, all.end());
  EXPECT_TRUE(lo->loopback && lo->up);
  EXPECT_FALSE(host_addresses(all).empty());
}

TEST(InterfaceWatch, SaysNothingWhileNothingChanges) {
  Loop loop;
  int changes = 0;
  InterfaceWatch watch(loop, [&] { ++changes; });
  EXPECT_TRUE(watch.works());
  loop.turn();
  EXPECT_EQ(changes, 0);
}

constexpr int kNotAllowed = 77;

/// In a process of its own: a network of its own, where loopback is down at first.
int watch_loopback_come_up() {
  if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return kNotAllowed;
  Loop loop;
  int changes = 0;
  InterfaceWatch watch(loop, [&] { ++changes; });
  if (!watch.works() || !host_addresses(interface_addresses()).empty()) return 1;
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return kNotAllowed;
  if (!run_until(loop, [&] { return changes > 0; })) return 2;
  loop.run_for(2 * InterfaceWatch::kSettle);
  if (changes != 1) return 3;  // flags and two addresses came at once
  return host_addresses(interface_addresses()).empty() ? 4 : 0;
}

TEST(InterfaceWatch, TellsOnceThatAnInterfaceHasComeUp) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(watch_loopback_come_up());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNotAllowed) GTEST_SKIP() << "no network of one's own to be had here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace parlor::platform::native
