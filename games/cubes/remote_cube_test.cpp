#include "cubes/remote_cube.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "cubes/state_pacer.hpp"

namespace parlor::cubes {
namespace {

using base::milliseconds;
using base::time_from;

/// Alice runs a lap with stops and jumps, told through the real pacer and codec over a network with delay,
/// jitter, loss and reordering; Bob watches at 60 frames a second.
class Watched {
 public:
  Watched(int jitter_ms, int loss_percent, std::uint64_t seed)
      : jitter_(jitter_ms), loss_(loss_percent), random_(seed) {}

  struct Seen {
    Vec3 alice;
    Vec3 shown;
  };
  std::vector<Seen> run(int until_ms) {
    std::vector<Seen> seen;
    for (int frame = 0; frame * 1000 / 60 < until_ms; ++frame) {
      const int ms = frame * 1000 / 60;
      move(ms);
      deliver(ms);
      const auto shown = bob_.advance(time_from(milliseconds(ms)), 1.0F / 60);
      if (shown) seen.push_back({alice_.position, shown->position});
    }
    return seen;
  }
  [[nodiscard]] CubeStatistics statistics() const { return bob_.statistics(); }

 private:
  struct Packet {
    int arrives;
    std::array<std::byte, kStateSize> bytes;
  };
  void move(int ms) {
    const float t = static_cast<float>(ms) * 1e-3F;
    Input input{.x = std::cos(t), .z = std::sin(t), .jump = ms % 3000 > 1500 && ms % 3000 < 1700};
    if (ms % 5000 > 4000) input = {};
    motion_.advance(alice_, input, 1.0F / 60);
    const State state{alice_.position, alice_.velocity, alice_.yaw, false, alice_.on_ground};
    // Her clock is not Bob's.
    const base::Time hers = time_from(milliseconds(ms + 7'654'321));
    if (!pacer_.due(hers, state) || static_cast<int>(random_.below(100)) < loss_) return;
    const int delay = 40 + static_cast<int>(random_.below(static_cast<std::uint32_t>(jitter_ + 1)));
    flying_.push_back({ms + delay, write_state({netcode::stamp_of(hers), state})});
  }
  void deliver(int ms) {
    for (std::size_t i = 0; i < flying_.size();) {
      if (flying_[i].arrives > ms) {
        ++i;
        continue;
      }
      bob_.told(time_from(milliseconds(ms)), *parse_state(flying_[i].bytes));
      flying_.erase(flying_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  int jitter_;
  int loss_;
  base::SeededRandom random_;
  Body alice_;
  Motion motion_;
  StatePacer pacer_;
  RemoteCube bob_;
  std::vector<Packet> flying_;
};

/// The longest way between two frames, beyond what a cube can really move.
float worst_step(const std::vector<Watched::Seen>& seen) {
  float worst = 0;
  for (std::size_t i = 1; i < seen.size(); ++i)
    worst = std::max(worst, length(flat(seen[i].shown - seen[i - 1].shown)));
  return worst;
}

TEST(RemoteCube, IsShownWhereItWasAMomentAgo) {
  const auto seen = Watched(5, 0, 1).run(20'000);
  // 40 ms of network, about 60 of playout delay: 6 frames and a bit.
  float off = 0;
  for (std::size_t i = 120; i < seen.size(); ++i) {
    float nearest = 1e9F;
    for (std::size_t back = 4; back < 10; ++back) {
      nearest = std::min(nearest, length(seen[i].shown - seen[i - back].alice));
    }
    off = std::max(off, nearest);
  }
  EXPECT_LT(off, 0.10F);
}

TEST(RemoteCube, MovesWithoutJerksOnABadNetwork) {
  for (const std::uint64_t seed : {3U, 4U, 5U}) {
    const auto seen = Watched(80, 8, seed).run(60'000);
    // Top speed is 0.134 m a frame; the clock may run a tenth faster, and a correction fades on top of it.
    EXPECT_LT(worst_step(seen), 0.32F) << "seed " << seed;
  }
}

TEST(RemoteCube, SaysWhatABadNetworkCosts) {
  Watched good(5, 0, 1);
  Watched bad(80, 8, 1);
  good.run(60'000);
  bad.run(60'000);
  const auto [calm, few] = good.statistics();
  const auto [rough, many] = bad.statistics();
  EXPECT_LT(calm.ahead, milliseconds(600)) << "a hundredth of the time";
  EXPECT_GT(rough.ahead, 2 * calm.ahead);
  EXPECT_GT(rough.playout.delay, calm.playout.delay + milliseconds(40));
  EXPECT_GT(many.count, 2 * few.count);
  EXPECT_GT(many.largest, RemoteCube::kNoticed);
  EXPECT_LT(many.largest, 1.0F) << "metres";
  EXPECT_EQ(many.jumps, 0U);
  EXPECT_LT(rough.taken, calm.taken);
}

TEST(RemoteCube, StandsExactlyWhereItsPlayerStopped) {
  for (const std::uint64_t seed : {6U, 7U}) {
    const auto seen = Watched(60, 10, seed).run(4'990);
    EXPECT_LT(length(seen.back().shown - seen.back().alice), 0.005F) << "seed " << seed;
  }
}

TEST(RemoteCube, GlidesToWhereBetterKnowledgeSaysInsteadOfJumping) {
  RemoteCube cube;
  const auto at = [](int ms) { return time_from(milliseconds(ms)); };
  const auto stamp = [](int ms) { return netcode::Stamp(static_cast<std::uint16_t>(ms)); };
  std::optional<State> shown;
  for (int ms = 0; ms <= 1000; ms += 10) {
    if (ms % 50 == 0)
      cube.told(at(ms), {stamp(ms), {{static_cast<float>(ms) * 0.008F, 0, 0}, {8, 0, 0}, 0, false}});
    shown = cube.advance(at(ms), 0.01F);
  }
  // Nothing comes for a while: it is guessed to run on. Then it turns out to have stopped at once.
  for (int ms = 1010; ms <= 1200; ms += 10) shown = cube.advance(at(ms), 0.01F);
  EXPECT_GT(shown->position.x, 8.9F);
  const float before = shown->position.x;
  cube.told(at(1200), {stamp(1050), {{8, 0, 0}, {}, 0, false}});
  EXPECT_NEAR(cube.advance(at(1210), 0.01F)->position.x, before, 0.15F);
  for (int ms = 1220; ms <= 2200; ms += 10) shown = cube.advance(at(ms), 0.01F);
  EXPECT_NEAR(shown->position.x, 8, 0.01F);
}

TEST(RemoteCube, IsSilentOnceNothingIsHeardForSeconds) {
  RemoteCube cube;
  cube.told(time_from(milliseconds(0)), {netcode::Stamp(0), {}});
  EXPECT_FALSE(cube.silent(time_from(milliseconds(3000))));
  EXPECT_TRUE(cube.silent(time_from(milliseconds(4001))));
}

}  // namespace
}  // namespace parlor::cubes
