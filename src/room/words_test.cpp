#include <gtest/gtest.h>

#include <set>
#include <string>

#include "parlor/room.hpp"
#include "parlor/types.hpp"

namespace parlor {
namespace {

template <class Enum>
void expect_distinct_words(Enum last) {
  std::set<std::string> words;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const std::string word(to_string(static_cast<Enum>(i)));
    EXPECT_NE(word, "unknown") << i;
    EXPECT_TRUE(words.insert(word).second) << word;
  }
}

TEST(Words, EveryValueHasAWordOfItsOwn) {
  expect_distinct_words(Reason::receiver_overflow);
  expect_distinct_words(Path::relay);
  expect_distinct_words(SendResult::no_such_peer);
  expect_distinct_words(RequestResult::not_connected);
  expect_distinct_words(RoomState::ended);
}

TEST(Words, AreTheNamesOfTheValues) {
  EXPECT_EQ(to_string(Reason::room_full), "room_full");
  EXPECT_EQ(to_string(Path::turn), "turn");
  EXPECT_EQ(to_string(SendResult::would_block), "would_block");
  EXPECT_EQ(to_string(RoomState::entering), "entering");
}

TEST(Words, AValueThatIsNoneIsUnknown) {
  EXPECT_EQ(to_string(static_cast<Reason>(200)), "unknown");
}

}  // namespace
}  // namespace parlor
