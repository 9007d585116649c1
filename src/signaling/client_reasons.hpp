#pragma once
// What the server's errors mean to a player: the public Reason, and a sentence that says what to do. Internal
// to this folder.

#include <cstdint>
#include <string>
#include <string_view>

#include "signaling/messages.hpp"

namespace parlor::signaling {

/// The member has left, or the answer has come (RFC 6455 §7.4.1).
inline constexpr std::uint16_t kNormalClosure = 1000;

/// `about` is the type of the message that the error answers.
[[nodiscard]] Reason reason_of(ErrorCode code, std::string_view about);
/// `shown_code` is the room's that was to be joined, or empty; `message` the server's own sentence.
[[nodiscard]] std::string sentence_for_player(ErrorCode code, std::string_view about,
                                              std::string_view shown_code, std::string_view message);

/// Of a socket that never opened; `why` is what the platform knows, for people: a browser knows nothing,
/// mostly.
[[nodiscard]] std::string sentence_for_unreachable(std::string_view why);

}  // namespace parlor::signaling
