#include "cli/bot_address.hpp"

#include <gtest/gtest.h>

namespace parlor::cli {
namespace {

TEST(BotAddress, TakesAServerAsABrowserOrASocketHasIt) {
  EXPECT_EQ(server_origin("ws://localhost:8080"), "ws://localhost:8080");
  EXPECT_EQ(server_origin("http://localhost:8080/"), "ws://localhost:8080");
  EXPECT_EQ(server_origin("https://play.example.com/some/page?x=1#y"), "wss://play.example.com");
  EXPECT_EQ(server_origin("wss://play.example.com:443"), "wss://play.example.com");
  EXPECT_EQ(server_origin("http://[::1]:8080/"), "ws://[::1]:8080");
  EXPECT_EQ(server_origin("localhost:8080"), std::nullopt);
  EXPECT_EQ(server_origin("ftp://example.com"), std::nullopt);
  EXPECT_EQ(server_origin("http://:80/"), std::nullopt);
}

TEST(BotAddress, TakesACodeOrALink) {
  EXPECT_EQ(room_address("kamo-ridun")->code, "kamo-ridun");
  EXPECT_EQ(room_address("kamo-ridun")->server, "");
  const auto link = room_address("https://play.example.com/?name=Ada&room=kamo-ridun#top");
  ASSERT_TRUE(link);
  EXPECT_EQ(link->code, "kamo-ridun");
  EXPECT_EQ(link->server, "wss://play.example.com");
  EXPECT_FALSE(room_address(""));
  EXPECT_FALSE(room_address("https://play.example.com/"));
  EXPECT_FALSE(room_address("https://play.example.com/?room="));
  EXPECT_FALSE(room_address("https://play.example.com/?room=%20"));
  EXPECT_FALSE(room_address("ftp://play.example.com/?room=kamo-ridun"));
}

TEST(BotAddress, TakesACodeAsAPersonTypesItAndNothingThatCanBeNone) {
  EXPECT_TRUE(room_address("KAMO RIDUN"));
  EXPECT_TRUE(room_address("kamoridun"));
  for (const std::string_view wrong :
       {"XX", "kamo", "kamo-ridunu", "1234-56789", "localhost:18080/?room=kamo-ridun",
        "https://play.example.com/?room=XX", "https://play.example.com/?room=1234-56789"}) {
    EXPECT_FALSE(room_address(wrong)) << wrong;
  }
}

TEST(BotAddress, KnowsALinkToARoomFromAServer) {
  EXPECT_TRUE(names_room("http://localhost:8080/?room=kamo-ridun"));
  EXPECT_TRUE(names_room("http://localhost:8080/?name=Ada&room="));
  EXPECT_FALSE(names_room("http://localhost:8080/"));
  EXPECT_FALSE(names_room("http://localhost:8080/#?room=kamo-ridun"));
  EXPECT_FALSE(names_room("http://localhost:8080/?broom=kamo-ridun"));
  EXPECT_FALSE(names_room("kamo-ridun"));
}

TEST(BotAddress, GivesTheLinkThatABrowserOpens) {
  EXPECT_EQ(room_link("ws://localhost:8080", "kamo-ridun"), "http://localhost:8080/?room=kamo-ridun");
  EXPECT_EQ(room_link("wss://a.example", "kamo-ridun"), "https://a.example/?room=kamo-ridun");
}

}  // namespace
}  // namespace parlor::cli
