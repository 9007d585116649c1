#include "cubes/session.hpp"

#include <map>
#include <string>

#include "cubes/greeting.hpp"
#include "cubes/session_test.hpp"

namespace parlor::cubes {
namespace {

TEST_F(SessionTest, TellsThePageCodeAndTicketWhenItIsIn) {
  enter(false);
  const auto notice = session_.poll_notice();
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->kind, NoticeKind::entered);
  EXPECT_EQ(notice->code, "kamo-ridun");
  EXPECT_EQ(notice->ticket, "t");
  EXPECT_EQ(session_.settings().size, 8);
}

TEST_F(SessionTest, ShowsTheRoomAsItsHostHasChangedIt) {
  enter(true);
  notices();
  push(SettingsChanged{{.title = "Garden", .size = 6}});
  update();
  EXPECT_EQ(session_.settings().size, 6);
  EXPECT_EQ(session_.settings().title, "Garden");
  EXPECT_TRUE(notices().empty());
}

TEST_F(SessionTest, AsksForTheSamePlaceWithItsTicket) {
  session_.join("Alice", {.code = "kamo-ridun", .ticket = "t"});
  const auto* join = std::get_if<Join>(&FakeRoom::current->options.entry);
  ASSERT_TRUE(join);
  EXPECT_EQ(join->code, "kamo-ridun");
  EXPECT_EQ(join->ticket, "t");
  EXPECT_EQ(FakeRoom::current->options.name, "Alice");
}

TEST_F(SessionTest, WhoWasThereAlreadyIsNoNewsWhoComesLaterIs) {
  enter(true);
  EXPECT_EQ(notices(), std::vector{NoticeKind::entered});
  push(PeerJoined{{PeerId{3}, "Cleo"}});
  update();
  EXPECT_EQ(notices(), std::vector{NoticeKind::joined});
}

TEST_F(SessionTest, NamesEveryMemberOnce) {
  enter(true);
  const auto naming = session_.poll_naming();
  ASSERT_TRUE(naming);
  EXPECT_EQ(naming->name, "Bob");
  EXPECT_EQ(naming->slot, world_.label_of(2));
  EXPECT_FALSE(session_.poll_naming());
}

TEST_F(SessionTest, KeepsTheLatestNameOfEachLabelForAPageThatTakesNone) {
  enter(true);
  push(PeerJoined{{PeerId{3}, "Cleo"}});
  for (int i = 0; i < 1000; ++i) {
    const PeerId guest{static_cast<std::uint16_t>(100 + i)};
    push(PeerJoined{{guest, "Guest " + std::to_string(i)}});
    push(PeerLeft{guest, Reason::peer_left, ""});
    push(PeerAway{kBob});
    push(PeerBack{{kBob, "Bob " + std::to_string(i)}, true});
    update();
  }
  std::map<render::LabelSlot, std::string> names;
  int polled = 0;
  for (; auto naming = session_.poll_naming(); ++polled) names[naming->slot] = naming->name;
  EXPECT_EQ(polled, 3) << "Bob's, Cleo's and the one that the guests had";
  EXPECT_EQ(names[world_.label_of(2)], "Bob 999");
  EXPECT_EQ(names[world_.label_of(3)], "Cleo");
}

TEST_F(SessionTest, ShowsWhatAMemberTells) {
  enter(true);
  push_message(kStates, write_state({netcode::Stamp(1), {{3, 0, 4}, {}, 0, false}}));
  update();
  update();
  ASSERT_TRUE(world_.shown(2));
  EXPECT_NEAR(world_.shown(2)->position.x, 3, 0.01);
}

TEST_F(SessionTest, NonsenseFromAMemberChangesNothing) {
  enter(true);
  push_message(kStates, Bytes{});
  push_message(kStates, Bytes(11, std::byte{0xff}));
  push_message(kEvents, Bytes(5000, std::byte{1}));
  push_message(kEvents, Bytes{std::byte{1}, std::byte{200}});
  push(Message{PeerId{77}, kStates, Bytes(11, std::byte{0})});
  update();
  EXPECT_FALSE(world_.shown(2));
  EXPECT_FALSE(world_.shown(77));
  EXPECT_EQ(world_.colour_of(2), first_colour(0));
}

TEST_F(SessionTest, TheStateIsWhatThePageWasTold) {
  EXPECT_EQ(session_.state(), "solo");
  session_.create("Alice", {.size = 8});
  EXPECT_EQ(session_.state(), "entering");
  push(Joined{.code = "c", .ticket = "", .title = "", .me = kAlice, .host = kAlice, .term = 1, .size = 8});
  EXPECT_EQ(session_.state(), "entering");
  update();
  EXPECT_EQ(session_.state(), "playing");
}

TEST_F(SessionTest, TellsNobodyWhenAloneAndAtOnceWhoIsConnected) {
  enter(false);
  for (int i = 0; i < 100; ++i) update();
  EXPECT_EQ(sent(kStates), 0);
  push(PeerJoined{{kBob, "Bob"}});
  for (int i = 0; i < 40; ++i) update();
  const int before = sent(kStates);
  EXPECT_GT(before, 0);
  push(PathChanged{kBob, Path::none, Path::direct});
  update();
  EXPECT_EQ(sent(kStates), before + 1);
}

TEST_F(SessionTest, ALinkThatComesBackIsNewsTheFirstIsNot) {
  enter(true);
  notices();
  push(PathChanged{kBob, Path::none, Path::direct});
  update();
  EXPECT_TRUE(notices().empty());
  push(PathChanged{kBob, Path::direct, Path::none});
  push(PathChanged{kBob, Path::none, Path::turn});
  update();
  EXPECT_EQ(notices(), (std::vector{NoticeKind::lost_path, NoticeKind::connected}));
}

TEST_F(SessionTest, WhatGoesWrongReachesThePageWithItsSentence) {
  enter(true);
  notices();
  push(LinkFailed{kBob, Reason::link_failed, "No way to Bob."});
  push(ServerLost{Reason::no_server, "The server is gone."});
  push(PeerLeft{kBob, Reason::peer_lost, "Gone without a word."});
  push(HostChanged{kAlice, 2});
  update();
  const auto link = session_.poll_notice();
  EXPECT_EQ(link->kind, NoticeKind::link_failed);
  EXPECT_EQ(link->name, "Bob");
  EXPECT_EQ(link->message, "No way to Bob.");
  EXPECT_EQ(session_.poll_notice()->kind, NoticeKind::server_lost);
  const auto left = session_.poll_notice();
  EXPECT_EQ(left->name, "Bob");
  EXPECT_EQ(left->reason, Reason::peer_lost);
  EXPECT_EQ(session_.poll_notice()->name, "Alice");
}

TEST_F(SessionTest, AMemberThatIsAwayIsMarkedAndItsLinkNoTrouble) {
  enter(true);
  notices();
  push(PeerAway{kBob});
  push(PathChanged{kBob, Path::direct, Path::none});
  push(LinkFailed{kBob, Reason::link_failed, "No way."});
  update();
  EXPECT_EQ(notices(), std::vector{NoticeKind::away});
  EXPECT_TRUE(session_.is_away(kBob));
  push(PeerBack{{kBob, "Bob"}, false});
  update();
  EXPECT_EQ(notices(), std::vector{NoticeKind::back});
  EXPECT_FALSE(session_.is_away(kBob));
  push(PeerAway{kBob});
  push(PeerLeft{kBob, Reason::peer_lost, "Gone."});
  update();
  session_.poll_notice();
  EXPECT_EQ(session_.poll_notice()->reason, Reason::peer_left) << "it just did not come back";
}

TEST_F(SessionTest, AMemberWhoseProgramBeganAnewIsGreetedAgain) {
  enter(true);
  update();
  const int before = sent(kEvents);
  push(PeerAway{kBob});
  push(PeerBack{{kBob, "Robert"}, false});
  update();
  EXPECT_EQ(sent(kEvents), before) << "it knows my colour";
  push(PeerAway{kBob});
  push(PeerBack{{kBob, "Robert"}, true});
  update();
  EXPECT_EQ(sent(kEvents), before + 1);
  EXPECT_EQ(session_.members()[0].name, "Robert");
}

TEST_F(SessionTest, AMemberWhoseProgramBeganAnewIsShownAtOnceThoughItsClockBeganAnew) {
  enter(true);
  push_message(kStates, write_state({netcode::Stamp(40'000), {{3, 0, 4}, {}, 0, false}}));
  update();
  push(PeerAway{kBob});
  push(PeerBack{{kBob, "Bob"}, true});
  push_message(kStates, write_state({netcode::Stamp(20'000), {{-5, 0, 2}, {}, 0, false}}));
  update();
  update();
  ASSERT_TRUE(world_.shown(2));
  EXPECT_NEAR(world_.shown(2)->position.x, -5, 0.01);
}

TEST_F(SessionTest, StallsHoldEverythingForAWhileAndLetItOut) {
  enter(true);
  const Conditions wifi{.delay = milliseconds(2), .jitter = milliseconds(4)};
  EXPECT_EQ(session_.set_conditioner(wifi, true), ConditionsResult::taken);
  int stalls = 0;
  int stalled_ms = 0;
  bool was_stalled = false;
  for (int ms = 0; ms < 60'000; ms += 10) {
    update(10);
    ASSERT_TRUE(FakeRoom::current->conditions);
    const bool stalled = FakeRoom::current->conditions->delay == kMaxConditionDelay;
    if (stalled && !was_stalled) ++stalls;
    if (!stalled) {
      EXPECT_EQ(*FakeRoom::current->conditions, wifi);
    }
    if (was_stalled && !stalled) {
      EXPECT_TRUE(FakeRoom::current->conditions_taken_off) << "which lets out what was held";
    }
    FakeRoom::current->conditions_taken_off = false;
    stalled_ms += stalled ? 10 : 0;
    was_stalled = stalled;
  }
  EXPECT_GE(stalls, 10);
  EXPECT_LE(stalls, 12);
  EXPECT_GE(stalled_ms, stalls * 100);
  EXPECT_LE(stalled_ms, stalls * 310);
  session_.set_conditioner(std::nullopt);
  for (int ms = 0; ms < 10'000; ms += 10) update(10);
  EXPECT_EQ(FakeRoom::current->conditions, std::nullopt);
}

TEST_F(SessionTest, AfterTheEndItIsInNoRoomAndMayEnterAnother) {
  enter(true);
  notices();
  session_.leave();
  update();
  EXPECT_EQ(notices(), std::vector{NoticeKind::ended});
  EXPECT_EQ(session_.room(), nullptr);
  EXPECT_TRUE(session_.members().empty());
  EXPECT_EQ(session_.state(), "solo");
  update();
  enter(false);
  EXPECT_NE(session_.room(), nullptr);
}

TEST_F(SessionTest, LooksForAQuickMatchAndTellsHowItGoes) {
  session_.search("Alice");
  const auto* match = std::get_if<QuickMatch>(&FakeRoom::current->options.entry);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->size, kMatchSize);
  EXPECT_EQ(match->patience, kMatchPatience);
  ASSERT_TRUE(session_.searching()) << "from the beginning";
  push(Searching{std::chrono::milliseconds(1500), 2});
  update();
  EXPECT_EQ(session_.searching()->waited.count(), 1500);
  EXPECT_EQ(session_.searching()->others, 2U);
  push(Joined{.code = "c", .ticket = "", .title = "", .me = kAlice, .host = kAlice, .term = 1, .size = 8});
  update();
  EXPECT_FALSE(session_.searching());
}

TEST_F(SessionTest, WhoWaitedAloneAndIsTakenElsewhereIsToldOfTheOtherRoom) {
  session_.search("Alice");
  push(Joined{.code = "c", .ticket = "t", .title = "", .me = kAlice, .host = kAlice, .term = 1, .size = 8});
  update();
  notices();
  push(Joined{.code = "d", .ticket = "u", .title = "", .me = kBob, .host = kAlice, .term = 1, .size = 8});
  push(PeerJoined{{kAlice, "Zoe"}});
  update();
  const auto notice = session_.poll_notice();
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->kind, NoticeKind::entered);
  EXPECT_EQ(notice->code, "d");
  EXPECT_EQ(notice->ticket, "u");
  EXPECT_TRUE(notices().empty()) << "Zoe was there already";
  EXPECT_EQ(session_.members().size(), 1U);
}

TEST_F(SessionTest, ASearchThatIsGivenUpIsOver) {
  session_.search("Alice");
  session_.leave();
  update();
  EXPECT_EQ(notices(), std::vector{NoticeKind::ended});
  EXPECT_FALSE(session_.searching());
  EXPECT_EQ(session_.state(), "solo");
}

TEST_F(SessionTest, AsksForWhatDiffersFromTheRoomAsItIs) {
  enter(true);
  session_.change({.title = "Garden", .size = 8, .listed = true, .locked = false});
  ASSERT_EQ(FakeRoom::current->changes.size(), 1U);
  EXPECT_EQ(FakeRoom::current->changes[0], (SettingsChange{.title = "Garden", .listed = true}));
}

TEST_F(SessionTest, AsksForNothingWhereNothingDiffers) {
  enter(true);
  session_.change({.title = "", .size = 8, .password = "", .listed = false, .locked = false});
  EXPECT_TRUE(FakeRoom::current->changes.empty());
}

TEST_F(SessionTest, APasswordIsAskedForThoughTheRoomHasOne) {
  enter(true);
  push(SettingsChanged{{.size = 8, .has_password = true}});
  update();
  session_.change({.password = "another"});
  session_.change({.password = ""});
  ASSERT_EQ(FakeRoom::current->changes.size(), 2U);
  EXPECT_EQ(FakeRoom::current->changes[0].password, "another");
  EXPECT_EQ(FakeRoom::current->changes[1].password, "");
}

TEST_F(SessionTest, TheHostsOrdersReachTheRoom) {
  enter(true);
  session_.kick(2);
  session_.ban(2);
  session_.make_host(2);
  std::vector<std::string> orders;
  for (const auto& order : FakeRoom::current->orders) {
    EXPECT_EQ(order.peer, kBob);
    orders.push_back(order.what);
  }
  EXPECT_EQ(orders, (std::vector<std::string>{"kick", "ban", "transfer"}));
  EXPECT_EQ(notices(), std::vector{NoticeKind::entered});
}

TEST_F(SessionTest, WhatIsNotDoneReachesThePageWithItsSentence) {
  enter(true);
  notices();
  for (const auto result : {RequestResult::not_host, RequestResult::no_such_peer, RequestResult::bad_settings,
                            RequestResult::not_connected}) {
    FakeRoom::current->request_answer = result;
    session_.kick(2);
    const auto notice = session_.poll_notice();
    ASSERT_TRUE(notice) << static_cast<int>(result);
    EXPECT_EQ(notice->kind, NoticeKind::refused);
    EXPECT_FALSE(notice->message.empty());
  }
  push(RequestRefused{"update", "Five are there."});
  update();
  const auto refused = session_.poll_notice();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->message, "Five are there.");
}

TEST_F(SessionTest, WhoIsInNoRoomAsksNothing) {
  session_.kick(2);
  session_.change({.title = "Garden"});
  session_.create("Alice", {});
  session_.make_host(2);
  EXPECT_TRUE(FakeRoom::current->orders.empty());
  EXPECT_TRUE(notices().empty());
}

TEST_F(SessionTest, KnowsWhetherTheServerIsLost) {
  enter(true);
  EXPECT_FALSE(session_.server_lost());
  push(ServerLost{Reason::no_server, "Gone."});
  update();
  EXPECT_TRUE(session_.server_lost());
  push(ServerBack{});
  update();
  EXPECT_FALSE(session_.server_lost());
  push(ServerLost{Reason::no_server, "Gone."});
  update();
  session_.leave();
  update();
  EXPECT_FALSE(session_.server_lost()) << "of a room that is over nothing is lost";
}

TEST_F(SessionTest, KeepsABoundedNumberOfNotices) {
  enter(false);
  for (std::size_t i = 0; i < 3 * Session::kMostNotices; ++i) push(HostChanged{kAlice, 2});
  update();
  EXPECT_EQ(notices().size(), Session::kMostNotices);
}

TEST_F(SessionTest, ANewTicketIsGivenToThePageOnce) {
  enter(true);
  (void)notices();
  update();
  EXPECT_TRUE(notices().empty());
  FakeRoom::current->ticket = "a later one";
  update();
  const auto notice = session_.poll_notice();
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->kind, NoticeKind::ticket);
  EXPECT_EQ(notice->ticket, "a later one");
  EXPECT_EQ(notice->code, "kamo-ridun");
  update();
  EXPECT_FALSE(session_.poll_notice());
}

}  // namespace
}  // namespace parlor::cubes
