#include "cubes/room_finder.hpp"

#include <gtest/gtest.h>

#include <string>

#include "cubes/fake_room.hpp"

namespace parlor::cubes {
namespace {

class RoomFinderTest : public testing::Test {
 protected:
  void update(base::Duration passed = base::milliseconds(16)) {
    now_ += passed;
    finder_.update(now_);
  }
  /// The answer to the latest question: rooms with the numbers from `first` on, out of `total`.
  void answer(int first, int count, int total) {
    RoomsListed listed{.rooms = {}, .total = total};
    for (int i = first; i < first + count; ++i)
      listed.rooms.push_back(
          {.code = "room-" + std::to_string(i), .title = "", .members = 1, .size = 8, .metadata = {}});
    list().events.push_back(std::move(listed));
    update();
  }
  static FakeRoomList& list() { return *FakeRoomList::current; }

  RoomFinder finder_;
  base::Time now_{};
};

TEST_F(RoomFinderTest, AsksAtOnceForRoomsOfThisGame) {
  finder_.open({.has_space = true, .order = ListOrder::members}, 20);
  EXPECT_EQ(list().options.game, "cubes");
  ASSERT_EQ(list().asked.size(), 1U);
  EXPECT_TRUE(list().asked[0].has_space);
  EXPECT_EQ(list().asked[0].order, ListOrder::members);
  EXPECT_EQ(list().asked[0].limit, 20);
  EXPECT_FALSE(finder_.answered());
}

TEST_F(RoomFinderTest, StaysFreshByItself) {
  finder_.open({}, 20);
  answer(0, 2, 2);
  EXPECT_EQ(finder_.rooms().size(), 2U);
  update();
  EXPECT_EQ(list().asked.size(), 1U) << "not with every frame";
  update(RoomFinder::kInterval);
  EXPECT_EQ(list().asked.size(), 2U);
  update(RoomFinder::kInterval);
  EXPECT_EQ(list().asked.size(), 2U) << "not before the answer";
  answer(5, 1, 1);
  ASSERT_EQ(finder_.rooms().size(), 1U);
  EXPECT_EQ(finder_.rooms()[0].code, "room-5");
}

TEST_F(RoomFinderTest, GathersPageAfterPageAndEachRoomOnce) {
  finder_.open({}, 120);
  answer(0, 50, 300);
  EXPECT_EQ(finder_.rooms().size(), 50U) << "what is there is shown";
  ASSERT_EQ(list().asked.size(), 2U);
  EXPECT_EQ(list().asked[1].offset, 50);
  answer(45, 50, 300);  // five new rooms have moved the list on
  ASSERT_EQ(list().asked.size(), 3U);
  EXPECT_EQ(list().asked[2].offset, 100);
  EXPECT_EQ(list().asked[2].limit, 25);
  answer(95, 25, 300);
  EXPECT_EQ(finder_.rooms().size(), 120U);
  EXPECT_EQ(finder_.total(), 300U);
  EXPECT_EQ(list().asked.size(), 3U);
}

TEST_F(RoomFinderTest, AnAnswerWithoutRoomsEndsARound) {
  finder_.open({}, 120);
  answer(0, 50, 300);
  answer(0, 0, 300);
  EXPECT_EQ(list().asked.size(), 2U);
  EXPECT_EQ(finder_.rooms().size(), 50U);
}

TEST_F(RoomFinderTest, AsksForAtMostSoMany) {
  finder_.open({}, 1'000'000);
  for (int first = 0; first < 1000; first += 50) answer(first, 50, 1000);
  EXPECT_EQ(finder_.rooms().size(), RoomFinder::kMostRooms);
}

TEST_F(RoomFinderTest, KeepsWhatItKnewThroughTroubleAndTriesAgainWhenItMay) {
  finder_.open({}, 20);
  answer(0, 2, 2);
  update(RoomFinder::kInterval);
  list().events.push_back(ListFailed{Reason::rate_limited, "Too often.", base::milliseconds(7000)});
  update();
  ASSERT_TRUE(finder_.trouble());
  EXPECT_EQ(finder_.trouble()->reason, Reason::rate_limited);
  EXPECT_EQ(finder_.rooms().size(), 2U);
  update(base::milliseconds(6900));
  EXPECT_EQ(list().asked.size(), 2U);
  update(base::milliseconds(200));
  EXPECT_EQ(list().asked.size(), 3U);
  answer(0, 2, 2);
  EXPECT_FALSE(finder_.trouble());
}

TEST_F(RoomFinderTest, AnotherQuestionForgetsTheAnswersToTheFormer) {
  finder_.open({}, 20);
  answer(0, 2, 2);
  finder_.open({}, 20);
  EXPECT_EQ(list().asked.size(), 1U) << "it is the same";
  finder_.open({}, 40);
  EXPECT_EQ(finder_.rooms().size(), 2U) << "only more of it";
  finder_.open({.without_password = true}, 40);
  EXPECT_FALSE(finder_.answered());
  EXPECT_TRUE(finder_.rooms().empty());
  EXPECT_EQ(list().asked.size(), 3U);
}

TEST_F(RoomFinderTest, WhenClosedThereIsNoConnectionAndNothingKnown) {
  finder_.open({}, 20);
  answer(0, 2, 2);
  finder_.close();
  EXPECT_EQ(FakeRoomList::current, nullptr);
  EXPECT_FALSE(finder_.is_open());
  EXPECT_TRUE(finder_.rooms().empty());
  update(RoomFinder::kInterval);
}

}  // namespace
}  // namespace parlor::cubes
