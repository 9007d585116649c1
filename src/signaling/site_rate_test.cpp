// What sites may have of late: who guesses codes is slowed down, who mistypes one is not.

#include "signaling/site_rate.hpp"
#include "signaling/code.hpp"
#include "signaling/lobby_test.hpp"

namespace parlor::signaling {
namespace {

using base::milliseconds;
using base::seconds;
using testing::World;

TEST(LobbyLimits, FailedJoinsOfASiteRunOut) {
  LobbyConfig config;
  config.joins_per_minute = 3;
  World world(config);
  const auto alice = world.creator("Ada");  // from 192.0.2.1, like all that follow
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto mallory = world.greeted("Mallory");
  for (int i = 0; i < 3; ++i) {
    world.say(mallory, JoinRoom{"babababab", ""});
    EXPECT_EQ(world.take_error(mallory), "no_such_room");
  }
  world.say(mallory, JoinRoom{made.code, ""});
  EXPECT_EQ(world.take_error(mallory), "rate_limited") << "not even the right code tells now";
  const auto neighbour = world.joiner("Neighbour", made.code);
  EXPECT_EQ(world.take_error(neighbour), "rate_limited");
  const auto elsewhere = world.greeted("Bob", "192.0.2.2");
  world.say(elsewhere, JoinRoom{made.code, ""});
  world.take<JoinedRoom>(elsewhere);
  world.pass(seconds(20));
  world.say(mallory, JoinRoom{made.code, ""});
  world.take<JoinedRoom>(mallory);
}

TEST(LobbyLimits, SuccessfulJoinsAreNotCounted) {
  LobbyConfig config;
  config.joins_per_minute = 2;
  World world(config);
  const auto alice = world.creator("Ada", 64);
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  for (int i = 0; i < 40; ++i) world.take<JoinedRoom>(world.joiner("Pupil", made.code));
}

TEST(LobbyLimits, GuessingFromManySitesOfOneNeighbourhoodIsSlowedDownToo) {
  LobbyConfig config;
  config.joins_per_minute = 2;
  World world(config);
  int refused = 0;
  for (int site = 0; site < 40; ++site) {
    const auto eve = world.greeted("Eve", "2001:db8:1:" + std::to_string(site) + "::1");
    world.say(eve, JoinRoom{"kamoridun", ""});
    if (world.take_error(eve) == "rate_limited") ++refused;
  }
  EXPECT_EQ(refused, 40 - 16) << "eight times what one site may";
  const auto bob = world.greeted("Bob", "2001:db8:2::1");
  world.say(bob, JoinRoom{"kamoridun", ""});
  EXPECT_EQ(world.take_error(bob), "no_such_room") << "another neighbourhood";
}

TEST(LobbyLimits, AFullRoomOrAnotherBuildIsNoGuess) {
  LobbyConfig config;
  config.joins_per_minute = 2;
  World world(config);
  const auto alice = world.creator("Ada", 2);
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  world.take<JoinedRoom>(world.joiner("Bob", made.code));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(world.take_error(world.joiner("Late", made.code)), "room_full");
  for (int i = 0; i < 5; ++i) {
    const auto other = world.open("version=1&game=cubes&build=2&name=Old&join=" + made.code);
    world.take<Welcome>(other);
    EXPECT_EQ(world.take_error(other), "build_mismatch");
  }
  const auto carol = world.joiner("Carol", "babababab");
  EXPECT_EQ(world.take_error(carol), "no_such_room") << "none of these has counted";
}

TEST(LobbyLimits, EveryWorkerLetsAWholeClassroomMistypeItsCode) {
  LobbyConfig config;
  config.joins_per_minute = 8;
  config.workers = 4;
  World world(config);
  const auto eve = world.greeted("Eve");
  // A code that is at home here: none other is looked up.
  base::SeededRandom random(1);
  std::string code;
  do {
    code = random_code(random);
  } while (home_worker(code, 4) != 0);
  for (int i = 0; i < 8; ++i) {
    world.say(eve, JoinRoom{code, ""});
    EXPECT_EQ(world.take_error(eve), "no_such_room");
  }
  world.say(eve, JoinRoom{code, ""});
  EXPECT_EQ(world.take_error(eve), "rate_limited");
}

TEST(SiteRate, RemembersTheLatestSitesOnly) {
  SiteRate failed(1, seconds(60), 3);
  const base::Time now = base::time_from(seconds(5));
  const auto site = [](std::uint8_t n) { return base::IpAddress::v4({10, 0, 0, n}); };
  for (std::uint8_t n = 1; n <= 3; ++n) failed.count(now, site(n));
  failed.count(now, site(1));  // again: now 2 is the oldest
  failed.count(now, site(4));
  EXPECT_EQ(failed.sites(), 3U);
  EXPECT_GT(failed.wait(now, site(1)), base::Duration{});
  EXPECT_EQ(failed.wait(now, site(2)), base::Duration{});
  EXPECT_GT(failed.wait(now, site(3)), base::Duration{});
  EXPECT_GT(failed.wait(now, site(4)), base::Duration{});
}

TEST(SiteRate, ComesBackOneByOne) {
  SiteRate failed(6, seconds(10));
  const auto site = base::IpAddress::v4({10, 0, 0, 1});
  base::Time now = base::time_from(seconds(5));
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(failed.wait(now, site), base::Duration{});
    failed.count(now, site);
  }
  EXPECT_GT(failed.wait(now, site), base::Duration{});
  EXPECT_GT(failed.wait(now + seconds(10) - base::microseconds(1), site), base::Duration{});
  now += seconds(10);
  EXPECT_EQ(failed.wait(now, site), base::Duration{});
  failed.count(now, site);
  EXPECT_GT(failed.wait(now, site), base::Duration{});
}

TEST(SiteRate, ABurstOfZeroIsNoLimit) {
  SiteRate failed(0, seconds(1));
  const auto site = base::IpAddress::v4({10, 0, 0, 1});
  for (int i = 0; i < 1000; ++i) failed.count(base::time_from(seconds(1)), site);
  EXPECT_EQ(failed.wait(base::time_from(seconds(1)), site), base::Duration{});
}

TEST(SiteRate, TellsHowLongToWaitForWhatCostsMore) {
  SiteRate rate(100, milliseconds(10));
  const auto site = base::IpAddress::v4({10, 0, 0, 1});
  const base::Time now = base::time_from(seconds(5));
  EXPECT_EQ(rate.wait(now, site, 100), base::Duration{});
  rate.count(now, site, 70);
  EXPECT_EQ(rate.wait(now, site, 30), base::Duration{});
  EXPECT_EQ(rate.wait(now, site, 50), milliseconds(200));
  EXPECT_EQ(rate.wait(now, site, 5000), milliseconds(700)) << "more than the burst costs the burst";
  EXPECT_EQ(rate.wait(now + milliseconds(200), site, 50), base::Duration{});
}

TEST(NeighbourlyRate, GivesANeighbourhoodWhatEightSitesMayHave) {
  NeighbourlyRate rate(10, seconds(1));
  const base::Time now = base::time_from(seconds(5));
  const auto site = [](int n) { return *base::IpAddress::parse("2001:db8:1:" + std::to_string(n) + "::"); };
  for (int n = 0; n < 8; ++n) {
    EXPECT_EQ(rate.wait(now, site(n), 10), base::Duration{});
    rate.count(now, site(n), 10);
  }
  EXPECT_EQ(rate.wait(now, site(8), 8), seconds(1));
  EXPECT_EQ(rate.wait(now, site(0)), seconds(1)) << "its own";
  EXPECT_EQ(rate.wait(now, *base::IpAddress::parse("2001:db8:2::"), 10), base::Duration{});
}

}  // namespace
}  // namespace parlor::signaling
