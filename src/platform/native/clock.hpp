#pragma once
// The clock of native rooms: monotonic, the same for the whole process.

#include "base/time.hpp"

namespace parlor::platform::native {

[[nodiscard]] base::Time now();

}  // namespace parlor::platform::native
