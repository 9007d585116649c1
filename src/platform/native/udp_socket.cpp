#include "native/udp_socket.hpp"

#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103  // linux/udp.h, Linux 4.18
#endif
#ifndef UDP_GRO
#define UDP_GRO 104  // likewise, Linux 5.0
#endif

namespace parlor::platform::native {
namespace {

constexpr std::size_t kBatch = 32;             // messages per system call
constexpr std::size_t kMergedSize = 65'535;    // what UDP_GRO may put together
constexpr std::size_t kMergedBatch = 16;       // … of which fewer are held at once
constexpr int kRoundsOfBatches = 8;            // of batches, before others have their turn
constexpr std::size_t kUsuallyAlone = 4;       // datagrams that came alone make one expect the next to
constexpr std::size_t kAskForMore = 16;        // … but now and then it is asked for more
constexpr std::size_t kMostSegments = 64;      // UDP_MAX_SEGMENTS
constexpr std::size_t kMostRunBytes = 64'000;  // of one UDP_SEGMENT message, below what IP takes
constexpr std::size_t kMostSpare = 4;          // of half a megabyte each
constexpr int kKernelBuffer = 1 << 20;         // a wish

template <class Value>
bool set_option(int socket, int level, int name, Value value) {
  return ::setsockopt(socket, level, name, &value, sizeof(value)) == 0;
}

std::string system_text(int error) {
  std::array<char, 128> text{};
  return ::strerror_r(error, text.data(), text.size());
}

}  // namespace

struct UdpSocket::Inbound {
  /// Nothing is held in it between two calls.
  static Inbound& of_this_thread(bool merges) {
    thread_local std::unique_ptr<Inbound> kinds[2];
    auto& one = kinds[merges ? 1 : 0];
    if (!one) one = std::make_unique<Inbound>(merges);
    return *one;
  }
  explicit Inbound(bool merges)
      : size(merges ? kMergedSize : kMaxDatagram + 1),
        count(merges ? kMergedBatch : kBatch),
        bytes(std::make_unique<std::byte[]>(size * count)) {
    for (std::size_t i = 0; i < count; ++i) {
      pieces[i] = {bytes.get() + i * size, size};
      messages[i].msg_hdr.msg_iov = &pieces[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_name = &from[i];
      messages[i].msg_hdr.msg_control = control[i].bytes;
    }
  }
  void reset() {
    for (std::size_t i = 0; i < count; ++i) {
      messages[i].msg_hdr.msg_namelen = sizeof(from[i]);
      messages[i].msg_hdr.msg_controllen = sizeof(control[i].bytes);
      messages[i].msg_hdr.msg_flags = 0;
    }
  }
  /// Of what was merged, the length of each but the last; 0: it is one.
  [[nodiscard]] std::size_t segment_of(std::size_t message) {
    msghdr& header = messages[message].msg_hdr;
    for (cmsghdr* one = CMSG_FIRSTHDR(&header); one != nullptr; one = CMSG_NXTHDR(&header, one)) {
      if (one->cmsg_level != IPPROTO_UDP || one->cmsg_type != UDP_GRO) continue;
      int size_of_each = 0;
      std::memcpy(&size_of_each, CMSG_DATA(one), sizeof(size_of_each));
      return static_cast<std::size_t>(std::max(size_of_each, 0));
    }
    return 0;
  }

  struct Control {
    alignas(cmsghdr) std::byte bytes[CMSG_SPACE(sizeof(int))];
  };
  std::size_t size;
  std::size_t count;
  std::unique_ptr<std::byte[]> bytes;
  std::array<iovec, kBatch> pieces{};
  std::array<KernelAddress, kBatch> from{};
  std::array<Control, kBatch> control{};
  std::array<mmsghdr, kBatch> messages{};
};

struct UdpSocket::Outbound {
  /// Those that no socket needs now.
  static std::vector<std::unique_ptr<Outbound>>& spare() {
    thread_local std::vector<std::unique_ptr<Outbound>> some;
    return some;
  }
  static std::unique_ptr<Outbound> take() {
    if (spare().empty()) return std::make_unique<Outbound>();
    auto one = std::move(spare().back());
    spare().pop_back();
    one->used = 0;
    return one;
  }
  static void give_back(std::unique_ptr<Outbound> one) {
    if (spare().size() < kMostSpare) spare().push_back(std::move(one));
  }

  struct Queued {
    base::SocketAddress to;
    std::size_t at = 0;  // in bytes
    std::size_t size = 0;
  };
  struct Control {
    alignas(cmsghdr) std::byte bytes[CMSG_SPACE(sizeof(std::uint16_t))];
  };
  // One behind the other, as UDP_SEGMENT wants them.
  std::unique_ptr<std::byte[]> bytes = std::make_unique<std::byte[]>(kMostQueued * kMaxDatagram);
  std::size_t used = 0;
  std::array<Queued, kMostQueued> queue{};
  std::array<iovec, kBatch> pieces{};
  std::array<KernelAddress, kBatch> to{};
  std::array<Control, kBatch> control{};
  std::array<mmsghdr, kBatch> messages{};
  std::array<std::size_t, kBatch> counts{};  // datagrams of each message
};

base::Result<std::unique_ptr<UdpSocket>, std::string> UdpSocket::open(Loop& loop,
                                                                      const base::SocketAddress& local,
                                                                      Receive receive, Features features) {
  const auto failed = [&](const char* what) {
    return base::Unexpected{std::string("Cannot ") + what + " UDP " + local.to_string() + ": " +
                            system_text(errno) + '.'};
  };
  KernelAddress kernel{};
  socklen_t size = to_kernel(local, kernel);
  Descriptor socket(::socket(kernel.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return failed("open");
  if (local.ip.is_v6()) {
    set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set_option(socket.get(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
  } else {
    set_option(socket.get(), IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  }
  set_option(socket.get(), SOL_SOCKET, SO_RCVBUF, kKernelBuffer);
  set_option(socket.get(), SOL_SOCKET, SO_SNDBUF, kKernelBuffer);
  if (::bind(socket.get(), &kernel.any, size) != 0) return failed("bind");
  size = sizeof(kernel);
  if (::getsockname(socket.get(), &kernel.any, &size) != 0) return failed("name");
  features.merges = features.merges && set_option(socket.get(), IPPROTO_UDP, UDP_GRO, 1);
  // 0 switches nothing on, and fails where it is not known.
  features.segments = features.segments && set_option(socket.get(), IPPROTO_UDP, UDP_SEGMENT, 0);
  const base::SocketAddress bound = from_kernel(kernel).value_or(local);
  return std::unique_ptr<UdpSocket>(
      new UdpSocket(loop, std::move(socket), bound, std::move(receive), features));
}

UdpSocket::UdpSocket(Loop& loop, Descriptor socket, base::SocketAddress local, Receive receive,
                     Features features)
    : loop_(loop),
      socket_(std::move(socket)),
      local_(local),
      receive_(std::move(receive)),
      features_(features) {
  watch_.emplace(loop_, socket_.get(), true, false, [this](Ready ready) { on_ready(ready); });
}

UdpSocket::~UdpSocket() = default;

// ---- in

void UdpSocket::on_ready(Ready ready) {
  if (ready.writable && std::exchange(blocked_, false)) {
    watch_->want(true, false);
    flush();
  }
  for (int round = 0; round < kRoundsOfBatches && receive(); ++round) {
  }
}

bool UdpSocket::receive() {
  Inbound& in = Inbound::of_this_thread(features_.merges);
  in.reset();
  // To find that there is no second one takes nearly as long as to receive one. Where there is one after all
  // the loop says so, if it turns again before anybody misses it.
  const bool expects_no_more = alone_ >= kUsuallyAlone && alone_ % kAskForMore != 0 && loop_.turns_again();
  const std::size_t most = expects_no_more ? 1 : in.count;
  const std::uint64_t before = counters_.received;
  const int got = ::recvmmsg(socket_.get(), in.messages.data(), static_cast<unsigned>(most), 0, nullptr);
  ++counters_.receive_calls;
  // An ICMP error of an earlier datagram is taken by this and is nobody's matter: ICE notices.
  if (got < 0)
    return errno == EINTR || errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == ENETUNREACH;
  for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) tell(in, i, in.messages[i].msg_len);
  alone_ = counters_.received - before == 1 ? alone_ + 1 : 0;
  return !expects_no_more && static_cast<std::size_t>(got) == most;
}

/// What one message of a batch holds: a datagram, or several of one sender.
void UdpSocket::tell(Inbound& in, std::size_t message, std::size_t length) {
  const auto from = from_kernel(in.from[message]);
  if (!from || length > in.size) return;
  const std::size_t each = features_.merges ? in.segment_of(message) : 0;
  const bool cut = (in.messages[message].msg_hdr.msg_flags & MSG_TRUNC) != 0;
  std::span<std::byte> rest(in.bytes.get() + message * in.size, length);
  do {
    const std::span<std::byte> one = rest.first(each > 0 ? std::min(each, rest.size()) : rest.size());
    rest = rest.subspan(one.size());
    ++counters_.received;
    if (one.size() > kMaxDatagram || (cut && rest.empty())) {
      ++counters_.cut;
    } else {
      receive_(*from, one);
    }
  } while (!rest.empty());
}

// ---- out

void UdpSocket::send(const base::SocketAddress& to, base::BytesView bytes) {
  if (bytes.size() > kMaxDatagram || to.ip.is_v6() != local_.ip.is_v6()) {
    ++counters_.dropped;
    return;
  }
  if (queued_ == kMostQueued) flush();
  if (queued_ == kMostQueued) {
    ++counters_.dropped;
    return;
  }
  if (!out_) out_ = Outbound::take();
  Outbound& out = *out_;
  std::copy(bytes.begin(), bytes.end(), out.bytes.get() + out.used);
  out.queue[queued_++] = {to, out.used, bytes.size()};
  out.used += bytes.size();
}

/// Datagrams from `first` on that go out as one: to one address, all of one length, of which the last may be
/// less.
UdpSocket::Run UdpSocket::run_at(std::size_t first) const {
  const Outbound& out = *out_;
  const auto& head = out.queue[first];
  Run run{first, 1};
  if (!features_.segments || head.size == 0) return run;
  std::size_t bytes = head.size;
  while (first + run.count < queued_ && run.count < kMostSegments) {
    const auto& next = out.queue[first + run.count];
    if (next.to != head.to || next.size > head.size || next.size == 0 || bytes + next.size > kMostRunBytes)
      break;
    bytes += next.size;
    ++run.count;
    if (next.size < head.size) break;
  }
  return run;
}

/// Fills a batch with what is queued from there on: its number of messages.
std::size_t UdpSocket::prepare(std::size_t from) {
  Outbound& out = *out_;
  std::size_t messages = 0;
  while (from < queued_ && messages < kBatch) {
    const Run run = run_at(from);
    const auto& head = out.queue[run.first];
    const auto& last = out.queue[run.first + run.count - 1];
    msghdr& header = out.messages[messages].msg_hdr;
    header = {};
    out.pieces[messages] = {out.bytes.get() + head.at, last.at + last.size - head.at};
    header.msg_iov = &out.pieces[messages];
    header.msg_iovlen = 1;
    header.msg_name = &out.to[messages];
    header.msg_namelen = to_kernel(head.to, out.to[messages]);
    if (run.count > 1) {
      header.msg_control = out.control[messages].bytes;
      header.msg_controllen = sizeof(out.control[messages].bytes);
      cmsghdr* control = CMSG_FIRSTHDR(&header);
      control->cmsg_level = IPPROTO_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
      const auto each = static_cast<std::uint16_t>(head.size);
      std::memcpy(CMSG_DATA(control), &each, sizeof(each));
    }
    out.counts[messages++] = run.count;
    from += run.count;
  }
  return messages;
}

void UdpSocket::flush() {
  while (!blocked_ && first_ < queued_) {
    const std::size_t messages = prepare(first_);
    const int put = ::sendmmsg(socket_.get(), out_->messages.data(), static_cast<unsigned>(messages), 0);
    const int error = put < 0 ? errno : 0;
    ++counters_.send_calls;
    for (std::size_t i = 0; put > 0 && i < static_cast<std::size_t>(put); ++i) {
      counters_.sent += out_->counts[i];
      first_ += out_->counts[i];
    }
    if (put <= 0 && !handle_send_error(error)) return;
  }
  if (first_ < queued_ || !out_) return;
  first_ = 0;
  queued_ = 0;
  Outbound::give_back(std::move(out_));
}

/// Of the first message of a batch. False: nothing can be sent now.
bool UdpSocket::handle_send_error(int error) {
  if (error == EINTR) return true;
  if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS) {
    blocked_ = true;
    watch_->want(true, true);
    return false;
  }
  const std::size_t count = out_->counts[0];
  if (count > 1 && (error == EIO || error == EINVAL || error == EOPNOTSUPP)) {
    features_.segments = false;  // the device cannot: one by one from now on
    return true;
  }
  if (count > 1 && error == EMSGSIZE) {
    // One of them may be what the path does not take: what fits still goes.
    counters_.dropped += 1;
    first_ += 1;
    return true;
  }
  counters_.dropped += count;
  first_ += count;
  return true;
}

}  // namespace parlor::platform::native
