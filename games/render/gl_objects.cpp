#include "render/gl_objects.hpp"

#include <array>

namespace parlor::render {
namespace {

GLuint compile(GLuint program, GLenum kind, std::string_view source) {
  const GLuint shader = glCreateShader(kind);
  const GLchar* text = source.data();
  const auto size = static_cast<GLint>(source.size());
  glShaderSource(shader, 1, &text, &size);
  glCompileShader(shader);
  glAttachShader(program, shader);
  return shader;
}

}  // namespace

GlBuffer make_buffer(GLenum target, std::span<const std::byte> bytes, GLenum usage) {
  GlBuffer buffer = GlBuffer::make();
  glBindBuffer(target, buffer.name());
  glBufferData(target, static_cast<GLsizeiptr>(bytes.size()), bytes.data(), usage);
  return buffer;
}

std::optional<GlProgram> make_program(std::string_view vertex, std::string_view fragment, std::string& log) {
  GlProgram program(glCreateProgram());
  const std::array<GLuint, 2> stages{compile(program.name(), GL_VERTEX_SHADER, vertex),
                                     compile(program.name(), GL_FRAGMENT_SHADER, fragment)};
  glLinkProgram(program.name());
  GLint linked = 0;
  glGetProgramiv(program.name(), GL_LINK_STATUS, &linked);
  std::array<char, 1024> text{};
  for (const GLuint stage : stages) {
    if (!linked) {
      glGetShaderInfoLog(stage, static_cast<GLsizei>(text.size()), nullptr, text.data());
      log += text.data();
    }
    glDeleteShader(stage);  // it goes with its program
  }
  if (linked) return program;
  glGetProgramInfoLog(program.name(), static_cast<GLsizei>(text.size()), nullptr, text.data());
  log += text.data();
  return std::nullopt;
}

void describe(std::span<const Attribute> attributes, std::size_t stride, std::size_t begin) {
  for (const Attribute& attribute : attributes) {
    glEnableVertexAttribArray(attribute.location);
    glVertexAttribPointer(attribute.location, attribute.count, attribute.type,
                          attribute.normalized ? GL_TRUE : GL_FALSE, static_cast<GLsizei>(stride),
                          reinterpret_cast<const void*>(begin + attribute.offset));
    if (attribute.divisor) glVertexAttribDivisor(attribute.location, attribute.divisor);
  }
}

}  // namespace parlor::render
