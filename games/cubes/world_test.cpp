#include "cubes/world.hpp"

#include <gtest/gtest.h>

#include <set>

namespace parlor::cubes {
namespace {

using base::milliseconds;
using base::time_from;

std::size_t faces(World& world) {
  std::size_t count = 0;
  for (const render::Block& block : world.scene().blocks) count += block.eyes > 0 ? 1 : 0;
  return count;
}

TEST(World, ShowsAMemberFromItsFirstStateOn) {
  World world;
  world.begin_as(1);
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
  EXPECT_FALSE(world.colour_of(9));
}

TEST(World, SixtyFourMembersHaveTheirOwnPlacesAndLabels) {
  std::set<std::pair<float, float>> places;
  std::set<int> labels;
  World world;
  for (PlayerId id = 1; id <= 64; ++id) {
    World theirs;
    theirs.begin_as(id);
    const Vec3 place = theirs.own_state().position;
    EXPECT_LT(std::max(std::abs(place.x), std::abs(place.z)), kArenaHalf - kCubeHalf);
    for (const auto& [x, z] : places) EXPECT_GT(std::hypot(place.x - x, place.z - z), 0.2F) << id;
    places.insert({place.x, place.z});
    world.add(id, 0);
    labels.insert(world.label_of(id));
  }
  EXPECT_EQ(labels.size(), 64U);
  world.remove(30);
  world.add(99, 0);
  EXPECT_EQ(labels.count(world.label_of(99)), 1U) << "a free label is used again";
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

TEST(World, ACrowdIsAsLargeAsWished) {
  World world;
  const std::size_t before = world.scene().blocks.size();
  world.set_crowd(1000);
  EXPECT_EQ(world.scene().blocks.size(), before + 1000);
}

}  // namespace
}  // namespace parlor::cubes
