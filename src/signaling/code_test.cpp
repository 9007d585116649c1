#include "signaling/code.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace parlor::signaling {
namespace {

TEST(RoomCode, IsNineLettersInConsonantVowelOrder) {
  base::SeededRandom random(1);
  for (int i = 0; i < 1000; ++i) {
    const std::string code = random_code(random);
    ASSERT_EQ(code.size(), kCodeLength);
    for (std::size_t at = 0; at < code.size(); ++at) {
      const bool vowel = std::string_view("aeiou").find(code[at]) != std::string_view::npos;
      EXPECT_EQ(vowel, at % 2 == 1) << code;
      EXPECT_EQ(std::string_view("cqwxy").find(code[at]), std::string_view::npos) << code;
    }
  }
}

TEST(RoomCode, UsesAllItsLettersAndHardlyRepeats) {
  base::SeededRandom random(2);
  std::set<char> letters;
  std::set<std::string> codes;
  for (int i = 0; i < 2000; ++i) {
    const std::string code = random_code(random);
    letters.insert(code.begin(), code.end());
    codes.insert(code);
  }
  EXPECT_EQ(letters.size(), 21U);
  EXPECT_GE(codes.size(), 1998U);
}

TEST(RoomCode, IsShownWithADashAndReadBackHoweverItIsTyped) {
  EXPECT_EQ(shown_code("kamoridun"), "kamo-ridun");
  for (const char* typed : {"kamo-ridun", "KAMO RIDUN", "kamoridun", " Kamo_Ridun\t", "k-a-m-o-r-i-d-u-n"}) {
    EXPECT_EQ(canonical_code(typed), "kamoridun") << typed;
  }
}

TEST(RoomCode, RefusesWhatCannotBeOne) {
  for (const char* typed : {"", "-", "kamo", "kamoridu", "kamoridune", "akamoridu", "kamoriduy", "kam0ridun",
                            "kamo.ridun", "k\xc3\xa4moridun", "kamoridun\n", "kkmoridun"}) {
    EXPECT_FALSE(canonical_code(typed)) << typed;
  }
}

TEST(RoomCode, HomeWorkerIsFixedForEverAndEven) {
  // Other processes and machines must find the same home: these may never change.
  EXPECT_EQ(home_worker("kamoridun", 1), 0U);
  EXPECT_EQ(home_worker("kamoridun", 1000), 649U);
  EXPECT_EQ(home_worker("babababab", 1000), 861U);
  EXPECT_EQ(home_worker("zuzuzuzuz", 1000), 213U);
  base::SeededRandom random(3);
  std::array<int, 3> counts{};
  for (int i = 0; i < 30'000; ++i) ++counts.at(home_worker(random_code(random), 3));
  for (int count : counts) EXPECT_NEAR(count, 10'000, 400);
}

}  // namespace
}  // namespace parlor::signaling
