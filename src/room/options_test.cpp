#include "room/options.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace parlor::room {
namespace {

RoomOptions good() {
  RoomOptions options;
  options.server = "wss://play.example.com";
  options.game = "cubes";
  options.name = "Ada";
  return options;
}

std::string wrong_with(const std::function<void(RoomOptions&)>& change, Reason reason = Reason::bad_options) {
  RoomOptions options = good();
  change(options);
  const auto config = client_config(options);
  if (config) return "";
  EXPECT_EQ(config.error().reason, reason) << config.error().message;
  return config.error().message;
}

#define EXPECT_NAMES(field, change) \
  EXPECT_NE(wrong_with([](RoomOptions& o) { change; }).find(field), std::string::npos)
#define EXPECT_GOOD(change) EXPECT_EQ(wrong_with([](RoomOptions& o) { change; }), "")

TEST(Options, GoodOnesAreWhatSignalingWants) {
  RoomOptions options = good();
  options.build = "1.2";
  options.entry = Create{12, "Garden"};
  const auto config = client_config(options);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->server, "wss://play.example.com");
  EXPECT_EQ(config->hello, (signaling::Hello{1, "cubes", "1.2", "Ada"}));
  EXPECT_EQ(std::get<signaling::CreateRoom>(config->entry), (signaling::CreateRoom{12, "Garden"}));
}

TEST(Options, ACodeIsTakenHoweverItWasTyped) {
  RoomOptions options = good();
  options.entry = Join{" KAMO ridun", "ticket"};
  const auto config = client_config(options);
  ASSERT_TRUE(config);
  EXPECT_EQ(std::get<signaling::JoinRoom>(config->entry), (signaling::JoinRoom{"kamoridun", "ticket"}));
}

TEST(Options, TheServerIsAnOrigin) {
  for (const char* server : {"ws://localhost", "ws://127.0.0.1:8080", "wss://[::1]:443",
                             "wss://play.example.com/", "ws://[::1]"}) {
    RoomOptions options = good();
    options.server = server;
    EXPECT_TRUE(client_config(options)) << server;
  }
  for (const char* server :
       {"", "play.example.com", "http://x", "ws://", "wss:///", "ws://:80", "ws://x:0", "ws://x:99999",
        "ws://x:80a", "ws://x:", "ws://a b", "ws://u@x", "ws://x/path", "ws://x?a=b", "ws://x#f"}) {
    RoomOptions options = good();
    options.server = server;
    const auto config = client_config(options);
    ASSERT_FALSE(config) << server;
    EXPECT_NE(config.error().message.find("RoomOptions::server"), std::string::npos);
  }
}

TEST(Options, OfTheAddressOfAPageTheyNameTheServerThatIsMeant) {
  const auto said = [](const char* server) {
    return wrong_with([&](RoomOptions& options) { options.server = server; });
  };
  const auto write = [](const std::string& meant) {
    return "RoomOptions::server must be a ws:// or wss:// origin: write \"" + meant + "\".";
  };
  EXPECT_EQ(said("http://localhost:18080"), write("ws://localhost:18080"));
  EXPECT_EQ(said("https://play.example.com/?room=kamo-ridun"), write("wss://play.example.com"));
  EXPECT_EQ(said("ws://x:8080/v1/ws"), write("ws://x:8080"));
  for (const char* none : {"", "play.example.com", "://", "http://", "http://a b", "https://u@x", "ftp://x"})
    EXPECT_NE(said(none).find("such as \"wss://play.example.com\""), std::string::npos) << none;
}

TEST(Options, ASlashBehindTheServerIsLeftOut) {
  RoomOptions options = good();
  options.server = "ws://x:8080/";
  EXPECT_EQ(client_config(options)->server, "ws://x:8080");
  EXPECT_EQ(ice_servers_url(options.server), "http://x:8080/v1/ice");
  EXPECT_EQ(ice_servers_url("wss://x"), "https://x/v1/ice");
}

TEST(Options, EachFieldHasItsLimits) {
  EXPECT_NAMES("RoomOptions::game", o.game = "");
  EXPECT_NAMES("RoomOptions::game", o.game = "Cubes");
  EXPECT_NAMES("RoomOptions::game", o.game = std::string(33, 'a'));
  EXPECT_GOOD(o.game = std::string(32, 'a'));
  EXPECT_NAMES("RoomOptions::build", o.build = std::string(65, 'a'));
  EXPECT_NAMES("RoomOptions::build", o.build = "\n");
  EXPECT_GOOD(o.build = std::string(64, 'a'));
  EXPECT_NAMES("Choose another name", o.name = "");
  EXPECT_NAMES("Choose another name", o.name = "  ");
  EXPECT_NAMES("Choose another name", o.name = "a\nb");
  EXPECT_NAMES("Choose another name", o.name = std::string(33, 'a'));
  EXPECT_GOOD(o.name = "Zoë");
}

TEST(Options, TheEntryHasItsLimits) {
  EXPECT_NAMES("Create::size", o.entry = (Create{1, ""}));
  EXPECT_NAMES("Create::size", o.entry = (Create{kMaxMembers + 1, ""}));
  EXPECT_GOOD(o.entry = (Create{kMaxMembers, ""}));
  EXPECT_NAMES("Create::title", o.entry = (Create{8, "\x01"}));
  EXPECT_NAMES("Create::title", o.entry = (Create{8, std::string(65, 'a')}));
  EXPECT_NAMES("Join::code", o.entry = (Join{"", ""}));
  EXPECT_NAMES("Join::ticket", o.entry = (Join{"kamo-ridun", std::string(signaling::kMaxTicket + 1, 'a')}));
  EXPECT_NAMES("Join::ticket", o.entry = (Join{"kamo-ridun", "\x80"}));
}

TEST(Options, WhatCannotBeACodeIsNoRoom) {
  EXPECT_NE(wrong_with(
                [](RoomOptions& o) {
                  o.entry = Join{"<script>", ""};
                },
                Reason::no_such_room)
                .find("code"),
            std::string::npos);
}

TEST(Options, ChannelsHaveTheirLimits) {
  EXPECT_NAMES("RoomOptions::channels", o.channels.clear());
  EXPECT_NAMES("RoomOptions::channels", o.channels.resize(kMaxChannels + 1));
  EXPECT_GOOD(o.channels.resize(kMaxChannels));
  EXPECT_NAMES("RoomOptions::channels", o.channels[0].name = std::string(33, 'a'));
  EXPECT_NAMES("RoomOptions::channels", o.channels[0].name = "\xff");
  EXPECT_NAMES("RoomOptions::channels", o.channels[0].delivery = static_cast<Delivery>(7));
}

TEST(Options, IceServersAreWhatABrowserTakes) {
  EXPECT_GOOD(o.ice_servers =
                  (std::vector<IceServer>{{{"stun:x"}, "", ""}, {{"turn:x:3478?transport=udp"}, "u", "c"}}));
  EXPECT_NAMES("RoomOptions::ice_servers", o.ice_servers.resize(1));
  EXPECT_NAMES("RoomOptions::ice_servers",
               o.ice_servers.resize(kMaxIceServers + 1, (IceServer{{"stun:x"}, "", ""})));
  for (const char* url : {"http://x", "stun:", "stun", "turn:x", "stun:a b", "stun:\n"}) {
    RoomOptions options = good();
    options.ice_servers = {{{url}, "", ""}};
    EXPECT_FALSE(client_config(options)) << url;
  }
}

TEST(Options, OfTheServersIceServersTheUsableAreTaken) {
  const std::vector<signaling::IceServer> offered = {
      {{"http://x"}, "", ""},
      {{"stun:x:3478"}, "", ""},
      {{"turn:x"}, "", ""},
      {{"turn:x"}, "user", "secret"},
      {{"turn:x"}, std::string(kMaxIceText + 1, 'u'), "secret"}};
  const auto taken = usable(offered);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].urls, std::vector<std::string>{"stun:x:3478"});
  EXPECT_EQ(taken[1].credential, "secret");
  EXPECT_EQ(usable(std::vector<signaling::IceServer>(50, {{"stun:x"}, "", ""})).size(), kMaxIceServers);
}

}  // namespace
}  // namespace parlor::room
