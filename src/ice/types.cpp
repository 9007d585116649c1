#include "ice/types.hpp"

#include <array>

namespace parlor::ice {

Credentials make_credentials(base::Random& random) {
  std::array<std::byte, 24> bytes{};
  random.fill(bytes);
  // Of whole groups of three bytes base64 has no padding, and its characters are those of ice-char.
  const base::BytesView all(bytes);
  return {.ufrag = base::to_base64(all.first(6)), .password = base::to_base64(all.subspan(6))};
}

}  // namespace parlor::ice
