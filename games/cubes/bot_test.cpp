#include "cubes/bot.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "cubes/fake_room.hpp"

namespace parlor::cubes {
namespace {

/// Runs a mind's cube alone on the ground.
struct Walk {
  explicit Walk(Behaviour behaviour, std::uint64_t seed = 1) : mind(behaviour, seed) {}
  void step(bool chases = false, std::span<const BotMind::Other> others = {}) {
    now += Bot::kTick;
    const State own{body.position, body.velocity, body.yaw, false, body.on_ground};
    motion.advance(body, mind.decide(now, own, chases, others), 0.025F);
  }
  BotMind mind;
  Body body;
  Motion motion;
  base::Time now{};
};

TEST(Bot, KnowsItsBehavioursByName) {
  EXPECT_EQ(behaviour_by_name("wander"), Behaviour::wander);
  EXPECT_EQ(behaviour_by_name("circle"), Behaviour::circle);
  EXPECT_EQ(behaviour_by_name("still"), Behaviour::still);
  EXPECT_EQ(behaviour_by_name("dance"), std::nullopt);
}

TEST(Bot, AStillOneStaysWhereItIs) {
  Walk walk(Behaviour::still);
  for (int i = 0; i < 400; ++i) walk.step(true, std::vector<BotMind::Other>{{{3, 0, 3}, false, false}});
  EXPECT_EQ(walk.body.position, Vec3{});
}

TEST(Bot, AWanderingOneComesAroundAndStaysOnTheArena) {
  Walk walk(Behaviour::wander);
  Vec3 least{};
  Vec3 most{};
  for (int i = 0; i < 40 * 60; ++i) {
    walk.step();
    least = {std::min(least.x, walk.body.position.x), 0, std::min(least.z, walk.body.position.z)};
    most = {std::max(most.x, walk.body.position.x), 0, std::max(most.z, walk.body.position.z)};
  }
  EXPECT_GT(most.x - least.x, 10);
  EXPECT_GT(most.z - least.z, 10);
  EXPECT_LE(std::max({-least.x, -least.z, most.x, most.z}), kArenaHalf);
}

TEST(Bot, ACirclingOneKeepsItsDistanceFromWhereItBegan) {
  Walk walk(Behaviour::circle);
  for (int i = 0; i < 40 * 4; ++i) walk.step();
  for (int i = 0; i < 40 * 20; ++i) {
    walk.step();
    EXPECT_NEAR(length(flat(walk.body.position)), 4, 1) << i;
  }
}

TEST(Bot, RunsAfterTheNearestWhenItHasToCatch) {
  Walk walk(Behaviour::wander);
  const std::vector<BotMind::Other> others{
      {{8, 0, 0}, false, false}, {{-3, 0, 0}, false, true}, {{0, 0, -15}, false, false}};
  for (int i = 0; i < 40 * 2; ++i) walk.step(true, others);
  EXPECT_LT(length(walk.body.position - others[0].position), 1) << "who is away is left alone";
}

TEST(Bot, LeavesWhoHasJustCaughtItAloneAsLongAsThereIsAnother) {
  std::vector<BotMind::Other> others{{{2, 0, 0}, false, false, true}, {{-8, 0, 0}}};
  Walk walk(Behaviour::wander);
  for (int i = 0; i < 40 * 2; ++i) walk.step(true, others);
  EXPECT_LT(length(walk.body.position - others[1].position), 1);

  others[1].away = true;
  for (int i = 0; i < 40 * 3; ++i) walk.step(true, others);
  EXPECT_LT(length(walk.body.position - others[0].position), 1) << "there is nobody else";
}

TEST(Bot, RunsFromWhoHasToCatchAndIsNotCornered) {
  Walk walk(Behaviour::wander);
  std::vector<BotMind::Other> others{{{2, 0, 1}, true, false}};
  for (int i = 0; i < 40; ++i) walk.step(false, others);
  EXPECT_GT(length(walk.body.position - others[0].position), 5);
  for (int i = 0; i < 40 * 20; ++i) {
    others[0].position = walk.body.position - normalized(walk.body.position) * 3.0F;
    walk.step(false, others);
    EXPECT_LE(std::max(std::abs(walk.body.position.x), std::abs(walk.body.position.z)), kArenaHalf) << i;
  }
}

TEST(Bot, IsAMemberThatTellsWhereItIsAndPlaysTag) {
  Bot bot(Behaviour::circle, 1);
  base::Time now{};
  const auto advance = [&](int ticks) {
    for (int i = 0; i < ticks; ++i) bot.advance(now += Bot::kTick);
  };
  bot.session().set_server("ws://server");
  bot.session().create("Bot", {.size = 4});
  EXPECT_EQ(FakeRoom::current->options.server, "ws://server");
  const PeerId me{1};
  FakeRoom::current->me = me;
  FakeRoom::current->host = me;
  FakeRoom::current->events.push_back(
      Joined{.code = "kamo-ridun", .ticket = "t", .title = "", .me = me, .host = me, .term = 1, .size = 4});
  FakeRoom::current->events.push_back(PeerJoined{{PeerId{2}, "Bob"}});
  advance(40 * 5);
  int states = 0;
  int catches = 0;
  for (const auto& sent : FakeRoom::current->sent) {
    states += sent.channel == kStates && parse_state(sent.bytes) ? 1 : 0;
    catches += sent.channel == kEvents && parse_catch(sent.bytes) ? 1 : 0;
  }
  EXPECT_NEAR(states, 100, 5) << "twenty a second";
  EXPECT_GE(catches, 1) << "it is host: it says who has to catch";
}

TEST(Bot, GoesForAnotherThanTheMemberThatHasCaughtIt) {
  Bot bot(Behaviour::wander, 1);
  base::Time now{};
  bot.session().set_server("ws://server");
  bot.session().create("Bot", {.size = 4});
  const PeerId me{1};
  const PeerId bob{2};
  const PeerId cleo{3};
  FakeRoom::current->me = me;
  FakeRoom::current->host = bob;
  const auto push = [](Event event) { FakeRoom::current->events.push_back(std::move(event)); };
  const auto hear = [&](PeerId from, Channel channel, base::BytesView bytes) {
    push(Message{from, channel, Bytes(bytes.begin(), bytes.end())});
  };
  push(Joined{.code = "kamo-ridun", .ticket = "t", .title = "", .me = me, .host = bob, .term = 1, .size = 4});
  push(PeerJoined{{bob, "Bob"}});
  push(PeerJoined{{cleo, "Cleo"}});
  hear(bob, kEvents, write_catch({Round(3), 1, 2}));
  float nearest_bob = 100;
  float nearest_cleo = 100;
  Vec3 bobs_place;
  for (int i = 0; i < 40 * 4; ++i) {
    if (i == 1) bobs_place = bot.world().own_state().position + Vec3{2.5F, 0, 0};
    const Vec3 cleos_place = bobs_place - Vec3{9, 0, 0};
    const netcode::Stamp stamp(static_cast<std::uint16_t>(1 + i * 25));
    if (i > 0) {
      hear(bob, kStates, write_state({stamp, {bobs_place, {}, 0, false}}));
      hear(cleo, kStates, write_state({stamp, {cleos_place, {}, 0, false}}));
    }
    bot.advance(now += Bot::kTick);
    if (i < 1) continue;
    const Vec3 own = bot.world().own_state().position;
    nearest_bob = std::min(nearest_bob, length(flat(own - bobs_place)));
    nearest_cleo = std::min(nearest_cleo, length(flat(own - cleos_place)));
  }
  EXPECT_LT(nearest_cleo, 2);
  EXPECT_GT(nearest_bob, 2);
}

}  // namespace
}  // namespace parlor::cubes
