// What a server reads from strangers.

#include <gtest/gtest.h>

#include "signaling/messages.hpp"

namespace parlor::signaling {
namespace {

/// The error's code and type, or "" when the text is a message.
std::string client_refusal(std::string_view text) {
  auto result = parse_client_message(text);
  if (result) return "";
  return std::string(to_string(result.error().code)) + '/' + result.error().about;
}

constexpr PeerId kBob{513};

TEST(ClientMessage, EveryMessageIsReadBackAsItWasWritten) {
  const ClientMessage messages[] = {
      Hello{1, "cubes", "", "Ada"},
      Hello{1, "my-game.v2_x", "2026-11 rc1", "Zo\xc3\xab \xf0\x9f\x8e\xae"},
      CreateRoom{8, ""},
      CreateRoom{64, "Friday \"night\" \\o/"},
      JoinRoom{"kamoridun", ""},
      JoinRoom{"kamoridun", "AbC-_123"},
      LeaveRoom{},
      Offer{kBob, "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"},
      Answer{kBob, "v=0\r\n\t\x7f"},
      Candidate{kBob, "candidate:1 1 udp 2122 192.0.2.1 5 typ host", "0", 0, "uf+/"},
      Candidate{kBob, "", "", std::nullopt, ""},
      EndOfCandidates{PeerId{65535}},
      Ping{4294967295U},
      CreateRoom{8,
                 "T",
                 "pass \"word\"",
                 true,
                 true,
                 {{"mode", "duel"}, {"level", -3}, {"most", kMaxMetadataNumber}}},
      JoinRoom{"kamoridun", "", false, "p\xc3\xa4ss"},
      UpdateRoom{},
      UpdateRoom{{"", 2, "", false, true, Metadata{}}},
      UpdateRoom{{"T", 64, "secret", true, false, Metadata{{"a", ""}}}},
      KickMember{kBob, false},
      KickMember{kBob, true},
      TransferHost{kBob},
      ListRooms{},
      ListRooms{{{{"mode", "duel"}, {"level", 3}, {"score", NumberRange{-5, 9}}, {"any", NumberRange{}}},
                 true,
                 true,
                 ListOrder::metadata,
                 "level",
                 true,
                 50,
                 kMaxListOffset}},
      ListRooms{{{}, false, false, ListOrder::members}},
      FindMatch{},
      FindMatch{{{{"mode", "duel"}}, -5, 0, 4294967295U, 7, 64, kMaxPatience}},
  };
  for (const ClientMessage& message : messages) {
    const std::string text = write(message);
    auto read = parse_client_message(text);
    ASSERT_TRUE(read) << text << '\n' << read.error().message;
    EXPECT_EQ(*read, message) << text;
  }
}

TEST(ClientMessage, HasTheWireFormOfTheSpecification) {
  EXPECT_EQ(write(ClientMessage(Hello{1, "cubes", "b1", "Ada"})),
            R"({"type":"hello","version":1,"game":"cubes","build":"b1","name":"Ada"})");
  EXPECT_EQ(write(ClientMessage(CreateRoom{4, "T"})), R"({"type":"create","size":4,"title":"T"})");
  EXPECT_EQ(write(ClientMessage(JoinRoom{"kamoridun", "t"})),
            R"({"type":"join","code":"kamoridun","ticket":"t"})");
  EXPECT_EQ(write(ClientMessage(LeaveRoom{})), R"({"type":"leave"})");
  EXPECT_EQ(write(ClientMessage(Offer{kBob, "a\r\n\"\\\x02"})),
            R"({"type":"offer","to":513,"sdp":"a\r\n\"\\\u0002"})");
  EXPECT_EQ(write(ClientMessage(Candidate{kBob, "c", "m", 2, "u"})),
            R"({"type":"candidate","to":513,"candidate":"c","mid":"m","mline_index":2,"ufrag":"u"})");
  EXPECT_EQ(write(ClientMessage(EndOfCandidates{kBob})), R"({"type":"end_of_candidates","to":513})");
  EXPECT_EQ(write(ClientMessage(Ping{7})), R"({"type":"ping","id":7})");
}

TEST(ClientMessage, MetadataIsHeldToItsLimits) {
  const auto with = [](const std::string& metadata) {
    return client_refusal(R"({"type":"create","metadata":{)" + metadata + "}}");
  };
  const std::string key(kMaxMetadataKey, 'k');
  EXPECT_EQ(with('"' + key + R"(":1)"), "");
  EXPECT_EQ(with('"' + key + R"(k":1)"), "bad_message/create");
  EXPECT_EQ(with(R"("a":")" + std::string(kMaxMetadataText, 'x') + '"'), "");
  EXPECT_EQ(with(R"("a":")" + std::string(kMaxMetadataText + 1, 'x') + '"'), "bad_message/create");
  std::string all;
  for (char c : {'a', 'b', 'c', 'd'}) {
    all += std::string(all.empty() ? "" : ",") + '"' + c + R"(":")" + std::string(127, 'x') + '"';
  }
  EXPECT_EQ(with(all), "") << "512 bytes";
  EXPECT_EQ(with(all + R"(,"e":"")"), "bad_message/create") << "513";
  std::string many;
  for (std::size_t i = 0; i < kMaxMetadataEntries; ++i) many += R"("k)" + std::to_string(i) + R"(":1,)";
  EXPECT_EQ(with(many.substr(0, many.size() - 1)), "");
  EXPECT_EQ(with(many + R"("more":1)"), "bad_message/create");
  EXPECT_EQ(with(R"("a":1,"a":2)"), "") << "of doubles the first counts";
}

TEST(ClientMessage, UnknownFieldsAndTheirOrderDoNotMatter) {
  auto read = parse_client_message(
      R"( { "later":[1,{"x":null}], "sdp":"s" , "to": 9, "from":5, "type":"offer", "sdp":"second" } )");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, ClientMessage(Offer{PeerId{9}, "s"}));
}

TEST(ClientMessage, AbsentAndNullOptionalFieldsAreTheSame) {
  const ClientMessage bare = Candidate{kBob, "c", "", std::nullopt, ""};
  EXPECT_EQ(*parse_client_message(R"({"type":"candidate","to":513,"candidate":"c"})"), bare);
  EXPECT_EQ(
      *parse_client_message(
          R"({"type":"candidate","to":513,"candidate":"c","mid":null,"mline_index":null,"ufrag":null})"),
      bare);
  EXPECT_EQ(*parse_client_message(R"({"type":"create"})"), ClientMessage(CreateRoom{8, ""}));
  EXPECT_EQ(*parse_client_message(R"({"type":"hello","version":1,"game":"g","name":"n"})"),
            ClientMessage(Hello{1, "g", "", "n"}));
}

TEST(ClientMessage, WhatIsNotOneJsonObjectIsBadJson) {
  const std::string_view texts[] = {
      "",
      " ",
      "{",
      "}",
      "hello",
      "[]",
      "1",
      "null",
      "\"type\"",
      R"({"type":"leave"}x)",
      R"({"type":"leave"}{"type":"leave"})",
      R"({"type":"leave",})",
      R"({'type':'leave'})",
      R"({"type":"leave"/**/})",
      "{\"type\":\"leave\nx\"}",
      std::string_view("{\"type\":\"leave\"}\0", 17),
      std::string_view("\0{\"type\":\"leave\"}", 17),
      "{\"type\":\"leave\",\"x\":\"\xff\"}",
      "{\"type\":\"leave\",\"\xc0\x80\":1}",
      "\xef\xbb\xbf{\"type\":\"leave\"}",
      R"({"type":"leave","x":"\ud800"})",
      R"({"type":"leave","x":1e999})",
      R"({"type":"leave","x":01})",
      R"({"type":"leave","x":NaN})",
  };
  for (std::string_view text : texts) EXPECT_EQ(client_refusal(text), "bad_json/") << text;
}

TEST(ClientMessage, DepthAndNumberOfValuesAreBounded) {
  const auto nested = [](std::size_t depth) {
    return R"({"type":"leave","x":)" + std::string(depth, '[') + std::string(depth, ']') + '}';
  };
  EXPECT_EQ(client_refusal(nested(7)), "");
  EXPECT_EQ(client_refusal(nested(8)), "bad_json/");
  EXPECT_EQ(client_refusal(R"({"type":"leave","x":)" + std::string(60'000, '[')), "bad_json/");
  std::string opened = R"({"type":"leave","x":1)";
  for (int i = 0; i < 10'000; ++i) opened += ",\"\":{";
  EXPECT_EQ(client_refusal(opened), "bad_json/");

  const auto many = [](std::size_t values) {  // beside the object, "type" and its value, "x" and its list
    std::string text = R"({"type":"leave","x":[0)";
    for (std::size_t i = 1; i < values; ++i) text += ",0";
    return text + "]}";
  };
  EXPECT_EQ(client_refusal(many(1024 - 5)), "");
  EXPECT_EQ(client_refusal(many(1024 - 4)), "bad_json/");
}

TEST(ClientMessage, AFrameAboveTheLimitIsTooLarge) {
  std::string text = R"({"type":"leave"})";
  text.resize(kMaxFrame, ' ');
  EXPECT_EQ(client_refusal(text), "");
  EXPECT_EQ(client_refusal(text + ' '), "too_large/");
}

TEST(ClientMessage, TextsAtTheEdgeOfTheSmallBufferAreReadWhole) {
  for (std::size_t size = 4080; size < 4110; ++size) {
    const Offer offer{kBob, std::string(size - 40, 'x')};
    EXPECT_EQ(*parse_client_message(write(ClientMessage(offer))), ClientMessage(offer));
  }
}

TEST(ClientMessage, TypeMustBeAKnownText) {
  EXPECT_EQ(client_refusal("{}"), "bad_message/");
  EXPECT_EQ(client_refusal(R"({"type":1})"), "bad_message/");
  EXPECT_EQ(client_refusal(R"({"type":null})"), "bad_message/");
  EXPECT_EQ(client_refusal(R"({"type":"list_rooms"})"), "unknown_type/list_rooms");
  EXPECT_EQ(client_refusal(R"({"type":"welcome","version":1})"), "unknown_type/welcome");
  EXPECT_EQ(client_refusal(R"({"type":"<b>"})"), "unknown_type/")
      << "what does not look like a type is not repeated";
  EXPECT_EQ(client_refusal(R"({"type":")" + std::string(65, 'a') + R"("})"), "unknown_type/");
}

TEST(ClientMessage, FieldsOfTheWrongKindAreBadMessages) {
  for (const char* text : {
           R"({"type":"offer","sdp":"s"})",
           R"({"type":"offer","to":"1","sdp":"s"})",
           R"({"type":"offer","to":0,"sdp":"s"})",
           R"({"type":"offer","to":65536,"sdp":"s"})",
           R"({"type":"offer","to":-1,"sdp":"s"})",
           R"({"type":"offer","to":1.0,"sdp":"s"})",
           R"({"type":"offer","to":1e1,"sdp":"s"})",
           R"({"type":"offer","to":18446744073709551615,"sdp":"s"})",
           R"({"type":"offer","to":99999999999999999999999,"sdp":"s"})",
           R"({"type":"offer","to":true,"sdp":"s"})",
           R"({"type":"offer","to":[1],"sdp":"s"})",
           R"({"type":"offer","to":1})",
           R"({"type":"offer","to":1,"sdp":null})",
           R"({"type":"offer","to":1,"sdp":""})",
           R"({"type":"offer","to":1,"sdp":{"sdp":"s"}})",
           R"({"type":"offer","to":1,"sdp":"a\u0000b"})",
           R"({"type":"offer","to":1,"sdp":"\udc00"})",
       }) {
    EXPECT_EQ(client_refusal(text), "bad_message/offer") << text;
  }
  EXPECT_EQ(client_refusal(R"({"type":"ping"})"), "bad_message/ping");
  EXPECT_EQ(client_refusal(R"({"type":"ping","id":4294967296})"), "bad_message/ping");
  EXPECT_EQ(client_refusal(R"({"type":"candidate","to":1,"candidate":"c","mline_index":65536})"),
            "bad_message/candidate");
  EXPECT_EQ(client_refusal(R"({"type":"candidate","to":1,"candidate":"c","mid":0})"),
            "bad_message/candidate");
  EXPECT_EQ(client_refusal(R"({"type":"hello","game":"g","name":"n"})"), "bad_message/hello");
  EXPECT_EQ(client_refusal(R"({"type":"hello","version":"1","game":"g","name":"n"})"), "bad_message/hello");
  EXPECT_EQ(client_refusal(R"({"type":"join"})"), "bad_message/join");
  EXPECT_EQ(client_refusal(R"({"type":"join","code":"kamoridun","ticket":"\u00e9"})"), "bad_message/join");
}

TEST(ClientMessage, TextsAreHeldToTheirLimits) {
  const auto offer = [](std::size_t n) { return write(ClientMessage(Offer{kBob, std::string(n, 'x')})); };
  EXPECT_EQ(client_refusal(offer(kMaxSdp)), "");
  EXPECT_EQ(client_refusal(offer(kMaxSdp + 1)), "bad_message/offer");
  const auto candidate = [](std::size_t text, std::size_t mid, std::size_t ufrag) {
    return write(ClientMessage(Candidate{kBob, std::string(text, 'x'), std::string(mid, 'x'), std::nullopt,
                                         std::string(ufrag, 'x')}));
  };
  EXPECT_EQ(client_refusal(candidate(kMaxCandidate, kMaxMid, kMaxUfrag)), "");
  EXPECT_EQ(client_refusal(candidate(kMaxCandidate + 1, 0, 0)), "bad_message/candidate");
  EXPECT_EQ(client_refusal(candidate(0, kMaxMid + 1, 0)), "bad_message/candidate");
  EXPECT_EQ(client_refusal(candidate(0, 0, kMaxUfrag + 1)), "bad_message/candidate");
  const auto join = [](std::size_t n) {
    return write(ClientMessage(JoinRoom{"kamoridun", std::string(n, 'x')}));
  };
  EXPECT_EQ(client_refusal(join(kMaxTicket)), "");
  EXPECT_EQ(client_refusal(join(kMaxTicket + 1)), "bad_message/join");
  const auto build = [](std::size_t n) {
    return write(ClientMessage(Hello{1, "g", std::string(n, 'x'), "n"}));
  };
  EXPECT_EQ(client_refusal(build(kMaxBuild)), "");
  EXPECT_EQ(client_refusal(build(kMaxBuild + 1)), "bad_message/hello");
}

TEST(ClientMessage, GamesAndBuildsHaveAnAlphabet) {
  const auto hello = [](std::string game, std::string build) {
    return client_refusal(write(ClientMessage(Hello{1, std::move(game), std::move(build), "n"})));
  };
  EXPECT_EQ(hello("az09._-", " !~"), "");
  EXPECT_EQ(hello(std::string(kMaxGame, 'x'), ""), "");
  EXPECT_EQ(hello(std::string(kMaxGame + 1, 'x'), ""), "bad_message/hello");
  for (const char* game : {"", "Cubes", "a b", "a/b", "\xc3\xa9"})
    EXPECT_EQ(hello(game, ""), "bad_message/hello");
  for (const char* build : {"\n", "\xc3\xa9", "\x7f"}) EXPECT_EQ(hello("g", build), "bad_message/hello");
}

TEST(ClientMessage, NamesAndTitlesThatMayNotBeShownHaveACodeOfTheirOwn) {
  const std::string long_name(kMaxNamePoints + 1, 'x');
  const std::string just_fits(kMaxNamePoints, 'x');
  const auto hello = [](const std::string& escaped) {
    return client_refusal(R"({"type":"hello","version":1,"game":"g","name":")" + escaped + "\"}");
  };
  EXPECT_EQ(hello(just_fits), "");
  for (const std::string& name :
       {std::string(), std::string("   "), std::string("a\\u0000b"), std::string("a\\nb"),
        std::string("\\u202eabc"), std::string("\\udc00"), long_name, std::string(20'000, 'x')}) {
    EXPECT_EQ(hello(name), "bad_name/hello") << name.substr(0, 40);
  }
  EXPECT_EQ(client_refusal(R"({"type":"hello","version":1,"game":"g"})"), "bad_name/hello");
  EXPECT_EQ(client_refusal(R"({"type":"hello","version":1,"game":"g","name":7})"), "bad_message/hello");
  const auto title = [](std::string text) {
    return client_refusal(write(ClientMessage(CreateRoom{8, std::move(text)})));
  };
  EXPECT_EQ(title(std::string(kMaxTitlePoints, 'x')), "");
  EXPECT_EQ(title(std::string(kMaxTitlePoints + 1, 'x')), "bad_name/create");
  EXPECT_EQ(title("a\tb"), "bad_name/create");
}

TEST(ClientMessage, AnotherVersionIsRefusedWhateverElseItSays) {
  EXPECT_EQ(client_refusal(R"({"type":"hello","version":2,"player":{"name":"n"}})"),
            "unsupported_version/hello");
  EXPECT_EQ(client_refusal(R"({"type":"hello","version":0,"game":"g","name":"n"})"), "bad_message/hello");
  EXPECT_EQ(client_refusal(R"({"type":"hello","version":65536,"game":"g","name":"n"})"), "bad_message/hello");
}

TEST(ClientMessage, RoomSizesAreTwoToSixtyFour) {
  for (int size : {2, 64}) EXPECT_EQ(client_refusal(write(ClientMessage(CreateRoom{size, ""}))), "");
  for (const char* size : {"1", "65", "-2", "8.5", "\"8\""}) {
    EXPECT_EQ(client_refusal(std::string(R"({"type":"create","size":)") + size + '}'), "bad_message/create")
        << size;
  }
}

TEST(ClientMessage, CodesAreReadAsTypedAndImpossibleOnesNameNoRoom) {
  EXPECT_EQ(*parse_client_message(R"({"type":"join","code":" KAMO-ridun "})"),
            ClientMessage(JoinRoom{"kamoridun", ""}));
  EXPECT_EQ(client_refusal(R"({"type":"join","code":"nonsense"})"), "no_such_room/join");
  EXPECT_EQ(client_refusal(R"({"type":"join","code":""})"), "no_such_room/join");
}

}  // namespace
}  // namespace parlor::signaling
