#pragma once
// Randomness as the machines see it: injected, so that a run can be repeated from its seed.

#include <cstddef>
#include <cstdint>
#include <span>

namespace parlor::base {

/// A source of random bytes. The platform gives one over the operating system's generator, which is strong
/// enough for ids, codes and secrets; tests and simulations give a SeededRandom.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;

  [[nodiscard]] std::uint64_t next_u64();
  /// Uniform in [0, bound), without modulo bias. `bound` must not be 0.
  [[nodiscard]] std::uint32_t below(std::uint32_t bound);
};

/// xoshiro256** (Blackman and Vigna, 2018) seeded by splitmix64. Repeatable and fast; never for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t next();
  std::uint64_t state_[4];
};

}  // namespace parlor::base
