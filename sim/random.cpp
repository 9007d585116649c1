#include "sim/random.hpp"

#include <cassert>

namespace parlor::sim {
namespace {

/// The finalizer of splitmix64: each bit of the input changes half of the output.
std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;  // 2^64 / φ

}  // namespace

std::uint64_t derive_seed(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  return mix(mix(seed + kGolden) ^ hash);
}

std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t number) {
  return mix(mix(seed + kGolden) + number * kGolden);
}

bool chance(base::Random& random, double probability) {
  if (probability <= 0) return false;
  if (probability >= 1) return true;
  // 53 bits: what a double holds exactly.
  return static_cast<double>(random.next_u64() >> 11) < probability * 0x1p53;
}

base::Duration up_to(base::Random& random, base::Duration most) {
  assert(most < std::chrono::hours(1));
  if (most <= base::Duration::zero()) return base::Duration::zero();
  return base::Duration{random.below(static_cast<std::uint32_t>(most.count()) + 1)};
}

}  // namespace parlor::sim
