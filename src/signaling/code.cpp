#include "signaling/code.hpp"

#include <cassert>
#include <cstdint>

namespace parlor::signaling {
namespace {

// Without c and q (sound like k), w (v), x (ks) and y (i).
constexpr std::string_view kConsonants = "bdfghjklmnprstvz";
constexpr std::string_view kVowels = "aeiou";
constexpr std::size_t kDashAt = 4;

constexpr std::string_view letters_at(std::size_t position) {
  return position % 2 == 0 ? kConsonants : kVowels;
}

}  // namespace

std::string random_code(base::Random& random) {
  std::string code(kCodeLength, '\0');
  for (std::size_t i = 0; i < kCodeLength; ++i) {
    const std::string_view letters = letters_at(i);
    code[i] = letters[random.below(static_cast<std::uint32_t>(letters.size()))];
  }
  return code;
}

std::string shown_code(std::string_view code) {
  assert(code.size() == kCodeLength);
  std::string shown(code.substr(0, kDashAt));
  shown += '-';
  shown += code.substr(kDashAt);
  return shown;
}

std::optional<std::string> canonical_code(std::string_view typed) {
  std::string code;
  for (char c : typed) {
    if (c == ' ' || c == '-' || c == '_' || c == '\t') continue;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (code.size() == kCodeLength || letters_at(code.size()).find(c) == std::string_view::npos) {
      return std::nullopt;
    }
    code += c;
  }
  if (code.size() != kCodeLength) return std::nullopt;
  return code;
}

std::size_t home_worker(std::string_view code, std::size_t workers) {
  assert(workers > 0);
  // FNV-1a with a closing mix (splitmix64's), so that the low bits depend on every letter.
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (char c : code) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebU;
  return static_cast<std::size_t>((hash ^ (hash >> 31)) % workers);
}

}  // namespace parlor::signaling
