#pragma once
// One UDP socket, for ICE and what goes over it: datagrams in and out by the batch. Of what the kernel has it
// takes several datagrams per system call (recvmmsg, sendmmsg), and several of one flow as one buffer
// (UDP_GRO, UDP_SEGMENT: Linux 5.0 and 4.18); without these it works the same, only slower. Fragmentation is
// off (IP_MTU_DISCOVER probe: what is larger than the path takes is lost, as path MTU discovery wants it).
// ECN marks are neither set nor read. No datagram allocates: buffers are the thread's, for all of its
// sockets.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "native/descriptor.hpp"
#include "native/kernel_address.hpp"
#include "native/loop.hpp"

namespace parlor::platform::native {

class UdpSocket {
 public:
  /// The longest that is received whole, and taken for sending.
  static constexpr std::size_t kMaxDatagram = 2048;
  /// Datagrams that wait for send(): further ones are dropped, as a network would.
  static constexpr std::size_t kMostQueued = 256;

  struct Features {
    bool segments = true;  ///< UDP_SEGMENT, where the kernel has it
    bool merges = true;    ///< UDP_GRO, likewise
  };
  struct Counters {
    std::uint64_t received = 0;  ///< datagrams
    std::uint64_t receive_calls = 0;
    std::uint64_t sent = 0;
    std::uint64_t send_calls = 0;
    std::uint64_t dropped = 0;  ///< too long, the queue or the kernel's buffer full, no way there
    std::uint64_t cut = 0;      ///< longer than kMaxDatagram when they came: not told
  };
  /// From the loop; `bytes` are good for the call, and may be changed: they are decrypted where they lie. It
  /// may send, and destroy the socket's owner by bury() alone.
  using Receive = std::function<void(const base::SocketAddress& from, std::span<std::byte> bytes)>;

  /// Bound to `local`; port 0: one that the kernel chooses. A sentence where that cannot be.
  [[nodiscard]] static base::Result<std::unique_ptr<UdpSocket>, std::string> open(
      Loop& loop, const base::SocketAddress& local, Receive receive, Features features);
  [[nodiscard]] static base::Result<std::unique_ptr<UdpSocket>, std::string> open(
      Loop& loop, const base::SocketAddress& local, Receive receive) {
    return open(loop, local, std::move(receive), Features());
  }
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  /// Taken at once, and sent by flush(), or when the queue is full.
  void send(const base::SocketAddress& to, base::BytesView bytes);
  void flush();

  [[nodiscard]] const base::SocketAddress& local() const { return local_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t queued() const { return queued_; }
  [[nodiscard]] bool sends_segments() const { return features_.segments; }
  [[nodiscard]] bool merges() const { return features_.merges; }

 private:
  struct Inbound;
  struct Outbound;
  struct Run {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  UdpSocket(Loop& loop, Descriptor socket, base::SocketAddress local, Receive receive, Features features);
  void on_ready(Ready ready);
  /// False: nothing waits any more.
  bool receive();
  void tell(Inbound& in, std::size_t message, std::size_t length);
  [[nodiscard]] Run run_at(std::size_t first) const;
  [[nodiscard]] std::size_t prepare(std::size_t from);
  [[nodiscard]] bool handle_send_error(int error);

  Loop& loop_;
  Descriptor socket_;
  base::SocketAddress local_;
  Receive receive_;
  Features features_;
  Counters counters_;
  std::unique_ptr<Outbound> out_;  // while something is queued
  std::size_t queued_ = 0;
  std::size_t first_ = 0;  // of the queue that was not sent yet
  std::size_t alone_ = 0;  // reads in a row that brought one datagram
  bool blocked_ = false;
  std::optional<Loop::Watch> watch_;
};

}  // namespace parlor::platform::native
