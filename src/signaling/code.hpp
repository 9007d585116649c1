#pragma once
// Room codes: words without meaning that a person can read out loud and another can type, e.g. "kamo-ridun".

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace parlor::signaling {

/// Consonant–vowel ×4 and a closing consonant, out of 16 consonants and 5 vowels that sound apart: 16^5 × 5^4
/// = 655 million codes. Canonical form: 9 lower-case letters.
inline constexpr std::size_t kCodeLength = 9;

[[nodiscard]] std::string random_code(base::Random& random);
/// As it is shown: "kamo-ridun". `code` is canonical.
[[nodiscard]] std::string shown_code(std::string_view code);
/// Canonical form of what a person typed (case, blanks, dashes and underscores do not matter), or nothing
/// when it cannot be a code.
[[nodiscard]] std::optional<std::string> canonical_code(std::string_view typed);
/// The worker, of `workers`, that is home to the room with this canonical code. Stable across processes and
/// machines.
[[nodiscard]] std::size_t home_worker(std::string_view code, std::size_t workers);

}  // namespace parlor::signaling
