#include "cubes/remote_cube.hpp"

#include <algorithm>

namespace parlor::cubes {

void RemoteCube::told(base::Time now, const StampedState& told) {
  const auto shown = buffer_.resample();
  if (!buffer_.insert(now, told.stamp, told.state)) return;
  if (shown) correction_.absorb(shown->position, buffer_.resample()->position);
}

std::optional<State> RemoteCube::advance(base::Time now, float seconds) {
  auto state = buffer_.sample(now);
  if (!state) return std::nullopt;
  correction_.advance(seconds);
  state->position = state->position + correction_.offset();
  state->position.y = std::max(state->position.y, 0.0F);
  return state;
}

}  // namespace parlor::cubes
