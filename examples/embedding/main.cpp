// The smallest program with a connection in an event loop of its own: two terminals that talk to each other.
//
//   embedding_chat offer     prints a line; give it to the other one, and type in the line that it prints
//   embedding_chat answer    the other one
//
// It ends with 0 once one of the two has closed, with 1 where no way was found or the handshake failed.
//
// Whoever embeds rtc::Connection has to do four things, each a function here: send what it wants sent, hand
// it what comes in, wake it when it wants to be woken, and take what it has to tell. docs/embedding.md says
// more.

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>

#include "crypto/system_random.hpp"
#include "dtls/openssl_transport.hpp"
#include "rtc/connection.hpp"

namespace {

using namespace parlor;

/// Any monotonic clock will do, as long as it is one.
base::Time now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return base::time_from(std::chrono::duration_cast<base::Duration>(since));
}

base::SocketAddress from_kernel(const sockaddr_in& address) {
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &address.sin_addr, bytes.size());
  return {base::IpAddress::v4(bytes), ntohs(address.sin_port)};
}

sockaddr_in to_kernel(const base::SocketAddress& address) {
  sockaddr_in kernel{};
  kernel.sin_family = AF_INET;
  kernel.sin_port = htons(address.port);
  std::memcpy(&kernel.sin_addr, address.ip.bytes().data(), 4);
  return kernel;
}

/// The first IPv4 address of this machine that others can reach; the loopback's where there is none.
in_addr own_address() {
  in_addr found{htonl(INADDR_LOOPBACK)};
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return found;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    if ((one->ifa_flags & IFF_UP) == 0 || (one->ifa_flags & IFF_LOOPBACK) != 0) continue;
    found = reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr;
    break;
  }
  ::freeifaddrs(all);
  return found;
}

class Chat {
 public:
  Chat() {
    // A socket on one address. With several, one socket for each, and add_address() for each.
    socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    // Datagrams are not cut on their way (Linux), so that the connection finds out how large they may be.
    const int probe = IP_PMTUDISC_PROBE;
    (void)::setsockopt(socket_, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof probe);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr = own_address();
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0) std::perror("bind");
    (void)::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    local_ = from_kernel(address);
    connection_.add_address(now(), local_, 65535);
    connection_.finish_gathering(now());
    // Both sides open it by themselves, under one number: nothing has to be said about it.
    (void)connection_.open_channel(now(), {.label = "chat", .negotiated = datachannel::ChannelId{0}});
  }
  ~Chat() { ::close(socket_); }
  Chat(const Chat&) = delete;
  Chat& operator=(const Chat&) = delete;

  /// Whether there is nothing to complain of at the end.
  bool run(bool offers) {
    if (offers) connection_.negotiate(now());
    std::puts(offers ? "Give this line to the other program, then type in its line:"
                     : "Type in the other program's line:");
    for (drain(); !over_; drain()) {
      std::fflush(stdout);
      std::array<pollfd, 2> waiting{pollfd{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                    pollfd{.fd = socket_, .events = POLLIN, .revents = 0}};
      (void)::poll(waiting.data(), waiting.size(), milliseconds_to_wait());
      if (waiting[1].revents != 0) receive();
      // Behind all that has come: a program that was held up takes for lost what the socket has the
      // acknowledgement of otherwise.
      const auto due = connection_.poll_timeout();
      if (due && *due <= now()) connection_.handle_timeout(now());
      if (waiting[0].revents == 0) continue;
      do {
        read_line();
      } while (!over_ && std::cin.rdbuf()->in_avail() > 0);  // several may have come at once
    }
    connection_.close(now());
    drain();  // its last words
    return !failed_;
  }

 private:
  // 1. Send what it wants sent, and 4. take what it has to tell, until it has nothing more of either; what it
  // tells first, so that an answer goes in one datagram with the acknowledgement.
  void drain() {
    std::array<std::byte, rtc::Connection::kLargestDatagram> datagram{};
    for (;;) {
      if (const auto event = connection_.poll_event()) {
        tell(*event);
      } else if (const auto out = connection_.poll_transmit(now(), datagram)) {
        // With several sockets, by the one whose address is out->local.
        const sockaddr_in to = to_kernel(out->remote);
        const auto sent = ::sendto(socket_, datagram.data(), out->size, 0,
                                   reinterpret_cast<const sockaddr*>(&to), sizeof to);
        if (sent < 0 && errno == EMSGSIZE) connection_.handle_too_large(now(), out->remote, 0);
      } else {
        return;
      }
    }
  }
  // 2. Hand it what comes in: all that lies there, but no flood without end.
  void receive() {
    std::array<std::byte, 65536> datagram{};
    for (int left = 1000; left > 0; --left) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const auto got =
          ::recvfrom(socket_, datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 0) return;
      connection_.handle_datagram(now(), local_, from_kernel(from),
                                  std::span(datagram).first(static_cast<std::size_t>(got)));
    }
  }
  // 3. Wake it when it wants to be woken.
  int milliseconds_to_wait() const {
    const auto due = connection_.poll_timeout();
    if (!due) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
  }

  void tell(const rtc::Event& event) {
    if (const auto* made = std::get_if<rtc::DescriptionMade>(&event)) {
      // On its way to the other program: here by hand, in a game through a server.
      own_line_ = (made->offer ? "offer " : "answer ") + base::to_base64(base::as_bytes(made->sdp));
      std::puts(own_line_.c_str());
    } else if (const auto* message = std::get_if<rtc::ChannelMessage>(&event)) {
      std::printf("> %s\n", std::string(base::as_text(message->bytes)).c_str());
    } else if (std::holds_alternative<rtc::ChannelOpened>(event)) {
      std::puts("Connected: what you type goes to the other one.");
    } else if (const auto* changed = std::get_if<rtc::StateChanged>(&event)) {
      if (changed->state == rtc::State::disconnected) {
        std::puts("Disconnected: nothing comes from the other one. It may come back by itself.");
      } else if (changed->state == rtc::State::connected && silent_) {
        std::puts("It is back.");
      } else if (!changed->detail.empty()) {
        std::puts(changed->detail.c_str());
      }
      silent_ = changed->state == rtc::State::disconnected;
      failed_ = changed->state == rtc::State::failed;  // restart_ice() may help where there is no_way
      over_ = failed_ || changed->state == rtc::State::closed;
    }
    // CandidateMade, where addresses are found after the description: the other one's handle_candidate().
  }
  void read_line() {
    std::string line;
    if (!std::getline(std::cin, line)) {
      over_ = true;
      return;
    }
    if (!own_line_.empty() && line == own_line_) {
      std::puts("That is the line of this program: the other one's is wanted here.");
      return;
    }
    const bool offer = line.starts_with("offer ");
    if (!offer && !line.starts_with("answer ")) {
      if (connection_.send(now(), 0, base::as_bytes(line), true) != sctp::SendResult::queued)
        std::puts("That could not be sent.");
      return;
    }
    const auto sdp = base::from_base64(std::string_view(line).substr(line.find(' ') + 1));
    if (!sdp || connection_.handle_description(now(), offer, base::as_text(*sdp)))
      std::puts("That line cannot be used here.");
  }

  crypto::SystemRandom random_;
  // One of each for the whole program, however many connections it has.
  std::shared_ptr<const dtls::Context> context_ = dtls::Context::make();
  rtc::Connection connection_{
      now(), {.fingerprint = context_->fingerprint()}, dtls::make_transport(context_), random_};
  base::SocketAddress local_;
  int socket_ = -1;
  std::string own_line_;  ///< the last description that was made here
  bool silent_ = false;
  bool failed_ = false;
  bool over_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what != "offer" && what != "answer") {
    std::fputs("usage: embedding_chat offer|answer\n", stderr);
    return 2;
  }
  std::ios::sync_with_stdio(false);  // else nobody knows what std::cin has read already
  return Chat().run(what == "offer") ? 0 : 1;
}
