#include "cubes/tag.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/random.hpp"

namespace parlor::cubes {
namespace {

using base::milliseconds;
using base::seconds;

constexpr std::array<PlayerId, 1> kOneOther{2};
constexpr std::array<PlayerId, 2> kBoth{2, 5};

class TagTest : public testing::Test {
 protected:
  TagTest() { tag_.begin(1); }
  std::optional<Catch> pass(base::Duration time, bool host, std::span<const PlayerId> others) {
    now_ += time;
    return tag_.advance(now_, {.host = host, .others = others});
  }
  base::Time now_ = base::time_from(seconds(10));
  Tag tag_;
};

TEST(TagMessage, ComesBackAsItWas) {
  const Catch caught{Round(0xabcd), 0x1234, 0xfffe};
  EXPECT_EQ(parse_catch(write_catch(caught)), caught);
}

TEST(TagMessage, RefusesOtherLengthsKindsAndWhatCannotBe) {
  const auto bytes = write_catch({Round(1), 2, 3});
  EXPECT_FALSE(parse_catch(base::BytesView(bytes).first(6)));
  EXPECT_FALSE(parse_catch({}));
  auto other = bytes;
  other[0] = std::byte{1};
  EXPECT_FALSE(parse_catch(other));
  EXPECT_FALSE(parse_catch(write_catch({Round(1), 0, 3}))) << "nobody";
  EXPECT_FALSE(parse_catch(write_catch({Round(1), 3, 3}))) << "itself";
}

TEST_F(TagTest, TheHostBeginsOnceTwoHaveBeenThereForAWhile) {
  EXPECT_FALSE(pass(seconds(60), true, {})) << "nobody is caught alone";
  EXPECT_FALSE(pass(seconds(1), true, kOneOther));
  EXPECT_FALSE(pass(Tag::kBeforeIt - milliseconds(1), true, kOneOther));
  const auto first = pass(milliseconds(1), true, kOneOther);
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, (Catch{Round(1), 2, 0}));
  EXPECT_EQ(tag_.it(), 2);
  EXPECT_FALSE(pass(seconds(60), true, kOneOther)) << "it is there";
}

TEST_F(TagTest, OnlyTheHostBegins) {
  EXPECT_FALSE(pass(seconds(1), false, kOneOther));
  EXPECT_FALSE(pass(seconds(60), false, kOneOther));
  EXPECT_EQ(tag_.it(), 0);
}

TEST_F(TagTest, WhoHasToCatchPassesItOnByTouchingOnceItsShameIsOver) {
  ASSERT_TRUE(tag_.told(now_, {Round(4), 1, 2}, false));
  EXPECT_TRUE(tag_.is_me());
  now_ += Tag::kShame - milliseconds(1);
  EXPECT_FALSE(tag_.touch(now_, 2)) << "not back at once";
  now_ += milliseconds(1);
  const auto caught = tag_.touch(now_, 2);
  ASSERT_TRUE(caught);
  EXPECT_EQ(*caught, (Catch{Round(5), 2, 1}));
  now_ += seconds(60);
  EXPECT_FALSE(tag_.touch(now_, 5)) << "it is not this player any more";
}

TEST_F(TagTest, AnOldRoundChangesNothing) {
  ASSERT_TRUE(tag_.told(now_, {Round(4), 2, 5}, false));
  EXPECT_FALSE(tag_.told(now_, {Round(3), 5, 2}, false));
  EXPECT_FALSE(tag_.told(now_, {Round(4), 2, 5}, false));
  EXPECT_EQ(tag_.it(), 2);
}

TEST_F(TagTest, WhereItHasGoneTheHostChoosesTheNext) {
  ASSERT_TRUE(tag_.told(now_, {Round(4), 2, 1}, false));
  constexpr std::array<PlayerId, 1> kOther{5};
  EXPECT_FALSE(pass(seconds(1), true, kOther));
  const auto next = pass(Tag::kBeforeIt, true, kOther);
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, (Catch{Round(5), 5, 0}));
  EXPECT_FALSE(pass(milliseconds(1), true, kBoth));
}

TEST_F(TagTest, WhoIsLeftAloneHasNobodyToCatchUntilSomebodyIsBack) {
  ASSERT_TRUE(tag_.told(now_, {Round(4), 1, 2}, false));
  EXPECT_FALSE(pass(milliseconds(16), true, {}));
  EXPECT_EQ(tag_.it(), 0);
  EXPECT_FALSE(tag_.is_me());
  EXPECT_EQ(tag_.current(), (Catch{Round(4), 1, 2})) << "who comes is told that";
  EXPECT_FALSE(pass(seconds(60), true, kOneOther));
  EXPECT_EQ(tag_.it(), 1) << "it goes on: the other has not forgotten it either";
}

TEST_F(TagTest, AHostThatHasToCatchAndHidesItsPageChoosesAnother) {
  ASSERT_TRUE(tag_.told(now_, {Round(4), 1, 2}, false));
  const auto hidden = [&](base::Duration time) {
    now_ += time;
    return tag_.advance(now_, {.host = true, .away = true, .others = kBoth});
  };
  EXPECT_FALSE(hidden(seconds(1)));
  EXPECT_EQ(hidden(Tag::kBeforeIt), (Catch{Round(5), 2, 0}));
}

TEST_F(TagTest, ARoundThatIsMadeUpDoesNotLast) {
  ASSERT_TRUE(tag_.told(now_, {Round(4), 2, 5}, false));
  for (const int far : {0x5000, 0xa000, 0xf000}) {
    const auto invented = static_cast<std::uint16_t>(far);
    ASSERT_TRUE(tag_.told(now_, {Round(invented), 5, 2}, false));
    EXPECT_FALSE(tag_.told(now_, {Round(invented), 5, 2}, false)) << "as it is";
    EXPECT_FALSE(tag_.told(now_, {Round(static_cast<std::uint16_t>(invented - 1)), 2, 5}, true))
        << "the host has not heard of the latest yet";
    const Round host_s(static_cast<std::uint16_t>(invented - 0x4000));
    EXPECT_FALSE(tag_.told(now_, {host_s, 2, 5}, false)) << "of far rounds only the host's counts";
    EXPECT_TRUE(tag_.told(now_, {host_s, 2, 5}, true));
    EXPECT_EQ(tag_.it(), 2);
    ASSERT_TRUE(tag_.told(now_, {Round(invented), 5, 2}, false));
  }
  EXPECT_TRUE(tag_.told(now_, {Round(0x7000), 2, 5}, true))
      << "half the circle away is neither before nor after";
}

TEST(Tag, AllAgreeInTheEndWhateverTheOrderOfTheMessages) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    base::SeededRandom random(seed);
    std::map<PlayerId, Tag> players;
    for (const PlayerId id : {PlayerId{1}, PlayerId{2}, PlayerId{3}, PlayerId{4}}) players[id].begin(id);
    std::vector<std::pair<PlayerId, Catch>> under_way;  // to whom, what
    base::Time now = base::time_from(seconds(1));
    const auto tell = [&](PlayerId from, const Catch& caught) {
      for (const auto& [id, tag] : players) {
        if (id != from) under_way.emplace_back(id, caught);
      }
    };
    for (int step = 0; step < 400 || !under_way.empty(); ++step) {
      now += milliseconds(200);
      if (step < 400) {
        for (auto& [id, tag] : players) {
          std::vector<PlayerId> others;
          for (const auto& [other, unused] : players) {
            if (other != id) others.push_back(other);
          }
          // Two who hold themselves for the host: as after a change of it.
          if (const auto begun = tag.advance(now, {.host = id <= 2, .others = others})) tell(id, *begun);
          const auto touched = static_cast<PlayerId>(1 + random.below(4));
          if (const auto caught = tag.touch(now, touched)) tell(id, *caught);
        }
      }
      while (!under_way.empty() && (step >= 400 || random.below(3) == 0)) {
        const std::size_t at = random.below(static_cast<std::uint32_t>(under_way.size()));
        const auto [to, caught] = under_way[at];
        under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(at));
        players[to].told(now, caught, false);
      }
    }
    for (const auto& [id, tag] : players) EXPECT_EQ(tag.it(), players[1].it()) << "seed " << seed;
    EXPECT_NE(players[1].it(), 0) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parlor::cubes
