// What a client reads from its server.

#include <gtest/gtest.h>

#include "signaling/messages.hpp"

namespace parlor::signaling {
namespace {

std::string server_refusal(std::string_view text) {
  auto result = parse_server_message(text);
  if (result) return "";
  return std::string(to_string(result.error().code)) + '/' + result.error().about;
}

constexpr PeerId kAlice{7};
constexpr PeerId kBob{513};

JoinedRoom largest_joined() {
  std::string longest_name;
  for (std::size_t i = 0; i < kMaxNamePoints; ++i) longest_name += "\xf0\x9f\x8e\xae";
  JoinedRoom joined{"kamo-ridun",
                    std::string(kMaxTitlePoints, 't'),
                    std::string(kMaxTicket, 'x'),
                    kAlice,
                    kBob,
                    4294967295U,
                    kMaxMembers,
                    {}};
  for (int i = 1; i < kMaxMembers; ++i) {
    joined.members.push_back({static_cast<PeerId>(65'000 + i), longest_name});
  }
  return joined;
}

Welcome largest_welcome() {
  Welcome welcome;
  const IceServer server{std::vector<std::string>(kMaxIceUrls, std::string(kMaxIceText, 'u')),
                         std::string(kMaxIceText, 'n'), std::string(kMaxIceText, 'c')};
  welcome.ice_servers.assign(10, server);  // 16 of the largest would not fit into a frame
  welcome.ice_servers.resize(kMaxIceServers, {{"stun:h"}, "", ""});
  return welcome;
}

TEST(ServerMessage, EveryMessageIsReadBackAsItWasWritten) {
  const ServerMessage messages[] = {
      Welcome{1, {}},
      Welcome{1, {{{"stun:a:3478", "stun:[::1]:3478"}, "", ""}, {{"turn:a?transport=udp"}, "u\"", "c\\"}}},
      largest_welcome(),
      JoinedRoom{"kamo-ridun", "", "", kAlice, kAlice, 1, 2, {}},
      JoinedRoom{"kamo-ridun", "T", "t1", kAlice, kBob, 3, 8, {{kBob, "Bob"}, {PeerId{9}, "Zo\xc3\xab"}}},
      largest_joined(),
      PeerJoinedRoom{{kBob, "Bob"}},
      PeerLeftRoom{kBob, LeaveReason::left},
      PeerLeftRoom{kBob, LeaveReason::lost},
      PeerLeftRoom{kBob, LeaveReason::removed},
      HostOfRoom{kBob, 2},
      LeftRoom{},
      Offer{kBob, "v=0\r\n"},
      Answer{kBob, "v=0\r\n"},
      Candidate{kBob, "c", "0", 0, "u"},
      EndOfCandidates{kBob},
      Pong{0},
      Error{ErrorCode::room_full, "Full.", "join"},
      Error{ErrorCode::timed_out, "", ""},
      Error{ErrorCode::rate_limited, "Too often.", "list", 1200},
      PeerLeftRoom{kBob, LeaveReason::kicked},
      PeerLeftRoom{kBob, LeaveReason::banned},
      JoinedRoom{"kamo-ridun", "", "", kAlice, kAlice, 1, 2, {}, 1, false, true, true, true, {{"a", 1}}},
      UpdatedRoom{{"T", 6, true, true, true, {{"mode", "duel"}, {"level", -3}}}, "t2"},
      UpdatedRoom{{"", 2, false, false, false, {}}, ""},
      RoomsFound{},
      RoomsFound{{{"kamo-ridun", "\"", 1, 4, true, {{"a", "\\"}}}, {"dufi-lomad", "", 0, 2, false, {}}}, 9},
      SearchingMatch{0, 0},
      SearchingMatch{4294967295U, 7},
  };
  for (const ServerMessage& message : messages) {
    const std::string text = write(message);
    EXPECT_LE(text.size(), kMaxFrame);
    auto read = parse_server_message(text);
    ASSERT_TRUE(read) << text << '\n' << read.error().message;
    EXPECT_EQ(*read, message) << text;
  }
}

TEST(ServerMessage, HasTheWireFormOfTheSpecification) {
  EXPECT_EQ(write(ServerMessage(Welcome{1, {{{"turn:h"}, "u", "c"}, {{"stun:h"}, "", ""}}})),
            R"({"type":"welcome","version":1,"ice_servers":[)"
            R"({"urls":["turn:h"],"username":"u","credential":"c"},{"urls":["stun:h"]}]})");
  EXPECT_EQ(write(ServerMessage(JoinedRoom{"kamo-ridun", "T", "t", kAlice, kBob, 3, 8, {{kBob, "Bob"}}})),
            R"({"type":"joined","code":"kamo-ridun","title":"T","ticket":"t","you":7,"host":513,"term":3,)"
            R"("size":8,"members":[{"id":513,"name":"Bob"}]})");
  EXPECT_EQ(write(ServerMessage(PeerJoinedRoom{{kBob, "Bob"}})),
            R"({"type":"peer_joined","peer":{"id":513,"name":"Bob"}})");
  EXPECT_EQ(write(ServerMessage(PeerLeftRoom{kBob, LeaveReason::lost})),
            R"({"type":"peer_left","peer":513,"reason":"lost"})");
  EXPECT_EQ(write(ServerMessage(HostOfRoom{kBob, 2})), R"({"type":"host","host":513,"term":2})");
  EXPECT_EQ(write(ServerMessage(LeftRoom{})), R"({"type":"left"})");
  EXPECT_EQ(write(ServerMessage(Offer{kBob, "s"})), R"({"type":"offer","from":513,"sdp":"s"})");
  EXPECT_EQ(write(ServerMessage(Pong{7})), R"({"type":"pong","id":7})");
  EXPECT_EQ(write(ServerMessage(Error{ErrorCode::room_full, "Full.", "join"})),
            R"({"type":"error","code":"room_full","message":"Full.","about":"join"})");
}

TEST(ServerMessage, WordsOfALaterServerReadAsTheNearestKnown) {
  EXPECT_EQ(*parse_server_message(R"({"type":"error","code":"brand_new","message":"Sit down."})"),
            ServerMessage(Error{ErrorCode::bad_message, "Sit down.", ""}));
  EXPECT_EQ(*parse_server_message(R"({"type":"peer_left","peer":7,"reason":"abducted"})"),
            ServerMessage(PeerLeftRoom{kAlice, LeaveReason::lost}));
  EXPECT_EQ(server_refusal(R"({"type":"chat","text":"hi"})"), "unknown_type/chat");
  EXPECT_EQ(server_refusal(R"({"type":"hello","version":1})"), "unknown_type/hello");
}

TEST(ServerMessage, FieldsOutOfTheirLimitsAreBadMessages) {
  for (const char* text : {
           R"({"type":"welcome","version":1})",
           R"({"type":"welcome","version":1,"ice_servers":{}})",
           R"({"type":"welcome","version":1,"ice_servers":[1]})",
           R"({"type":"welcome","version":1,"ice_servers":[{}]})",
           R"({"type":"welcome","version":1,"ice_servers":[{"urls":"stun:h"}]})",
           R"({"type":"welcome","version":1,"ice_servers":[{"urls":[1]}]})",
           R"({"type":"welcome","version":1,"ice_servers":[{"urls":[""]}]})",
       }) {
    EXPECT_EQ(server_refusal(text), "bad_message/welcome") << text;
  }
  for (
      const char* text : {
          R"({"type":"joined"})",
          R"({"type":"joined","code":"nonsense!","you":1,"host":1,"term":1,"size":8,"members":[]})",
          R"({"type":"joined","code":"kamo-ridun","you":0,"host":1,"term":1,"size":8,"members":[]})",
          R"({"type":"joined","code":"kamo-ridun","you":1,"host":1,"term":0,"size":8,"members":[]})",
          R"({"type":"joined","code":"kamo-ridun","you":1,"host":1,"term":1,"size":65,"members":[]})",
          R"({"type":"joined","code":"kamo-ridun","you":1,"host":1,"term":1,"size":8})",
          R"({"type":"joined","code":"kamo-ridun","you":1,"host":1,"term":1,"size":8,"members":[{"id":2}]})",
          R"({"type":"joined","code":"kamo-ridun","you":1,"host":1,"term":1,"size":8,"members":[null]})",
          R"({"type":"joined","code":"kamo-ridun","title":"\n","you":1,"host":1,"term":1,"size":8,"members":[]})",
      }) {
    EXPECT_EQ(server_refusal(text), "bad_message/joined") << text;
  }
  EXPECT_EQ(server_refusal(R"({"type":"peer_joined"})"), "bad_message/peer_joined");
  EXPECT_EQ(server_refusal(R"({"type":"peer_joined","peer":{"id":1,"name":"\u202e"}})"),
            "bad_message/peer_joined");
  EXPECT_EQ(server_refusal(R"({"type":"peer_joined","peer":1})"), "bad_message/peer_joined");
  EXPECT_EQ(server_refusal(R"({"type":"peer_left","peer":1})"), "bad_message/peer_left");
  EXPECT_EQ(server_refusal(R"({"type":"error"})"), "bad_message/error");
}

TEST(ServerMessage, ListsAreHeldToTheirLimits) {
  JoinedRoom joined = largest_joined();
  joined.members.push_back({PeerId{1}, "one too many"});
  EXPECT_EQ(server_refusal(write(ServerMessage(joined))), "bad_message/joined");
  Welcome servers{1, std::vector<IceServer>(kMaxIceServers + 1, IceServer{{"stun:h"}, "", ""})};
  EXPECT_EQ(server_refusal(write(ServerMessage(servers))), "bad_message/welcome");
  Welcome urls{1, {IceServer{std::vector<std::string>(kMaxIceUrls + 1, "stun:h"), "", ""}}};
  EXPECT_EQ(server_refusal(write(ServerMessage(urls))), "bad_message/welcome");
  Welcome text{1, {IceServer{{std::string(kMaxIceText + 1, 'x')}, "", ""}}};
  EXPECT_EQ(server_refusal(write(ServerMessage(text))), "bad_message/welcome");
}

TEST(ServerMessage, TheIceServersOfAnAddressOfTheirOwnAreRead) {
  const auto read =
      parse_ice_servers(R"({"ice_servers":[{"urls":["stun:h","stun:i"]},{"urls":["stun:j"]}]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (std::vector<IceServer>{{{"stun:h", "stun:i"}, "", ""}, {{"stun:j"}, "", ""}}));
  EXPECT_TRUE(parse_ice_servers(R"({"ice_servers":[]})"));
  EXPECT_TRUE(parse_ice_servers(write(ServerMessage(largest_welcome()))));
  for (const char* text : {"", "<html>", "[]", "{}", R"({"ice_servers":7})", R"({"ice_servers":[7]})",
                           R"({"ice_servers":[{}]})"}) {
    EXPECT_FALSE(parse_ice_servers(text)) << text;
  }
  EXPECT_FALSE(parse_ice_servers(std::string(kMaxFrame + 1, ' ')));
}

}  // namespace
}  // namespace parlor::signaling
