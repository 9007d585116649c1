#pragma once
// What a room says about itself: to its members, to those who look for a room, and what its host may change.

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
  std::string title;
  int size = 0;  ///< most members
  bool has_password = false;
  bool listed = false;  ///< those who look for rooms see it
  bool locked = false;  ///< takes nobody new; who was a member may come back
  Metadata metadata;
  friend bool operator==(const RoomSettings&, const RoomSettings&) = default;
};

/// What its host changes; what is absent stays as it is.
struct SettingsChange {
  std::optional<std::string> title;
  std::optional<int> size;              ///< 2 to kMaxMembers, not below the members that are there
  std::optional<std::string> password;  ///< empty: none from now on
  std::optional<bool> listed;
  std::optional<bool> locked;
  std::optional<Metadata> metadata;  ///< all of it
  friend bool operator==(const SettingsChange&, const SettingsChange&) = default;
};

}  // namespace parlor
