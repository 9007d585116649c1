#pragma once
// STUN over UDP (RFC 8489 §6.2.1): datagrams in and out in batches, one system call for many. Knows nothing
// of what is inside; the responder does.

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "server/bound_socket.hpp"
#include "server/kernel_address.hpp"
#include "server/stun/stun_shared.hpp"

namespace parlor::server {

/// The buffers of a batch. One serves all sockets of a worker, since they take turns.
class UdpBatch {
 public:
  static constexpr std::size_t kSize = 64;
  /// A longer datagram is no request to us. Not a power of two from slot to slot, or all heads would fall
  /// into few lines of the cache.
  static constexpr std::size_t kMaxDatagram = 2048;
  static constexpr std::size_t kStride = kMaxDatagram + 64;

  /// `max_answer`: what the responder is given for each.
  explicit UdpBatch(std::size_t max_answer);

  /// Waiting datagrams, at most kSize; 0 when there is none or the socket failed. `with_destination`: they
  /// come with the address that they were sent to, and answers leave from there.
  std::size_t receive(int fd, bool with_destination);
  [[nodiscard]] base::BytesView bytes(std::size_t index) const;
  [[nodiscard]] bool is_truncated(std::size_t index) const {
    return (in_[index].msg_hdr.msg_flags & MSG_TRUNC) != 0;
  }
  [[nodiscard]] const KernelAddress& source(std::size_t index) const { return sources_[index]; }

  /// Where the answer to datagram `index` is written.
  [[nodiscard]] std::span<std::byte> answer_buffer(std::size_t index);
  /// Lines the answer up, to this port of the datagram's source.
  void queue(std::size_t index, std::size_t size, std::uint16_t port);
  /// Sends at once, through another socket than the one that received.
  bool send_through(int fd, std::size_t index, std::size_t size, std::uint16_t port);
  /// Sends what is queued; how many of it the kernel took.
  std::size_t send(int fd);
  [[nodiscard]] std::size_t queued() const { return queued_; }

 private:
  struct Control {
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
  };
  void set_destination(std::size_t index, std::uint16_t port);
  msghdr answer_header(std::size_t index, std::size_t size);
  std::size_t keep_destination(std::size_t index);

  std::size_t max_answer_;
  std::vector<std::byte> in_bytes_;
  std::vector<std::byte> out_bytes_;
  std::array<mmsghdr, kSize> in_{};
  std::array<mmsghdr, kSize> out_{};
  std::array<iovec, kSize> in_parts_{};
  std::array<iovec, kSize> out_parts_{};
  std::array<KernelAddress, kSize> sources_{};
  std::array<Control, kSize> controls_{};
  std::size_t used_ = kSize;  ///< headers that the last receive() may have touched
  std::size_t queued_ = 0;
  bool with_destination_ = false;
};

struct UdpEndpoint {
  BoundSocket socket;
  std::optional<stun::Origin> origin;  ///< which of the four addresses of the behaviour tests it is
};

/// The UDP sockets of one worker. Lives as long as its handlers do: made by make(), stopped by stop().
class UdpService : public std::enable_shared_from_this<UdpService> {
 public:
  static std::shared_ptr<UdpService> make(boost::asio::io_context& io, std::vector<UdpEndpoint> endpoints,
                                          std::shared_ptr<const stun::Responder> responder,
                                          std::shared_ptr<StunTally> tally, std::size_t max_answer);
  void start();
  void stop();

 private:
  struct Socket {
    boost::asio::ip::udp::socket handle;
    std::optional<stun::Origin> origin;
    bool with_destination;
  };
  UdpService(boost::asio::io_context& io, std::vector<UdpEndpoint> endpoints,
             std::shared_ptr<const stun::Responder> responder, std::shared_ptr<StunTally> tally,
             std::size_t max_answer);
  void wait(std::size_t index);
  void handle_readable(std::size_t index);
  /// One batch; how many datagrams it had.
  std::size_t answer_batch(Socket& socket);
  Socket* socket_at(stun::Origin origin);

  std::vector<Socket> sockets_;
  std::shared_ptr<const stun::Responder> responder_;
  std::shared_ptr<StunTally> tally_;
  UdpBatch batch_;
  bool stopped_ = false;
};

}  // namespace parlor::server
