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
