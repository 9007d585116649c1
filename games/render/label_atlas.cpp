#include "render/label_atlas.hpp"

#include <algorithm>
#include <vector>

/// In text_raster.js: draws `text` in white into `pixels` (RGBA, width × height) and returns how wide it is.
extern "C" int parlor_text_raster(const char* text, unsigned char* pixels, int width, int height,
                                  float font_size);

namespace parlor::render {
namespace {

constexpr float kFontSize = 14;     // CSS pixels
constexpr float kLargestFont = 30;  // pixels; what a slot has room for

}  // namespace

void LabelAtlas::create() {
  texture_ = GlTexture::make();
  glBindTexture(GL_TEXTURE_2D, texture_.name());
  glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, LabelSlots::kColumns * LabelSlots::kWidth,
                 LabelSlots::kRows * LabelSlots::kHeight);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  redraw(pixel_ratio_);
}

void LabelAtlas::set(LabelSlot slot, std::string_view text, float pixel_ratio) {
  pixel_ratio_ = pixel_ratio;
  if (slots_.set(slot, text)) draw(slot);
}

void LabelAtlas::redraw(float pixel_ratio) {
  pixel_ratio_ = pixel_ratio;
  for (LabelSlot slot = 0; slot < kMostLabels; ++slot) {
    if (!slots_.text(slot).empty()) draw(slot);
  }
}

void LabelAtlas::draw(LabelSlot slot) {
  constexpr int kWidth = LabelSlots::kWidth;
  constexpr int kHeight = LabelSlots::kHeight;
  const auto corner = LabelSlots::corner(slot);
  if (!corner) return;
  std::vector<unsigned char> pixels(std::size_t{4} * kWidth * kHeight);
  const std::string& text = slots_.text(slot);
  const float font = std::min(kFontSize * pixel_ratio_, kLargestFont);
  widths_.at(slot) =
      text.empty() ? 0 : parlor_text_raster(text.c_str(), pixels.data(), kWidth, kHeight, font);
  glBindTexture(GL_TEXTURE_2D, texture_.name());
  glTexSubImage2D(GL_TEXTURE_2D, 0, corner->x, corner->y, kWidth, kHeight, GL_RGBA, GL_UNSIGNED_BYTE,
                  pixels.data());
}

}  // namespace parlor::render
