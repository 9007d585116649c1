// Quick match where many search, or somebody fills it with what nobody wants.

#include "signaling/lobby_match_test.hpp"

namespace parlor::signaling::testing {
namespace {

TEST_F(MatchTest, RoomsOfOneAddressDoNotHideThoseOfOthers) {
  LobbyConfig config;
  config.rooms_per_site = 10'000;
  World crowd(config);
  const auto search = [&](const QuickMatch& want, std::string_view from) {
    const ConnectionId id = crowd.greeted("Ada", from);
    crowd.say(id, FindMatch{want});
    return id;
  };
  for (int i = 0; i < 1000; ++i) search(impossible(-1'000'000 - 10 * i), "198.51.100.1");
  for (int i = 0; i < 1000; ++i)
    search(impossible(-2'000'000 - 10 * i), "2001:db8:1:" + std::to_string(i) + "::1");
  QuickMatch waits = rated(1500);
  waits.patience = {};
  const auto ada = search(waits, "192.0.2.1");
  const auto bob = search(rated(1500), "192.0.2.2");
  EXPECT_EQ(crowd.take<JoinedRoom>(ada).code, crowd.take<JoinedRoom>(bob).code);
}

TEST_F(MatchTest, SearchersOfOneAddressDoNotHideThoseOfOthers) {
  LobbyConfig config;
  config.rooms_per_site = 10'000;
  World crowd(config);
  const auto search = [&](QuickMatch want, std::string_view from) {
    const ConnectionId id = crowd.greeted("Ada", from);
    want.patience = std::chrono::milliseconds(8000);
    crowd.say(id, FindMatch{want});
    return id;
  };
  for (int i = 0; i < 1000; ++i) search(impossible(-1'000'000 - 10 * i), "198.51.100.1");
  const auto ada = search(rated(1500), "192.0.2.1");
  crowd.take<SearchingMatch>(ada);
  const auto bob = search(rated(1500), "192.0.2.2");
  EXPECT_EQ(crowd.take<JoinedRoom>(ada).code, crowd.take<JoinedRoom>(bob).code);
}

TEST_F(MatchTest, InACrowdBehindOneAddressEverybodyIsLookedAtInTurn) {
  LobbyConfig config;
  config.rooms_per_site = 10'000;
  World crowd(config);
  for (int i = 0; i < 1000; ++i) crowd.say(crowd.greeted("Ada"), FindMatch{impossible(-1'000'000 - 10 * i)});
  QuickMatch waits = rated(1500);
  waits.patience = {};
  const auto ada = crowd.greeted("Ada");
  crowd.say(ada, FindMatch{waits});
  const std::string code = crowd.take<JoinedRoom>(ada).code;
  const auto bob = crowd.greeted("Bob");
  crowd.say(bob, FindMatch{rated(1500)});
  crowd.pass(seconds(2));
  while (crowd.inboxes[bob].texts.size() > 1) crowd.take<SearchingMatch>(bob);
  EXPECT_EQ(crowd.take<JoinedRoom>(bob).code, code) << "256 at a time, four times per second";
}

TEST_F(MatchTest, RoomsWithBansCostNoMoreThanAFewHashes) {
  QuickMatch want;
  want.size = 3;
  want.patience = {};
  LobbyConfig config;
  int hashes = 0;
  config.mac = [&](base::BytesView key, base::BytesView data) {
    ++hashes;
    return testing::toy_mac(key, data);
  };
  base::SeededRandom random(3);
  Lobby lobby(config, random);
  std::uint64_t next = 1;
  const auto open = [&](int address) {
    const ConnectionId id{next++};
    lobby.handle_open(world.now, id, base::IpAddress::v4({10, 0, 0, static_cast<std::uint8_t>(address)}), {},
                      parse_upgrade_query("version=1&game=cubes&name=Ada"));
    return id;
  };
  const auto peer_of = [&](ConnectionId id) {
    PeerId peer = kNobody;
    while (const auto out = lobby.poll_transmit()) {
      const auto* text = std::get_if<SendText>(&*out);
      if (text == nullptr || text->connection != id) continue;
      const auto message = parse_server_message(*text->text);
      if (const auto* joined = std::get_if<JoinedRoom>(&*message)) peer = joined->you;
    }
    return peer;
  };
  std::vector<ConnectionId> hosts;
  for (int i = 0; i < 60; ++i) {
    const ConnectionId host = open(1 + i);
    lobby.handle_frame(world.now, host, write(FindMatch{want}));
    const ConnectionId eve = open(200);
    lobby.handle_frame(world.now, eve, write(FindMatch{want}));
    lobby.handle_frame(world.now, host, write(KickMember{peer_of(eve), true}));
    lobby.handle_close(world.now, eve, true);
    SettingsChange locked;
    locked.locked = true;  // so that the next host finds no room
    lobby.handle_frame(world.now, host, write(UpdateRoom{locked}));
    hosts.push_back(host);
  }
  for (const ConnectionId host : hosts) {
    SettingsChange opened;
    opened.locked = false;
    lobby.handle_frame(world.now, host, write(UpdateRoom{opened}));
  }
  const ConnectionId eve = open(200);
  hashes = 0;
  lobby.handle_frame(world.now, eve, write(FindMatch{want}));
  EXPECT_EQ(hashes, 8 + 1) << "and one for the ticket of a room of its own";
}

TEST_F(MatchTest, ManyWhoWaitAloneHaveTheirTurn) {
  LobbyConfig config;
  config.rooms_per_site = 10'000;
  World crowd(config);
  const auto search = [&](const QuickMatch& want) { crowd.say(crowd.greeted("Ada"), FindMatch{want}); };
  for (int i = 0; i < 600; ++i) search(impossible(-1'000'000 - 10 * i));
  for (int i = 0; i < 100; ++i) search(impatient(i * 100'000));
  for (int i = 0; i < 600; ++i) search(impossible(-2'000'000 - 10 * i));
  for (int i = 0; i < 100; ++i) search(impatient(i * 100'000 + 300));
  EXPECT_EQ(crowd.lobby.counters().rooms, 1400U);
  crowd.pass(seconds(70));  // so many connections are silent for no longer
  EXPECT_EQ(crowd.lobby.counters().rooms, 1300U);
}

TEST_F(MatchTest, WhereTooManySearchNobodyIsMadeToWait) {
  LobbyConfig config;
  config.rooms_per_site = 100'000;
  World crowd(config);
  ConnectionId last{};
  for (int i = 0; i <= 4096; ++i) {
    last = crowd.greeted("Ada", "198.51.100.1");
    crowd.say(last, FindMatch{rated(i * 10'000)});
  }
  crowd.take<JoinedRoom>(last);
  EXPECT_EQ(crowd.lobby.counters().searching, 4096U);
}

}  // namespace
}  // namespace parlor::signaling::testing
