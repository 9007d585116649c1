#pragma once
// How much may be on the way at once (RFC 9260 §7.2): slow start, congestion avoidance, half after a loss.
// Counts bytes of DATA chunks, headers and padding with them. Steady small messages never fill the window, so
// they are never held up by it and do not make it grow.

#include <cstddef>
#include <cstdint>

namespace parlor::sctp {

class Congestion {
 public:
  /// Packets in the first window: as TCP has it (RFC 6928), where §7.2.1 says 3 to 4.
  static constexpr std::size_t kInitialPackets = 10;
  static constexpr std::size_t kLeastPackets = 4;

  /// `packet`: bytes of chunks that a packet holds (PMDCS).
  explicit Congestion(std::size_t packet);
  /// Another path MTU was found.
  void set_packet(std::size_t packet);

  [[nodiscard]] std::size_t window() const { return window_; }
  [[nodiscard]] bool in_slow_start() const { return window_ <= threshold_; }

  /// A SACK took `bytes` off what was `in_flight` before it. `recovering`: in fast recovery, in which nothing
  /// grows.
  void acknowledged(std::size_t bytes, std::size_t in_flight, bool recovering);
  /// All that was sent has been acknowledged.
  void drained() { partly_ = 0; }
  /// Three SACKs say that something is missing: once for each window.
  void lost();
  /// Nothing was acknowledged for a whole timeout.
  void timed_out();
  /// Nothing was sent for a whole timeout: what is known of the network is old.
  void idle();

 private:
  std::size_t packet_;
  std::size_t window_;
  std::size_t threshold_ = SIZE_MAX;
  std::size_t partly_ = 0;  ///< acknowledged since the window grew last
};

}  // namespace parlor::sctp
