#pragma once
// A candidate as it is written in SDP and in signaling messages (RFC 8839 §5.1):
//
//   candidate:FOUNDATION COMPONENT TRANSPORT PRIORITY ADDRESS PORT typ TYPE [raddr ADDRESS rport PORT] [NAME
//   VALUE]…

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.hpp"
#include "base/result.hpp"

namespace parlor::sdp {

enum class CandidateType : std::uint8_t { host, server_reflexive, peer_reflexive, relayed };

struct Candidate {
  std::string foundation;  ///< 1 to 32 characters of A–Z a–z 0–9 + /
  std::uint32_t priority = 0;
  /// Nothing where the address is a name that only the other side's network knows (mDNS, "….local"): such a
  /// pair can form only as peer-reflexive.
  std::optional<base::SocketAddress> address;
  CandidateType type = CandidateType::host;
  /// Of a reflexive or relayed one, what it was made from; for people who look for faults.
  std::optional<base::SocketAddress> related;
  std::string ufrag;  ///< that it belongs to, where it says so (RFC 8838 §4.1)
};

enum class CandidateError : std::uint8_t {
  malformed,
  not_for_data,  ///< well-formed, of TCP or of another component: data channels have UDP and component 1
};

/// Of "candidate:…" with or without "a=" before it. Names and values that are not known are skipped.
[[nodiscard]] base::Result<Candidate, CandidateError> parse_candidate(std::string_view line);
/// Without "a=". Precondition: it has an address.
[[nodiscard]] std::string write_candidate(const Candidate& candidate);

}  // namespace parlor::sdp
