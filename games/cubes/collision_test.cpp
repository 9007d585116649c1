#include "cubes/collision.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cubes/motion.hpp"
#include "cubes/stage.hpp"

namespace parlor::cubes {
namespace {

constexpr float kFrame = 1.0F / 60;

/// Plays for so long among the obstacles.
Body play(Body body, const Input& input, float seconds, const std::vector<Obstacle>& obstacles,
          std::vector<Contact>* contacts = nullptr, float frame = kFrame) {
  Motion motion;
  for (int left = static_cast<int>(std::lround(seconds / frame)); left > 0; --left) {
    motion.advance(body, input, frame, obstacles);
    if (contacts == nullptr) continue;
    for (const Contact& contact : motion.contacts()) note(*contacts, contact);
  }
  return body;
}

Body at(Vec3 place) {
  Body body;
  body.position = place;
  return body;
}

Obstacle box(Vec3 foot, Vec3 half) {
  Obstacle made;
  made.foot = foot;
  made.half = half;
  made.id = 7;
  return made;
}
Obstacle pole(Vec3 foot, float radius) {
  Obstacle made = box(foot, {radius, 1, radius});
  made.round = true;
  return made;
}

TEST(Collision, ACubeStopsAtAWallHoweverSlowTheFrames) {
  for (const float frame : {1.0F / 144, 1.0F / 60, 1.0F / 8}) {
    const Body body = play({}, {.x = 1}, 2, {box({5, 0, 0}, {1, 1, 1})}, nullptr, frame);
    EXPECT_NEAR(body.position.x, 5 - 1 - kCubeHalf, 0.02F);
    EXPECT_NEAR(body.position.z, 0, 1e-4F);
  }
}

TEST(Collision, ACubeSlidesAlongAWallAndAroundAPole) {
  const Body along = play({}, {.x = 0.7F, .z = 0.7F}, 1, {box({3, 0, 0}, {1, 1, 50})});
  EXPECT_NEAR(along.position.x, 1.5F, 0.02F);
  EXPECT_GT(along.position.z, 4);
  const Body around = play(at({0, 0, 0.2F}), {.x = 1}, 2, {pole({3, 0, 0}, 0.5F)});
  EXPECT_GT(around.position.x, 6) << "it is not caught by what it can go round";
}

TEST(Collision, ACubeThatJumpsOnABoxStandsThereAndFallsOverItsEdge) {
  const std::vector<Obstacle> boxes{box({3, 0, 0}, {1.5F, 0.5F, 1.5F})};
  Body body;
  Motion motion;
  float highest_at_rest = 0;
  bool fell = false;
  for (int i = 0; i < 240; ++i) {
    motion.advance(body, {.x = 0.5F, .jump = i > 10 && i < 40}, kFrame, boxes);
    if (body.on_ground && body.position.y > 0.5F) {
      highest_at_rest = body.position.y;
      EXPECT_NEAR(body.position.y, 1, 1e-3F);
    }
    fell = fell || (highest_at_rest > 0 && !body.on_ground && body.velocity.y < 0 && body.position.x > 4);
  }
  EXPECT_GT(highest_at_rest, 0.9F);
  EXPECT_TRUE(fell);
  EXPECT_EQ(body.position.y, 0);
}

TEST(Collision, APressJustBehindAnEdgeStillCounts) {
  const std::vector<Obstacle> boxes{box({0, 0, 0}, {1, 1, 1})};
  Body body;
  body.position = {0, 2, 0};
  Motion motion;
  motion.advance(body, {}, kFrame, boxes);
  ASSERT_TRUE(body.on_ground);
  while (body.on_ground) motion.advance(body, {.x = 1}, kFrame, boxes);
  motion.advance(body, {.x = 1, .jump = true}, kFrame, boxes);
  EXPECT_GT(body.velocity.y, 4);
}

TEST(Collision, AHeadHitsWhatIsAboveIt) {
  const std::vector<Obstacle> boxes{box({0, 1.6F, 0}, {3, 0.5F, 3})};
  Body body;
  Motion motion;
  float highest = 0;
  for (int i = 0; i < 60; ++i) {
    motion.advance(body, {.jump = true}, kFrame, boxes);
    highest = std::max(highest, body.position.y);
  }
  EXPECT_LT(highest, 0.85F);
  EXPECT_GT(highest, 0.4F);
  EXPECT_TRUE(body.on_ground);
}

TEST(Collision, WhoeverRunsIntoSomebodyIsToldHowHardAndInWhichDirection) {
  std::vector<Contact> contacts;
  play({}, {.x = 1}, 1, {pole({4, 0, 0}, 0.5F)}, &contacts);
  ASSERT_EQ(contacts.size(), 1U);
  EXPECT_EQ(contacts[0].id, 7U);
  EXPECT_NEAR(contacts[0].speed, kTopSpeed, 0.5F);
  EXPECT_NEAR(contacts[0].normal.x, -1, 1e-3F);
}

TEST(Collision, WhoIsRunIntoIsThrownBack) {
  Obstacle runner = pole({-0.98F, 0, 0}, 0.5F);
  runner.velocity = {8, 0, 0};
  Body body;
  Motion motion;
  motion.advance(body, {}, kFrame, std::vector<Obstacle>{runner});
  EXPECT_GT(body.velocity.x, 5);
}

TEST(Collision, WhoStandsOnSomethingIsCarriedByIt) {
  Obstacle lorry = box({0, 0, 0}, {2, 0.5F, 2});
  Body body;
  body.position = {0, 1, 0};
  Motion motion;
  for (int i = 0; i < 60; ++i) {
    lorry.velocity = {2, 0, 0};
    motion.advance(body, {}, kFrame, std::vector<Obstacle>{lorry});
    lorry.foot.x += 2 * kFrame;
  }
  EXPECT_NEAR(body.position.x, 2, 0.1F);
  EXPECT_TRUE(body.on_ground);
}

TEST(Collision, ACubeInsideABoxComesOutTheShortestWay) {
  const Body body = play(at({2.6F, 0, 0.3F}), {}, 0.1F, {box({0, 0, 0}, {3, 1, 3})});
  EXPECT_NEAR(body.position.x, 3 + kCubeHalf, 0.05F);
  EXPECT_NEAR(body.position.z, 0.3F, 0.05F);
}

TEST(Stage, EveryPlatformCanBeReachedByJumping) {
  constexpr float kJump = 1.35F;  // what a jump is sure to reach
  std::vector<float> tops{0};
  for (const Obstacle& one : platforms()) {
    EXPECT_LT(std::max(std::abs(one.foot.x) + one.half.x, std::abs(one.foot.z) + one.half.z), kArenaHalf);
    tops.push_back(one.top());
  }
  std::sort(tops.begin(), tops.end());
  for (std::size_t i = 1; i < tops.size(); ++i) EXPECT_LT(tops[i] - tops[i - 1], kJump);
}

}  // namespace
}  // namespace parlor::cubes
