#pragma once
// The channels of tests that have one of each kind.

#include "parlor/types.hpp"

namespace parlor::room::testing {

inline constexpr Channel kReliable = 0;
inline constexpr Channel kUnreliable = 1;
inline constexpr Channel kLatest = 2;
inline constexpr Channel kBulk = 3;

}  // namespace parlor::room::testing
