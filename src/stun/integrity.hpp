#pragma once
// Who sent a STUN message, and is it whole: keys, MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256, FINGERPRINT
// (RFC 8489 §7, §9, §14.4–14.7). The rules of who must send what belong to the usage: ICE, TURN.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "stun/message.hpp"

namespace parlor::stun {

enum class Check { absent, wrong, right };

/// MESSAGE-INTEGRITY with this key. Compared in constant time, as is the next.
[[nodiscard]] Check check_message_integrity(const Message& message, base::BytesView key);
/// MESSAGE-INTEGRITY-SHA256 with this key. Shorter than `min_size` is wrong: only a usage that says so may
/// cut it down, to 16 bytes at least (§14.6).
[[nodiscard]] Check check_message_integrity_sha256(const Message& message, base::BytesView key,
                                                   std::size_t min_size = 32);
/// The stronger of those that the message has decides (§9.1.3, §9.2.4).
[[nodiscard]] Check check_integrity(const Message& message, base::BytesView key);
[[nodiscard]] Check check_fingerprint(const Message& message);

// The short-term key is the password itself (§9.1.1). These are the long-term keys (§9.2.2, §18.5.1).
[[nodiscard]] std::array<std::byte, 16> long_term_key_md5(std::string_view username, std::string_view realm,
                                                          std::string_view password);
[[nodiscard]] std::array<std::byte, 32> long_term_key_sha256(std::string_view username,
                                                             std::string_view realm,
                                                             std::string_view password);
/// The value of USERHASH (§14.4).
[[nodiscard]] std::array<std::byte, 32> userhash(std::string_view username, std::string_view realm);

/// What a server promises at the head of its nonce, so that nobody on the way can talk a client down to less
/// (§9.2.1, §18.1).
struct SecurityFeatures {
  bool password_algorithms = false;
  bool username_anonymity = false;
  friend bool operator==(const SecurityFeatures&, const SecurityFeatures&) = default;
};

/// The 13 characters that such a nonce begins with.
[[nodiscard]] std::string nonce_cookie(const SecurityFeatures& features);
/// Nothing when the nonce does not begin so: a server of RFC 5389. Bits that nobody has given a meaning are
/// ignored.
[[nodiscard]] std::optional<SecurityFeatures> nonce_features(std::string_view nonce);

}  // namespace parlor::stun
