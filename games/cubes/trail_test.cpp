#include "cubes/trail.hpp"

#include <gtest/gtest.h>

namespace parlor::cubes {
namespace {

std::size_t plates(const Trail& trail) {
  std::vector<render::Block> blocks;
  trail.append_to(blocks, {1, 1, 1});
  return blocks.size();
}

/// Runs for so long; afterwards it stands.
void run(Trail& trail, State& state, float time) {
  for (float t = 0; t < time; t += 1.0F / 60) {
    state.position = state.position + state.velocity * (1.0F / 60);
    trail.advance(state, 1.0F / 60);
  }
}

TEST(Trail, IsLeftByARunnerAndFades) {
  Trail trail;
  State state{{}, {8, 0, 0}, 0, false, true};
  run(trail, state, 1);
  EXPECT_GT(plates(trail), 10U);
  EXPECT_LE(plates(trail), Trail::kMost);
  state.velocity = {};
  run(trail, state, 1.5F);
  EXPECT_EQ(plates(trail), 0U);
}

TEST(Trail, IsNotLeftByWhoWalksFliesOrIsPutElsewhere) {
  Trail walker;
  State walking{{}, {1, 0, 0}, 0, false, true};
  run(walker, walking, 3);
  EXPECT_EQ(plates(walker), 0U);
  Trail flyer;
  State flying{{0, 1, 0}, {8, 0, 0}, 0, false, false};
  run(flyer, flying, 1);
  EXPECT_EQ(plates(flyer), 0U);
  Trail jumper;
  State there{{}, {8, 0, 0}, 0, false, true};
  jumper.advance(there, 0.016F);
  there.position = {15, 0, 0};
  jumper.advance(there, 0.016F);
  EXPECT_EQ(plates(jumper), 0U);
}

}  // namespace
}  // namespace parlor::cubes
