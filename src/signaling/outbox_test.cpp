#include "signaling/outbox.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace parlor::signaling {
namespace {

TEST(Outbox, HandsOutInOrderAndHoldsNothingBack) {
  const auto item = std::make_shared<int>(1);
  Outbox<std::shared_ptr<int>> outbox;
  for (int round = 0; round < 3; ++round) {
    EXPECT_FALSE(outbox.pop());
    auto first = std::make_shared<int>(7);
    outbox.push(first);
    for (int i = 0; i < 5000; ++i) outbox.push(item);
    EXPECT_EQ(outbox.pop(), first);
    while (outbox.pop()) {
    }
    EXPECT_EQ(item.use_count(), 1);
  }
  outbox.push(item);
  outbox.clear();
  EXPECT_FALSE(outbox.pop());
  EXPECT_EQ(item.use_count(), 1);
}

TEST(Outbox, ForgetsWhatWasHandedOut) {
  struct Counted {
    explicit Counted(int* number) : alive(number) { ++*alive; }
    Counted(Counted&& other) noexcept : alive(other.alive) { ++*alive; }
    Counted& operator=(Counted&&) = delete;
    ~Counted() { --*alive; }
    int* alive;
  };
  int alive = 0;
  Outbox<Counted> outbox;
  for (int round = 0; round < 100; ++round) {
    outbox.push(Counted(&alive));
    static_cast<void>(outbox.pop());
    ASSERT_EQ(alive, 0);
  }
}

}  // namespace
}  // namespace parlor::signaling
