#pragma once
// What stands in which slot of the label atlas, and where in its picture. Internal to this folder.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "render/scene.hpp"

namespace parlor::render {

class LabelSlots {
 public:
  static constexpr int kWidth = 512;  // pixels of the texture, of one slot
  static constexpr int kHeight = 64;
  static constexpr int kColumns = 2;
  static constexpr int kRows = 32;
  static_assert(kColumns * kRows == kMostLabels);

  struct Corner {
    int x = 0;
    int y = 0;
  };
  /// The corner with the least x and y; nothing where there is no such slot.
  [[nodiscard]] static constexpr std::optional<Corner> corner(LabelSlot slot) {
    if (slot >= kMostLabels) return std::nullopt;
    return Corner{slot % kColumns * kWidth, slot / kColumns * kHeight};
  }

  /// False where there is no such slot: nothing was changed.
  bool set(LabelSlot slot, std::string_view text) {
    if (slot >= kMostLabels) return false;
    texts_[slot] = text;
    return true;
  }
  [[nodiscard]] const std::string& text(LabelSlot slot) const { return texts_.at(slot); }

 private:
  std::array<std::string, kMostLabels> texts_;
};

}  // namespace parlor::render
