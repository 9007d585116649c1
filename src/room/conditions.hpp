#pragma once
// Conditions as the conditioner takes them: checked.

#include "parlor/conditioner.hpp"

namespace parlor::room {

/// The first value that is out of its limits, or `taken`.
[[nodiscard]] ConditionsResult check(const Conditions& conditions);

}  // namespace parlor::room
