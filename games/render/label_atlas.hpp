#pragma once
// Short texts as pictures: a texture with one slot for each, drawn by the browser's own text engine, which
// knows every script and every font that is there. Made for the names of a room's members.

#include <array>
#include <string_view>

#include "render/gl_objects.hpp"
#include "render/label_slots.hpp"
#include "render/scene.hpp"

namespace parlor::render {

class LabelAtlas {
 public:
  /// Makes the texture anew; call after a context was made or restored.
  void create();
  /// `text` is UTF-8. Texts too wide for a slot are set narrower. `pixel_ratio`: screen pixels per CSS pixel.
  /// A slot that does not exist is ignored.
  void set(LabelSlot slot, std::string_view text, float pixel_ratio);
  /// Draws all texts again, for another pixel ratio.
  void redraw(float pixel_ratio);

  /// Pixels, 0 when empty. Precondition: there is such a slot.
  [[nodiscard]] int width(LabelSlot slot) const { return widths_.at(slot); }
  [[nodiscard]] GLuint texture() const { return texture_.name(); }

 private:
  void draw(LabelSlot slot);

  GlTexture texture_;
  float pixel_ratio_ = 1;
  LabelSlots slots_;
  std::array<int, kMostLabels> widths_{};
};

}  // namespace parlor::render
