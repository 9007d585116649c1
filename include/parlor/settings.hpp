#pragma once
// What a room says about itself: to its members, to those who look for a room, and what its host may change.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace parlor {

/// Facts about a room that its game chooses: text, or a whole number of at most kMaxMetadataNumber either way
/// (what a JavaScript number holds exactly). Keys are 1 to 32 of a-z, 0-9, '.', '_' and '-'.
using MetadataValue = std::variant<std::int64_t, std::string>;
using Metadata = std::map<std::string, MetadataValue, std::less<>>;

// Limits of it. What counts against the last one: the bytes of the keys and texts, and 8 for each number.
inline constexpr std::size_t kMaxMetadataEntries = 16;
inline constexpr std::size_t kMaxMetadataKey = 32;
inline constexpr std::size_t kMaxMetadataText = 128;  ///< bytes of UTF-8
inline constexpr std::size_t kMaxMetadataBytes = 512;
inline constexpr std::int64_t kMaxMetadataNumber = (std::int64_t{1} << 53) - 1;

inline constexpr std::size_t kMaxPassword = 64;  ///< bytes of UTF-8

/// A room as its members know it.
struct RoomSettings {
  std::string title{};
  int size = 0;  ///< most members
  bool has_password = false;
  bool listed = false;  ///< those who look for rooms see it
  bool locked = false;  ///< takes nobody new; who was a member may come back
  Metadata metadata{};
  friend bool operator==(const RoomSettings&, const RoomSettings&) = default;
};

/// What its host changes; what is absent stays as it is.
struct SettingsChange {
  std::optional<std::string> title{};
  std::optional<int> size{};              ///< 2 to kMaxMembers, not below the members that are there
  std::optional<std::string> password{};  ///< empty: none from now on
  std::optional<bool> listed{};
  std::optional<bool> locked{};
  std::optional<Metadata> metadata{};  ///< all of it
  friend bool operator==(const SettingsChange&, const SettingsChange&) = default;
};

/// Look for others who look for the same: into a room that waits for more of them, or into a new one with
/// somebody who searches now. Rooms that were made by Create, also those that are listed, are no part of it:
/// "any open room, or else one of my own" is a RoomList with has_space and without_password, a Join, and a
/// Create when there is none (docs/room.md).
///
/// The room that it makes counts as one of its address, as of a Create: with 256 of them there it ends with
/// rate_limited. Where more than 256 wait for the same, the nearest of some of them is taken, four times per
/// second of others.
struct QuickMatch {
  /// Must be the same for all who meet; they are the room's metadata then. Within the limits of metadata.
  Metadata attributes{};
  /// How good the player is, in any measure. Those with a rating meet those with one, and others the others.
  std::optional<std::int64_t> rating{};
  // How far the ratings of two may be apart: `window` at first, more with every second, `max_window` at most.
  // Two meet where it is near enough for both.
  std::uint32_t window = 100;
  std::uint32_t widen_per_second = 50;
  std::uint32_t max_window = 1000;
  int size = 2;  ///< most members of the room, 2 to kMaxMembers; the same for all who meet
  /// For so long it waits for somebody; then it is host of a room of its own, which later ones come into. Its
  /// window goes on widening, and as long as it is alone there it is looked for another such room, too:
  /// Joined comes again then. A host that wants to stay calls Room::update_settings: who has changed its room
  /// keeps it.
  std::chrono::milliseconds patience{2000};
  friend bool operator==(const QuickMatch&, const QuickMatch&) = default;
};
inline constexpr std::chrono::milliseconds kMaxPatience{10'000};

}  // namespace parlor
