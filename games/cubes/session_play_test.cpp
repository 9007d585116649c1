// Colours, tag, and what everybody can push, as the others are told of them.

#include <map>

#include "cubes/greeting.hpp"
#include "cubes/session_test.hpp"

namespace parlor::cubes {
namespace {

TEST_F(SessionTest, GreetsEachMemberOnce) {
  enter(true);
  update();
  EXPECT_EQ(sent(kEvents), 1);
  push(PeerJoined{{PeerId{3}, "Cleo"}});
  update();
  update();
  EXPECT_EQ(sent(kEvents), 2);
}

TEST_F(SessionTest, TheLargerIdGivesWayAndSaysSo) {
  session_.create("Zoe", {.size = 8});
  push(Joined{.code = "c", .ticket = "", .title = "", .me = PeerId{20}, .host = kBob, .term = 1, .size = 8});
  push(PeerJoined{{kBob, "Bob"}});
  update();
  const ColourIndex mine = world_.own_colour();
  EXPECT_NE(mine, world_.colour_of(2)) << "Bob was there before";
  push_message(kEvents, write_greeting({mine}));
  update();
  EXPECT_NE(world_.own_colour(), mine);
  EXPECT_EQ(sent(kEvents), 2);
  EXPECT_EQ(FakeRoom::current->sent.back().bytes[1], static_cast<std::byte>(world_.own_colour()));
}

TEST_F(SessionTest, TheSmallerIdKeepsItsColour) {
  enter(true);
  const ColourIndex mine = world_.own_colour();
  push_message(kEvents, write_greeting({mine}));
  update();
  EXPECT_EQ(world_.own_colour(), mine);
  EXPECT_EQ(sent(kEvents), 1);
}

TEST_F(SessionTest, GreetsLaterWhenTheQueueIsFull) {
  session_.create("Alice", {.size = 8});
  FakeRoom::current->answer = SendResult::would_block;
  push(Joined{.code = "c", .ticket = "", .title = "", .me = kAlice, .host = kAlice, .term = 1, .size = 8});
  push(PeerJoined{{kBob, "Bob"}});
  update();
  EXPECT_EQ(sent(kEvents), 0);
  FakeRoom::current->answer = SendResult::queued;
  update();
  EXPECT_EQ(sent(kEvents), 1);
  update();
  EXPECT_EQ(sent(kEvents), 1);
}

TEST_F(SessionTest, TheHostBeginsTagOnceSomebodyElseIsThereAndTellsEverybody) {
  enter(true);
  push_message(kStates, write_state({netcode::Stamp(1), {{3, 0, 4}, {}, 0, false}}));
  for (int i = 0; i < 220; ++i) {
    update();
    if (i % 20 == 0)
      push_message(kStates, write_state({netcode::Stamp(static_cast<std::uint16_t>(2 + i * 16)),
                                         {{3, 0, 4}, {}, 0, false}}));
  }
  EXPECT_EQ(session_.it(), static_cast<PlayerId>(kBob));
  const auto told = parse_catch(FakeRoom::current->sent.back().bytes);
  bool found = told.has_value();
  for (const auto& one : FakeRoom::current->sent) found = found || parse_catch(one.bytes);
  EXPECT_TRUE(found);
  int caught = 0;
  while (const auto notice = session_.poll_notice()) {
    if (notice->kind != NoticeKind::caught) continue;
    ++caught;
    EXPECT_EQ(notice->id, static_cast<PlayerId>(kBob));
    EXPECT_EQ(notice->name, "Bob");
    EXPECT_EQ(notice->by, 0);
  }
  EXPECT_EQ(caught, 1);
}

TEST_F(SessionTest, WhoIsToldThatItWasCaughtMayCatchByTouching) {
  enter(true);
  push_message(kEvents, write_catch({Round(3), static_cast<PlayerId>(kAlice), static_cast<PlayerId>(kBob)}));
  update();
  ASSERT_EQ(session_.it(), static_cast<PlayerId>(kAlice));
  // Bob stands where Alice stands, all the time.
  for (int i = 0; i < 200 && session_.it() == static_cast<PlayerId>(kAlice); ++i) {
    State there = world_.own_state();
    there.position.x += 0.3F;
    push_message(kStates, write_state({netcode::Stamp(static_cast<std::uint16_t>(1 + i * 16)), there}));
    update();
  }
  EXPECT_EQ(session_.it(), static_cast<PlayerId>(kBob));
  EXPECT_GE(now_, base::Time{} + Tag::kShame) << "not at once";
}

TEST_F(SessionTest, NobodyWhoIsAwayIsCaught) {
  for (const bool away : {true, false}) {
    enter(true);
    push(PeerJoined{{PeerId{9}, "Carol"}});  // somebody else to run from
    push_message(kEvents,
                 write_catch({Round(3), static_cast<PlayerId>(kAlice), static_cast<PlayerId>(kBob)}));
    for (int i = 0; i < 200; ++i) {
      State there = world_.own_state();
      there.position.x += 0.3F;
      there.away = away;
      push_message(kStates, write_state({netcode::Stamp(static_cast<std::uint16_t>(1 + i * 16)), there}));
      update();
    }
    EXPECT_EQ(session_.it(), static_cast<PlayerId>(away ? kAlice : kBob));
  }
}

TEST_F(SessionTest, AFloodOfCatchesIsToldThePlayerTwiceASecond) {
  enter(true);
  (void)notices();
  for (int frame = 0; frame < 125; ++frame) {
    for (int i = 0; i < 80; ++i) {
      const Round round(static_cast<std::uint16_t>(1 + frame * 80 + i));
      push_message(kEvents, write_catch({round, static_cast<PlayerId>(i % 2 ? kAlice : kBob), 77}));
    }
    update();
  }
  EXPECT_LE(notices().size(), 5U) << "in two seconds";
  EXPECT_EQ(session_.it(), static_cast<PlayerId>(kAlice)) << "the latest holds";
}

TEST_F(SessionTest, ACatchOfSomebodyWhoIsNoMemberSaysNothing) {
  enter(true);
  (void)notices();
  push_message(kEvents, write_catch({Round(3), 777, static_cast<PlayerId>(kBob)}));
  update();
  EXPECT_EQ(session_.it(), 0);
  EXPECT_TRUE(notices().empty());
}

TEST_F(SessionTest, TheHostSaysOverAndOverWhoHasToCatch) {
  enter(true);
  push_message(kStates, write_state({netcode::Stamp(1), {{9, 0, 9}, {}, 0, false}}));
  push_message(kEvents, write_catch({Round(3), static_cast<PlayerId>(kAlice), static_cast<PlayerId>(kBob)}));
  update();
  FakeRoom::current->sent.clear();
  for (int i = 0; i < 10; ++i) update(1000);
  int said = 0;
  for (const auto& one : FakeRoom::current->sent) said += parse_catch(one.bytes) ? 1 : 0;
  EXPECT_GE(said, 3);
  EXPECT_LE(said, 4);
}

TEST_F(SessionTest, AMemberThatGoesThroughAllColoursIsGivenWayToTwiceASecond) {
  session_.create("Zoe", {.size = 8});
  push(Joined{.code = "c", .ticket = "", .title = "", .me = PeerId{20}, .host = kBob, .term = 1, .size = 8});
  push(PeerJoined{{kBob, "Bob"}});
  update();
  FakeRoom::current->sent.clear();
  for (int frame = 0; frame < 125; ++frame) {
    push_message(kEvents, write_greeting({world_.own_colour()}));
    update();
  }
  EXPECT_GE(sent(kEvents), 3);
  EXPECT_LE(sent(kEvents), 5) << "in two seconds";
}

TEST_F(SessionTest, WhereOnlyTheCatchFoundAFullQueueTheColourIsNotToldAgain) {
  enter(true);
  push_message(kEvents, write_catch({Round(3), static_cast<PlayerId>(kAlice), static_cast<PlayerId>(kBob)}));
  update();
  FakeRoom::current->sent.clear();
  FakeRoom::current->accepts = [](BytesView bytes) { return !parse_catch(bytes); };
  push(PeerJoined{{PeerId{9}, "Carol"}});
  for (int i = 0; i < 10; ++i) update();
  EXPECT_EQ(sent(kEvents), 1);
  FakeRoom::current->accepts = nullptr;
  update();
  EXPECT_EQ(sent(kEvents), 2);
}

TEST_F(SessionTest, WhatIsSaidTogetherWithTheWelcomeCounts) {
  session_.create("Alice", Create{});
  push(Joined{
      .code = "kamo-ridun", .ticket = "t", .title = "", .me = kAlice, .host = kBob, .term = 1, .size = 8});
  push(PeerJoined{{kBob, "Bob"}});
  push_message(kEvents, write_catch({Round(3), static_cast<PlayerId>(kBob), 0}));
  ToldProp ball;
  ball.turn = Turn(1);
  push_message(kProps, write_prop(ball));
  update();
  update();
  EXPECT_EQ(session_.it(), static_cast<PlayerId>(kBob));
  EXPECT_EQ(world_.props().owner(0), static_cast<PlayerId>(kBob));
}

TEST_F(SessionTest, ANewMemberIsToldWhoHasToCatch) {
  enter(true);
  push_message(kEvents, write_catch({Round(3), static_cast<PlayerId>(kAlice), static_cast<PlayerId>(kBob)}));
  push_message(kStates, write_state({netcode::Stamp(1), {{9, 0, 9}, {}, 0, false}}));
  update();
  FakeRoom::current->sent.clear();
  push(PeerJoined{{PeerId{9}, "Carol"}});
  update();
  bool told = false;
  for (const auto& one : FakeRoom::current->sent)
    told = told || (one.to == PeerId{9} && parse_catch(one.bytes));
  EXPECT_TRUE(told);
}

TEST_F(SessionTest, WhatTheOthersPushIsShownAndTheHostTakesWhatALeaverMoved) {
  enter(true);
  ToldProp ball;
  ball.turn = Turn(1);
  ball.state.position = {5, 0, 5};
  push_message(kProps, write_prop(ball));
  for (int i = 0; i < 20; ++i) update();
  EXPECT_EQ(world_.props().owner(0), static_cast<PlayerId>(kBob));
  EXPECT_LT(length(world_.props().shown(0).position - Vec3{5, 0, 5}), 0.5F);
  push(PeerLeft{kBob, Reason::peer_left, ""});
  update();
  EXPECT_EQ(world_.props().owner(0), static_cast<PlayerId>(kAlice));
}

TEST_F(SessionTest, ACatchThatAFullQueueDidNotTakeIsToldOnceItDoes) {
  enter(true);
  push_message(kEvents, write_catch({Round(3), static_cast<PlayerId>(kAlice), static_cast<PlayerId>(kBob)}));
  update();
  FakeRoom::current->answer = SendResult::would_block;
  for (int i = 0; i < 200 && session_.it() == static_cast<PlayerId>(kAlice); ++i) {
    State there = world_.own_state();
    there.position.x += 0.3F;
    push_message(kStates, write_state({netcode::Stamp(static_cast<std::uint16_t>(1 + i * 16)), there}));
    update();
  }
  ASSERT_EQ(session_.it(), static_cast<PlayerId>(kBob));
  FakeRoom::current->sent.clear();
  FakeRoom::current->answer = SendResult::queued;
  update();
  int told = 0;
  for (const auto& one : FakeRoom::current->sent) {
    const auto caught = parse_catch(one.bytes);
    told += caught && caught->it == static_cast<PlayerId>(kBob) ? 1 : 0;
  }
  EXPECT_EQ(told, 1);
}

TEST_F(SessionTest, WhatAMemberMovedWhoseProgramBeganAnewIsTakenOver) {
  session_.create("Alice", Create{});
  push(Joined{
      .code = "kamo-ridun", .ticket = "t", .title = "", .me = kAlice, .host = kBob, .term = 1, .size = 8});
  push(PeerJoined{{kBob, "Bob"}});
  ToldProp ball;
  ball.turn = Turn(7);
  push_message(kProps, write_prop(ball));
  update();
  ASSERT_EQ(world_.props().owner(0), static_cast<PlayerId>(kBob));
  push(PeerBack{{kBob, "Bob"}, false});
  update();
  EXPECT_EQ(world_.props().owner(0), static_cast<PlayerId>(kBob)) << "it knows where it is";
  push(PeerBack{{kBob, "Bob"}, true});
  update();
  EXPECT_EQ(world_.props().owner(0), static_cast<PlayerId>(kAlice)) << "also by who is not the host";
  bool told = false;
  for (const auto& one : FakeRoom::current->sent) {
    const auto prop = parse_prop(one.bytes);
    told = told || (prop && prop->index == 0 && prop->turn == Turn(8));
  }
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace parlor::cubes
