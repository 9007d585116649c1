#include "render/renderer.hpp"

#include <emscripten/html5.h>
#include <emscripten/html5_webgl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "render/detail.hpp"
#include "render/gl_objects.hpp"
#include "render/instances.hpp"
#include "render/rounded_box.hpp"
#include "render/shaders.hpp"

namespace parlor::render {
namespace {

// Strips of a round edge, by Detail: 236, 44 and 1,916 triangles a block. Each is a draw call of its own.
constexpr std::array<int, 3> kRoundness{4, 1, 14};
constexpr GLuint kFrameBinding = 0;

// As kShaderHead's uniform block (std140).
struct FrameUniforms {
  Mat4 view_projection;
  float eye[4];
  float ray_right[4];
  float ray_up[4];
  float ray_forward[4];
  float focus[4];
  float to_sun[4];
  float sun[4];
  float zenith[4];
  float middle[4];
  float horizon[4];
  float glow[4];
  float from_above[4];
  float from_below[4];
  float from_around[4];
};
static_assert(sizeof(FrameUniforms) == 288);

void put(float (&to)[4], Vec3 xyz, float w) {
  to[0] = xyz.x;
  to[1] = xyz.y;
  to[2] = xyz.z;
  to[3] = w;
}

}  // namespace

struct Renderer::Impl {
  explicit Impl(std::string selector) : canvas(std::move(selector)) {}

  void start();
  bool make_objects();
  bool make_programs();
  void make_block_arrays();
  void pack_blocks(const Scene& scene);
  void draw_blocks();
  void upload(const Scene& scene);
  void upload_frame(const Scene& scene);
  void draw_all();
  static EM_BOOL on_context(int type, const void*, void* self);

  std::string canvas;
  EMSCRIPTEN_WEBGL_CONTEXT_HANDLE context = 0;
  RendererError error = RendererError::none;
  std::string log;
  bool lost = false;

  int width = 1;  // of the canvas, in its own pixels
  int height = 1;
  float pixel_ratio = 1;
  std::array<double, 2> fitted{};  // CSS pixels, by fit()

  GlProgram sky, ground, shadow, block, label;
  GlBuffer frame_uniforms, block_instances, label_instances;
  GlVertexArray no_attributes, shadow_array, label_array;
  /// Of each Detail: its mesh, and how many blocks have it.
  struct Mesh {
    GlBuffer vertices, indices;
    GlVertexArray array;
    GLsizei size = 0;
    GLsizei blocks = 0;
  };
  std::array<Mesh, kRoundness.size()> meshes;
  LabelAtlas atlas;

  std::vector<BlockInstance> packed_blocks;  // by their Detail
  std::vector<Detail> details;
  std::vector<LabelInstance> packed_labels;
  FrameStats stats;
};

void Renderer::Impl::start() {
  EmscriptenWebGLContextAttributes wish;
  emscripten_webgl_init_context_attributes(&wish);
  wish.alpha = EM_FALSE;
  wish.antialias = EM_TRUE;
  wish.majorVersion = 2;
  wish.enableExtensionsByDefault = EM_FALSE;
  context = emscripten_webgl_create_context(canvas.c_str(), &wish);
  if (context <= 0) {
    error = RendererError::no_webgl2;
    log = "This browser does not draw: it has no WebGL 2, or it is switched off.";
    return;
  }
  emscripten_webgl_make_context_current(context);
  emscripten_set_webglcontextlost_callback(canvas.c_str(), this, EM_FALSE, on_context);
  emscripten_set_webglcontextrestored_callback(canvas.c_str(), this, EM_FALSE, on_context);
  if (!make_objects()) error = RendererError::no_shader;
}

/// True says "do not do the usual": a lost context may come back.
EM_BOOL Renderer::Impl::on_context(int type, const void*, void* self) {
  auto& impl = *static_cast<Impl*>(self);
  impl.lost = type == EMSCRIPTEN_EVENT_WEBGLCONTEXTLOST;
  if (!impl.lost && !impl.make_objects()) impl.error = RendererError::no_shader;
  return EM_TRUE;
}

bool Renderer::Impl::make_objects() {
  if (!make_programs()) return false;
  frame_uniforms = GlBuffer::make();
  glBindBuffer(GL_UNIFORM_BUFFER, frame_uniforms.name());
  glBufferData(GL_UNIFORM_BUFFER, sizeof(FrameUniforms), nullptr, GL_DYNAMIC_DRAW);
  glBindBufferBase(GL_UNIFORM_BUFFER, kFrameBinding, frame_uniforms.name());
  no_attributes = GlVertexArray::make();
  make_block_arrays();
  label_instances = GlBuffer::make();
  label_array = GlVertexArray::make();
  glBindVertexArray(label_array.name());
  glBindBuffer(GL_ARRAY_BUFFER, label_instances.name());
  describe(kLabelAttributes, sizeof(LabelInstance));
  glBindVertexArray(0);
  atlas.create();
  glDepthFunc(GL_LEQUAL);
  glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  return true;
}

bool Renderer::Impl::make_programs() {
  const std::pair<GlProgram*, const ShaderSource*> programs[] = {{&sky, &kSkyShader},
                                                                 {&ground, &kGroundShader},
                                                                 {&shadow, &kShadowShader},
                                                                 {&block, &kBlockShader},
                                                                 {&label, &kLabelShader}};
  for (const auto& [program, source] : programs) {
    auto made = make_program(std::string(kShaderHead) += source->vertex,
                             std::string(kShaderHead) += source->fragment, log);
    if (!made) return false;
    *program = std::move(*made);
    glUniformBlockBinding(program->name(), glGetUniformBlockIndex(program->name(), "Frame"), kFrameBinding);
  }
  return true;
}

void Renderer::Impl::make_block_arrays() {
  block_instances = GlBuffer::make();
  for (std::size_t i = 0; i < meshes.size(); ++i) {
    Mesh& mesh = meshes[i];
    const RoundedBox box = make_rounded_box(kRoundness[i]);
    mesh.size = static_cast<GLsizei>(box.indices.size());
    mesh.array = GlVertexArray::make();
    glBindVertexArray(mesh.array.name());
    mesh.indices =
        make_buffer(GL_ELEMENT_ARRAY_BUFFER, std::as_bytes(std::span(box.indices)), GL_STATIC_DRAW);
    mesh.vertices = make_buffer(GL_ARRAY_BUFFER, std::as_bytes(std::span(box.vertices)), GL_STATIC_DRAW);
    describe(kMeshAttributes, sizeof(RoundedBoxVertex));
  }
  glBindBuffer(GL_ARRAY_BUFFER, block_instances.name());
  // The shadows are instances of the same blocks, on a quad that needs no vertices of its own.
  shadow_array = GlVertexArray::make();
  glBindVertexArray(shadow_array.name());
  describe(kBlockAttributes, sizeof(BlockInstance));
  glBindVertexArray(0);
}

void Renderer::Impl::upload_frame(const Scene& scene) {
  const Camera& camera = scene.camera;
  const float aspect = static_cast<float>(width) / static_cast<float>(height);
  FrameUniforms frame{};
  const float reach = reach_of(camera, aspect);
  Mat4 lens = perspective(2 * std::atan(reach), aspect, 0.15F, 400);
  lens.m[8] = -camera.shift[0];
  lens.m[9] = -camera.shift[1];
  frame.view_projection = lens * look_at(camera.eye, camera.target);
  const Vec3 forward = normalized(camera.target - camera.eye);
  const Vec3 right = normalized(cross(forward, {0, 1, 0})) * (reach * aspect);
  const Vec3 up = normalized(cross(right, forward)) * reach;
  put(frame.eye, camera.eye, scene.seconds);
  put(frame.ray_right, right, static_cast<float>(width));
  put(frame.ray_up, up, static_cast<float>(height));
  put(frame.ray_forward, forward - right * camera.shift[0] - up * camera.shift[1], pixel_ratio);
  put(frame.focus, scene.focus, scene.arena);
  const Daylight& light = scene.light;
  put(frame.to_sun, light.to_sun, 0);
  put(frame.sun, light.sun, light.ground);
  put(frame.zenith, light.zenith, light.stars);
  put(frame.middle, light.middle, 0);
  put(frame.horizon, light.horizon, 0);
  put(frame.glow, light.glow, 0);
  put(frame.from_above, light.from_above, 0);
  put(frame.from_below, light.from_below, 0);
  put(frame.from_around, light.from_around, 0);
  glBindBuffer(GL_UNIFORM_BUFFER, frame_uniforms.name());
  glBufferSubData(GL_UNIFORM_BUFFER, 0, sizeof frame, &frame);
}

void Renderer::Impl::upload(const Scene& scene) {
  upload_frame(scene);
  pack_blocks(scene);
  // A new store each frame, so that nobody waits for the one that is being drawn.
  glBindBuffer(GL_ARRAY_BUFFER, block_instances.name());
  glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(packed_blocks.size() * sizeof(BlockInstance)),
               packed_blocks.data(), GL_STREAM_DRAW);
  packed_labels.clear();
  for (const Label& one : scene.labels.first(std::min(scene.labels.size(), kMostLabels))) {
    const auto corner = LabelSlots::corner(one.slot);
    if (!corner) continue;
    const auto middle = [](int begin, int size) {
      return static_cast<float>(begin) + static_cast<float>(size) / 2;
    };
    packed_labels.push_back({{one.anchor.x, one.anchor.y, one.anchor.z},
                             {middle(corner->x, LabelSlots::kWidth), middle(corner->y, LabelSlots::kHeight),
                              static_cast<float>(atlas.width(one.slot)), one.opacity}});
  }
  glBindBuffer(GL_ARRAY_BUFFER, label_instances.name());
  glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(packed_labels.size() * sizeof(LabelInstance)),
               packed_labels.data(), GL_STREAM_DRAW);
}

void Renderer::Impl::pack_blocks(const Scene& scene) {
  const auto blocks = scene.blocks.first(std::min(scene.blocks.size(), kMostBlocks));
  const float focal_length =
      focal_length_of(scene.camera, static_cast<float>(width), static_cast<float>(height));
  details.clear();
  for (Mesh& mesh : meshes) mesh.blocks = 0;
  for (const Block& one : blocks) {
    details.push_back(detail_of(one, scene.camera.eye, focal_length));
    ++meshes[static_cast<std::size_t>(details.back())].blocks;
  }
  packed_blocks.resize(blocks.size());
  std::array<std::size_t, kRoundness.size()> next{};
  for (std::size_t i = 1; i < next.size(); ++i)
    next[i] = next[i - 1] + static_cast<std::size_t>(meshes[i - 1].blocks);
  for (std::size_t i = 0; i < blocks.size(); ++i)
    packed_blocks[next[static_cast<std::size_t>(details[i])]++] = pack(blocks[i]);
}

void Renderer::Impl::draw_blocks() {
  glUseProgram(block.name());
  std::size_t first = 0;
  for (const Mesh& mesh : meshes) {
    if (mesh.blocks == 0) continue;
    glBindVertexArray(mesh.array.name());
    // WebGL 2 has no base instance: where they begin stands in the attributes.
    glBindBuffer(GL_ARRAY_BUFFER, block_instances.name());
    describe(kBlockAttributes, sizeof(BlockInstance), first * sizeof(BlockInstance));
    glDrawElementsInstanced(GL_TRIANGLES, mesh.size, GL_UNSIGNED_SHORT, nullptr, mesh.blocks);
    first += static_cast<std::size_t>(mesh.blocks);
    ++stats.draw_calls;
  }
}

void Renderer::Impl::draw_all() {
  const auto use = [this](const GlProgram& program, const GlVertexArray& vertices) {
    glUseProgram(program.name());
    glBindVertexArray(vertices.name());
    ++stats.draw_calls;
  };
  const auto blocks = static_cast<GLsizei>(packed_blocks.size());
  const auto labels = static_cast<GLsizei>(packed_labels.size());
  glViewport(0, 0, width, height);
  glDepthMask(GL_TRUE);
  glClear(GL_DEPTH_BUFFER_BIT);
  glEnable(GL_DEPTH_TEST);
  glDisable(GL_CULL_FACE);
  glDisable(GL_BLEND);
  use(ground, no_attributes);
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
  if (blocks > 0) {
    // Nothing but the ground is there yet: the shadows lie on it exactly, and no depth test can flicker.
    glEnable(GL_BLEND);
    glDisable(GL_DEPTH_TEST);
    use(shadow, shadow_array);
    glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, blocks);
    glDisable(GL_BLEND);
    glEnable(GL_DEPTH_TEST);
    glEnable(GL_CULL_FACE);
    draw_blocks();
    glDisable(GL_CULL_FACE);
  }
  // Where nothing else is.
  glDepthMask(GL_FALSE);
  use(sky, no_attributes);
  glDrawArrays(GL_TRIANGLES, 0, 3);
  if (labels > 0) {
    glEnable(GL_BLEND);
    glDisable(GL_DEPTH_TEST);
    glBindTexture(GL_TEXTURE_2D, atlas.texture());
    use(label, label_array);
    glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, labels);
  }
  glBindVertexArray(0);
}

Renderer::Renderer(std::string selector) : impl_(std::make_unique<Impl>(std::move(selector))) {
  impl_->start();
}

Renderer::~Renderer() {
  emscripten_set_webglcontextlost_callback(impl_->canvas.c_str(), nullptr, EM_FALSE, nullptr);
  emscripten_set_webglcontextrestored_callback(impl_->canvas.c_str(), nullptr, EM_FALSE, nullptr);
}

RendererError Renderer::error() const {
  return impl_->error;
}
std::string_view Renderer::log() const {
  return impl_->log;
}

void Renderer::resize(float width, float height, float pixel_ratio) {
  Impl& impl = *impl_;
  if (impl.error != RendererError::none) return;
  const auto pixels = [&](float size) { return std::max(1, static_cast<int>(size * pixel_ratio + 0.5F)); };
  const bool ratio_changed = impl.pixel_ratio != pixel_ratio;
  impl.pixel_ratio = pixel_ratio;
  impl.width = pixels(width);
  impl.height = pixels(height);
  emscripten_set_canvas_element_size(impl.canvas.c_str(), impl.width, impl.height);
  if (ratio_changed && !impl.lost) impl.atlas.redraw(pixel_ratio);
}

void Renderer::fit() {
  double width = 0;
  double height = 0;
  const auto ratio = static_cast<float>(emscripten_get_device_pixel_ratio());
  emscripten_get_element_css_size(impl_->canvas.c_str(), &width, &height);
  if (impl_->fitted == std::array{width, height} && impl_->pixel_ratio == ratio) return;
  impl_->fitted = {width, height};
  resize(static_cast<float>(width), static_cast<float>(height), ratio);
}

void Renderer::set_label(LabelSlot slot, std::string_view text) {
  if (impl_->error == RendererError::none) impl_->atlas.set(slot, text, impl_->pixel_ratio);
}

std::optional<Vec3> Renderer::ground_at(const Camera& camera, double x, double y) const {
  const auto width = static_cast<float>(impl_->width);
  const auto height = static_cast<float>(impl_->height);
  const auto part = [&](double at, float of) { return static_cast<float>(at) * impl_->pixel_ratio / of; };
  return render::ground_at(camera, width / height, 2 * part(x, width) - 1, 1 - 2 * part(y, height));
}

FrameStats Renderer::draw(const Scene& scene) {
  Impl& impl = *impl_;
  if (impl.error != RendererError::none || impl.lost) return {};
  impl.stats = {};
  impl.upload(scene);
  impl.draw_all();
  impl.stats.blocks = static_cast<int>(impl.packed_blocks.size());
  return impl.stats;
}

}  // namespace parlor::render
