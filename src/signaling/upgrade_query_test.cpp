#include <gtest/gtest.h>

#include "signaling/messages.hpp"

namespace parlor::signaling {
namespace {

std::string query_refusal(std::string_view query) {
  auto result = parse_upgrade_query(query);
  return result ? "" : std::string(to_string(result.error().code));
}

TEST(UpgradeQuery, IsReadBackAsItWasWritten) {
  const Hello hello{1, "my-game", "b 1+2&3=4%", "Zo\xc3\xab & Bob"};
  for (const UpgradeRequest& request :
       {UpgradeRequest{}, UpgradeRequest{hello, {}, {}}, UpgradeRequest{Hello{1, "g", "", "n"}, {}, {}},
        UpgradeRequest{hello, CreateRoom{16, "caf\xc3\xa9 #1?"}, {}},
        UpgradeRequest{hello, CreateRoom{2, ""}, {}}, UpgradeRequest{hello, {}, JoinRoom{"kamoridun", ""}}}) {
    const std::string query = write_upgrade_query(request);
    auto read = parse_upgrade_query(query);
    ASSERT_TRUE(read) << query;
    EXPECT_EQ(read->hello, request.hello) << query;
    EXPECT_EQ(read->create, request.create) << query;
    EXPECT_EQ(read->join, request.join) << query;
  }
}

TEST(UpgradeQuery, HasTheFormOfTheSpecification) {
  EXPECT_EQ(write_upgrade_query({Hello{1, "cubes", "b1", "Ada L"}, CreateRoom{8, "\xc3\xa9"}, {}}),
            "version=1&game=cubes&build=b1&name=Ada%20L&create=8&title=%C3%A9");
  EXPECT_EQ(write_upgrade_query({Hello{1, "cubes", "", "Ada"}, {}, JoinRoom{"kamoridun", ""}}),
            "version=1&game=cubes&name=Ada&join=kamoridun");
}

TEST(UpgradeQuery, ReadsWhatBrowsersAndPeopleWrite) {
  auto read =
      parse_upgrade_query("name=Ada+L%2b&&x=%zz&game=cubes&version=1&join=KAMO-ridun&join=other&flag");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->hello, (Hello{1, "cubes", "", "Ada L+"}));
  EXPECT_EQ(read->join, (JoinRoom{"kamoridun", ""}));
}

TEST(UpgradeQuery, WithoutTheNamesOfAHelloThereIsNone) {
  for (const char* query : {"", "&", "x=1", "=", "Version=1"}) {
    auto read = parse_upgrade_query(query);
    ASSERT_TRUE(read) << query;
    EXPECT_FALSE(read->hello);
  }
}

TEST(UpgradeQuery, NamesWhatIsWrong) {
  const std::string hello = "version=1&game=g&name=n";
  EXPECT_EQ(query_refusal(hello), "");
  EXPECT_EQ(query_refusal("game=g&name=n"), "bad_message");
  EXPECT_EQ(query_refusal("version=&game=g&name=n"), "bad_message");
  EXPECT_EQ(query_refusal("version=-1&game=g&name=n"), "bad_message");
  EXPECT_EQ(query_refusal("version=1x&game=g&name=n"), "bad_message");
  EXPECT_EQ(query_refusal("version=99999999999&game=g&name=n"), "bad_message");
  EXPECT_EQ(query_refusal("version=2"), "unsupported_version");
  EXPECT_EQ(query_refusal("version=1&game=G&name=n"), "bad_message");
  EXPECT_EQ(query_refusal("version=1&name=n"), "bad_message");
  EXPECT_EQ(query_refusal("version=1&game=g"), "bad_name");
  EXPECT_EQ(query_refusal("version=1&game=g&name=%00"), "bad_name");
  EXPECT_EQ(query_refusal("version=1&game=g&name=%ff"), "bad_name");
  EXPECT_EQ(query_refusal("version=1&game=g&name=%"), "bad_message");
  EXPECT_EQ(query_refusal("version=1&game=g&name=%4"), "bad_message");
  EXPECT_EQ(query_refusal("version=1&game=g&name=%4g"), "bad_message");
  EXPECT_EQ(query_refusal("create=8"), "bad_message");
  EXPECT_EQ(query_refusal("join=kamoridun"), "bad_message");
  EXPECT_EQ(query_refusal(hello + "&create=1"), "bad_message");
  EXPECT_EQ(query_refusal(hello + "&create=65"), "bad_message");
  EXPECT_EQ(query_refusal(hello + "&create"), "bad_message");
  EXPECT_EQ(query_refusal(hello + "&create=8&title=%0a"), "bad_name");
  EXPECT_EQ(query_refusal(hello + "&create=8&join=kamoridun"), "bad_message");
  EXPECT_EQ(query_refusal(hello + "&join=nonsense"), "no_such_room");
  EXPECT_EQ(query_refusal(hello + "&join=" + std::string(3000, '-')), "no_such_room");
  EXPECT_EQ(query_refusal(hello + "&join=kamoridun&password=abc"), "bad_message") << "so is a password";
  EXPECT_EQ(query_refusal(hello + "&join=kamoridun&ticket=abc"), "bad_message") << "a ticket is a secret";
  EXPECT_EQ(query_refusal(hello + "&x=" + std::string(kMaxUpgradeQuery, 'x')), "bad_message");
}

}  // namespace
}  // namespace parlor::signaling
