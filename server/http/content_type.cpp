#include "http/content_type.hpp"

#include <array>
#include <string>
#include <utility>

#include "http/text.hpp"

namespace parlor::http {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;
constexpr std::array kTypes{
    Entry{"html", "text/html; charset=utf-8"},
    Entry{"mjs", "text/javascript; charset=utf-8"},
    Entry{"js", "text/javascript; charset=utf-8"},
    Entry{"wasm", "application/wasm"},
    Entry{"css", "text/css; charset=utf-8"},
    Entry{"json", "application/json"},
    Entry{"map", "application/json"},
    Entry{"webmanifest", "application/manifest+json"},
    Entry{"txt", "text/plain; charset=utf-8"},
    Entry{"md", "text/plain; charset=utf-8"},
    Entry{"svg", "image/svg+xml"},
    Entry{"png", "image/png"},
    Entry{"jpg", "image/jpeg"},
    Entry{"jpeg", "image/jpeg"},
    Entry{"webp", "image/webp"},
    Entry{"avif", "image/avif"},
    Entry{"gif", "image/gif"},
    Entry{"ico", "image/x-icon"},
    Entry{"woff2", "font/woff2"},
    Entry{"ogg", "audio/ogg"},
    Entry{"mp3", "audio/mpeg"},
    Entry{"wav", "audio/wav"},
    Entry{"glb", "model/gltf-binary"},
    Entry{"gltf", "model/gltf+json"},
};

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace

std::string_view content_type(std::string_view path) {
  const std::string_view name = file_name(path);
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) {
    const std::string extension = to_lower(name.substr(dot + 1));
    for (const auto& [known, type] : kTypes) {
      if (known == extension) return type;
    }
  }
  return "application/octet-stream";
}

bool has_hashed_name(std::string_view path) {
  const std::string_view name = file_name(path);
  const std::size_t last = name.rfind('.');
  if (last == std::string_view::npos || last == 0) return false;
  const std::size_t before = name.rfind('.', last - 1);
  if (before == std::string_view::npos || before == 0) return false;
  const std::string_view hash = name.substr(before + 1, last - before - 1);
  if (hash.size() < 8) return false;
  for (const char c : hash) {
    if (!is_digit(c) && (c < 'a' || c > 'f')) return false;
  }
  return true;
}

}  // namespace parlor::http
