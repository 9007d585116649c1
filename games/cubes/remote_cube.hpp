#pragma once
// Another member's cube: what was told of it, where to show it now, and what it costs to show it smoothly.

#include <optional>

#include "cubes/state.hpp"
#include "netcode/smoothing.hpp"
#include "netcode/snapshot_buffer.hpp"

namespace parlor::cubes {

/// Only a cube that moves can be guessed wrong.
struct CubeBlend : StateBlend {
  static bool moves(const State& newest) { return !(newest.velocity == Vec3{}); }
};

/// What it costs to show a cube smoothly, since it was first heard of.
struct CubeStatistics {
  netcode::SnapshotStatistics snapshots;
  netcode::CorrectionStatistics corrections;  ///< metres; those below kNoticed do not count
};

class RemoteCube {
 public:
  /// Corrections shorter than this, in metres, are not counted: states are told in steps of 2.5 mm.
  static constexpr float kNoticed = 0.004F;

  /// A state came at `now`. One that comes too late or again is ignored.
  void told(base::Time now, const StampedState& told);
  /// What to show at `now`, `seconds` after the last time; nothing before the first state.
  std::optional<State> advance(base::Time now, float seconds);

  /// Nothing was heard for so long that its player is probably gone, asleep or cut off.
  [[nodiscard]] bool silent(base::Time now) const { return now - buffer_.arrived() > base::seconds(4); }
  [[nodiscard]] CubeStatistics statistics() const { return {buffer_.statistics(), correction_.statistics()}; }

 private:
  netcode::SnapshotBuffer<State, CubeBlend> buffer_;
  netcode::Correction<Vec3> correction_{0.07F, 4, kNoticed};  // seconds, metres
};

}  // namespace parlor::cubes
