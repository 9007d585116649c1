#pragma once
// What a host sends and receives as a capture that Wireshark opens: pcap with raw IP packets and the times of
// the world. The headers are made here (RFC 791, RFC 8200, RFC 768, RFC 9293); nothing is written to disk.

#include <cstddef>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "sim/packet.hpp"

namespace parlor::sim {

class Host;

class Capture {
 public:
  /// What comes beyond so many bytes is not kept.
  explicit Capture(std::size_t most_bytes = 64 * 1024 * 1024);

  /// From now on all that passes this host; the capture lives as long as the host, or stop() is called.
  void watch(Host& host);
  static void stop(Host& host);
  void add(base::Time time, const Packet& packet);

  /// A pcap file: write it to disk as it is.
  [[nodiscard]] const base::Bytes& file() const { return file_; }
  [[nodiscard]] std::size_t packets() const { return packets_; }
  /// How many did not fit.
  [[nodiscard]] std::size_t left_out() const { return left_out_; }

 private:
  std::size_t most_bytes_;
  base::Bytes file_;
  std::size_t packets_ = 0;
  std::size_t left_out_ = 0;
};

/// A packet with its IP and transport headers, checksums included.
[[nodiscard]] base::Bytes to_ip(const Packet& packet);

}  // namespace parlor::sim
