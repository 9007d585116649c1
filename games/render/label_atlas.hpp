#pragma once
// Short texts as pictures: a texture with one slot for each, drawn by the browser's own text engine, which
// knows every script and every font that is there. Made for the names of a room's members.

#include <array>
#include <string>
#include <string_view>

#include "render/gl_objects.hpp"
#include "render/scene.hpp"

namespace parlor::render {

class LabelAtlas {
 public:
  static constexpr int kSlotWidth = 512;  // pixels of the texture
  static constexpr int kSlotHeight = 64;
  static constexpr int kColumns = 2;
  static constexpr int kRows = 32;
  static constexpr std::size_t kSlots = kColumns * kRows;

  /// Makes the texture anew; call after a context was made or restored.
  void create();
  /// `text` is UTF-8. Texts too wide for a slot are set narrower. `pixel_ratio`: screen pixels per CSS pixel.
  void set(LabelSlot slot, std::string_view text, float pixel_ratio);
  /// Draws all texts again, for another pixel ratio.
  void redraw(float pixel_ratio);

  [[nodiscard]] int width(LabelSlot slot) const { return widths_[slot % kSlots]; }  ///< pixels, 0 when empty
  [[nodiscard]] GLuint texture() const { return texture_.name(); }

 private:
  void draw(std::size_t slot);

  GlTexture texture_;
  float pixel_ratio_ = 1;
  std::array<std::string, kSlots> texts_;
  std::array<int, kSlots> widths_{};
};

}  // namespace parlor::render
