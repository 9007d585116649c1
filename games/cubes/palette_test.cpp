#include "cubes/palette.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace parlor::cubes {
namespace {

TEST(Palette, TheFirstSixteenMembersBeginWithDifferentColours) {
  std::set<std::string> seen;
  for (std::size_t others = 0; others < kColours; ++others) seen.insert(css_colour(first_colour(others)));
  EXPECT_EQ(seen.size(), kColours);
}

TEST(Palette, CssAndSceneAgree) {
  EXPECT_EQ(css_colour(0), "#f0a020");
  EXPECT_NEAR(colour(0).x, 240 / 255.0, 1e-6);
  EXPECT_NEAR(colour(0).z, 32 / 255.0, 1e-6);
}

TEST(Palette, TheLargerIdGivesWay) {
  const Claim smaller[] = {{3, 2}};
  EXPECT_NE(settled_colour(19, 2, smaller), 2);
  const Claim larger[] = {{19, 2}};
  EXPECT_EQ(settled_colour(3, 2, larger), 2);
}

TEST(Palette, MembersComeToDifferentColoursWhateverTheyBeginWith) {
  for (ColourIndex begin = 0; begin < kColours; ++begin) {
    std::vector<Claim> members;
    for (std::uint16_t i = 0; i < kColours; ++i)
      members.push_back({static_cast<std::uint16_t>(i * 4099), begin});
    // Each hears all others and answers, round after round.
    for (std::size_t round = 0; round < 2 * kColours; ++round) {
      for (std::size_t i = 0; i < members.size(); ++i) {
        std::vector<Claim> others = members;
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
        members[i].colour = settled_colour(members[i].id, members[i].colour, others);
      }
    }
    std::set<ColourIndex> seen;
    for (const Claim& member : members) seen.insert(member.colour);
    EXPECT_EQ(seen.size(), kColours);
  }
}

TEST(Palette, WithMoreMembersThanColoursNobodyKeepsChanging) {
  std::vector<Claim> others;
  for (std::uint16_t i = 0; i < 20; ++i) others.push_back({i, first_colour(i)});
  EXPECT_EQ(settled_colour(40, 5, others), 5);
}

}  // namespace
}  // namespace parlor::cubes
