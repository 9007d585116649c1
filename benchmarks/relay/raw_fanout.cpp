// raw_fanout: what the operating system alone costs where a frame goes to the other members of a room: one
// read, and one write for each of them, without a look into the frame, limits or queues. Prints
// "listening PORT". No server: it trusts that each read brings one whole frame of the load's own size.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::size_t kPayload = 100;
constexpr std::size_t kFrame = 2 + 4 + kPayload;  // header, mask, payload

struct Member {
  int descriptor = -1;
  std::vector<int>* room = nullptr;  // null until it has asked for one
};

/// The answer to the load's one key (RFC 6455 §1.3), and the word that its member is in.
const std::string kWelcome =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const std::string kJoined = std::string("\x81\x11", 2) + R"({"type":"joined"})";

void send_all(int descriptor, const void* data, std::size_t size) {
  (void)::send(descriptor, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// A frame as it goes out: not masked. The load looks at its payload's time.
void pass_on(const Member& from, const unsigned char* frame) {
  std::array<unsigned char, 2 + kPayload> out;
  out[0] = 0x82;
  out[1] = kPayload;
  for (std::size_t i = 0; i < kPayload; ++i) out[2 + i] = frame[6 + i] ^ frame[2 + i % 4];
  for (const int to : *from.room) {
    if (to != from.descriptor) send_all(to, out.data(), out.size());
  }
}

}  // namespace

int main() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 4096) != 0)
    return 1;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("listening %d\n", ntohs(address.sin_port));
  std::fflush(stdout);

  const int epoll = ::epoll_create1(0);
  const auto watch = [epoll](int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
  };
  watch(listener);
  std::unordered_map<int, Member> members;
  std::unordered_map<std::string, std::vector<int>> rooms;
  std::array<epoll_event, 512> events;
  std::array<unsigned char, 4096> buffer;
  for (;;) {
    const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listener) {
        const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted < 0) continue;
        const int yes = 1;
        ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        members[accepted].descriptor = accepted;
        watch(accepted);
        continue;
      }
      const ssize_t got = ::recv(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got < 0) continue;
      if (got == 0) return 0;  // the load has ended
      Member& member = members[descriptor];
      if (member.room == nullptr) {
        const std::string_view request(reinterpret_cast<const char*>(buffer.data()),
                                       static_cast<std::size_t>(got));
        member.room = &rooms[std::string(request.substr(0, request.find(" HTTP")))];
        member.room->push_back(descriptor);
        send_all(descriptor, kWelcome.data(), kWelcome.size());
        send_all(descriptor, kJoined.data(), kJoined.size());
        continue;
      }
      for (std::size_t at = 0; at + kFrame <= static_cast<std::size_t>(got); at += kFrame)
        pass_on(member, buffer.data() + at);
    }
  }
}
