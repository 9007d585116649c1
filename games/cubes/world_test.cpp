#include "cubes/world.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "cubes/stage.hpp"

namespace parlor::cubes {
namespace {

using base::milliseconds;
using base::time_from;

/// Of cubes: the ball has one, too.
std::size_t faces(World& world) {
  std::size_t count = 0;
  for (const render::Block& block : world.scene().blocks) count += block.eyes > 0 ? 1 : 0;
  return count - 1;
}

TEST(World, ShowsAMemberFromItsFirstStateOn) {
  World world;
  world.begin(1, 0);
  world.add(2, 3);
  world.advance(time_from(milliseconds(0)), 0.016F, {});
  EXPECT_EQ(faces(world), 1U);
  EXPECT_FALSE(world.shown(2));
  world.told(2, time_from(milliseconds(10)), {netcode::Stamp(5), {{4, 0, 5}, {}, 1, false}});
  world.advance(time_from(milliseconds(16)), 0.016F, {});
  EXPECT_EQ(faces(world), 2U);
  EXPECT_EQ(world.scene().labels.size(), 1U);
  ASSERT_TRUE(world.shown(2));
  EXPECT_EQ(world.shown(2)->position, (Vec3{4, 0, 5}));
  EXPECT_LT(world.scene().blocks[1].half.y, 0.2F) << "it pops up small";
  for (int ms = 32; ms < 1000; ms += 16) world.advance(time_from(milliseconds(ms)), 0.016F, {});
  EXPECT_NEAR(world.scene().blocks[1].half.y, kCubeHalf, 0.01F);
  world.remove(2);
  EXPECT_EQ(faces(world), 1U);
  EXPECT_FALSE(world.shown(2));
}

TEST(World, IgnoresStatesOfStrangers) {
  World world;
  world.told(9, time_from(milliseconds(0)), {netcode::Stamp(5), {}});
  world.set_colour(9, 1);
  world.remove(9);
  EXPECT_FALSE(world.shown(9));
  EXPECT_EQ(world.scene().labels.size(), 0U);
}

TEST(World, SixtyFourMembersBeginInsideTheArenaAtTheirOwnPlaces) {
  std::vector<Vec3> places;
  for (std::size_t others = 0; others < 64; ++others) {
    World world;
    world.begin(static_cast<PlayerId>(others * 977 + 1), others);
    const Vec3 place = world.own_state().position;
    EXPECT_LT(std::max(std::abs(place.x), std::abs(place.z)), kArenaHalf - kCubeHalf);
    for (const Vec3& other : places) EXPECT_GT(length(place - other), 0.05F) << others;
    places.push_back(place);
  }
}

TEST(World, TwoWhoComeAtOneMomentDoNotStandInEachOther) {
  World alice;
  World bob;
  alice.begin(41862, 3);
  bob.begin(13831, 3);
  EXPECT_GT(length(alice.own_state().position - bob.own_state().position), 0.3F);
}

TEST(World, SixtyFourMembersHaveTheirOwnLabels) {
  World world;
  std::set<int> labels;
  for (PlayerId id = 1; id <= 64; ++id) {
    world.add(id, 0);
    labels.insert(world.label_of(id));
  }
  EXPECT_EQ(labels.size(), 64U);
  const auto freed = world.label_of(30);
  world.remove(30);
  world.add(99, 0);
  EXPECT_EQ(world.label_of(99), freed) << "a free label is used again";
}

TEST(World, TheInputIsAsThePlayerSeesIt) {
  World world;
  world.camera().set_circling(false);
  world.set_calm(true);
  world.camera().look(1.2F, 0);
  for (int i = 0; i < 60; ++i) world.advance(time_from(milliseconds(i * 16)), 0.016F, {0, -1, false});
  const render::Camera camera = world.scene().camera;
  const Vec3 way = normalized(world.own_state().velocity);
  EXPECT_GT(dot(way, normalized(flat(camera.target - camera.eye))), 0.99F);
}

TEST(World, OnesOwnCubeLooksAtItsPlayerWhenLeftAloneAndTellsNobody) {
  World world;
  world.begin(1, 0);
  world.camera().set_circling(false);
  const float yaw = world.own_state().yaw;
  for (int i = 0; i < 240; ++i) world.advance(time_from(milliseconds(i * 16)), 0.016F, {});
  const render::Scene& scene = world.scene();
  const Vec3 to_eye = normalized(flat(scene.camera.eye - world.own_state().position));
  EXPECT_GT(dot(scene.blocks[0].rotation.rotate({0, 0, 1}), to_eye), 0.99F);
  EXPECT_EQ(world.own_state().yaw, yaw);
}

TEST(World, ACrowdIsAsLargeAsWished) {
  World world;
  const std::size_t before = world.scene().blocks.size();
  world.set_crowd(1000);
  EXPECT_EQ(world.scene().blocks.size(), before + 1000);
}

/// Puts one's own cube and a member's next to each other and runs into it.
TEST(World, SaysWhomOnesOwnCubeTouches) {
  World world;
  world.begin(1, 0);
  world.add(2, 3);
  State there = world.own_state();
  there.position.x += 0.6F;
  world.told(2, time_from(milliseconds(10)), {netcode::Stamp(5), there});
  world.advance(time_from(milliseconds(16)), 0.016F, {});
  world.advance(time_from(milliseconds(32)), 0.016F, {});
  ASSERT_EQ(world.touched().size(), 1U);
  EXPECT_EQ(world.touched()[0], 2);
  for (int ms = 48; ms < 400; ms += 16) world.advance(time_from(milliseconds(ms)), 0.016F, {});
  EXPECT_GE(length(world.own_state().position - there.position), 2 * kCubeHalf - 0.02F) << "and they part";
}

TEST(World, WhoHasToCatchIsFasterAndWearsACrown) {
  const auto run = [](PlayerId it) {
    World world;
    world.begin(1, 0);
    world.set_it(it);
    for (int i = 0; i < 30; ++i) world.advance(time_from(milliseconds(i * 16)), 0.016F, {0, -1, false});
    return std::pair(length(world.own_state().velocity), world.scene().blocks.size());
  };
  const auto hunter = run(1);
  const auto hunted = run(2);
  EXPECT_NEAR(hunted.first, kTopSpeed, 0.01F);
  EXPECT_NEAR(hunter.first, kTopSpeed * kChase, 0.01F);
  EXPECT_GT(hunter.second, hunted.second);
}

TEST(World, ACubeThatRunsIntoTheBallKicksIt) {
  World world;
  world.begin(1, 0);
  world.props().begin(1);
  const Vec3 before = world.props().shown(0).position;
  bool kicked = false;
  for (int i = 0; i < 2000 && !kicked; ++i) {
    // Where the ball is, as the camera sees it.
    const render::Camera camera = world.scene().camera;
    const Vec3 ahead = normalized(flat(camera.target - camera.eye));
    const Vec3 way = normalized(flat(world.props().shown(0).position - world.own_state().position));
    const Vec3 right{-ahead.z, 0, ahead.x};
    world.advance(time_from(milliseconds(i * 16)), 0.016F, {dot(way, right), -dot(way, ahead), false});
    kicked = length(world.props().shown(0).position - before) > 1;
  }
  EXPECT_TRUE(kicked);
  EXPECT_EQ(world.props().owner(0), 1);
  EXPECT_FALSE(world.take_bumps().empty());
}

TEST(World, NobodyIsThrownOutOfItByWhatAnotherTells) {
  for (const int gap : {2, 3, 5}) {
    for (const float low : {0.0F, 0.3F}) {
      World world;
      world.begin(1, 0);
      world.add(2, 0);
      int stamp = 0;
      bool up = false;
      float highest = 0;
      for (int frame = 0; frame < 900; ++frame) {
        const int ms = frame * 16;
        const Vec3 here = world.own_state().position;
        for (; frame < 600 && stamp + gap <= ms; stamp += gap, up = !up) {
          StampedState told{netcode::Stamp(static_cast<std::uint16_t>(stamp)), {}};
          told.state.position = {here.x, up ? 8 : low, here.z};
          told.state.velocity = {0, 25, 0};
          told.state.on_ground = false;
          world.told(2, time_from(milliseconds(ms)), *parse_state(write_state(told)));
        }
        world.advance(time_from(milliseconds(ms)), 0.016F, {0, 0, frame / 20 % 2 == 1});
        highest = std::max(highest, world.own_state().position.y);
      }
      EXPECT_LE(highest, kCeiling) << gap << " ms, " << low;
      EXPECT_GT(highest, 0.5F) << "it was pushed about";
    }
  }
}

TEST(World, NothingStandsBetweenANewcomerAndItsCamera) {
  constexpr float kAround = 0.3F;  // of the cube is to be seen to each side
  for (std::size_t others = 0; others < 8; ++others) {
    for (PlayerId id = 1; id <= 200; ++id) {
      World world;
      world.begin(id, others);
      std::vector<Obstacle> obstacles(platforms().begin(), platforms().end());
      world.props().append_obstacles(obstacles);
      const Vec3 eye = world.scene().camera.eye;
      const Vec3 way = world.own_state().position + Vec3{0, kCubeHalf, 0} - eye;
      for (const Obstacle& obstacle : obstacles) {
        for (float part = 0; part <= 1; part += 0.01F) {
          const Vec3 from = eye + way * part - obstacle.foot;
          const bool inside = std::abs(from.x) < obstacle.half.x + kAround &&
                              std::abs(from.z) < obstacle.half.z + kAround && from.y < 2 * obstacle.half.y;
          ASSERT_FALSE(inside) << "at " << obstacle.foot.x << ", " << obstacle.foot.z << ": member " << id
                               << " who finds " << others;
        }
      }
    }
  }
}

}  // namespace
}  // namespace parlor::cubes
