#include "room/conditioner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace parlor::room {
namespace {

using base::milliseconds;
using base::seconds;

const Flow kFlow{CarrierId{1}, 0};
const Flow kOther{CarrierId{1}, 1};

class PipeTest : public ::testing::Test {
 protected:
  struct Came {
    int number = 0;
    base::Duration after{};
  };

  void put(int number, bool ordered = false, Flow flow = kFlow, std::size_t size = 100,
           bool may_double = true) {
    CarrierSend frame;
    frame.carrier = flow.carrier;
    frame.channel = flow.channel;
    const std::string text = std::to_string(number);
    const BytesView bytes = base::as_bytes(text);
    frame.payload = Slice(std::make_shared<const Bytes>(bytes.begin(), bytes.end()));
    pipe.put(now, flow, ordered, may_double, size, std::move(frame));
  }
  static int number_of(const HeldFrame& frame) {
    return std::stoi(std::string(base::as_text(std::get<CarrierSend>(frame).payload.view())));
  }
  /// Everything that comes out until nothing is due any more.
  std::vector<Came> drain(base::Duration late = {}) {
    std::vector<Came> came;
    const base::Time begin = now;
    for (;;) {
      (void)pipe.advance(now);
      while (const auto frame = pipe.pop(now)) came.push_back({number_of(*frame), now - begin});
      const auto next = pipe.poll_timeout();
      if (!next) return came;
      EXPECT_GT(*next, now);
      now = std::max(now, *next) + late;
    }
  }
  static std::vector<int> numbers(const std::vector<Came>& came) {
    std::vector<int> found;
    for (const Came& one : came) found.push_back(one.number);
    return found;
  }

  base::Time now = base::time_from(seconds(5));
  ConditionedPipe pipe{Conditions{}, 0};
};

TEST_F(PipeTest, WithoutTroubleEverythingPassesAtOnceAndInOrder) {
  for (int i = 0; i < 10; ++i) put(i, i % 2 == 0);
  std::vector<int> found;
  while (const auto frame = pipe.pop(now)) found.push_back(number_of(*frame));
  EXPECT_EQ(found, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(pipe.poll_timeout(), std::nullopt);
  EXPECT_EQ(pipe.held_bytes(), 0u);
}

TEST_F(PipeTest, ADelayHoldsEachFrameForItsTime) {
  pipe.set({.delay = milliseconds(50)});
  put(1);
  now += milliseconds(10);
  put(2, true);
  const auto came = drain();
  ASSERT_EQ(came.size(), 2u);
  EXPECT_EQ(came[0].after, milliseconds(40));
  EXPECT_EQ(came[1].after, milliseconds(50));
}

TEST_F(PipeTest, WhatWasTakenBackNoLongerFillsTheQueue) {
  pipe.set({.rate = 1000, .queue = 10'000});
  for (int i = 0; i < 3; ++i) put(i, true);
  EXPECT_EQ(pipe.waiting(kFlow), 300u);
  EXPECT_EQ(pipe.take(kFlow.carrier).size(), 3u);
  EXPECT_EQ(pipe.waiting(kFlow), 0u);
  put(3, true);
  now += milliseconds(250);
  (void)pipe.advance(now);
  EXPECT_EQ(pipe.waiting(kFlow), 100u) << "its own turn comes behind what has used up the rate";
  EXPECT_EQ(numbers(drain()), std::vector<int>{3});
  EXPECT_EQ(pipe.waiting(kFlow), 0u);
  EXPECT_EQ(pipe.held_bytes(), 0u);
}

TEST_F(PipeTest, WhatMayBeLostIsLostInItsShare) {
  pipe.set({.loss = 0.2, .seed = 7});
  for (int i = 0; i < 10'000; ++i) put(i);
  EXPECT_NEAR(static_cast<double>(drain().size()), 8'000, 150);
  EXPECT_EQ(pipe.held_bytes(), 0u) << "what is lost is not held";
}

TEST_F(PipeTest, WhatMustArriveIsLateInsteadOfLostAndKeepsItsOrder) {
  pipe.set({.delay = milliseconds(10), .jitter = milliseconds(30), .loss = 0.3, .duplicate = 1});
  std::vector<int> all;
  std::vector<Came> came;
  for (int i = 0; i < 500; ++i) {
    all.push_back(i);
    put(i, true);
  }
  came = drain();
  EXPECT_EQ(numbers(came), all) << "each once";
  EXPECT_GT(came.back().after, ConditionedPipe::kRetransmission);
}

TEST_F(PipeTest, ALossHoldsUpWhatIsBehindItOnThatFlowAlone) {
  pipe.set({.loss = 1});  // each as often as can be
  put(1, true, kFlow);
  pipe.set({});
  put(2, true, kFlow);
  put(3, true, kOther);
  const auto came = drain();
  EXPECT_EQ(numbers(came), (std::vector<int>{3, 1, 2}));
  EXPECT_EQ(came[0].after, base::Duration{});
  EXPECT_EQ(came[2].after, ConditionedPipe::kMaxLosses * ConditionedPipe::kRetransmission);
}

TEST_F(PipeTest, JitterBringsWhatHasNoOrderOutOfTurn) {
  pipe.set({.jitter = milliseconds(40)});
  for (int i = 0; i < 100; ++i) put(i);
  const auto came = drain();
  EXPECT_EQ(came.size(), 100u);
  const auto found = numbers(came);
  EXPECT_FALSE(std::is_sorted(found.begin(), found.end()));
  EXPECT_LE(came.back().after, milliseconds(40));
  EXPECT_GT(came.back().after, milliseconds(35));
}

TEST_F(PipeTest, LossesComeInBurstsOfTheLengthThatWasSet) {
  pipe.set({.loss = 0.1, .burst = 5});
  constexpr int kFrames = 50'000;
  std::vector<bool> there(kFrames);
  for (int i = 0; i < kFrames; ++i) {
    put(i);
    for (const int number : numbers(drain())) there[static_cast<std::size_t>(number)] = true;
    now += base::microseconds(100);
  }
  int lost = 0;
  int bursts = 0;
  for (std::size_t i = 0; i < kFrames; ++i) {
    if (there[i]) continue;
    ++lost;
    if (i == 0 || there[i - 1]) ++bursts;
  }
  EXPECT_NEAR(lost, kFrames / 10, kFrames / 100);
  EXPECT_NEAR(static_cast<double>(lost) / bursts, 5, 0.5);
}

TEST_F(PipeTest, ABurstEndsWithTimeThoughNobodySends) {
  pipe.set({.loss = 0.5, .burst = 100});
  int lost = 0;
  int longest = 0;
  for (int i = 0; i < 200; ++i) {
    now += ConditionedPipe::kLongestBurst;
    put(i);
    lost = drain().empty() ? lost + 1 : 0;
    longest = std::max(longest, lost);
  }
  EXPECT_LE(longest, 2);
}

TEST_F(PipeTest, DoublesAreMadeOfWhatMayComeTwiceAlone) {
  pipe.set({.duplicate = 1});
  put(1);
  put(2, false, kFlow, 100, false);
  put(3, true);
  EXPECT_EQ(numbers(drain()), (std::vector<int>{1, 1, 2, 3}));
}

TEST_F(PipeTest, TheRateSpacesWhatIsSentAndSaysHowMuchWaits) {
  pipe.set({.delay = milliseconds(5), .rate = 10'000});
  for (int i = 0; i < 3; ++i) put(i);
  EXPECT_EQ(pipe.waiting(kFlow), 300u);
  now += milliseconds(10);
  EXPECT_TRUE(pipe.advance(now)) << "there is room again";
  EXPECT_FALSE(pipe.advance(now));
  EXPECT_EQ(pipe.waiting(kFlow), 200u) << "what is under way waits no more";
  EXPECT_FALSE(pipe.pop(now));
  const auto came = drain();
  ASSERT_EQ(came.size(), 3u);
  EXPECT_EQ(came[0].after, milliseconds(5));
  EXPECT_EQ(came[1].after, milliseconds(15));
  EXPECT_EQ(came[2].after, milliseconds(25));
}

TEST_F(PipeTest, TimersThatComeLateMakeTheRateNoLower) {
  pipe.set({.rate = 10'000, .queue = kMinConditionQueue});
  for (int i = 0; i < 100; ++i) put(i, true);  // one second's worth, most of it behind the queue
  const auto came = drain(milliseconds(16));
  EXPECT_EQ(came.size(), 100u);
  EXPECT_LE(came.back().after, seconds(1) + milliseconds(17));
}

TEST_F(PipeTest, WhatDoesNotFitIntoTheQueueIsLostOrWaitsBehindIt) {
  pipe.set({.rate = 10'000, .queue = 2'000});
  for (int i = 0; i < 100; ++i) put(i, true, kOther);
  EXPECT_EQ(pipe.waiting(kOther), 10'000u) << "all of it is with its sender";
  for (int i = 100; i < 200; ++i) put(i, false, kFlow);
  EXPECT_EQ(pipe.waiting(kFlow), 900u) << "half of the queue is kept free of what must arrive";
  const auto came = drain();
  EXPECT_EQ(came.size(), 109u);
  EXPECT_EQ(std::count_if(came.begin(), came.end(), [](const Came& one) { return one.number < 100; }), 100);
}

TEST_F(PipeTest, AnEmptyQueueTakesAFrameThatIsLongerThanIt) {
  pipe.set({.rate = 100'000, .queue = kMinConditionQueue});
  put(1, false, kFlow, 16'000);
  put(2, false, kFlow, 16'000);
  EXPECT_EQ(numbers(drain()), std::vector<int>{1});
}

TEST_F(PipeTest, FlowsBehindTheQueueTakeTurns) {
  pipe.set({.rate = 10'000, .queue = kMinConditionQueue});
  for (int i = 0; i < 50; ++i) put(i, true, kFlow);
  for (int i = 50; i < 60; ++i) put(i, true, kOther);
  const auto found = numbers(drain());
  const auto last = std::find(found.begin(), found.end(), 59);
  EXPECT_LT(last - found.begin(), 30);
}

TEST(Pipe, OneSeedGivesOneRunAndAnotherGivesAnother) {
  const auto run = [](std::uint64_t seed, std::uint64_t number) {
    ConditionedPipe pipe({.jitter = milliseconds(50), .loss = 0.2, .duplicate = 0.2, .seed = seed}, number);
    std::string all;
    base::Time now = base::time_from(seconds(1));
    for (int i = 0; i < 200; ++i) {
      pipe.put(now, kFlow, i % 3 == 0, true, 10, ServerFrame{Bytes{static_cast<std::byte>(i)}});
      now += milliseconds(7);
      while (const auto frame = pipe.pop(now)) all += base::to_hex(std::get<ServerFrame>(*frame).bytes) + " ";
      all += "\n";
    }
    return all;
  };
  EXPECT_EQ(run(1, 0), run(1, 0));
  EXPECT_NE(run(1, 0), run(2, 0));
  EXPECT_NE(run(1, 0), run(1, 1)) << "both directions of one seed differ";
}

TEST_F(PipeTest, ChangedConditionsLetNothingOvertake) {
  pipe.set({.delay = seconds(1)});
  put(1, true);
  pipe.set({});
  put(2, true);
  put(3, true, kOther);
  EXPECT_EQ(numbers(drain()), (std::vector<int>{3, 1, 2}));
}

TEST_F(PipeTest, HoldsNoMoreThanItsLimit) {
  pipe.set({.delay = kMaxConditionDelay});
  constexpr std::size_t kSize = 16 * 1024;
  for (int i = 0; i < 2'000; ++i) put(i, false, kFlow, kSize);
  EXPECT_LE(pipe.held_bytes(), ConditionedPipe::kMaxHeldBytes);
  EXPECT_GT(pipe.held_bytes(), ConditionedPipe::kMaxHeldBytes - kSize - ConditionedPipe::kFrameCost);
  EXPECT_FALSE(pipe.pop(now)) << "the rest was lost";
  // What must arrive drives out what is due first, and nothing of its own is lost.
  std::vector<int> found;
  for (int i = 2'000; i < 4'000; ++i) {
    put(i, true, kOther, kSize);
    while (const auto frame = pipe.pop(now)) {
      if (number_of(*frame) >= 2'000) found.push_back(number_of(*frame));
    }
    ASSERT_LE(pipe.held_bytes(), ConditionedPipe::kMaxHeldBytes);
  }
  EXPECT_GT(found.size(), 1'000u);
  for (const int number : numbers(drain())) {
    if (number >= 2'000) found.push_back(number);
  }
  EXPECT_EQ(found.size(), 2'000u);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
}

TEST_F(PipeTest, HoldsNoMoreThanItsLimitBehindTheQueueEither) {
  pipe.set({.rate = kMinConditionRate, .queue = kMinConditionQueue});
  std::size_t found = 0;
  for (int i = 0; i < 2'000; ++i) {
    put(i, true, kFlow, 16 * 1024);
    while (pipe.pop(now)) ++found;
    ASSERT_LE(pipe.held_bytes(), ConditionedPipe::kMaxHeldBytes);
  }
  EXPECT_GT(found, 1'000u);
}

TEST_F(PipeTest, GivesAllOfACarrierInOrderAndForgetsIt) {
  pipe.set({.delay = milliseconds(10), .rate = 10'000, .queue = kMinConditionQueue});
  const Flow another{CarrierId{2}, 0};
  for (int i = 0; i < 20; ++i) put(i, true, i % 2 == 0 ? kFlow : another);
  const auto taken = pipe.take(CarrierId{1});
  std::vector<int> found;
  for (const HeldFrame& frame : taken) found.push_back(number_of(frame));
  EXPECT_EQ(found, (std::vector<int>{0, 2, 4, 6, 8, 10, 12, 14, 16, 18}));
  EXPECT_EQ(pipe.waiting(kFlow), 0u);
  EXPECT_EQ(numbers(drain()), (std::vector<int>{1, 3, 5, 7, 9, 11, 13, 15, 17, 19}));
  EXPECT_EQ(pipe.held_bytes(), 0u);
}

TEST(Conditioner, MakesWorseWhatItIsToldTo) {
  const base::Time now = base::time_from(seconds(1));
  const Bytes control{std::byte{0xa5}};
  for (const bool outgoing : {true, false}) {
    Conditioner conditioner({.delay = milliseconds(10), .outgoing = outgoing, .incoming = !outgoing});
    conditioner.send(now, CarrierSend{CarrierId{1}, 0, {}, {}}, true);
    conditioner.send(now, RelaySend{});
    conditioner.receive(now, CarrierFrame{CarrierId{1}, 0, control}, true);
    conditioner.receive(now, ServerFrame{control});
    for (const int frames : {1, 2}) {
      EXPECT_EQ(conditioner.outgoing().pop(now).has_value(), !outgoing) << frames;
      EXPECT_EQ(conditioner.incoming().pop(now).has_value(), outgoing) << frames;
    }
    EXPECT_EQ(conditioner.poll_timeout(), now + milliseconds(10));
  }
}

TEST(Conditioner, ThatDoublesDoublesNothingThatCouldNotBeToldFromItsDouble) {
  const base::Time now = base::time_from(seconds(1));
  Conditioner conditioner({.duplicate = 1});
  EXPECT_TRUE(conditioner.doubles());
  const auto count = [&](std::byte first) {
    conditioner.receive(now, CarrierFrame{CarrierId{1}, 1, Bytes{first}}, false);
    int found = 0;
    while (conditioner.incoming().pop(now)) ++found;
    return found;
  };
  EXPECT_EQ(count(std::byte{0x45}), 1) << "unreliable";
  EXPECT_EQ(count(std::byte{0x65}), 2) << "unreliable, with its copy's number";
  EXPECT_EQ(count(std::byte{0xa5}), 2) << "control";
}

}  // namespace
}  // namespace parlor::room
