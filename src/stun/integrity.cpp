#include "stun/integrity.hpp"

#include <algorithm>

#include "crypto/constant_time.hpp"
#include "crypto/hash.hpp"
#include "crypto/hmac.hpp"
#include "stun/crc32.hpp"

namespace parlor::stun {
namespace {

constexpr std::string_view kNonceCookie = "obMatJos2";

/// Where the header of this attribute, whose value lies inside the message, begins.
std::size_t offset_of(const Message& message, base::BytesView value) {
  return static_cast<std::size_t>(value.data() - message.bytes().data()) - kAttributeHeaderSize;
}

/// The header as it was when the attribute that ends at `end` was computed: with a length that goes up to
/// there.
std::array<std::byte, kHeaderSize> header_up_to(const Message& message, std::size_t end) {
  std::array<std::byte, kHeaderSize> header{};
  std::copy_n(message.bytes().begin(), header.size(), header.begin());
  base::ByteWriter(std::span{header}.subspan(2)).u16(static_cast<std::uint16_t>(end - kHeaderSize));
  return header;
}

struct Covered {
  std::array<std::byte, kHeaderSize> header;
  base::BytesView attributes;
  [[nodiscard]] std::array<base::BytesView, 2> parts() const { return {base::BytesView(header), attributes}; }
};

/// What the value of an integrity attribute is computed over (§14.5, §14.6).
Covered covered_by(const Message& message, base::BytesView value) {
  const std::size_t begin = offset_of(message, value);
  return {header_up_to(message, begin + kAttributeHeaderSize + value.size()),
          message.bytes().subspan(kHeaderSize, begin - kHeaderSize)};
}

}  // namespace

Check check_message_integrity(const Message& message, base::BytesView key) {
  const auto value = message.find(AttributeType::message_integrity);
  if (!value) return Check::absent;
  if (value->size() != sizeof(crypto::Sha1Digest)) return Check::wrong;
  const Covered covered = covered_by(message, *value);
  return crypto::constant_time_equal(crypto::hmac_sha1(key, covered.parts()), *value) ? Check::right
                                                                                      : Check::wrong;
}

Check check_message_integrity_sha256(const Message& message, base::BytesView key, std::size_t min_size) {
  const auto value = message.find(AttributeType::message_integrity_sha256);
  if (!value) return Check::absent;
  if (value->size() < std::max<std::size_t>(min_size, 16) || value->size() > 32 || value->size() % 4 != 0) {
    return Check::wrong;
  }
  const Covered covered = covered_by(message, *value);
  const crypto::Sha256Digest digest = crypto::hmac_sha256(key, covered.parts());
  return crypto::constant_time_equal(base::BytesView(digest).first(value->size()), *value) ? Check::right
                                                                                           : Check::wrong;
}

Check check_integrity(const Message& message, base::BytesView key) {
  const Check strong = check_message_integrity_sha256(message, key);
  return strong != Check::absent ? strong : check_message_integrity(message, key);
}

Check check_fingerprint(const Message& message) {
  const auto value = message.find(AttributeType::fingerprint);
  if (!value) return Check::absent;
  base::ByteReader reader(*value);
  const auto crc = reader.u32();
  if (!crc || reader.remaining() != 0) return Check::wrong;
  // It is the last attribute, so the header's length is the one that it was computed with.
  return *crc == fingerprint_of(message.bytes().first(offset_of(message, *value))) ? Check::right
                                                                                   : Check::wrong;
}

std::array<std::byte, 16> long_term_key_md5(std::string_view username, std::string_view realm,
                                            std::string_view password) {
  const base::BytesView parts[] = {base::as_bytes(username), base::as_bytes(":"), base::as_bytes(realm),
                                   base::as_bytes(":"), base::as_bytes(password)};
  return crypto::md5(parts);
}

std::array<std::byte, 32> long_term_key_sha256(std::string_view username, std::string_view realm,
                                               std::string_view password) {
  const base::BytesView parts[] = {base::as_bytes(username), base::as_bytes(":"), base::as_bytes(realm),
                                   base::as_bytes(":"), base::as_bytes(password)};
  return crypto::sha256(parts);
}

std::array<std::byte, 32> userhash(std::string_view username, std::string_view realm) {
  const base::BytesView parts[] = {base::as_bytes(username), base::as_bytes(":"), base::as_bytes(realm)};
  return crypto::sha256(parts);
}

std::string nonce_cookie(const SecurityFeatures& features) {
  // Bit 0 is the most significant of the first of three bytes. The two alphabets of base64 agree on these
  // values.
  const std::byte first{static_cast<std::uint8_t>((features.password_algorithms ? 0x80 : 0) |
                                                  (features.username_anonymity ? 0x40 : 0))};
  return std::string(kNonceCookie) + base::to_base64url(std::array{first, std::byte{0}, std::byte{0}});
}

std::optional<SecurityFeatures> nonce_features(std::string_view nonce) {
  if (nonce.substr(0, kNonceCookie.size()) != kNonceCookie || nonce.size() < kNonceCookie.size() + 4) {
    return std::nullopt;
  }
  std::string text(nonce.substr(kNonceCookie.size(), 4));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  const auto bits = base::from_base64url(text);
  if (!bits) return std::nullopt;
  const auto first = std::to_integer<unsigned>(bits->front());
  return SecurityFeatures{(first & 0x80) != 0, (first & 0x40) != 0};
}

}  // namespace parlor::stun
