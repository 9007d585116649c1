// What becomes of a host's decisions when the server is started anew.

#include "signaling/lobby_host_test.hpp"

namespace parlor::signaling {
namespace {

using base::seconds;
using testing::HostTest;
using testing::World;

TEST_F(HostTest, ARebuiltRoomKeepsWhatItsHostDecided) {
  SettingsChange secret;
  secret.password = "secret";
  secret.listed = true;
  secret.title = "Sunday";
  secret.size = 6;
  secret.metadata = Metadata{{"mode", "duel"}, {"level", 3}};
  change(secret);
  const auto eve = comer("192.0.2.66", {"", "", false, "secret"});
  const JoinedRoom eves = world.take<JoinedRoom>(eve);
  world.take<PeerJoinedRoom>(ada);
  world.say(ada, KickMember{eves.you, true});
  world.take<PeerLeftRoom>(ada);
  const std::string ticket = world.take<UpdatedRoom>(ada).ticket;

  World later = restarted();
  const auto back = later.resumer("Ada", made.code, ticket);
  const JoinedRoom joined = later.take<JoinedRoom>(back);
  EXPECT_EQ(joined.title, "Sunday");
  EXPECT_EQ(joined.size, 6);
  EXPECT_TRUE(joined.has_password && joined.listed);
  EXPECT_EQ(joined.metadata, *secret.metadata);
  const auto guess = later.greeted("Mallory", "203.0.113.1");
  later.say(guess, JoinRoom{made.code, "", false, "guess"});
  EXPECT_EQ(later.take_error(guess), "no_such_room");
  later.say(guess, JoinRoom{made.code, "", false, "secret"});
  later.take<JoinedRoom>(guess);
  const auto banned = later.greeted("Eve", "192.0.2.66");
  later.say(banned, JoinRoom{made.code, "", false, "secret"});
  EXPECT_EQ(later.take_error(banned), "no_such_room");
  later.say(banned, JoinRoom{made.code, eves.ticket, true, ""});
  EXPECT_EQ(later.take_error(banned), "no_such_room");
}

TEST_F(HostTest, WhoWasKickedAndRebuildsTheRoomIsOutOnceSomebodyKnowsBetter) {
  world.say(ada, KickMember{bobs.you});
  world.take<PeerLeftRoom>(ada);
  const std::string ticket = world.take<UpdatedRoom>(ada).ticket;
  World later = restarted();
  const auto sly = later.resumer("Bob", made.code, bobs.ticket);
  later.take<JoinedRoom>(sly);
  const auto back = later.resumer("Ada", made.code, ticket);
  later.take<JoinedRoom>(back);
  EXPECT_EQ(later.closed(sly), 4020);
  EXPECT_EQ(later.take<PeerLeftRoom>(back), (PeerLeftRoom{bobs.you, LeaveReason::kicked}));
  EXPECT_EQ(later.lobby.counters().members, 1U);
}

TEST_F(HostTest, OfTwoTicketsTheLaterSettingsHoldInARebuiltRoom) {
  SettingsChange renamed;
  renamed.title = "Sunday";
  world.say(ada, UpdateRoom{renamed});
  const std::string ticket = world.take<UpdatedRoom>(ada).ticket;
  World later = restarted();
  const auto first = later.resumer("Bob", made.code, bobs.ticket);
  EXPECT_EQ(later.take<JoinedRoom>(first).title, "Friday");
  const auto second = later.resumer("Ada", made.code, ticket);
  EXPECT_EQ(later.take<JoinedRoom>(second).title, "Sunday");
  EXPECT_EQ(later.take<UpdatedRoom>(first).settings.title, "Sunday");
}

TEST_F(HostTest, WhileMembersMayComeBackNobodyChangesARebuiltRoom) {
  // Ada hands over to Bob, who bans somebody; Ada is first to show her ticket, in which she is host.
  world.say(ada, TransferHost{bobs.you});
  world.take<HostOfRoom>(ada);
  world.take<HostOfRoom>(bob);
  SettingsChange secret;
  secret.password = "secret";
  world.say(bob, UpdateRoom{secret});
  const std::string newest = world.take<UpdatedRoom>(bob).ticket;

  World later = restarted();
  const auto former = later.resumer("Ada", made.code, made.ticket);
  EXPECT_EQ(later.take<JoinedRoom>(former).host, made.you);
  SettingsChange mine;
  mine.password = "mine";
  later.say(former, UpdateRoom{mine});
  EXPECT_EQ(later.take_error(former), "rate_limited");
  const auto back = later.resumer("Bob", made.code, newest);
  const JoinedRoom joined = later.take<JoinedRoom>(back);
  EXPECT_EQ(joined.host, bobs.you);
  EXPECT_TRUE(joined.has_password);
  later.pass(seconds(31));
  later.say(back, UpdateRoom{mine});
  later.take<UpdatedRoom>(back);
}

TEST_F(HostTest, APasswordThatWasChangedWhileAMemberWasAwayKeepsNobodyOutOfTheRebuiltRoom) {
  SettingsChange secret;
  secret.password = "secret";
  world.say(ada, UpdateRoom{secret});
  world.take<UpdatedRoom>(ada);
  const std::string bobs_ticket = world.take<UpdatedRoom>(bob).ticket;
  SettingsChange other;
  other.password = "other";
  world.close(bob, false);
  world.take<PeerAwayRoom>(ada);
  world.say(ada, UpdateRoom{other});
  const std::string newest = world.take<UpdatedRoom>(ada).ticket;
  for (const bool host_first : {true, false}) {
    World later = restarted();
    const auto come = [&](bool host) {
      const auto id =
          host ? later.resumer("Ada", made.code, newest) : later.resumer("Bob", made.code, bobs_ticket);
      later.take<JoinedRoom>(id);
    };
    come(host_first);
    come(!host_first);
    EXPECT_EQ(later.lobby.counters().members, 2U);
  }
}

/// Bob and Carol from one address; Bob has kept a ticket of an earlier membership, and is banned.
class BanTest : public HostTest {
 protected:
  BanTest() {
    const auto earlier = comer("192.0.2.2", {});
    kept = world.take<JoinedRoom>(earlier).ticket;
    world.close(earlier, true);
    carol = comer("192.0.2.2", {});
    world.take<JoinedRoom>(carol);
    world.inboxes[ada].texts.clear();
    world.say(ada, KickMember{bobs.you, true});
    world.take<PeerLeftRoom>(ada);
    adas = world.take<UpdatedRoom>(ada).ticket;
    world.take<PeerLeftRoom>(carol);
    carols = world.take<UpdatedRoom>(carol).ticket;
  }
  ConnectionId from_there(World& later, JoinRoom join) {
    const ConnectionId id = later.greeted("Eve", "192.0.2.2");
    join.code = made.code;
    later.say(id, join);
    return id;
  }

  ConnectionId carol{};
  std::string kept, adas, carols;
};

TEST_F(BanTest, AfterARestartATicketFromBeforeABanIsWorthNothingAtThatAddress) {
  World later = restarted();
  later.take<JoinedRoom>(later.resumer("Ada", made.code, adas));
  for (const bool resume : {true, false}) {
    const auto sly = from_there(later, {"", kept, resume});
    EXPECT_EQ(later.take_error(sly), "no_such_room");
  }
  later.take<JoinedRoom>(from_there(later, {"", carols, true}));
}

TEST_F(BanTest, WhoRebuildsARoomWithATicketFromBeforeABanIsOutOnceSomebodyKnowsBetter) {
  World later = restarted();
  const auto sly = from_there(later, {"", kept, true});
  later.take<JoinedRoom>(sly);
  const auto plain = from_there(later, {});
  later.take<JoinedRoom>(plain);
  const auto mate = from_there(later, {"", carols, true});
  later.take<JoinedRoom>(mate);
  EXPECT_EQ(later.closed(sly), 4021);
  EXPECT_EQ(later.closed(plain), 4021);
  EXPECT_EQ(later.closed(mate), 0);
  const auto back = later.resumer("Ada", made.code, adas);
  later.take<JoinedRoom>(back);
  EXPECT_EQ(later.closed(mate), 0);
  EXPECT_EQ(later.lobby.counters().members, 2U);
}

TEST_F(BanTest, ASiteThatIsClosedStaysSoAfterARestart) {
  const auto again = comer("192.0.2.2", {});
  const PeerId peer = world.take<JoinedRoom>(again).you;
  world.take<PeerJoinedRoom>(ada);
  world.say(ada, KickMember{peer, true});
  world.take<PeerLeftRoom>(ada);
  const std::string ticket = world.take<UpdatedRoom>(ada).ticket;
  world.inboxes[carol].texts.erase(world.inboxes[carol].texts.begin(), world.inboxes[carol].texts.end() - 1);
  carols = world.take<UpdatedRoom>(carol).ticket;
  World later = restarted();
  later.take<JoinedRoom>(later.resumer("Ada", made.code, ticket));
  later.take<JoinedRoom>(from_there(later, {"", carols, true}));
  const auto newcomer = from_there(later, {});
  EXPECT_EQ(later.take_error(newcomer), "no_such_room");
}

TEST_F(HostTest, ATicketOfOneWhoLeftGetsPastABanOnlyWhileMembersComeBack) {
  const auto eve = comer("192.0.2.66", {});
  const JoinedRoom eves = world.take<JoinedRoom>(eve);
  world.close(eve, true);
  World later = restarted();
  const auto back = later.resumer("Ada", made.code, made.ticket);
  later.take<JoinedRoom>(back);
  const auto again = later.greeted("Eve", "192.0.2.66");
  later.say(again, JoinRoom{made.code, ""});
  const PeerId id = later.take<JoinedRoom>(again).you;
  later.pass(seconds(31));
  later.say(back, KickMember{id, true});
  EXPECT_EQ(later.take_error(again), "banned");
  const auto hoarded = later.greeted("Eve", "192.0.2.66");
  later.say(hoarded, JoinRoom{made.code, eves.ticket});
  EXPECT_EQ(later.take_error(hoarded), "no_such_room");
}

}  // namespace
}  // namespace parlor::signaling
