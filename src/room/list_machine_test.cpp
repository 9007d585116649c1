#include "room/list_machine.hpp"

#include <gtest/gtest.h>

#include "base/machine.hpp"
#include "room/test_world.hpp"

namespace parlor::room {
namespace {

using base::seconds;
static_assert(base::Machine<ListMachine>);

const base::Time kNow = base::time_from(seconds(100));
const RoomListOptions kOptions{"ws://127.0.0.1:8080", "cubes", ""};

TEST(ListMachine, SaysWhatIsWrongWithItsOptionsAndQueries) {
  ListMachine wrong({"http://127.0.0.1", "cubes", ""}, kNow);
  EXPECT_FALSE(wrong.poll_event());
  wrong.refresh(kNow, {});
  auto event = wrong.poll_event();
  ASSERT_TRUE(event && std::holds_alternative<ListFailed>(*event));
  EXPECT_EQ(std::get<ListFailed>(*event).reason, Reason::bad_options);
  EXPECT_FALSE(wrong.poll_event());
  EXPECT_FALSE(wrong.poll_transmit());

  ListMachine list(kOptions, kNow);
  ListQuery query;
  query.limit = 51;
  list.refresh(kNow, query);
  event = list.poll_event();
  ASSERT_TRUE(event && std::holds_alternative<ListFailed>(*event));
  EXPECT_EQ(std::get<ListFailed>(*event).reason, Reason::bad_options);
}

TEST(ListMachine, ListsWhatTheServerAnswers) {
  ListMachine list(kOptions, kNow);
  list.refresh(kNow, {});
  ASSERT_TRUE(list.poll_transmit());
  list.handle_server_open(kNow);
  ASSERT_TRUE(list.poll_transmit());
  const signaling::RoomsFound found{{{"kamo-ridun", "Friday", 1, 4, false, {}}}, 1};
  list.handle_server_frame(kNow, signaling::write(signaling::ServerMessage(found)));
  const auto event = list.poll_event();
  ASSERT_TRUE(event && std::holds_alternative<RoomsListed>(*event));
  EXPECT_EQ(std::get<RoomsListed>(*event).rooms, found.rooms);
  EXPECT_EQ(std::get<RoomsListed>(*event).total, 1);
}

TEST(ListMachine, FailsWhenTheServerCannotBeReached) {
  ListMachine list(kOptions, kNow);
  list.refresh(kNow, {});
  list.handle_server_close(kNow, 1006, "");
  const auto event = list.poll_event();
  ASSERT_TRUE(event && std::holds_alternative<ListFailed>(*event));
  EXPECT_EQ(std::get<ListFailed>(*event).reason, Reason::no_server);
}

TEST(ListMachine, TellsWhenToAskAgain) {
  ListMachine list(kOptions, kNow);
  list.refresh(kNow, {});
  list.handle_server_open(kNow);
  const signaling::Error refused{signaling::ErrorCode::rate_limited, "Too often.", "list", 30'000};
  list.handle_server_frame(kNow, signaling::write(signaling::ServerMessage(refused)));
  const auto event = list.poll_event();
  ASSERT_TRUE(event && std::holds_alternative<ListFailed>(*event));
  EXPECT_EQ(std::get<ListFailed>(*event).reason, Reason::rate_limited);
  EXPECT_EQ(std::get<ListFailed>(*event).retry_after, seconds(30));
}

TEST(QuickMatch, TwoMeetInARoom) {
  testing::TestWorld world;
  const auto search = [&](const std::string& name) -> testing::Player& {
    RoomOptions options;
    QuickMatch want;
    want.attributes = {{"mode", "duel"}};
    options.entry = want;
    return world.enter(name, options);
  };
  testing::Player& alice = search("alice");
  world.run(seconds(1));
  ASSERT_FALSE(alice.all<Searching>().empty());
  EXPECT_EQ(alice.machine->state(), RoomState::entering);
  testing::Player& bob = search("bob");
  ASSERT_TRUE(
      world.run_until([&] { return world.connected() && bob.machine->state() == RoomState::playing; }));
  EXPECT_EQ(alice.machine->code(), bob.machine->code());
  EXPECT_EQ(bob.machine->host(), alice.machine->me());
}

TEST(QuickMatch, TwoWhoWaitAloneMeetWhenTheirWindowsCoverEachOther) {
  testing::TestWorld world;
  const auto search = [&](const std::string& name, std::int64_t rating) -> testing::Player& {
    RoomOptions options;
    QuickMatch want;
    want.rating = rating;
    want.patience = {};
    options.entry = want;
    return world.enter(name, options);
  };
  testing::Player& alice = search("alice", 1000);
  world.run(seconds(1));
  testing::Player& bob = search("bob", 1200);
  world.run(seconds(1));
  ASSERT_EQ(bob.all<Joined>().size(), 1U);
  EXPECT_NE(alice.machine->code(), bob.machine->code());
  ASSERT_TRUE(
      world.run_until([&] { return world.connected() && bob.all<Joined>().size() == 2; }, seconds(10)));
  EXPECT_EQ(alice.machine->code(), bob.machine->code());
  EXPECT_EQ(bob.all<Joined>()[1].code, bob.machine->code());
  EXPECT_EQ(bob.machine->host(), alice.machine->me());
  EXPECT_EQ(bob.machine->peers().size(), 1U);
  EXPECT_EQ(alice.all<Joined>().size(), 1U);
}

TEST(QuickMatch, OneThatFindsNobodyIsHostOfItsOwnRoom) {
  testing::TestWorld world;
  RoomOptions options;
  options.entry = QuickMatch{};
  testing::Player& alice = world.enter("alice", options);
  ASSERT_TRUE(world.run_until([&] { return alice.machine->state() == RoomState::playing; }, seconds(5)));
  EXPECT_EQ(alice.machine->host(), alice.machine->me());
}

TEST(QuickMatch, OptionsOutOfTheirLimitsEndTheRoom) {
  testing::TestWorld world;
  RoomOptions options;
  QuickMatch want;
  want.size = 65;
  options.entry = want;
  testing::Player& alice = world.enter("alice", options);
  ASSERT_EQ(alice.all<Ended>().size(), 1u);
  EXPECT_EQ(alice.all<Ended>()[0].reason, Reason::bad_options);
}

}  // namespace
}  // namespace parlor::room
