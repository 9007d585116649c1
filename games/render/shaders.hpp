#pragma once
// The programs of the renderer, in GLSL ES 3.00. Each text is complete but for kShaderHead, which goes in
// front of all of them.

#include <string_view>

namespace parlor::render {

struct ShaderSource {
  std::string_view vertex;
  std::string_view fragment;
};

extern const std::string_view kShaderHead;
extern const ShaderSource kSkyShader;
extern const ShaderSource kGroundShader;
extern const ShaderSource kShadowShader;
extern const ShaderSource kBlockShader;
extern const ShaderSource kLabelShader;

}  // namespace parlor::render
