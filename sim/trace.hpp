#pragma once
// What became of each packet, the last so many of them, as a table for people: for the moment when a test has
// failed and the question is where the datagram went.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/address.hpp"
#include "base/time.hpp"
#include "sim/packet.hpp"

namespace parlor::sim {

/// What happened to a packet at one place on its way. The drops are the end of it.
enum class Fate : std::uint8_t {
  sent,        ///< by a host
  delivered,   ///< to a socket or a stream
  translated,  ///< by a NAT
  hairpinned,  ///< by a NAT, back to where it came from
  duplicated,
  reordered,  ///< held back beyond its turn
  corrupted,  ///< a bit flipped; of TCP: dropped by the checksum

  lost,           ///< by chance
  lost_in_burst,  ///< by chance, in the bad state
  queue_full,
  too_large,    ///< for the link's MTU
  outage,       ///< the link is down
  no_route,     ///< nobody has that address
  no_listener,  ///< nobody at that port, or the host is off
  no_mapping,   ///< a NAT knows nothing of that port
  filtered,     ///< by a NAT or a firewall
  no_port,      ///< a NAT has no port left
  no_hairpin,   ///< a NAT does not turn packets round
  blocked,      ///< UDP, where there is none
};

[[nodiscard]] std::string_view to_string(Fate fate);
[[nodiscard]] bool is_drop(Fate fate);

class Trace {
 public:
  struct Entry {
    base::Time time{};
    std::uint64_t packet = 0;
    std::string where;
    Fate fate{};
    Protocol protocol{};
    base::SocketAddress source;
    base::SocketAddress destination;
    std::size_t size = 0;  ///< as an IP packet
  };

  /// Keeps the last `count` entries from now on; 0 keeps none and costs nothing.
  void keep(std::size_t count);
  [[nodiscard]] bool on() const { return limit_ > 0; }
  void record(base::Time now, std::string_view where, const Packet& packet, Fate fate);
  [[nodiscard]] const std::deque<Entry>& entries() const { return entries_; }
  /// The last `rows` entries, a line each under a line of headings; times in milliseconds since `origin`.
  [[nodiscard]] std::string table(base::Time origin, std::size_t rows = 200) const;

 private:
  std::size_t limit_ = 0;
  std::uint64_t recorded_ = 0;
  std::deque<Entry> entries_;
};

}  // namespace parlor::sim
