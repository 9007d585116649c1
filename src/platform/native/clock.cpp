#include "native/clock.hpp"

#include <chrono>

namespace parlor::platform::native {

base::Time now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return base::time_from(std::chrono::duration_cast<base::Duration>(since));
}

}  // namespace parlor::platform::native
