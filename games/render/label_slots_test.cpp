#include "render/label_slots.hpp"

#include <gtest/gtest.h>

#include <set>

namespace parlor::render {
namespace {

TEST(LabelSlots, KeepATextInEachOfThem) {
  LabelSlots slots;
  EXPECT_TRUE(slots.set(0, "Ada"));
  EXPECT_TRUE(slots.set(kMostLabels - 1, "Zoe"));
  EXPECT_EQ(slots.text(0), "Ada");
  EXPECT_EQ(slots.text(kMostLabels - 1), "Zoe");
}

TEST(LabelSlots, OnesThatDoNotExistAreNoOthers) {
  LabelSlots slots;
  slots.set(0, "Ada");
  for (int slot = kMostLabels; slot <= 255; ++slot) {
    EXPECT_FALSE(slots.set(static_cast<LabelSlot>(slot), "nobody"));
    EXPECT_FALSE(LabelSlots::corner(static_cast<LabelSlot>(slot))) << slot;
  }
  EXPECT_EQ(slots.text(0), "Ada");
}

TEST(LabelSlots, LieBesideEachOther) {
  std::set<std::pair<int, int>> corners;
  for (LabelSlot slot = 0; slot < kMostLabels; ++slot) {
    const auto corner = LabelSlots::corner(slot);
    ASSERT_TRUE(corner) << int{slot};
    EXPECT_LE(corner->x, (LabelSlots::kColumns - 1) * LabelSlots::kWidth);
    EXPECT_LE(corner->y, (LabelSlots::kRows - 1) * LabelSlots::kHeight);
    corners.emplace(corner->x / LabelSlots::kWidth, corner->y / LabelSlots::kHeight);
  }
  EXPECT_EQ(corners.size(), kMostLabels);
}

}  // namespace
}  // namespace parlor::render
