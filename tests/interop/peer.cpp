// A connection of ours on real sockets, told by lines what to do and telling by lines what happened: for
// tests that put it at the other end of other stacks. One line, one thing; words by blanks; texts in base64.
//
//   offer | description offer|answer SDP | candidate TEXT UFRAG|- | restart | close | quit | stats
//   open LABEL PROTOCOL ordered|unordered reliable|retransmits=N|lifetime=MS in-band|ID
//   send ID text|binary SIZE SEED | close-channel ID | echo on|off
//
// Messages are made of SIZE and SEED by message_of(), and named by their size and digest_of().
//
// With --dump, what comes is told on standard error, in hexadecimal: STUN messages and the DTLS handshake as
// they are, SCTP packets decrypted. Test vectors are taken from there.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "crypto/system_random.hpp"
#include "dtls/openssl_transport.hpp"
#include "rtc/connection.hpp"

namespace {

using namespace parlor;

base::Time clock_now() {
  return base::time_from(
      std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

base::Bytes message_of(std::size_t size, std::uint32_t seed) {
  base::Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>('a' + (seed + i * 7) % 26);
  return bytes;
}

/// FNV-1a.
std::uint32_t digest_of(base::BytesView bytes) {
  std::uint32_t hash = 2166136261U;
  for (const std::byte byte : bytes) hash = (hash ^ std::to_integer<std::uint32_t>(byte)) * 16777619U;
  return hash;
}

std::string encoded(std::string_view text) {
  return text.empty() ? "-" : base::to_base64(base::as_bytes(text));
}
std::string decoded(std::string_view text) {
  if (text == "-") return {};
  const auto bytes = base::from_base64(text);
  return bytes ? std::string(base::as_text(*bytes)) : std::string();
}

template <class T>
T number(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

sockaddr_storage to_os(const base::SocketAddress& address, socklen_t& size) {
  sockaddr_storage storage{};
  if (address.ip.is_v6()) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address.port);
    std::memcpy(&v6->sin6_addr, address.ip.bytes().data(), 16);
    size = sizeof *v6;
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(address.port);
    std::memcpy(&v4->sin_addr, address.ip.bytes().data(), 4);
    size = sizeof *v4;
  }
  return storage;
}

base::SocketAddress from_os(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6->sin6_addr, 16);
    return {base::IpAddress::v6(bytes), ntohs(v6->sin6_port)};
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &v4->sin_addr, 4);
  return {base::IpAddress::v4(bytes), ntohs(v4->sin_port)};
}

void dump(const char* what, base::BytesView bytes) {
  std::string line = std::string(what) + ' ';
  for (const std::byte byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    line += kDigits[std::to_integer<std::size_t>(byte >> 4)];
    line += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  std::fprintf(stderr, "%s\n", line.c_str());
}

/// Tells what the one inside of it decrypts.
class Dumped final : public dtls::Transport {
 public:
  explicit Dumped(std::unique_ptr<dtls::Transport> inner) : inner_(std::move(inner)) {}
  void set_round_trip(base::Duration round_trip) override { inner_->set_round_trip(round_trip); }
  void start(base::Time now, dtls::Role role) override { inner_->start(now, role); }
  void set_remote_fingerprints(base::Time now, std::span<const dtls::Fingerprint> all) override {
    inner_->set_remote_fingerprints(now, all);
  }
  std::optional<base::BytesView> take(base::Time now, std::span<std::byte>& datagram) override {
    const auto plain = inner_->take(now, datagram);
    if (plain) dump("sctp", *plain);
    return plain;
  }
  void handle_timeout(base::Time now) override { inner_->handle_timeout(now); }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const override { return inner_->poll_timeout(); }
  std::size_t poll_transmit(base::Time now, std::span<std::byte> out) override {
    return inner_->poll_transmit(now, out);
  }
  std::size_t seal(base::BytesView plain, std::span<std::byte> out) override {
    return inner_->seal(plain, out);
  }
  std::size_t seal_in_place(std::span<std::byte> out, std::size_t size) override {
    return inner_->seal_in_place(out, size);
  }
  [[nodiscard]] std::size_t header_size() const override { return inner_->header_size(); }
  [[nodiscard]] std::size_t overhead() const override { return inner_->overhead(); }
  void close(base::Time now) override { inner_->close(now); }
  std::optional<dtls::Event> poll_event() override { return inner_->poll_event(); }
  [[nodiscard]] dtls::State state() const override { return inner_->state(); }

 private:
  std::unique_ptr<dtls::Transport> inner_;
};

struct Socket {
  int fd = -1;
  base::SocketAddress local{};
};

class Peer {
 public:
  Peer(std::vector<base::SocketAddress> addresses, rtc::ConnectionOptions options,
       const dtls::TransportOptions& transport, bool dumps)
      : dumps_(dumps) {
    context_ = dtls::Context::make();
    options.fingerprint = context_->fingerprint();
    std::unique_ptr<dtls::Transport> dtls = dtls::make_transport(context_, transport);
    if (dumps_) dtls = std::make_unique<Dumped>(std::move(dtls));
    connection_ = std::make_unique<rtc::Connection>(clock_now(), options, std::move(dtls), random_);
    std::uint16_t preference = 65535;
    for (const base::SocketAddress& address : addresses) {
      Socket socket{.fd = ::socket(address.ip.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)};
      socklen_t size = 0;
      sockaddr_storage storage = to_os(address, size);
      if (::bind(socket.fd, reinterpret_cast<sockaddr*>(&storage), size) != 0) {
        std::perror("bind");
        std::exit(1);
      }
      const int buffer = 4 << 20;
      (void)::setsockopt(socket.fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
      size = sizeof storage;
      (void)::getsockname(socket.fd, reinterpret_cast<sockaddr*>(&storage), &size);
      socket.local = from_os(storage);
      sockets_.push_back(socket);
      connection_->add_address(clock_now(), socket.local, preference--);
    }
    connection_->finish_gathering(clock_now());
  }

  void run() {
    for (bool open = true; open;) {
      drain();
      std::fflush(stdout);
      std::vector<pollfd> fds{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
      for (const Socket& socket : sockets_) fds.push_back({.fd = socket.fd, .events = POLLIN, .revents = 0});
      int wait = 1000;
      if (const auto due = connection_->poll_timeout()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - clock_now()).count();
        wait = static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000));
      }
      (void)::poll(fds.data(), fds.size(), wait);
      for (std::size_t i = 0; i < sockets_.size(); ++i) {
        if ((fds[i + 1].revents & POLLIN) != 0) receive(sockets_[i]);
      }
      // Behind what has come, which may be what is waited for.
      if (const auto due = connection_->poll_timeout(); due && *due <= clock_now())
        connection_->handle_timeout(clock_now());
      if ((fds[0].revents & (POLLIN | POLLHUP)) != 0) open = read_input();
    }
    connection_->close(clock_now());
    drain();
  }

 private:
  void receive(const Socket& socket) {
    std::array<std::byte, 65536> buffer{};
    for (int count = 0; count < 64; ++count) {
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      const auto got =
          ::recvfrom(socket.fd, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got <= 0) return;
      const auto first = std::to_integer<unsigned>(buffer.front());
      constexpr unsigned kApplicationData = 23;
      if (dumps_ && first != kApplicationData)
        dump(first < 4 ? "stun" : "dtls", base::BytesView(buffer).first(static_cast<std::size_t>(got)));
      connection_->handle_datagram(clock_now(), socket.local, from_os(from),
                                   std::span(buffer).first(static_cast<std::size_t>(got)));
      drain();
    }
  }
  void drain() {
    std::array<std::byte, rtc::Connection::kLargestDatagram> buffer{};
    for (;;) {
      if (const auto transmit = connection_->poll_transmit(clock_now(), buffer)) {
        for (const Socket& socket : sockets_) {
          if (socket.local != transmit->local) continue;
          socklen_t size = 0;
          const sockaddr_storage to = to_os(transmit->remote, size);
          (void)::sendto(socket.fd, buffer.data(), transmit->size, 0, reinterpret_cast<const sockaddr*>(&to),
                         size);
        }
      } else if (auto event = connection_->poll_event()) {
        std::visit([this](auto& one) { tell(one); }, *event);
      } else {
        return;
      }
    }
  }

  static void tell(const rtc::DescriptionMade& one) {
    std::printf("description %s %s\n", one.offer ? "offer" : "answer", encoded(one.sdp).c_str());
  }
  static void tell(const rtc::CandidateMade& one) {
    std::printf("candidate %s %s\n", encoded(one.candidate).c_str(), one.ufrag.c_str());
  }
  static void tell(const rtc::CandidatesEnd&) { std::printf("candidates-end\n"); }
  static void tell(const rtc::StateChanged& one) {
    std::printf("state %s %d %s\n", std::string(to_string(one.state)).c_str(), static_cast<int>(one.reason),
                encoded(one.detail).c_str());
  }
  static void tell(const rtc::RouteChanged& one) {
    std::printf("route %s\n", one.route ? one.route->remote.to_string().c_str() : "-");
  }
  static void tell(const rtc::ChannelOpened& one) {
    const datachannel::Reliability& how = one.how.reliability;
    std::string limit = "reliable";
    if (how.max_retransmits) limit = "retransmits=" + std::to_string(*how.max_retransmits);
    if (how.max_lifetime)
      limit =
          "lifetime=" +
          std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(*how.max_lifetime).count());
    std::printf("opened %u %s %s %s %s %s\n", one.id, one.by_peer ? "peer" : "own",
                encoded(one.how.label).c_str(), encoded(one.how.protocol).c_str(),
                how.ordered ? "ordered" : "unordered", limit.c_str());
  }
  void tell(const rtc::ChannelMessage& one) {
    std::printf("message %u %s %zu %u\n", one.id, one.text ? "text" : "binary", one.bytes.size(),
                digest_of(one.bytes));
    if (echo_) (void)connection_->send(clock_now(), one.id, one.bytes, one.text);
  }
  static void tell(const rtc::ChannelClosed& one) { std::printf("closed %u\n", one.id); }
  static void tell(const rtc::BufferedLow& one) { std::printf("buffered-low %u\n", one.id); }

  bool read_input() {
    std::array<char, 65536> buffer{};
    const auto got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) return false;
    input_.append(buffer.data(), static_cast<std::size_t>(got));
    for (std::size_t end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
      const std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      if (line == "quit") return false;
      carry_out(line);
      drain();
    }
    return true;
  }
  void carry_out(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    words.resize(8);
    const std::string& what = words[0];
    const base::Time now = clock_now();
    if (what == "offer") {
      connection_->negotiate(now);
    } else if (what == "description") {
      const auto error = connection_->handle_description(now, words[1] == "offer", decoded(words[2]));
      if (error) std::printf("error description %d\n", static_cast<int>(*error));
    } else if (what == "candidate") {
      const auto error =
          connection_->handle_candidate(now, decoded(words[1]), words[2] == "-" ? "" : words[2]);
      if (error) std::printf("error candidate %d\n", static_cast<int>(*error));
    } else if (what == "restart") {
      connection_->restart_ice(now);
    } else if (what == "close") {
      connection_->close(now);
      std::printf("state closed 0 -\n");
    } else if (what == "open") {
      open(words);
    } else if (what == "send") {
      const auto result = connection_->send(
          now, number<datachannel::ChannelId>(words[1]),
          message_of(number<std::size_t>(words[3]), number<std::uint32_t>(words[4])), words[2] == "text");
      std::printf("sent %d\n", static_cast<int>(result));
    } else if (what == "close-channel") {
      connection_->close_channel(now, number<datachannel::ChannelId>(words[1]));
    } else if (what == "echo") {
      echo_ = words[1] == "on";
    } else if (what == "stats") {
      const rtc::Stats stats = connection_->stats();
      std::printf("stats %llu %llu %llu %llu %zu %zu\n",
                  static_cast<unsigned long long>(stats.datagrams_sent),
                  static_cast<unsigned long long>(stats.datagrams_received),
                  static_cast<unsigned long long>(stats.bytes_sent),
                  static_cast<unsigned long long>(stats.bytes_received), stats.buffered, stats.datagram);
    } else {
      std::printf("error command\n");
    }
  }
  void open(const std::vector<std::string>& words) {
    datachannel::ChannelOptions options;
    options.label = decoded(words[1]);
    options.protocol = decoded(words[2]);
    options.reliability.ordered = words[3] == "ordered";
    const std::string limit = words[4].substr(words[4].find('=') + 1);
    if (words[4].starts_with("retransmits"))
      options.reliability.max_retransmits = number<std::uint16_t>(limit);
    if (words[4].starts_with("lifetime"))
      options.reliability.max_lifetime = std::chrono::milliseconds(number<std::int64_t>(limit));
    if (words[5] != "in-band") options.negotiated = number<datachannel::ChannelId>(words[5]);
    const auto opened = connection_->open_channel(clock_now(), options);
    if (!opened) std::printf("error open %d\n", static_cast<int>(opened.error()));
  }

  crypto::SystemRandom random_;
  std::shared_ptr<const dtls::Context> context_;
  std::unique_ptr<rtc::Connection> connection_;
  std::vector<Socket> sockets_;
  std::string input_;
  bool echo_ = false;
  bool dumps_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  rtc::ConnectionOptions options;
  dtls::TransportOptions transport;
  std::vector<base::SocketAddress> addresses;
  bool dumps = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--no-snap") options.snap = false;
    if (argument == "--lite") options.ice.lite = true;
    if (argument == "--dump") dumps = true;
    if (argument == "--impolite") options.polite = false;
    if (argument == "--aes") transport.preference = dtls::CipherPreference::least_work;
    if (argument == "--address" && i + 1 < argc) {
      const auto ip = base::IpAddress::parse(argv[++i]);
      if (ip) addresses.push_back({*ip, 0});
    }
  }
  if (addresses.empty()) addresses.push_back({base::IpAddress::v4({127, 0, 0, 1}), 0});
  Peer(addresses, options, transport, dumps).run();
  return 0;
}
