#include "render/shaders.hpp"

namespace parlor::render {

// The uniforms of a frame (renderer.cpp's FrameUniforms), the light of the place, and what all programs
// share. Light is computed linearly; colours in the texts below are linear as well.
const std::string_view kShaderHead = R"(#version 300 es
precision highp float;
precision highp int;

layout(std140) uniform Frame {
  mat4 view_projection;
  vec4 eye;          // w: seconds
  vec4 ray_right;    // from the middle of the picture to its right edge; w: the canvas's width in pixels
  vec4 ray_up;       // … to its upper edge; w: height in pixels
  vec4 ray_forward;  // w: pixels per CSS pixel
  vec4 focus;        // w: half the side of the arena
  // As Daylight has them.
  vec4 to_sun;
  vec4 sun_light;    // w: how bright the ground is
  vec4 zenith;       // w: stars
  vec4 middle;
  vec4 horizon;
  vec4 glow;
  vec4 from_above;
  vec4 from_below;
  vec4 from_around;
};

const vec3 kShade = vec3(0.010, 0.008, 0.034);

float squared(float x) { return x * x; }

// The sky right above the ground, to which everything far away dissolves. The sun stands behind the haze: one
// side is warmer. `direction` has unit length and no height.
vec3 horizon_light(vec3 direction) {
  return horizon.rgb + glow.rgb * squared(max(dot(direction, normalize(vec3(to_sun.x, 0.0, to_sun.z))), 0.0));
}

vec3 sky_light(vec3 direction) {
  float up = max(direction.y, 0.0);
  vec3 light = mix(horizon.rgb, middle.rgb, smoothstep(0.0, 0.24, up));
  light = mix(light, zenith.rgb, smoothstep(0.10, 0.70, up));
  vec3 over_ground = normalize(vec3(to_sun.x, 0.0, to_sun.z));
  light += glow.rgb * squared(max(dot(direction, over_ground), 0.0)) * exp(-up * 6.0);
  float towards = squared(squared(max(dot(direction, to_sun.xyz), 0.0)));
  return light + sun_light.rgb * vec3(0.25, 0.20, 0.15) * towards * squared(towards);
}

// 0 near, 1 where everything has dissolved.
float haze(float away) {
  float far = away / 66.0;
  far *= far * far;
  return far / (1.0 + far);
}

// To the screen: a soft shoulder, gamma 2, and noise below one step so that gradients show no bands.
vec4 to_screen(vec3 light, vec2 pixel) {
  light = light / (1.0 + max(light - 0.8, 0.0) * 0.6);
  float noise = fract(52.9829189 * fract(dot(pixel, vec2(0.06711056, 0.00583715))));
  return vec4(sqrt(light) + (noise - 0.5) / 255.0, 1.0);
}
)";

const ShaderSource kSkyShader = {R"(
out vec3 v_ray;
void main() {
  // One triangle over the whole picture, at the far plane.
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  v_ray = ray_forward.xyz + ray_right.xyz * corner.x + ray_up.xyz * corner.y;
  gl_Position = vec4(corner, 1.0, 1.0);
}
)",
                                 R"(
in vec3 v_ray;
out vec4 colour;

float star(vec3 direction) {
  vec3 cell = floor(direction * 90.0);
  float chance = fract(sin(dot(cell, vec3(12.9898, 78.233, 37.719))) * 43758.5453);
  vec3 inside = fract(direction * 90.0) - 0.5;
  float twinkle = 0.7 + 0.3 * sin(eye.w * 1.7 + chance * 400.0);
  return step(0.985, chance) * (1.0 - smoothstep(0.0, 0.30, length(inside))) * twinkle;
}

void main() {
  vec3 direction = normalize(v_ray);
  vec3 light = sky_light(direction);
  if (direction.y > 0.12) light += vec3(0.75, 0.80, 1.0) * zenith.w * star(direction) * smoothstep(0.12, 0.5, direction.y);
  colour = to_screen(light, gl_FragCoord.xy);
}
)"};

const ShaderSource kGroundShader = {R"(
out vec3 v_place;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
  v_place = vec3(eye.x + corner.x * 300.0, 0.0, eye.z + corner.y * 300.0);
  gl_Position = view_projection * vec4(v_place, 1.0);
}
)",
                                    R"(
in vec3 v_place;
out vec4 colour;

// How much of a pixel is covered by the lines of a grid of size 1, `width` wide on each side: even from afar, where
// they are thinner than a pixel, they do not flicker.
float lines(vec2 p, vec2 pixel, float width) {
  vec2 drawn = clamp(vec2(width), pixel, vec2(0.5));
  vec2 away = abs(fract(p - 0.5) - 0.5);
  vec2 covered = clamp((drawn - away) / pixel * 0.5 + 0.5, 0.0, 1.0) * min(width / drawn, 1.0);
  return max(covered.x, covered.y);
}

float round_square(vec2 p, float half_side, float radius) {
  vec2 q = abs(p) - half_side + radius;
  return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - radius;
}

void main() {
  vec2 p = v_place.xz;
  vec2 pixel = max(fwidth(p), 1e-4);
  float pixel_size = max(pixel.x, pixel.y);
  float away = distance(v_place, eye.xyz);
  vec3 view = (v_place - eye.xyz) / away;
  vec3 far_light = horizon_light(normalize(vec3(view.x, 0.0, view.z)));

  float edge = round_square(p, focus.w + 0.5, 2.5);
  float from_edge = abs(edge);
  float inside = clamp(0.5 - edge / pixel_size, 0.0, 1.0);
  // Fields of four metres, every other one a little lighter.
  vec2 field = floor(p / 4.0);
  float checker = mod(field.x + field.y, 2.0) - 0.5;
  vec3 light = mix(vec3(0.030, 0.022, 0.064), vec3(0.044, 0.040, 0.114) * (1.0 + 0.17 * checker), inside);
  vec2 from_focus = p - focus.xz;
  float near_focus = 1.0 / squared(1.0 + dot(from_focus, from_focus) / 150.0);
  light *= (0.80 + 0.70 * near_focus) * sun_light.w;
  float drawn = lines(p / 4.0, pixel / 4.0, 0.0052) * (0.14 + 0.24 * near_focus);
  if (near_focus > 0.06) drawn += lines(p, pixel, 0.012) * 0.11 * (near_focus - 0.06);
  light += vec3(0.46, 0.42, 0.98) * drawn * mix(0.12, 0.50, inside);

  // The edge of the arena glows.
  float rim = clamp(0.5 + (0.055 - from_edge) / pixel_size, 0.0, 1.0) * min(1.0, 0.11 / pixel_size);
  float shine = 1.0 / squared(1.0 + from_edge * (edge > 0.0 ? 0.8 : 1.2));
  light += vec3(1.15, 0.44, 0.50) * rim + vec3(0.40, 0.12, 0.19) * shine * 0.48;

  // A shallow look catches the sky.
  light += far_light * squared(squared(1.0 - min(-view.y, 1.0))) * 0.26;
  colour = to_screen(mix(light, far_light, haze(away)), gl_FragCoord.xy);
}
)"};

// The instances are those of the blocks (renderer.cpp's BlockInstance).
const ShaderSource kShadowShader = {R"(
layout(location = 0) in vec3 i_centre;
layout(location = 1) in vec4 i_rotation;
layout(location = 2) in vec4 i_half;
layout(location = 4) in vec4 i_face;

out vec2 v_place;
flat out vec4 v_foot;    // the middle of the block, and the direction of its x axis on the ground
flat out vec4 v_size;    // half its width and depth; height of its underside and top
flat out float v_strength;

vec3 rotate(vec4 q, vec3 v) { return v + 2.0 * cross(q.xyz, cross(q.xyz, v) + q.w * v); }

void main() {
  vec3 x_axis = rotate(i_rotation, vec3(1.0, 0.0, 0.0));
  v_foot = vec4(i_centre.xz, normalize(x_axis.xz + vec2(1e-5, 0.0)));
  float under = max(i_centre.y - i_half.y, 0.0);
  float top = max(i_centre.y + i_half.y, 0.0);
  v_size = vec4(i_half.xz, under, top);
  v_strength = i_face.w;
  // The quad spans the shadow from the foot of the underside to that of the top, plus its softness.
  vec2 lean = -to_sun.xz / to_sun.y;
  vec2 along = normalize(lean);
  float wide = length(i_half.xz) + 0.35 + 0.22 * top;
  float near_end = length(lean) * under;
  float far_end = length(lean) * top;
  float t = gl_VertexID >> 1 == 0 ? min(near_end, 0.0) - wide : far_end + wide;
  float s = (gl_VertexID & 1) == 0 ? -wide : wide;
  v_place = i_centre.xz + along * t + vec2(-along.y, along.x) * s;
  gl_Position = v_strength > 0.0 ? view_projection * vec4(v_place.x, 0.0, v_place.y, 1.0) : vec4(0.0, 0.0, 2.0, 1.0);
}
)",
                                    R"(
in vec2 v_place;
flat in vec4 v_foot;
flat in vec4 v_size;
flat in float v_strength;
out vec4 colour;

float box(vec2 p) {
  vec2 q = abs(vec2(dot(p, v_foot.zw), dot(p, vec2(-v_foot.w, v_foot.z)))) - v_size.xy + 0.1;
  return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - 0.1;
}

void main() {
  vec2 p = v_place - v_foot.xy;
  vec2 lean = -to_sun.xz / to_sun.y;
  // The block swept along the sun's direction. How far it is from here is convex along the way: narrow it down.
  float low = v_size.z;
  float high = v_size.w;
  for (int i = 0; i < 6; ++i) {
    float a = mix(low, high, 0.36);
    float b = mix(low, high, 0.64);
    if (box(p - lean * a) < box(p - lean * b)) high = b;
    else low = a;
  }
  float height = 0.5 * (low + high);
  // The higher the slice that throws it, the softer the shadow.
  float soft = 0.03 + 0.14 * height;
  float dark = (1.0 - smoothstep(-soft, soft, box(p - lean * height))) * max(1.0 - 0.09 * height, 0.0);
  // Where the sky cannot shine either.
  float gap = v_size.z;
  float contact = exp(-max(box(p), 0.0) * 4.5 / (1.0 + gap)) / (1.0 + 3.0 * gap);
  float alpha = 1.0 - (1.0 - 0.62 * dark) * (1.0 - 0.55 * contact);
  alpha *= v_strength * (1.0 - haze(distance(vec3(v_place.x, 0.0, v_place.y), eye.xyz)));
  colour = vec4(sqrt(kShade) * alpha, alpha);
}
)"};

const ShaderSource kBlockShader = {R"(
layout(location = 0) in vec3 i_centre;
layout(location = 1) in vec4 i_rotation;
layout(location = 2) in vec4 i_half;    // w: radius
layout(location = 3) in vec4 i_colour;  // w: glow
layout(location = 4) in vec4 i_face;    // eyes, gaze right, gaze up, shadow
layout(location = 5) in vec4 a_corner;
layout(location = 6) in vec4 a_normal;

out vec3 v_place;
out vec3 v_normal;
out vec3 v_local;
flat out vec3 v_half;
flat out vec4 v_colour;
flat out vec3 v_face;

vec3 rotate(vec4 q, vec3 v) { return v + 2.0 * cross(q.xyz, cross(q.xyz, v) + q.w * v); }

void main() {
  v_local = a_corner.xyz * (i_half.xyz - i_half.w) + a_normal.xyz * i_half.w;
  v_place = i_centre + rotate(i_rotation, v_local);
  v_normal = rotate(i_rotation, a_normal.xyz);
  v_half = i_half.xyz;
  v_colour = vec4(i_colour.rgb * i_colour.rgb, i_colour.a);
  v_face = vec3(i_face.x, i_face.yz * 2.0 - 1.0);
  gl_Position = view_projection * vec4(v_place, 1.0);
}
)",
                                   R"(
in vec3 v_place;
in vec3 v_normal;
in vec3 v_local;
flat in vec3 v_half;
flat in vec4 v_colour;
flat in vec3 v_face;
out vec4 colour;

float capsule(vec2 p, vec2 size) {
  float reach = max(size.y - size.x, 0.0);
  p.y -= clamp(p.y, -reach, reach);
  return length(p / vec2(1.0, min(size.y / size.x, 1.0))) - size.x;
}

// Two eyes on the side that looks along +z: how much of this pixel is eye, and how much of it gleams.
vec2 face(vec2 p) {
  p -= v_face.yz * vec2(0.10, 0.07);
  float eye_height = 0.150 * max(v_face.x, 0.08);
  vec2 q = vec2(abs(p.x) - 0.185, p.y - 0.075);
  float pixel = max(fwidth(p.y), 1e-4);
  float eye_cover = 1.0 - smoothstep(-pixel, pixel, capsule(q, vec2(0.078, eye_height)));
  vec2 g = vec2(abs(p.x) - 0.185 + sign(p.x) * 0.024, p.y - 0.075 - eye_height * 0.42);
  float gleam = (1.0 - smoothstep(-pixel, pixel, length(g) - 0.028)) * step(0.5, v_face.x);
  return vec2(eye_cover, gleam * eye_cover);
}

void main() {
  vec3 normal = normalize(v_normal);
  vec3 to_eye = eye.xyz - v_place;
  float away = length(to_eye);
  vec3 view = to_eye / away;

  float facing = dot(normal, to_sun.xyz);
  vec3 sun = sun_light.rgb * (max(facing, 0.0) * 0.86 + 0.14 * smoothstep(-0.7, 0.7, facing));
  vec3 around = mix(from_below.rgb, from_above.rgb, normal.y * 0.5 + 0.5);
  // The horizon shines from all sides.
  around += from_around.rgb * (1.0 - abs(normal.y));
  // Little sky reaches the foot of what stands on the ground.
  float open_sky = mix(0.58, 1.0, smoothstep(-0.05, 0.85, v_place.y + normal.y * 0.2));

  vec3 albedo = v_colour.rgb;
  if (v_face.x > 0.0 && v_local.z > 0.0) {
    vec2 eyes = face(v_local.xy / (v_half.y * 2.0));
    albedo = mix(albedo, vec3(0.010, 0.009, 0.020), eyes.x);
    albedo = mix(albedo, vec3(1.6), eyes.y);
  }

  vec3 light = albedo * (sun + around) * open_sky;
  // A satin surface: a soft highlight, and the sky along its edges.
  vec3 halfway = normalize(view + to_sun.xyz);
  float gloss = squared(squared(max(dot(normal, halfway), 0.0)));
  light += sun_light.rgb * squared(squared(gloss * gloss)) * 0.22 * step(0.0, facing);
  float rim = squared(squared(1.0 - max(dot(normal, view), 0.0)));
  vec3 mirrored = reflect(-view, normal);
  light += mix(horizon.rgb, middle.rgb, smoothstep(0.0, 0.5, mirrored.y)) * rim * 0.75 * open_sky;
  light = mix(light, v_colour.rgb * 1.6, v_colour.a);

  float dissolved = haze(away);
  if (dissolved > 0.02) light = mix(light, sky_light(normalize(vec3(-view.x, max(-view.y, 0.0), -view.z))), dissolved);
  colour = to_screen(light, gl_FragCoord.xy);
}
)"};

const ShaderSource kLabelShader = {R"(
layout(location = 0) in vec3 i_anchor;
layout(location = 1) in vec4 i_slot;  // the text's middle in the texture, its width, the label's opacity

out vec2 v_pixel;
out vec2 v_texel;
flat out vec2 v_half;
flat out float v_opacity;

void main() {
  float ratio = ray_forward.w;
  vec2 screen = vec2(ray_right.w, ray_up.w);
  vec4 at = view_projection * vec4(i_anchor, 1.0);
  v_half = floor(vec2(i_slot.z * 0.5 + 9.0 * ratio, 12.0 * ratio));
  v_pixel = (vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0) * (v_half + 1.0);
  v_texel = i_slot.xy + vec2(v_pixel.x, -v_pixel.y);
  v_opacity = i_slot.w;
  // On whole pixels, so that the text is sharp.
  vec2 middle = floor((at.xy / at.w * 0.5 + 0.5) * screen + 0.5) + vec2(0.0, v_half.y);
  bool hidden = at.w <= 0.1 || v_opacity <= 0.0;
  gl_Position = hidden ? vec4(0.0, 0.0, 2.0, 1.0) : vec4((middle + v_pixel) / screen * 2.0 - 1.0, 0.0, 1.0);
}
)",
                                   R"(
in vec2 v_pixel;
in vec2 v_texel;
flat in vec2 v_half;
flat in float v_opacity;
uniform sampler2D text;
out vec4 colour;

void main() {
  vec2 q = abs(v_pixel) - v_half + v_half.y;
  float pill = clamp(0.5 - (length(max(q, 0.0)) - v_half.y), 0.0, 1.0);
  // Beyond the text there is only the pill, whatever the next slot holds.
  float letters = texture(text, v_texel / vec2(textureSize(text, 0))).a;
  vec4 letter = texture(text, v_texel / vec2(textureSize(text, 0)));
  vec4 ground = vec4(0.035, 0.035, 0.085, 1.0) * pill * 0.62;
  colour = (ground * (1.0 - letters) + vec4(letter.rgb * letters, letters)) * v_opacity;
}
)"};

}  // namespace parlor::render
