#pragma once
// The words of ICE (RFC 8445 §4), for one data stream with one component over UDP: what data channels have.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/random.hpp"

namespace parlor::ice {

enum class CandidateType : std::uint8_t { host, server_reflexive, peer_reflexive, relayed };

/// One address that this agent or the other may be reached at.
struct Candidate {
  CandidateType type = CandidateType::host;
  base::SocketAddress address{};
  /// Where this agent sends from to be seen at that address: of a host or relayed candidate the address
  /// itself. Not used for the other agent's.
  base::SocketAddress base{};
  std::uint32_t priority = 0;
  std::string foundation{};  ///< alike where type, base, server and transport are (RFC 8445 §5.1.1.3)
};

/// What each side tells the other, anew with each restart (RFC 8445 §5.3).
struct Credentials {
  std::string ufrag;     ///< 4 to 256 characters of A–Z a–z 0–9 + /
  std::string password;  ///< 22 to 256
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// Fresh ones: 48 bits of randomness, which also lets one UDP port tell its connections apart, and 144 bits.
[[nodiscard]] Credentials make_credentials(base::Random& random);

enum class Role : std::uint8_t { controlling, controlled };

/// Whether the other side is known to be at an address that something came from (RFC 9000 §8 has the word).
enum class AddressValidation : std::uint8_t {
  unknown,
  claimed,    ///< who knows the password sent a check with that address on it, which anybody can write there
  validated,  ///< and a check that went there was answered (RFC 8445 §7.2.5.2)
};

// ---- priorities (RFC 8445 §5.1.2.1, §6.1.2.3)

inline constexpr std::uint32_t type_preference(CandidateType type) {
  switch (type) {
    case CandidateType::host:
      return 126;
    case CandidateType::peer_reflexive:
      return 110;
    case CandidateType::server_reflexive:
      return 100;
    case CandidateType::relayed:
      return 0;
  }
  return 0;
}

/// Of a candidate of component 1. `local_preference`: which of this machine's addresses is to be preferred,
/// the higher the better; RFC 8421 §4 has IPv6 and IPv4 take turns in it.
inline constexpr std::uint32_t candidate_priority(CandidateType type, std::uint16_t local_preference) {
  return type_preference(type) << 24 | static_cast<std::uint32_t>(local_preference) << 8 | 255;
}

/// Of a pair, from the controlling and the controlled side's candidates.
inline constexpr std::uint64_t pair_priority(std::uint32_t controlling, std::uint32_t controlled) {
  const std::uint64_t smaller = controlling < controlled ? controlling : controlled;
  const std::uint64_t larger = controlling < controlled ? controlled : controlling;
  return (smaller << 32) + 2 * larger + (controlling > controlled ? 1 : 0);
}

// ---- what goes out and comes in

/// A datagram to send from one of this machine's bases: a socket's address, or a relayed candidate's.
struct Transmit {
  base::SocketAddress local;
  base::SocketAddress remote;
  base::Bytes bytes;
};

/// The way that data goes.
struct Route {
  base::SocketAddress local;  ///< the base it is sent from
  base::SocketAddress remote;
  CandidateType local_type = CandidateType::host;
  CandidateType remote_type = CandidateType::host;
  [[nodiscard]] bool is_relayed() const {
    return local_type == CandidateType::relayed || remote_type == CandidateType::relayed;
  }
  friend bool operator==(const Route&, const Route&) = default;
};

}  // namespace parlor::ice
