#pragma once
// What a room reads in the descriptions that it passes on: single lines of them, the rest is between the
// carriers. None is trusted to be there, or to be of a sensible length.

#include <cstdint>
#include <string>
#include <string_view>

namespace parlor::room {

/// What tells one carrier of the other end from another: its certificate, made for it alone. Empty: it names
/// none. Cut at 256 bytes.
[[nodiscard]] std::string fingerprint_of(std::string_view sdp);
/// What tells one offer of an end from its others (RFC 8839, section 5.4). Empty: it has none. Cut at 256
/// bytes.
[[nodiscard]] std::string ufrag_of(std::string_view sdp);
/// The ufrag of the offer that an answer is to (docs/signaling.md). Empty: it does not say.
[[nodiscard]] std::string offer_named_in(std::string_view sdp);
/// How many candidates a description holds.
[[nodiscard]] std::uint32_t candidates_in(std::string_view sdp);

}  // namespace parlor::room
