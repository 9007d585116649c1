#pragma once
// A small WebGL 2 renderer: round-edged blocks and balls with soft shadows on a wide ground under a sky, at
// any time of day, and name labels.
//
// One call to draw() is one frame, in at most kMostDrawCalls draw calls however many blocks there are: every
// block is an instance. It knows nothing of games. It does
// not load models or pictures, and it draws no shadows of blocks on blocks. Units, axes and an example stand
// in render/scene.hpp.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "render/label_atlas.hpp"
#include "render/scene.hpp"

namespace parlor::render {

struct FrameStats {
  int draw_calls = 0;
  int blocks = 0;
};

enum class RendererError : std::uint8_t {
  none,
  no_webgl2,  ///< the browser has no WebGL 2, or it is switched off, or the graphics card is refused
  no_shader,  ///< the browser's shader compiler refused ours: a bug
};

class Renderer {
 public:
  static constexpr int kMostDrawCalls = 8;
  /// Blocks beyond these are not drawn.
  static constexpr std::size_t kMostBlocks = 20'000;

  /// On the canvas that `selector` (CSS) finds; it stays the caller's and must outlive this.
  explicit Renderer(std::string selector);
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  /// Anything but none: nothing will be drawn, all other calls are harmless. It is known once this is made,
  /// and may come later only when a lost context is made anew.
  [[nodiscard]] RendererError error() const;
  /// Then what to tell: a sentence, or the compiler's own words.
  [[nodiscard]] std::string_view log() const;

  /// The canvas's size in CSS pixels and the screen's pixels per CSS pixel: before the first frame, and when
  /// either has changed.
  void resize(float width, float height, float pixel_ratio);
  /// Or, with every frame: resize() to what the page makes the canvas, where that has changed. The page's
  /// style must give it a size.
  void fit();
  /// `text` is UTF-8, empty for none. Draws text, which takes a while: when it changes, not with each frame.
  void set_label(LabelSlot slot, std::string_view text);
  /// Which point of the ground stands at a place of the canvas, in CSS pixels from its upper left corner.
  /// Nothing above the horizon.
  [[nodiscard]] std::optional<Vec3> ground_at(const Camera& camera, double x, double y) const;
  /// Draws nothing while the browser has taken the context away; once it is back, all is made anew.
  FrameStats draw(const Scene& scene);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parlor::render
