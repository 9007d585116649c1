#include "server/stun/udp_service.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace parlor::server {
namespace {

/// After so many full batches other work of the worker gets its turn.
constexpr int kBatchesInARow = 8;

}  // namespace

UdpBatch::UdpBatch(std::size_t max_answer)
    : max_answer_(max_answer), in_bytes_(kSize * kStride), out_bytes_(kSize * max_answer) {
  for (std::size_t i = 0; i < kSize; ++i) {
    in_parts_[i] = {in_bytes_.data() + i * kStride, kMaxDatagram};
    in_[i].msg_hdr.msg_iov = &in_parts_[i];
    in_[i].msg_hdr.msg_iovlen = 1;
    in_[i].msg_hdr.msg_name = &sources_[i];
  }
}

std::size_t UdpBatch::receive(int fd, bool with_destination) {
  // The kernel wrote its sizes over ours in the headers that it used.
  const std::size_t stale = with_destination == with_destination_ ? used_ : kSize;
  with_destination_ = with_destination;
  for (std::size_t i = 0; i < stale; ++i) {
    in_[i].msg_hdr.msg_namelen = sizeof(KernelAddress);
    in_[i].msg_hdr.msg_control = with_destination ? controls_[i].bytes.data() : nullptr;
    in_[i].msg_hdr.msg_controllen = with_destination ? controls_[i].bytes.size() : 0;
  }
  const int count = ::recvmmsg(fd, in_.data(), kSize, MSG_DONTWAIT, nullptr);
  used_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  queued_ = 0;
  return used_;
}

base::BytesView UdpBatch::bytes(std::size_t index) const {
  return base::BytesView(in_bytes_).subspan(index * kStride, in_[index].msg_len);
}

std::span<std::byte> UdpBatch::answer_buffer(std::size_t index) {
  return std::span(out_bytes_).subspan(index * max_answer_, max_answer_);
}

void UdpBatch::queue(std::size_t index, std::size_t size, std::uint16_t port) {
  set_destination(index, port);
  out_[queued_].msg_hdr = answer_header(index, size);
  ++queued_;
}

bool UdpBatch::send_through(int fd, std::size_t index, std::size_t size, std::uint16_t port) {
  set_destination(index, port);
  msghdr header = answer_header(index, size);
  header.msg_control = nullptr;
  header.msg_controllen = 0;
  return ::sendmsg(fd, &header, MSG_DONTWAIT) >= 0;
}

std::size_t UdpBatch::send(int fd) {
  std::size_t taken = 0;
  std::size_t next = 0;
  while (next < queued_) {
    const int count = ::sendmmsg(fd, &out_[next], static_cast<unsigned>(queued_ - next), MSG_DONTWAIT);
    if (count > 0) {
      taken += static_cast<std::size_t>(count);
      next += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
      break;  // full: clients ask again, and a queue of ours would only make the answers late
    } else if (errno != EINTR) {
      ++next;  // this one has no way; the others may
    }
  }
  queued_ = 0;
  return taken;
}

void UdpBatch::set_destination(std::size_t index, std::uint16_t port) {
  // The port lies at the same place in both families.
  sources_[index].v4.sin_port = htons(port);
}

msghdr UdpBatch::answer_header(std::size_t index, std::size_t size) {
  out_parts_[index] = {out_bytes_.data() + index * max_answer_, size};
  msghdr header = in_[index].msg_hdr;
  header.msg_iov = &out_parts_[index];
  header.msg_flags = 0;
  header.msg_controllen = with_destination_ ? keep_destination(index) : 0;
  if (header.msg_controllen == 0) header.msg_control = nullptr;
  return header;
}

std::size_t UdpBatch::keep_destination(std::size_t index) {
  cmsghdr* const control = CMSG_FIRSTHDR(&in_[index].msg_hdr);
  if (control == nullptr) return 0;
  // The interface is left to the routing table, but for addresses that mean nothing without it.
  if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
    in_pktinfo info;
    std::memcpy(&info, CMSG_DATA(control), sizeof(info));
    info.ipi_ifindex = 0;
    std::memcpy(CMSG_DATA(control), &info, sizeof(info));
    return CMSG_SPACE(sizeof(info));
  }
  if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
    in6_pktinfo info;
    std::memcpy(&info, CMSG_DATA(control), sizeof(info));
    if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) return 0;
    if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = 0;
    std::memcpy(CMSG_DATA(control), &info, sizeof(info));
    return CMSG_SPACE(sizeof(info));
  }
  return 0;
}

std::shared_ptr<UdpService> UdpService::make(boost::asio::io_context& io, std::vector<UdpEndpoint> endpoints,
                                             std::shared_ptr<const stun::Responder> responder,
                                             std::shared_ptr<StunTally> tally, std::size_t max_answer) {
  return std::shared_ptr<UdpService>(
      new UdpService(io, std::move(endpoints), std::move(responder), std::move(tally), max_answer));
}

UdpService::UdpService(boost::asio::io_context& io, std::vector<UdpEndpoint> endpoints,
                       std::shared_ptr<const stun::Responder> responder, std::shared_ptr<StunTally> tally,
                       std::size_t max_answer)
    : responder_(std::move(responder)), tally_(std::move(tally)), batch_(max_answer) {
  for (UdpEndpoint& endpoint : endpoints) {
    const base::IpAddress& ip = endpoint.socket.address.ip;
    const auto protocol = ip.is_v6() ? boost::asio::ip::udp::v6() : boost::asio::ip::udp::v4();
    sockets_.push_back({boost::asio::ip::udp::socket(io, protocol, endpoint.socket.fd.release()),
                        endpoint.origin, ip.is_unspecified()});
  }
}

void UdpService::start() {
  for (std::size_t i = 0; i < sockets_.size(); ++i) wait(i);
}

void UdpService::stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  for (Socket& socket : sockets_) socket.handle.close(ignored);
}

void UdpService::wait(std::size_t index) {
  sockets_[index].handle.async_wait(
      boost::asio::socket_base::wait_read,
      [self = shared_from_this(), index](const boost::system::error_code& error) {
        if (!error) self->handle_readable(index);
      });
}

void UdpService::handle_readable(std::size_t index) {
  for (int i = 0; i < kBatchesInARow && !stopped_; ++i) {
    if (answer_batch(sockets_[index]) < UdpBatch::kSize) break;
  }
  if (!stopped_) wait(index);
}

std::size_t UdpService::answer_batch(Socket& socket) {
  const int fd = socket.handle.native_handle();
  const std::size_t count = batch_.receive(fd, socket.with_destination);
  if (count == 0) return 0;
  const base::Time now = stun_now();
  std::size_t errors = 0;
  std::size_t answers = 0;
  std::size_t sent = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (batch_.is_truncated(i)) {
      tally_->not_stun.add(1);
      continue;
    }
    const stun::BindingRequest request{from_kernel(batch_.source(i)), stun::Transport::udp, socket.origin,
                                       batch_.bytes(i)};
    const stun::BindingAnswer answer = responder_->respond(now, request, batch_.answer_buffer(i));
    if (answer.size == 0) {
      tally_->count_silence(answer.outcome);
      continue;
    }
    ++answers;
    errors += answer.outcome == stun::Outcome::error ? 1 : 0;
    if (!socket.origin || answer.from == *socket.origin) {
      batch_.queue(i, answer.size, answer.port);
    } else if (Socket* const other = socket_at(answer.from);
               other != nullptr &&
               batch_.send_through(other->handle.native_handle(), i, answer.size, answer.port)) {
      ++sent;
    }
  }
  sent += batch_.send(fd);
  tally_->udp_answers.add(sent);
  tally_->error_answers.add(errors);
  tally_->send_failed.add(answers - sent);
  tally_->received.add(count);
  return count;
}

UdpService::Socket* UdpService::socket_at(stun::Origin origin) {
  for (Socket& socket : sockets_) {
    if (socket.origin == origin) return &socket;
  }
  return nullptr;
}

}  // namespace parlor::server
