#pragma once
// One seed for a whole world, and from it a stream of randomness for everybody who asks by name: a consumer
// that is added or removed does not change what the others draw.
//
// Nothing here uses the floating-point functions of the C library, which differ between WebAssembly and
// native in their last bits: a seed means the same everywhere.

#include <cstdint>
#include <string_view>

#include "base/random.hpp"
#include "base/time.hpp"

namespace parlor::sim {

/// The seed of the stream `name` in the world `seed`. The same two always give the same.
[[nodiscard]] std::uint64_t derive_seed(std::uint64_t seed, std::string_view name);
/// The same for a number instead of a name: the n-th of many alike.
[[nodiscard]] std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t number);

/// True with this probability; 0 and less is never and 1 and more is always, both without a draw.
[[nodiscard]] bool chance(base::Random& random, double probability);

/// Uniform in [0, most], in whole microseconds. `most` is below an hour; 0 and less give 0 without a draw.
[[nodiscard]] base::Duration up_to(base::Random& random, base::Duration most);

}  // namespace parlor::sim
