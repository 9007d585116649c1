#include "signaling/settings.hpp"

#include <algorithm>
#include <cassert>
#include <string>

namespace parlor::signaling {
namespace {

// The key also seals tickets, whose first byte is their version: no ticket begins like these.
constexpr std::string_view kPasswordLabel = "password:";
constexpr std::string_view kSiteLabel = "site:";

// Bits of a packed byte.
constexpr unsigned kListed = 1;
constexpr unsigned kLocked = 2;
constexpr unsigned kPassword = 4;

constexpr std::uint8_t kNumber = 0;
constexpr std::uint8_t kText = 1;

template <std::size_t size>
std::optional<std::array<std::byte, size>> take(base::ByteReader& in) {
  const auto bytes = in.take(size);
  if (!bytes) return std::nullopt;
  std::array<std::byte, size> taken{};
  std::copy(bytes->begin(), bytes->end(), taken.begin());
  return taken;
}

std::optional<Metadata> unpack_metadata(base::ByteReader& in) {
  const auto count = in.u8();
  if (!count) return std::nullopt;
  Metadata metadata;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto key_size = in.u8();
    const auto key = key_size ? in.take(*key_size) : std::nullopt;
    const auto kind = key ? in.u8() : std::nullopt;
    if (!kind) return std::nullopt;
    if (*kind == kNumber) {
      const auto number = in.u64();
      if (!number) return std::nullopt;
      metadata.emplace(base::as_text(*key), static_cast<std::int64_t>(*number));
    } else {
      const auto size = in.u8();
      const auto text = size ? in.take(*size) : std::nullopt;
      if (!text) return std::nullopt;
      metadata.emplace(base::as_text(*key), std::string(base::as_text(*text)));
    }
  }
  return is_metadata(metadata) ? std::optional(std::move(metadata)) : std::nullopt;
}

}  // namespace

bool equal_secrets(base::BytesView a, base::BytesView b) {
  volatile unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    difference = difference | std::to_integer<unsigned>(a[i] ^ b[i]);
  }
  return difference == 0;
}

PasswordHash hash_password(std::string_view password, const std::array<std::byte, 8>& salt, const Mac& mac,
                           base::BytesView key) {
  assert(password.size() <= kMaxPassword);
  std::array<std::byte, kPasswordLabel.size() + 8 + kMaxPassword> bytes{};
  base::ByteWriter out(bytes);
  out.bytes(base::as_bytes(kPasswordLabel));
  out.bytes(salt);
  out.bytes(base::as_bytes(password));
  const auto tag = mac(key, out.written());
  PasswordHash made{salt, {}};
  std::copy_n(tag.begin(), made.hash.size(), made.hash.begin());
  return made;
}

bool is_password(std::string_view password, const PasswordHash& hash, const Mac& mac, base::BytesView key) {
  return equal_secrets(hash_password(password, hash.salt, mac, key).hash, hash.hash);
}

SiteTag site_tag(const base::IpAddress& site, std::uint64_t life, const Mac& mac, base::BytesView key) {
  std::array<std::byte, kSiteLabel.size() + 8 + 1 + 16> bytes{};
  base::ByteWriter out(bytes);
  out.bytes(base::as_bytes(kSiteLabel));
  out.u64(life);  // else the same tag in two rooms would tell of the same address
  out.u8(site.is_v6() ? 6 : 4);
  out.bytes(std::as_bytes(std::span(site.bytes())));
  const auto tag = mac(key, out.written());
  SiteTag cut{};
  std::copy_n(tag.begin(), cut.size(), cut.begin());
  return cut;
}

bool RoomRules::has_banned(std::uint32_t serial) const {
  return std::any_of(bans.begin(), bans.end(), [&](const Ban& ban) { return ban.serial == serial; });
}

bool RoomRules::has_removed(std::uint32_t serial) const {
  return std::find(kicked.begin(), kicked.end(), serial) != kicked.end() || has_banned(serial);
}

void pack(base::ByteWriter& out, const Metadata& metadata) {
  out.u8(static_cast<std::uint8_t>(metadata.size()));
  for (const auto& [key, value] : metadata) {
    out.u8(static_cast<std::uint8_t>(key.size()));
    out.bytes(base::as_bytes(key));
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      out.u8(kNumber);
      out.u64(static_cast<std::uint64_t>(*number));
    } else {
      const std::string& text = std::get<std::string>(value);
      out.u8(kText);
      out.u8(static_cast<std::uint8_t>(text.size()));
      out.bytes(base::as_bytes(text));
    }
  }
}

void pack(base::ByteWriter& out, const RoomRules& rules) {
  assert(rules.bans.size() <= kMaxBans && rules.kicked.size() <= kMaxKicked && is_metadata(rules.metadata));
  out.u32(rules.revision);
  out.u8(static_cast<std::uint8_t>((rules.listed ? kListed : 0) | (rules.locked ? kLocked : 0) |
                                   (rules.password ? kPassword : 0)));
  if (rules.password) {
    out.bytes(rules.password->salt);
    out.bytes(rules.password->hash);
  }
  pack(out, rules.metadata);
  out.u8(static_cast<std::uint8_t>(rules.bans.size()));
  for (const Ban& ban : rules.bans) {
    out.u32(ban.serial);
    out.bytes(ban.site);
    out.u8(ban.whole_site ? 1 : 0);
  }
  out.u8(static_cast<std::uint8_t>(rules.kicked.size()));
  for (const std::uint32_t serial : rules.kicked) out.u32(serial);
}

std::optional<RoomRules> unpack_rules(base::ByteReader& in) {
  RoomRules rules;
  const auto revision = in.u32();
  const auto bits = in.u8();
  if (!revision || !bits) return std::nullopt;
  rules.revision = *revision;
  rules.listed = (*bits & kListed) != 0;
  rules.locked = (*bits & kLocked) != 0;
  if ((*bits & kPassword) != 0) {
    const auto salt = take<8>(in);
    const auto hash = take<16>(in);
    if (!salt || !hash) return std::nullopt;
    rules.password = PasswordHash{*salt, *hash};
  }
  auto metadata = unpack_metadata(in);
  if (!metadata) return std::nullopt;
  rules.metadata = std::move(*metadata);
  const auto bans = in.u8();
  if (!bans || *bans > kMaxBans) return std::nullopt;
  for (std::size_t i = 0; i < *bans; ++i) {
    const auto serial = in.u32();
    const auto site = take<8>(in);
    const auto whole_site = in.u8();
    if (!serial || !site || !whole_site || *whole_site > 1) return std::nullopt;
    rules.bans.push_back({*serial, *site, *whole_site == 1});
  }
  const auto kicked = in.u8();
  if (!kicked || *kicked > kMaxKicked) return std::nullopt;
  for (std::size_t i = 0; i < *kicked; ++i) {
    const auto serial = in.u32();
    if (!serial) return std::nullopt;
    rules.kicked.push_back(*serial);
  }
  return rules;
}

}  // namespace parlor::signaling
