#pragma once
// Names of WebGL objects that free themselves, and the compilation of programs. A lost context takes its
// objects with it; freeing a name that is gone is harmless.

#include <GLES3/gl3.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace parlor::render {

/// Owns one name; `Traits` knows how to make and free it.
template <class Traits>
class GlObject {
 public:
  GlObject() = default;
  static GlObject make() {
    GlObject object;
    Traits::make(&object.name_);
    return object;
  }
  explicit GlObject(GLuint name) : name_(name) {}
  GlObject(GlObject&& other) noexcept : name_(std::exchange(other.name_, 0)) {}
  GlObject& operator=(GlObject&& other) noexcept {
    std::swap(name_, other.name_);
    return *this;
  }
  ~GlObject() {
    if (name_ != 0) Traits::free(name_);
  }
  [[nodiscard]] GLuint name() const { return name_; }

 private:
  GLuint name_ = 0;
};

struct BufferTraits {
  static void make(GLuint* name) { glGenBuffers(1, name); }
  static void free(GLuint name) { glDeleteBuffers(1, &name); }
};
struct VertexArrayTraits {
  static void make(GLuint* name) { glGenVertexArrays(1, name); }
  static void free(GLuint name) { glDeleteVertexArrays(1, &name); }
};
struct TextureTraits {
  static void make(GLuint* name) { glGenTextures(1, name); }
  static void free(GLuint name) { glDeleteTextures(1, &name); }
};
struct ProgramTraits {
  static void free(GLuint name) { glDeleteProgram(name); }
};
using GlBuffer = GlObject<BufferTraits>;
using GlVertexArray = GlObject<VertexArrayTraits>;
using GlTexture = GlObject<TextureTraits>;
using GlProgram = GlObject<ProgramTraits>;

/// A buffer with `bytes` in it.
[[nodiscard]] GlBuffer make_buffer(GLenum target, std::span<const std::byte> bytes, GLenum usage);

/// The two stages, compiled and linked. Nothing when the browser's compiler refuses them; then `log` says
/// why.
[[nodiscard]] std::optional<GlProgram> make_program(std::string_view vertex, std::string_view fragment,
                                                    std::string& log);

/// One attribute of the vertex array that is bound, out of the array buffer that is bound.
struct Attribute {
  GLuint location;
  GLint count;
  GLenum type;
  bool normalized;
  std::size_t offset;
  GLuint divisor = 0;  ///< 1: one value for each instance
};
/// `begin`: where in the buffer the first value lies.
void describe(std::span<const Attribute> attributes, std::size_t stride, std::size_t begin = 0);

}  // namespace parlor::render
