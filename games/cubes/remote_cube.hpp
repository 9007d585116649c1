#pragma once
// Another member's cube: what was told of it, and where to show it now.

#include <optional>

#include "cubes/state.hpp"
#include "netcode/smoothing.hpp"
#include "netcode/snapshot_buffer.hpp"

namespace parlor::cubes {

class RemoteCube {
 public:
  /// A state came at `now`. Late and repeated ones are ignored.
  void told(base::Time now, const StampedState& told);
  /// What to show at `now`, `seconds` after the last time; nothing before the first state.
  std::optional<State> advance(base::Time now, float seconds);

  /// Nothing was heard for so long that its player is probably gone, asleep or cut off.
  [[nodiscard]] bool silent(base::Time now) const { return now - buffer_.arrived() > base::seconds(4); }

 private:
  netcode::SnapshotBuffer<State, StateBlend> buffer_;
  netcode::Correction<Vec3> correction_{0.07F, 4};  // seconds, metres
};

}  // namespace parlor::cubes
