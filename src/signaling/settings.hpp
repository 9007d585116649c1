#pragma once
// What a room keeps about itself beside its members: its host's settings, its password as a hash, and whom it
// does not let in. Small functions that check, hash and pack it. Internal to this folder.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "parlor/settings.hpp"
#include "signaling/lobby.hpp"

namespace parlor::signaling {

/// HMAC of the password under the server's key: who reads a ticket, which holds this, cannot try passwords
/// on it.
struct PasswordHash {
  std::array<std::byte, 8> salt{};
  std::array<std::byte, 16> hash{};
  friend bool operator==(const PasswordHash&, const PasswordHash&) = default;
};
[[nodiscard]] PasswordHash hash_password(std::string_view password, const std::array<std::byte, 8>& salt,
                                         const Mac& mac, base::BytesView key);
/// Takes the same time whatever the password is.
[[nodiscard]] bool is_password(std::string_view password, const PasswordHash& hash, const Mac& mac,
                               base::BytesView key);

/// Takes the same time wherever the first difference is.
[[nodiscard]] bool equal_secrets(base::BytesView a, base::BytesView b);

/// Where a banned member came from: its site, for whoever has the server's key. Tickets are no place for
/// addresses.
using SiteTag = std::array<std::byte, 8>;
[[nodiscard]] SiteTag site_tag(const base::IpAddress& site, std::uint64_t life, const Mac& mac,
                               base::BytesView key);

struct Ban {
  std::uint32_t serial = 0;
  SiteTag site{};
  /// Also where others of the room are at that site: this one had come from there past an earlier ban.
  bool whole_site = false;
  friend bool operator==(const Ban&, const Ban&) = default;
};

// A room keeps so many of them; of members that were only removed, those that went last.
inline constexpr std::size_t kMaxBans = 32;
inline constexpr std::size_t kMaxKicked = 32;

/// What the host decides, but for title and size.
struct RoomRules {
  std::uint32_t revision = 0;  ///< grows with every change: of two, the higher is the newer
  std::optional<PasswordHash> password;
  bool listed = false;
  bool locked = false;
  Metadata metadata;
  std::vector<Ban> bans;              ///< at most kMaxBans
  std::vector<std::uint32_t> kicked;  ///< serials; at most kMaxKicked
  friend bool operator==(const RoomRules&, const RoomRules&) = default;

  [[nodiscard]] bool has_banned(std::uint32_t serial) const;
  /// Whether the ticket of this member is worth nothing any more.
  [[nodiscard]] bool has_removed(std::uint32_t serial) const;
};

/// Bytes of what pack() writes, at most.
inline constexpr std::size_t kMaxPackedMetadata = 1 + kMaxMetadataEntries * 3 + kMaxMetadataBytes;
inline constexpr std::size_t kMaxPackedRules =
    4 + 1 + 8 + 16 + kMaxPackedMetadata + 1 + kMaxBans * 13 + 1 + kMaxKicked * 4;
void pack(base::ByteWriter& out, const RoomRules& rules);
[[nodiscard]] std::optional<RoomRules> unpack_rules(base::ByteReader& in);

/// Unambiguous bytes for these values: what tells two of them apart.
void pack(base::ByteWriter& out, const Metadata& metadata);

}  // namespace parlor::signaling
