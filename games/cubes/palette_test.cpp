#include "cubes/palette.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace parlor::cubes {
namespace {

TEST(Palette, TheFirstSixteenMembersWishForDifferentColours) {
  std::set<std::string> seen;
  for (std::uint16_t id = 1; id <= kColours; ++id) seen.insert(css_colour(wished_colour(id)));
  EXPECT_EQ(seen.size(), kColours);
}

TEST(Palette, CssAndSceneAgree) {
  EXPECT_EQ(css_colour(0), "#f0a020");
  EXPECT_NEAR(colour(0).x, 240 / 255.0, 1e-6);
  EXPECT_NEAR(colour(0).z, 32 / 255.0, 1e-6);
}

TEST(Palette, TheLargerIdGivesWay) {
  const Claim small[] = {{3, 2}};
  EXPECT_NE(settled_colour(19, 2, small), 2);
  const Claim large[] = {{19, 2}};
  EXPECT_EQ(settled_colour(3, 2, large), 2);
}

TEST(Palette, MembersComeToDifferentColoursWhateverTheyBeginWith) {
  for (ColourIndex begin = 0; begin < kColours; ++begin) {
    std::vector<Claim> members;
    for (std::uint16_t id = 1; id <= kColours; ++id)
      members.push_back({static_cast<std::uint16_t>(id * 5), begin});
    // Each hears all others and answers, round after round.
    for (int round = 0; round < 2 * static_cast<int>(kColours); ++round) {
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
  for (std::uint16_t id = 1; id <= 20; ++id) others.push_back({id, wished_colour(id)});
  EXPECT_EQ(settled_colour(40, 5, others), 5);
}

}  // namespace
}  // namespace parlor::cubes
