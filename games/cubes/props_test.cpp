#include "cubes/props.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "base/random.hpp"
#include "cubes/stage.hpp"

namespace parlor::cubes {
namespace {

using base::milliseconds;
using base::seconds;

constexpr std::size_t kBall = 0;
constexpr std::size_t kCrate = 4;  // stands alone
constexpr std::size_t kLower = 1;  // carries …
constexpr std::size_t kUpper = 3;  // … this one

Contact into(std::size_t prop, Vec3 direction, float speed) {
  return {kFirstProp + static_cast<ObstacleId>(prop), direction * -1, speed};
}

/// Pages that hear each other after some time, or not at all.
class PropsTest : public testing::Test {
 protected:
  PropsTest() {
    for (const PlayerId id : {PlayerId{1}, PlayerId{2}, PlayerId{3}}) pages_[id].begin(id);
  }
  void run(base::Duration time) {
    for (const base::Time end = now_ + time; now_ < end; now_ += milliseconds(16)) {
      while (!under_way_.empty() && under_way_.front().arrives <= now_) {
        const UnderWay one = under_way_.front();
        under_way_.pop_front();
        const auto told = parse_prop(one.bytes);
        ASSERT_TRUE(told);
        pages_[one.to].told(one.from, now_, *told);
      }
      for (auto& [id, page] : pages_) {
        page.advance(now_, 0.016F, platforms());
        while (const auto told = page.poll_due(now_)) {
          ++messages_;
          for (auto& [other, unused] : pages_) {
            if (other != id) under_way_.push_back({now_ + delay_, id, other, write_prop(*told)});
          }
        }
      }
    }
  }
  float apart(std::size_t prop) {
    float most = 0;
    for (auto& [id, page] : pages_)
      most = std::max(most, length(page.shown(prop).position - pages_[1].shown(prop).position));
    return most;
  }

  struct UnderWay {
    base::Time arrives;
    PlayerId from;
    PlayerId to;
    std::array<std::byte, kPropStateSize> bytes;
  };
  base::Time now_ = base::time_from(seconds(100));
  base::Duration delay_ = milliseconds(60);
  std::map<PlayerId, Props> pages_;
  std::deque<UnderWay> under_way_;
  int messages_ = 0;
};

TEST_F(PropsTest, WhatNobodyHasTouchedLiesWhereItDidAndIsNotTold) {
  Props fresh;
  run(seconds(3));
  for (std::size_t i = 0; i < Props::kCount; ++i) {
    EXPECT_LT(length(pages_[1].shown(i).position - fresh.shown(i).position), 0.02F) << i;
    EXPECT_EQ(pages_[1].owner(i), 0) << i;
  }
  EXPECT_EQ(messages_, 0);
}

TEST_F(PropsTest, WhoRunsIntoTheBallKicksItAtOnceAndAllSeeItRollAndLieStillAtOnePlace) {
  const Vec3 before = pages_[2].shown(kBall).position;
  pages_[2].handle_contact(now_, into(kBall, {0.6F, 0, 0.8F}, 7));
  EXPECT_EQ(pages_[2].owner(kBall), 2);
  EXPECT_GT(length(pages_[2].shown(kBall).velocity), 7);
  run(milliseconds(300));
  EXPECT_GT(length(pages_[2].shown(kBall).position - before), 1.2F);
  EXPECT_EQ(pages_[1].owner(kBall), 2);
  run(seconds(30));
  EXPECT_EQ(pages_[2].shown(kBall).velocity, Vec3{});
  EXPECT_LT(apart(kBall), 0.02F);
  const int told = messages_;
  run(seconds(3));
  EXPECT_EQ(messages_, told) << "what lies still is told no more";
}

TEST_F(PropsTest, OfTwoWhoTakeItInTheSameMomentAllAgreeOnOne) {
  pages_[3].handle_contact(now_, into(kCrate, {1, 0, 0}, 5));
  pages_[2].handle_contact(now_, into(kCrate, {0, 0, 1}, 5));
  run(seconds(5));
  for (auto& [id, page] : pages_) EXPECT_EQ(page.owner(kCrate), 2) << id;
  EXPECT_LT(apart(kCrate), 0.02F);
}

TEST_F(PropsTest, ACrateThatSomebodyPushesIsNotTakenFromIt) {
  for (int i = 0; i < 60; ++i) {
    pages_[1].handle_contact(now_, into(kCrate, {1, 0, 0}, 2));
    run(milliseconds(16));
    if (i > 20) pages_[2].handle_contact(now_, into(kCrate, {-1, 0, 0}, 2));
  }
  for (auto& [id, page] : pages_) EXPECT_EQ(page.owner(kCrate), 1) << id;
  run(seconds(1));
  pages_[2].handle_contact(now_, into(kCrate, {-1, 0, 0}, 2));
  EXPECT_EQ(pages_[2].owner(kCrate), 2) << "later it may be";
}

TEST_F(PropsTest, ACrateIsFreeAgainHoweverItWasPushedAndWhereverItStopped) {
  for (const float speed : {0.2F, 0.5F, 1.0F, 2.0F, 8.0F}) {
    for (const int frames : {3, 30, 300}) {
      for (const auto& [id, page] : pages_) pages_[id].reset(), pages_[id].begin(id);
      under_way_.clear();
      for (int i = 0; i < frames; ++i) {
        pages_[1].handle_contact(now_, into(kCrate, {1, 0, 0}, speed));
        run(milliseconds(16));
      }
      run(seconds(1));
      pages_[2].handle_contact(now_, into(kCrate, {-1, 0, 0}, 2));
      EXPECT_EQ(pages_[2].owner(kCrate), 2) << speed << " m/s, " << frames << " frames";
    }
  }
}

TEST_F(PropsTest, ACrateWhoseOwnerFellSilentWhilePushingIsFree) {
  for (int i = 0; i < 20; ++i) {
    pages_[1].handle_contact(now_, into(kCrate, {1, 0, 0}, 2));
    run(milliseconds(16));
  }
  pages_.erase(1);
  pages_[2].handle_contact(now_, into(kCrate, {-1, 0, 0}, 2));
  EXPECT_EQ(pages_[2].owner(kCrate), 1) << "not at once";
  run(seconds(1));
  pages_[2].handle_contact(now_, into(kCrate, {-1, 0, 0}, 2));
  EXPECT_EQ(pages_[2].owner(kCrate), 2);
}

TEST_F(PropsTest, WhatNobodyHasTakenIsNotMovedByWhatIsOnlyShown) {
  // A ball that is told onto a crate, by somebody who does not take the crate.
  ToldProp ball;
  ball.turn = Turn(1);
  ball.state.position = pages_[1].shown(kCrate).position + Vec3{0.3F, 0, 0};
  const Vec3 before = pages_[1].shown(kCrate).position;
  for (int i = 0; i < 30; ++i) {
    ball.stamp = netcode::stamp_of(now_);
    pages_[1].told(9, now_, ball);
    run(milliseconds(16));
  }
  EXPECT_EQ(pages_[1].owner(kCrate), 0);
  EXPECT_EQ(pages_[1].shown(kCrate).position, before);
}

TEST_F(PropsTest, WhatStandsOnACrateIsTakenWithItAndFalls) {
  for (int i = 0; i < 90; ++i) {
    pages_[1].handle_contact(now_, into(kLower, {0, 0, 1}, 3));
    run(milliseconds(16));
  }
  run(seconds(3));
  EXPECT_EQ(pages_[1].owner(kUpper), 1);
  EXPECT_GT(pages_[1].shown(kLower).position.z, 4.5F);
  for (std::size_t i = 0; i < Props::kCount; ++i) EXPECT_LT(apart(i), 0.02F) << i;
}

TEST_F(PropsTest, AChangeOfOwnerIsNotSeenAsAJump) {
  pages_[1].handle_contact(now_, into(kBall, {1, 0, 0}, 6));
  run(milliseconds(400));
  pages_[2].handle_contact(now_, into(kBall, {0, 0, 1}, 6));
  ASSERT_EQ(pages_[2].owner(kBall), 2);
  std::map<PlayerId, Vec3> last;
  for (auto& [id, page] : pages_) last[id] = page.shown(kBall).position;
  for (int i = 0; i < 60; ++i) {
    run(milliseconds(16));
    for (auto& [id, page] : pages_) {
      const Vec3 place = page.shown(kBall).position;
      EXPECT_LT(length(place - last[id]), 0.45F) << "page " << id << ", frame " << i;
      last[id] = place;
    }
  }
}

TEST_F(PropsTest, TheHostMovesOnWhatBelongedToOneWhoLeft) {
  pages_[3].handle_contact(now_, into(kBall, {1, 0, 0}, 6));
  run(milliseconds(300));
  pages_.erase(3);
  pages_[1].adopt(now_, [](PlayerId id) { return id != 3; });
  EXPECT_EQ(pages_[1].owner(kBall), 1);
  run(seconds(30));
  EXPECT_EQ(pages_[2].owner(kBall), 1);
  EXPECT_LT(apart(kBall), 0.02F);
}

TEST_F(PropsTest, WhoComesLaterIsToldWhereThingsLie) {
  pages_[1].handle_contact(now_, into(kBall, {1, 0, 0}, 6));
  run(seconds(30));
  pages_[4].begin(4);
  run(seconds(1));
  EXPECT_GT(apart(kBall), 1) << "nobody has told it";
  pages_[1].hurry();
  run(seconds(1));
  EXPECT_LT(apart(kBall), 0.02F);
}

TEST_F(PropsTest, NothingLeavesTheArenaOrSticksInAnother) {
  base::SeededRandom random(7);
  for (int i = 0; i < 400; ++i) {
    const auto angle = static_cast<float>(random.below(628)) / 100;
    const auto page = static_cast<PlayerId>(1 + random.below(3));
    pages_[page].handle_contact(now_,
                                into(random.below(Props::kCount), {std::cos(angle), 0, std::sin(angle)}, 8));
    run(milliseconds(80));
    for (std::size_t prop = 0; prop < Props::kCount; ++prop) {
      const Vec3 place = pages_[1].shown(prop).position;
      ASSERT_LE(std::max(std::abs(place.x), std::abs(place.z)), kArenaHalf) << prop;
      ASSERT_GE(place.y, 0) << prop;
      ASSERT_LT(place.y, 7) << prop;
    }
  }
  run(seconds(40));
  for (std::size_t prop = 0; prop < Props::kCount; ++prop) {
    EXPECT_LT(apart(prop), 0.03F) << prop;
    EXPECT_LT(length(pages_[1].shown(prop).velocity), 0.4F) << prop;
  }
}

TEST(Props, ThatAreToldByNobodyOrOfNoSuchIndexAreIgnored) {
  Props props;
  props.begin(1);
  ToldProp told;
  told.index = 15;
  props.told(2, base::time_from(seconds(1)), told);
  told.index = 0;
  told.turn = Turn(9);
  props.told(0, base::time_from(seconds(1)), told);
  EXPECT_EQ(props.owner(0), 0);
}

}  // namespace
}  // namespace parlor::cubes
