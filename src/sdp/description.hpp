#pragma once
// The part of an offer or an answer that a data channel needs (RFC 8829, RFC 8839, RFC 8841, RFC 8842), read
// from what browsers and other stacks write, and written so that they understand it. What is not known is
// skipped and never repeated: a stack that echoes an attribute agrees to what it does not understand.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "sdp/candidate.hpp"

namespace parlor::sdp {

/// Who begins the DTLS handshake (RFC 8842 §5, RFC 4145).
enum class Setup : std::uint8_t {
  actpass,  ///< either: in offers
  active,   ///< the one who says so
  passive,  ///< the other
};

/// The SHA-256 of a certificate; other hashes are skipped.
using Fingerprint = std::array<std::byte, 32>;

struct Description {
  // An m= line of another kind, such as video, which this side answers with port 0. It repeats these, so they
  // are tokens (RFC 8866 §9), and whole: an answer says nothing that nobody has said.
  struct OtherMedia {
    std::string kind;      ///< "audio", "video", …
    std::string protocol;  ///< "UDP/TLS/RTP/SAVPF", …
    std::string formats;
    std::string mid;  ///< or nothing
  };

  std::string session_id =
      "0";  ///< digits; grows nothing, stays for the life of a connection (RFC 8829 §5.2.1)
  std::uint64_t version = 0;  ///< grows with each description
  std::string mid = "0";      ///< a token (RFC 5888 §4), or nothing
  std::size_t position = 0;   ///< of the data m= line among all
  bool rejected = false;      ///< its port is 0 and it is not bundle-only: no data channel
  std::string ufrag;          ///< 4 to 256 characters
  std::string password;       ///< 22 to 256
  bool lite = false;
  bool trickle = false;
  std::vector<Fingerprint> fingerprints;  ///< in descriptions that are read at least one
  Setup setup = Setup::actpass;
  std::uint16_t sctp_port = 5000;
  std::uint64_t max_message_size =
      65536;  ///< bytes; 0: any. RFC 8841 §6.1 gives the value where it is not said
  std::optional<base::Bytes> sctp_init;  ///< SNAP: the INIT chunk with its header
  std::vector<Candidate> candidates;
  bool end_of_candidates = false;
  std::vector<OtherMedia> others;  ///< in their order
  /// Of an answer, the ufrag of the offer that it answers (a=x-parlor-offer, in the session part): between
  /// two of this project, whose signaling may lose or delay either. Others skip it.
  std::string answered_ufrag;
};

enum class ParseError : std::uint8_t {
  too_long,
  not_sdp,          ///< does not begin with v=0
  no_data_channel,  ///< no m=application line for SCTP over DTLS
  bad_credentials,  ///< ice-ufrag or ice-pwd are missing or too short
  no_fingerprint,   ///< no SHA-256
  bad_setup,        ///< holdconn, or something else
  bad_port,         ///< sctp-port is missing or no port: the former way, sctpmap, is not known
  too_many_media,
  bad_word,  ///< what an answer repeats is too long, or no token
};
/// A sentence for people.
[[nodiscard]] std::string_view to_string(ParseError error);

inline constexpr std::size_t kLongestDescription = 64 * 1024;
inline constexpr std::size_t kMostCandidates = 64;  // further ones are left out
inline constexpr std::size_t kMostMedia = 32;
inline constexpr std::size_t kMostFingerprints = 8;

[[nodiscard]] base::Result<Description, ParseError> parse(std::string_view text);
/// With lines that end as RFC 8866 §9 has it.
[[nodiscard]] std::string write(const Description& description);

}  // namespace parlor::sdp
