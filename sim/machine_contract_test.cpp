// The contract holds for a machine that is right, and finds each mistake.

#include "sim/machine_contract.hpp"

#include <gtest/gtest.h>

#include "sim/test_pinger.hpp"

namespace parlor::sim {
namespace {

using testing::Pinger;
using testing::PingerMistakes;

ContractSubject<Pinger> pinger(PingerMistakes mistakes = {}) {
  ContractSubject<Pinger> subject;
  subject.make = [mistakes](base::Time now, std::uint64_t seed) {
    return std::make_shared<Pinger>(now, seed, endpoint("192.0.2.1", 1), mistakes);
  };
  subject.command = [](Pinger& machine, base::Time now, base::Random&) { machine.start(now); };
  subject.describe_event = [](const testing::Answered& answered) {
    return std::to_string(answered.round_trip.count());
  };
  subject.samples = {{std::byte{'a'}, std::byte{0}}};
  return subject;
}

void expect_breach(const std::string& found, const std::string& words) {
  EXPECT_NE(found.find(words), std::string::npos) << "found: " << found;
  EXPECT_EQ(found.rfind("seed 3, step ", 0), 0U) << found;
}

TEST(MachineContract, HoldsForAMachineThatIsRight) {
  EXPECT_EQ(check_contract(pinger()), "");
}

TEST(MachineContract, FindsAMachineThatFollowsTimeBack) {
  PingerMistakes mistakes;
  mistakes.follows_time_back = true;
  expect_breach(check_time_going_back(pinger(mistakes), 3), "at an earlier time");
}

TEST(MachineContract, FindsAMachineThatWantsToBeWokenInThePast) {
  PingerMistakes mistakes;
  mistakes.wakes_in_the_past = true;
  expect_breach(check_timeouts(pinger(mistakes), 3), "and a drain the next timeout is");
}

TEST(MachineContract, FindsOutputThatGrows) {
  PingerMistakes mistakes;
  mistakes.answers_twice_as_often = true;
  expect_breach(check_bounds(pinger(mistakes), 3), "outputs of one input, more than 64");
}

TEST(MachineContract, FindsEventsThatWaitWithoutBound) {
  PingerMistakes mistakes;
  mistakes.keeps_every_event = true;
  ContractSubject<Pinger> subject = pinger(mistakes);
  subject.command = [](Pinger& machine, base::Time now, base::Random&) {  // asks, and is answered
    machine.start(now);
    for (int number = 0; number < 256; ++number) {
      const base::Bytes answer{std::byte{'a'}, static_cast<std::byte>(number)};
      machine.handle_datagram(now, {endpoint("192.0.2.1", 1), answer});
    }
  };
  subject.steps = 100;
  subject.most_waiting_events = Pinger::kMaxEvents;
  expect_breach(check_bounds(subject, 3), "events have waited, more than 8");
  subject.make = pinger().make;
  EXPECT_EQ(check_bounds(subject, 3), "");
}

TEST(MachineContract, FindsRandomnessFromElsewhere) {
  PingerMistakes mistakes;
  mistakes.draws_from_elsewhere = true;
  expect_breach(check_repeats(pinger(mistakes), 3), "two runs differ");
}

TEST(MachineContract, RunsAllOfItOverEverySeed) {
  PingerMistakes mistakes;
  mistakes.draws_from_elsewhere = true;
  EXPECT_NE(check_contract(pinger(mistakes)), "");
  mistakes = {};
  mistakes.wakes_in_the_past = true;
  EXPECT_NE(check_contract(pinger(mistakes)), "");
}

}  // namespace
}  // namespace parlor::sim
