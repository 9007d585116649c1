// The least that a UDP server can cost: takes datagrams in batches and sends them back as they are. Prints
// "listening ADDR:PORT" and runs until it is ended.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr std::size_t kBatch = 64;  // as many as the server of ours takes
constexpr std::size_t kStride = 2048 + 64;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int listen_anywhere() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  const int buffer = 1 << 20;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) fail("bind");
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
  std::printf("listening 127.0.0.1:%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
  std::fflush(stdout);
  return fd;
}

}  // namespace

int main() {
  static std::array<std::byte, kBatch * kStride> bytes;
  static std::array<sockaddr_in, kBatch> sources;
  static std::array<iovec, kBatch> parts;
  static std::array<mmsghdr, kBatch> messages;
  const int fd = listen_anywhere();
  for (std::size_t i = 0; i < kBatch; ++i) {
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = &sources[i];
  }
  std::size_t used = kBatch;
  for (;;) {
    for (std::size_t i = 0; i < used; ++i) {
      parts[i] = {&bytes[i * kStride], kStride};
      messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
    }
    const int count = ::recvmmsg(fd, messages.data(), kBatch, MSG_WAITFORONE, nullptr);
    if (count <= 0) fail("recvmmsg");
    used = static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < used; ++i) parts[i].iov_len = messages[i].msg_len;
    if (::sendmmsg(fd, messages.data(), static_cast<unsigned>(count), 0) <= 0) fail("sendmmsg");
  }
}
