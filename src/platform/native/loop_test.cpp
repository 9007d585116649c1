#include "native/loop.hpp"

#include <sys/socket.h>

#include <thread>

#include "native/native_test.hpp"

namespace parlor::platform::native {
namespace {

struct SocketPair {
  SocketPair() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    near = Descriptor(ends[0]);
    far = Descriptor(ends[1]);
  }
  void say() { EXPECT_EQ(::send(far.get(), "x", 1, MSG_NOSIGNAL), 1); }
  void hear() {
    char one = 0;
    EXPECT_EQ(::recv(near.get(), &one, 1, 0), 1);
  }
  Descriptor near;
  Descriptor far;
};

TEST(Loop, IsOneForAThreadWhileSomebodyHoldsIt) {
  EXPECT_EQ(Loop::existing(), nullptr);
  const auto mine = Loop::of_this_thread();
  EXPECT_EQ(Loop::of_this_thread(), mine);
  std::thread([&] { EXPECT_NE(Loop::of_this_thread(), mine); }).join();
}

TEST(Loop, WhatIsBuriedByTheBuriedIsDestroyedAlsoAtItsEnd) {
  struct Buries {
    Buries(Loop& loop_, int& destroyed_, int left_) : loop(loop_), destroyed(destroyed_), left(left_) {}
    ~Buries() {
      ++destroyed;
      for (int i = 0; i < left; ++i) loop.bury(std::make_shared<Buries>(loop, destroyed, left - 1));
    }
    Loop& loop;
    int& destroyed;
    int left;
  };
  int destroyed = 0;
  {
    Loop loop;
    loop.bury(std::make_shared<Buries>(loop, destroyed, 3));
    loop.keep(std::make_shared<Buries>(loop, destroyed, 3));
  }
  EXPECT_EQ(destroyed, 2 * (1 + 3 + 3 * 2 + 3 * 2 * 1));
}

TEST(Loop, TellsWhatIsReadyAndWhatEnded) {
  Loop loop;
  SocketPair pair;
  int readable = 0;
  bool ended = false;
  Loop::Watch watch(loop, pair.near.get(), true, false, [&](Ready ready) {
    readable += ready.readable ? 1 : 0;
    ended = ended || ready.ended;
    if (!ready.ended) pair.hear();
  });
  loop.turn();
  EXPECT_EQ(readable, 0);
  pair.say();
  loop.turn();
  EXPECT_EQ(readable, 1);
  watch.want(false, false);
  pair.say();
  loop.turn();
  EXPECT_EQ(readable, 1) << "not wanted";
  watch.want(true, false);
  loop.turn();
  EXPECT_EQ(readable, 2);
  pair.far.close();
  loop.turn();
  EXPECT_TRUE(ended);
}

TEST(Loop, AWatchThatIsGoneHearsNothingOfTheSameRound) {
  Loop loop;
  SocketPair pairs[2];
  std::optional<Loop::Watch> watches[2];
  int told = 0;
  for (int i = 0; i < 2; ++i) {
    watches[i].emplace(loop, pairs[i].near.get(), true, false, [&, i](Ready) {
      ++told;
      watches[1 - i].reset();  // the other, not itself
      pairs[i].hear();
    });
    pairs[i].say();
  }
  loop.turn();
  loop.turn();
  EXPECT_EQ(told, 1);
}

TEST(Loop, TimersComeInOrderAndNotBeforeTheirTime) {
  Loop loop;
  std::vector<int> rung;
  const base::Time begin = now();
  Loop::Timer second(loop, [&] { rung.push_back(2); });
  Loop::Timer first(loop, [&] { rung.push_back(1); });
  Loop::Timer never(loop, [&] { rung.push_back(3); });
  second.set(begin + base::milliseconds(20));
  first.set(begin + base::milliseconds(10));
  never.set(begin + base::milliseconds(10));
  never.set(std::nullopt);
  EXPECT_TRUE(run_until(loop, [&] { return rung.size() == 2; }));
  EXPECT_EQ(rung, (std::vector<int>{1, 2}));
  EXPECT_GE(now() - begin, base::milliseconds(20));
}

TEST(Loop, ATimerThatIsPutOffIsCalledOnceAtItsLastTime) {
  Loop loop;
  const base::Time begin = now();
  int rung = 0;
  base::Time at{};
  Loop::Timer timer(loop, [&] {
    ++rung;
    at = now();
  });
  timer.set(begin + base::milliseconds(5));
  timer.set(begin + base::milliseconds(40));
  timer.set(begin + base::milliseconds(20));
  EXPECT_TRUE(run_until(loop, [&] { return rung > 0; }));
  EXPECT_GE(at - begin, base::milliseconds(20));
  EXPECT_FALSE(timer.is_set());
  bool later = false;
  Loop::Timer end(loop, [&] { later = true; });
  end.set(begin + base::milliseconds(50));
  EXPECT_TRUE(run_until(loop, [&] { return later; }));
  EXPECT_EQ(rung, 1);
}

TEST(Loop, ATimerThatIsPutForwardIsCalledThen) {
  Loop loop;
  bool rung = false;
  Loop::Timer timer(loop, [&] { rung = true; });
  timer.set(now() + base::seconds(3600));
  timer.set(now() + base::milliseconds(1));
  EXPECT_TRUE(run_until(loop, [&] { return rung; }));
}

TEST(Loop, ATimerThatIsSetAgainAfterItWasNotKeepsItsLastTime) {
  Loop loop;
  int rung = 0;
  Loop::Timer timer(loop, [&] { ++rung; });
  timer.set(now());
  timer.set(std::nullopt);
  loop.turn();
  EXPECT_EQ(rung, 0);
  timer.set(now());
  {
    Loop::Timer gone(loop, [&] { ++rung; });
    gone.set(now());
    gone.set(std::nullopt);
  }
  EXPECT_TRUE(run_until(loop, [&] { return rung > 0; }));
  EXPECT_EQ(rung, 1);
}

TEST(Loop, ATimerThatIsSetAnewEachTimeLetsOthersHaveTheirTurn) {
  Loop loop;
  int rung = 0;
  Loop::Timer busy(loop, [&] {
    ++rung;
    busy.set(base::Time{});
  });
  int others = 0;
  Loop::Timer other(loop, [&] { ++others; });
  busy.set(base::Time{});
  other.set(now());
  loop.turn();
  EXPECT_EQ(rung, 1);
  EXPECT_EQ(others, 1);
  EXPECT_TRUE(busy.is_set());
  EXPECT_FALSE(other.is_set());
}

TEST(Loop, PostsRunInTheNextTurnAndBuriedThingsLiveToItsEnd) {
  Loop loop;
  auto thing = std::make_shared<int>(7);
  const std::weak_ptr<int> weak = thing;
  bool ran = false;
  loop.post([&] {
    loop.bury(std::move(thing));
    ran = !weak.expired();
  });
  EXPECT_FALSE(ran);
  loop.turn(base::seconds(60));  // does not wait: something is due
  EXPECT_TRUE(ran);
  EXPECT_TRUE(weak.expired());
}

TEST(Loop, IsWokenFromAnotherThread) {
  Loop loop;
  const base::Time begin = now();
  std::thread other([&] { loop.wake(); });
  loop.turn(base::seconds(60));
  other.join();
  EXPECT_LT(now() - begin, base::seconds(30));
}

struct Source final : EventSource {
  [[nodiscard]] bool has_event() const override { return has; }
  bool has = false;
};

TEST(Loop, WaitsForAnEventOrTheTime) {
  Loop loop;
  Source source;
  loop.add(source);
  EXPECT_FALSE(loop.wait(base::milliseconds(5)));
  Loop::Timer timer(loop, [&] {
    source.has = true;
    loop.notice();
  });
  timer.set(now() + base::milliseconds(5));
  EXPECT_TRUE(loop.wait(base::seconds(60)));
  EXPECT_TRUE(loop.wait(base::seconds(60))) << "at once, as long as it was not taken";
  const base::Time begin = now();
  loop.run_for(base::milliseconds(20));
  EXPECT_GE(now() - begin, base::milliseconds(20)) << "whatever comes";
  loop.remove(source);
  EXPECT_FALSE(loop.wait(base::milliseconds(1)));
}

TEST(Loop, KeepsWhatNobodyHoldsUntilItIsReleased) {
  Loop loop;
  auto thing = std::make_shared<int>(7);
  const std::weak_ptr<int> weak = thing;
  const int* address = thing.get();
  loop.keep(std::move(thing));
  loop.turn();
  EXPECT_FALSE(weak.expired());
  loop.release(address);
  EXPECT_FALSE(weak.expired()) << "it may be running";
  loop.turn();
  EXPECT_TRUE(weak.expired());
  EXPECT_EQ(loop.kept(), 0U);
}

}  // namespace
}  // namespace parlor::platform::native
