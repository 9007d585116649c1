// What a host may do to its room, and who gets in: settings, passwords, kicks and bans, handing over.

#include "signaling/lobby_host_test.hpp"
#include "signaling/code.hpp"
#include "signaling/settings.hpp"
#include "signaling/ticket.hpp"

namespace parlor::signaling {
namespace {

using base::seconds;
using testing::HostTest;
using testing::World;

TEST(Settings, ARoomIsMadeWithThemAndTellsWhoJoins) {
  World world;
  const auto ada = world.greeted("Ada");
  const Metadata metadata{{"mode", "duel"}, {"level", -7}};
  world.say(ada, CreateRoom{4, "Friday", "pass word", true, false, metadata});
  const JoinedRoom made = world.take<JoinedRoom>(ada);
  EXPECT_TRUE(made.has_password && made.listed && !made.locked);
  EXPECT_EQ(made.metadata, metadata);
  const auto bob = world.greeted("Bob");
  world.say(bob, JoinRoom{made.code, "", false, "pass word"});
  const JoinedRoom joined = world.take<JoinedRoom>(bob);
  EXPECT_EQ(joined.metadata, metadata);
  EXPECT_EQ(joined.title, "Friday");
  for (const auto& text : world.shared) EXPECT_EQ(text->find("pass word"), std::string::npos) << *text;
}

TEST_F(HostTest, ChangesWhatItNamesAndNothingElse) {
  SettingsChange change;
  change.title = "Saturday";
  change.size = 2;
  change.metadata = Metadata{{"map", "garden"}};
  world.say(ada, UpdateRoom{change});
  const UpdatedRoom told = world.take<UpdatedRoom>(bob);
  EXPECT_EQ(told.settings, (RoomSettings{"Saturday", 2, false, false, false, {{"map", "garden"}}}));
  EXPECT_EQ(world.take<UpdatedRoom>(ada).settings, told.settings);
  change = {};
  change.listed = true;
  change.locked = true;
  world.say(ada, UpdateRoom{change});
  EXPECT_EQ(world.take<UpdatedRoom>(bob).settings,
            (RoomSettings{"Saturday", 2, false, true, true, {{"map", "garden"}}}));
}

TEST_F(HostTest, AloneMayChangeTheRoom) {
  for (const ClientMessage& message :
       {ClientMessage(UpdateRoom{}), ClientMessage(KickMember{made.you}),
        ClientMessage(KickMember{made.you, true}), ClientMessage(TransferHost{bobs.you})}) {
    world.say(bob, message);
    EXPECT_EQ(world.take_error(bob), "not_host");
  }
  const auto outside = world.greeted("Eve");
  world.say(outside, UpdateRoom{});
  EXPECT_EQ(world.take_error(outside), "not_in_room");
  EXPECT_TRUE(world.silent(ada));
}

TEST_F(HostTest, MakesARoomNeitherSmallerThanItIsNorLargerThanTheServerAllows) {
  comer("192.0.2.3", {});
  world.take<PeerJoinedRoom>(ada);
  SettingsChange change;
  change.size = 2;
  world.say(ada, UpdateRoom{change});
  EXPECT_EQ(world.take_error(ada), "bad_message");
  change.size = 3;
  world.say(ada, UpdateRoom{change});
  EXPECT_EQ(world.take<UpdatedRoom>(ada).settings.size, 3);
  const auto late = comer("192.0.2.4", {});
  EXPECT_EQ(world.take_error(late), "room_full");

  LobbyConfig config;
  config.max_room_size = 8;
  World small(config);
  const auto host = small.creator("Ada");
  small.take<JoinedRoom>(host);
  change.size = 9;
  small.say(host, UpdateRoom{change});
  EXPECT_EQ(small.take_error(host), "bad_message");
}

TEST_F(HostTest, IsHeldToARateOfChanges) {
  for (int i = 0; i < 20; ++i) change({});
  world.say(ada, UpdateRoom{});
  EXPECT_EQ(world.take_error(ada), "rate_limited");
  EXPECT_TRUE(world.silent(bob));
  world.now += seconds(1);
  change({});
}

// ---- one word for all who may not know

TEST_F(HostTest, AWrongPasswordSoundsLikeAWrongCode) {
  SettingsChange secret;
  secret.password = "secret";
  change(secret);
  const auto refusal = [&](JoinRoom join) {
    const auto id = comer("192.0.2.9", std::move(join));
    return world.take<Error>(id);
  };
  const auto lost = world.greeted("Eve", "192.0.2.9");
  world.say(lost, JoinRoom{"babababab", ""});
  const Error unknown = world.take<Error>(lost);
  EXPECT_EQ(refusal({"", "", false, ""}), unknown);
  EXPECT_EQ(refusal({"", "", false, "secre"}), unknown);
  EXPECT_EQ(refusal({"", "", false, "secret "}), unknown);
  const auto chess = world.open("version=1&game=chess&name=Eve", "192.0.2.9");
  world.take<Welcome>(chess);
  world.say(chess, JoinRoom{made.code, "", false, "secret"});
  EXPECT_EQ(world.take<Error>(chess), unknown);
  const auto in = comer("192.0.2.9", {"", "", false, "secret"});
  world.take<JoinedRoom>(in);
}

TEST_F(HostTest, WrongPasswordsCountAsWrongCodesDo) {
  LobbyConfig config;
  config.joins_per_minute = 3;
  World strict(config);
  const auto host = strict.greeted("Ada");
  strict.say(host, CreateRoom{8, "", "secret"});
  const std::string code = strict.take<JoinedRoom>(host).code;
  const auto eve = strict.greeted("Eve", "192.0.2.7");
  for (int i = 0; i < 3; ++i) {
    strict.say(eve, JoinRoom{code, "", false, "guess"});
    EXPECT_EQ(strict.take_error(eve), "no_such_room");
  }
  strict.say(eve, JoinRoom{code, "", false, "secret"});
  EXPECT_EQ(strict.take_error(eve), "rate_limited") << "also with the right one";
}

TEST_F(HostTest, FullAndLockedAndBuildAreToldToThoseWhoKnowThePasswordOnly) {
  SettingsChange strict;
  strict.password = "secret";
  strict.locked = true;
  strict.size = 2;
  change(strict);
  const auto guess = comer("192.0.2.9", {"", "", false, "guess"});
  EXPECT_EQ(world.take_error(guess), "no_such_room");
  const auto knows = comer("192.0.2.9", {"", "", false, "secret"});
  EXPECT_EQ(world.take_error(knows), "room_locked");
  SettingsChange opened;
  opened.locked = false;
  change(opened);
  const auto late = comer("192.0.2.9", {"", "", false, "secret"});
  EXPECT_EQ(world.take_error(late), "room_full");
  const auto other = world.open("version=1&game=cubes&build=2&name=Eve", "192.0.2.9");
  world.take<Welcome>(other);
  world.say(other, JoinRoom{made.code, "", false, "guess"});
  EXPECT_EQ(world.take_error(other), "no_such_room");
  world.say(other, JoinRoom{made.code, "", false, "secret"});
  EXPECT_EQ(world.take_error(other), "build_mismatch");
}

TEST_F(HostTest, ATicketOpensALockedRoomAndIsAsGoodAsThePasswordItWasGivenUnder) {
  SettingsChange strict;
  strict.password = "secret";
  strict.locked = true;
  world.say(ada, UpdateRoom{strict});
  const std::string ticket = world.take<UpdatedRoom>(bob).ticket;
  world.take<UpdatedRoom>(ada);
  world.say(bob, LeaveRoom{});
  world.take<LeftRoom>(bob);
  const auto old = comer("192.0.2.2", {"", bobs.ticket});
  EXPECT_EQ(world.take_error(old), "no_such_room") << "from before the password";
  const auto back = comer("192.0.2.2", {"", ticket});
  EXPECT_EQ(world.take<JoinedRoom>(back).you, bobs.you);
}

TEST_F(HostTest, AnEmptyPasswordTakesItAway) {
  SettingsChange secret;
  secret.password = "secret";
  change(secret);
  secret.password = "";
  change(secret);
  const auto in = comer("192.0.2.9", {});
  EXPECT_FALSE(world.take<JoinedRoom>(in).has_password);
}

// ---- kick and ban

TEST_F(HostTest, KicksAMemberWhoseTicketIsWorthNothingAndWhoMayJoinAsANewOne) {
  world.say(ada, KickMember{bobs.you});
  EXPECT_EQ(world.take_error(bob), "kicked");
  EXPECT_EQ(world.closed(bob), 4020);
  EXPECT_EQ(world.take<PeerLeftRoom>(ada), (PeerLeftRoom{bobs.you, LeaveReason::kicked}));
  world.take<UpdatedRoom>(ada);
  const auto resumer = comer("192.0.2.2", {"", bobs.ticket, true});
  EXPECT_EQ(world.take_error(resumer), "no_such_room");
  const auto again = comer("192.0.2.2", {"", bobs.ticket});
  EXPECT_NE(world.take<JoinedRoom>(again).you, bobs.you);
}

TEST_F(HostTest, KicksAMemberThatIsAway) {
  world.close(bob, false);
  world.take<PeerAwayRoom>(ada);
  world.say(ada, KickMember{bobs.you});
  EXPECT_EQ(world.take<PeerLeftRoom>(ada).reason, LeaveReason::kicked);
  const auto resumer = comer("192.0.2.2", {"", bobs.ticket, true});
  EXPECT_EQ(world.take_error(resumer), "no_such_room");
  EXPECT_EQ(world.lobby.counters().away, 0U);
}

TEST_F(HostTest, RemovesNeitherItselfNorWhoIsNotThere) {
  for (const PeerId peer :
       {made.you, PeerId{static_cast<std::uint16_t>(1 + static_cast<int>(bobs.you) % 60'000)}}) {
    if (peer == made.you || peer == bobs.you) continue;
    world.say(ada, KickMember{peer, true});
    EXPECT_EQ(world.take_error(ada), "no_such_peer");
  }
  world.say(ada, KickMember{made.you});
  EXPECT_EQ(world.take_error(ada), "no_such_peer");
}

TEST_F(HostTest, BansATicketAndASiteForTheRoomsLife) {
  world.say(ada, KickMember{bobs.you, true});
  EXPECT_EQ(world.take_error(bob), "banned");
  EXPECT_EQ(world.closed(bob), 4021);
  EXPECT_EQ(world.take<PeerLeftRoom>(ada).reason, LeaveReason::banned);
  world.now += seconds(3600);
  world.say(ada, Ping{1});
  for (const JoinRoom& join :
       {JoinRoom{"", ""}, JoinRoom{"", bobs.ticket}, JoinRoom{"", bobs.ticket, true}}) {
    const auto back = comer("192.0.2.2", join);
    EXPECT_EQ(world.take_error(back), "no_such_room");
  }
  const auto other = comer("192.0.2.3", {});
  world.take<JoinedRoom>(other);
}

TEST_F(HostTest, ABanCountsIpv6ByNetwork) {
  const auto six = comer("2001:db8:1:2::5", {});
  const PeerId peer = world.take<JoinedRoom>(six).you;
  world.say(ada, KickMember{peer, true});
  const auto neighbour = comer("2001:db8:1:2:ffff::1", {});
  EXPECT_EQ(world.take_error(neighbour), "no_such_room");
  const auto next_door = comer("2001:db8:1:3::5", {});
  world.take<JoinedRoom>(next_door);
}

TEST_F(HostTest, InAClassroomABanIsOfTheTicketAlone) {
  const auto carol = comer("192.0.2.2", {});
  world.take<JoinedRoom>(carol);
  world.say(ada, KickMember{bobs.you, true});
  for (const JoinRoom& join : {JoinRoom{"", bobs.ticket, true}, JoinRoom{"", bobs.ticket}}) {
    const auto banned = comer("192.0.2.2", join);
    EXPECT_EQ(world.take_error(banned), "no_such_room") << "nor when its page is loaded anew";
  }
  const auto dave = comer("192.0.2.2", {});
  world.take<JoinedRoom>(dave);
}

TEST_F(HostTest, WhoComesPastABanAsAClassmateMayAndIsBannedTooClosesTheSite) {
  const auto carol = comer("192.0.2.2", {});
  JoinedRoom carols = world.take<JoinedRoom>(carol);
  world.say(ada, KickMember{bobs.you, true});
  const auto again = comer("192.0.2.2", {});
  const JoinedRoom bob_again = world.take<JoinedRoom>(again);
  world.say(ada, KickMember{bob_again.you, true});
  EXPECT_EQ(world.closed(again), 4021);
  const auto third = comer("192.0.2.2", {});
  EXPECT_EQ(world.take_error(third), "no_such_room") << "though Carol is there";
  const auto back = comer("192.0.2.2", {"", carols.ticket, true});
  EXPECT_EQ(world.take<JoinedRoom>(back).you, carols.you);
  world.take<JoinedRoom>(comer("192.0.2.3", {}));
}

TEST_F(HostTest, OfThoseWhoWereThereTogetherSeveralMayBeBannedAndOthersStillCome) {
  const PeerId carols = world.take<JoinedRoom>(comer("192.0.2.2", {})).you;
  world.take<JoinedRoom>(comer("192.0.2.2", {}));
  world.say(ada, KickMember{bobs.you, true});
  world.say(ada, KickMember{carols, true});
  world.take<JoinedRoom>(comer("192.0.2.2", {}));
}

TEST_F(HostTest, WhoCamePastABanClosesNoOtherSiteThanThatOne) {
  world.take<JoinedRoom>(comer("192.0.2.2", {}));
  world.say(ada, KickMember{bobs.you, true});
  const JoinedRoom daves = world.take<JoinedRoom>(comer("192.0.2.2", {}));
  world.take<JoinedRoom>(comer("192.0.2.5", {}));  // the room is full
  world.take<JoinedRoom>(comer("192.0.2.5", {"", daves.ticket, true}));
  world.say(ada, KickMember{daves.you, true});
  world.take<JoinedRoom>(comer("192.0.2.5", {}));
}

TEST_F(HostTest, KeepsSoManyBansAndRefusesMore) {
  LobbyConfig config;
  config.change_burst = 1000;
  World large(config);
  const auto host = large.creator("Ada");
  const std::string code = large.take<JoinedRoom>(host).code;
  for (std::size_t i = 0; i <= kMaxBans; ++i) {
    const auto guest = large.greeted("Eve", "198.51.100." + std::to_string(i + 1));
    large.say(guest, JoinRoom{code, ""});
    const JoinedRoom joined = large.take<JoinedRoom>(guest);
    large.take<PeerJoinedRoom>(host);
    large.say(host, KickMember{joined.you, true});
    if (i == kMaxBans) {
      EXPECT_EQ(large.take_error(host), "bad_message");
      EXPECT_EQ(large.closed(guest), 0);
      break;
    }
    large.take<PeerLeftRoom>(host);
    EXPECT_LE(large.take<UpdatedRoom>(host).ticket.size(), kMaxTicket);
  }
}

TEST_F(HostTest, OfThoseThatWereKickedTheLastAreKept) {
  LobbyConfig config;
  config.change_burst = 1000;
  World large(config);
  const auto host = large.creator("Ada");
  const std::string code = large.take<JoinedRoom>(host).code;
  std::string last;
  for (std::size_t i = 0; i < kMaxKicked + 8; ++i) {
    const auto guest = large.joiner("Eve", code);
    const JoinedRoom joined = large.take<JoinedRoom>(guest);
    last = joined.ticket;
    large.say(host, KickMember{joined.you});
    large.now += seconds(1);
  }
  EXPECT_EQ(large.take_error(large.resumer("Eve", code, last)), "no_such_room");
}

// ---- handing over

TEST_F(HostTest, HandsOverToAMemberThatIsThere) {
  world.say(ada, TransferHost{bobs.you});
  EXPECT_EQ(world.take_host(ada), (HostOfRoom{bobs.you, 2}));
  EXPECT_EQ(world.take_host(bob), (HostOfRoom{bobs.you, 2}));
  world.say(ada, UpdateRoom{});
  EXPECT_EQ(world.take_error(ada), "not_host");
  world.close(ada, false);
  world.take<PeerAwayRoom>(bob);
  world.say(bob, TransferHost{made.you});
  EXPECT_EQ(world.take_error(bob), "no_such_peer") << "it is away";
  world.say(bob, TransferHost{bobs.you});
  EXPECT_EQ(world.take_error(bob), "no_such_peer") << "it is host";
}

TEST_F(HostTest, WhenItStaysAwayPastTheGraceTimeTheLongestPresentIsHost) {
  world.say(ada, TransferHost{bobs.you});
  world.take_host(ada);
  const auto carol = comer("192.0.2.3", {});
  world.take<JoinedRoom>(carol);
  world.take<PeerJoinedRoom>(ada);
  world.close(bob, false);
  world.take<PeerAwayRoom>(ada);
  for (int i = 0; i < 31; ++i) {
    world.pass(seconds(1));
    world.say(ada, Ping{1});
  }
  while (!world.silent(ada)) {
    const std::string text = world.inboxes[ada].texts.front();
    if (text.find("\"type\":\"host\"") != std::string::npos) break;
    world.inboxes[ada].texts.pop_front();
  }
  EXPECT_EQ(world.take_host(ada), (HostOfRoom{made.you, 3}));
}

// ---- after a restart

TEST(Ticket, HoldsTheFullestRoomWithinItsLimit) {
  Ticket ticket;
  ticket.code = "kamoridun";
  ticket.title = std::string(kMaxTitleBytes, 't');
  ticket.rules.password = PasswordHash{};
  for (std::size_t i = 0; i < kMaxMetadataEntries; ++i) {
    std::string key(3, 'k');
    key += static_cast<char>('a' + i);
    ticket.rules.metadata.emplace(key,
                                  std::string(kMaxMetadataBytes / kMaxMetadataEntries - key.size(), 'v'));
  }
  ticket.rules.bans.resize(kMaxBans);
  ticket.rules.kicked.resize(kMaxKicked);
  const std::array<std::byte, 32> key{};
  const std::string text = seal(ticket, testing::toy_mac, key);
  EXPECT_LE(text.size(), kMaxTicket);
  EXPECT_EQ(unseal(text, testing::toy_mac, key), ticket);
}

}  // namespace
}  // namespace parlor::signaling
