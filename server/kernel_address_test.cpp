#include "server/kernel_address.hpp"

#include <gtest/gtest.h>

#include "server/bound_socket.hpp"

namespace parlor::server {
namespace {

base::SocketAddress address(std::string_view text) {
  return *base::SocketAddress::parse(text);
}

TEST(KernelAddress, ComesBackAsItWentIn) {
  for (const auto* text : {"192.0.2.1:80", "0.0.0.0:0", "[2001:db8::1]:65535", "[::ffff:192.0.2.1]:3478"}) {
    KernelAddress kernel;
    const socklen_t size = to_kernel(address(text), kernel);
    EXPECT_EQ(size, address(text).ip.is_v6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in)) << text;
    EXPECT_EQ(from_kernel(kernel), address(text)) << text;
  }
}

TEST(KernelAddress, IsUnspecifiedForAnotherFamily) {
  KernelAddress kernel;
  to_kernel(address("192.0.2.1:80"), kernel);
  kernel.any.sa_family = AF_UNIX;
  EXPECT_EQ(from_kernel(kernel), base::SocketAddress{});
}

TEST(LocalAddress, IsTheOneThatASocketIsBoundTo) {
  const auto bound = bind_socket(address("127.0.0.1:0"), {});
  ASSERT_TRUE(bound) << bound.error().text;
  EXPECT_EQ(bound->address.ip, address("127.0.0.1:0").ip);
  EXPECT_NE(bound->address.port, 0);
  EXPECT_EQ(local_address(bound->fd.get()), bound->address);
}

TEST(LocalAddress, IsNothingWithoutASocket) {
  EXPECT_EQ(local_address(-1), std::nullopt);
}

}  // namespace
}  // namespace parlor::server
