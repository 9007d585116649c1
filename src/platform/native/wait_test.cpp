// What native programs have besides the Room, with rooms that end by themselves.

#include <gtest/gtest.h>

#include "parlor/native.hpp"
#include "parlor/room.hpp"
#include "parlor/room_list.hpp"

namespace parlor {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(Wait, IsSleepWithoutARoom) {
  const auto begin = steady_clock::now();
  EXPECT_FALSE(wait(milliseconds(10)));
  run_for(milliseconds(10));
  EXPECT_GE(steady_clock::now() - begin, milliseconds(20));
  EXPECT_FALSE(wait(milliseconds(-5)));
}

TEST(Wait, ReturnsWhenARoomHasAnEvent) {
  Room room({.server = "not an address", .game = "test", .name = "Ada"});
  EXPECT_TRUE(wait(std::chrono::hours(1)));
  room.update();
  const auto event = room.poll_event();
  ASSERT_TRUE(event && std::holds_alternative<Ended>(*event));
  EXPECT_EQ(std::get<Ended>(*event).reason, Reason::bad_options);
  EXPECT_FALSE(wait(milliseconds(5))) << "all is taken";
}

TEST(Wait, ReturnsWhenAListHasOne) {
  RoomList list({.server = "ws://127.0.0.1:1", .game = "test"});
  EXPECT_FALSE(wait(milliseconds(5)));
  list.refresh();
  EXPECT_TRUE(wait(std::chrono::hours(1)));
  const auto event = list.poll_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<ListFailed>(*event).reason, Reason::no_server);
}

TEST(Wait, ARoomThatIsMovedGoesOn) {
  Room room({.server = "ws://127.0.0.1:1", .game = "test", .name = "Ada"});
  Room other = std::move(room);
  EXPECT_TRUE(wait(std::chrono::hours(1)));
  EXPECT_EQ(other.state(), RoomState::ended);
}

TEST(TrustCaFile, TakesNoFileWithoutACertificate) {
  EXPECT_FALSE(trust_ca_file("/nowhere"));
  EXPECT_FALSE(trust_ca_file("/dev/null"));
}

}  // namespace
}  // namespace parlor
