#include "native/resolver.hpp"

#include <optional>

#include "native/native_test.hpp"

namespace parlor::platform::native {
namespace {

std::vector<std::string> texts_of(const std::vector<base::IpAddress>& addresses) {
  std::vector<std::string> texts;
  texts.reserve(addresses.size());
  for (const base::IpAddress& ip : addresses) texts.push_back(ip.to_string());
  return texts;
}

TEST(Resolution, KnowsAddressesAndThisMachineWithoutAsking) {
  Loop loop;
  for (const auto& [host, expected] :
       std::vector<std::pair<std::string, std::vector<std::string>>>{{"192.0.2.7", {"192.0.2.7"}},
                                                                     {"2001:db8::1", {"2001:db8::1"}},
                                                                     {"localhost", {"127.0.0.1", "::1"}},
                                                                     {"a.localhost", {"127.0.0.1", "::1"}}}) {
    std::optional<std::vector<std::string>> found;
    const Resolution resolution(loop, host, [&](const auto& addresses) { found = texts_of(addresses); });
    EXPECT_FALSE(found) << "from the loop";
    loop.turn();
    EXPECT_EQ(found, expected) << host;
  }
}

TEST(Resolution, FindsNothingForANameThatNobodyHas) {
  Loop loop;
  int answers = 0;
  const auto count = [&](const auto& addresses) {
    EXPECT_TRUE(addresses.empty());
    ++answers;
  };
  // RFC 6761 §6.4. Two who ask at once are told both.
  const Resolution one(loop, "nobody.invalid", count);
  const Resolution two(loop, "nobody.invalid", count);
  EXPECT_TRUE(run_until(
      loop, [&] { return answers == 2; }, base::seconds(30)));
}

TEST(Resolution, TellsNothingOnceItIsGivenUp) {
  Loop loop;
  bool told = false;
  {
    const Resolution gone(loop, "127.0.0.1", [&](const auto&) { told = true; });
  }
  loop.turn();
  EXPECT_FALSE(told);
}

TEST(Resolution, FamiliesTakeTurns) {
  std::vector<base::IpAddress> all;
  for (const char* text : {"::1", "::2", "::3", "1.1.1.1"}) all.push_back(*base::IpAddress::parse(text));
  EXPECT_EQ(texts_of(by_turns(all)), (std::vector<std::string>{"::1", "1.1.1.1", "::2", "::3"}));
}

}  // namespace
}  // namespace parlor::platform::native
