#pragma once
// What every machine promises (base/machine.hpp, ARCHITECTURE.md), as checks that a test calls:
//
//   * time that goes back is ignored: a machine that is told an earlier time does as if told the latest;
//   * after handle_timeout(t) and a drain the next timeout is none or later than t;
//   * random input neither crashes nor makes output or waiting events grow without bound;
//   * two runs with one seed give the same bytes.
//
// Each check gives an empty text, or the first breach in words with its seed and step, so it needs no test
// framework: EXPECT_EQ(sim::check_contract(subject), "").

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/machine.hpp"
#include "base/random.hpp"
#include "sim/driver.hpp"
#include "sim/random.hpp"
#include "sim/world.hpp"

namespace parlor::sim {

/// How a kind of machine is made, fed and read.
template <base::Machine M>
struct ContractSubject {
  /// One that just began. All its randomness comes from `seed`; what it refers to lives in the same owner.
  std::function<std::shared_ptr<M>(base::Time now, std::uint64_t seed)> make;
  /// A command, or an input other than a datagram, drawn from `random`. A machine that speaks datagrams gets
  /// those besides: random bytes, and its own outputs and `samples` with a few bytes changed. Give it what
  /// keeps it busy, or there is little to see.
  std::function<void(M&, base::Time now, base::Random&)> command;
  /// Outputs as text, to be compared. Not needed for base::Transmit; events without it are only counted.
  std::function<std::string(const TransmitOf<M>&)> describe;
  std::function<std::string(const EventOf<M>&)> describe_event;
  std::vector<base::Bytes> samples;  ///< datagrams as the other side sends them

  std::size_t steps = 1000;                          ///< inputs of one run
  std::size_t most_outputs_per_input = 64;           ///< transmits and events after one input or timeout
  std::size_t most_waiting_events = 1024;            ///< where nobody polls them
  base::Duration longest_pause = base::seconds(10);  ///< between inputs
};

/// One machine under test, with what it was told and what it said.
template <base::Machine M>
class ContractRun {
 public:
  ContractRun(const ContractSubject<M>& subject, std::uint64_t seed)
      : subject_(subject),
        inputs_(derive_seed(seed, "inputs")),
        machine_(subject.make(World::kStart, seed)) {}

  [[nodiscard]] M& machine() { return *machine_; }

  void input(base::Time now) {
    if constexpr (base::DatagramMachine<M>) {
      if (!subject_.command || inputs_.below(2) == 0) return receive(now);
    }
    subject_.command(*machine_, now, inputs_);
  }

  /// What came out as text; events stay inside when `with_events` is false.
  std::string drain(bool with_events = true) {
    std::string said;
    outputs_ = 0;
    while (outputs_ <= Driver<M>::kMaxOutputs) {
      if (auto transmit = machine_->poll_transmit()) {
        said += "transmit " + text_of(*transmit) + "\n";
      } else if (!with_events) {
        break;
      } else if (auto event = machine_->poll_event()) {
        said += "event " + (subject_.describe_event ? subject_.describe_event(*event) : std::string()) + "\n";
      } else {
        break;
      }
      ++outputs_;
    }
    return said;
  }
  /// How many came out of the last drain.
  [[nodiscard]] std::size_t outputs() const { return outputs_; }

 private:
  void receive(base::Time now) {
    const base::Bytes bytes = random_bytes();
    // Two ports of three addresses, so that some come from whom it knows.
    const auto host = static_cast<std::uint8_t>(inputs_.below(3));
    const auto port = static_cast<std::uint16_t>(1 + inputs_.below(2));
    machine_->handle_datagram(now, {{base::IpAddress::v4({192, 0, 2, host}), port}, bytes});
  }

  std::string text_of(const TransmitOf<M>& transmit) {
    if constexpr (std::is_same_v<TransmitOf<M>, base::Transmit>) {
      if (seen_.size() < kSeen) seen_.push_back(transmit.bytes);
      if (!subject_.describe) return transmit.destination.to_string() + " " + base::to_hex(transmit.bytes);
    }
    return subject_.describe ? subject_.describe(transmit) : std::string();
  }

  base::Bytes random_bytes() {
    base::Bytes bytes;
    const std::size_t known = seen_.size() + subject_.samples.size();
    if (known > 0 && inputs_.below(4) != 0) {
      const std::size_t which = inputs_.below(static_cast<std::uint32_t>(known));
      bytes = which < seen_.size() ? seen_[which] : subject_.samples[which - seen_.size()];
      for (std::uint32_t flips = inputs_.below(4); flips > 0 && !bytes.empty(); --flips) {
        bytes[inputs_.below(static_cast<std::uint32_t>(bytes.size()))] =
            static_cast<std::byte>(inputs_.below(256));
      }
      if (inputs_.below(8) == 0) bytes.resize(inputs_.below(static_cast<std::uint32_t>(bytes.size()) + 8));
      return bytes;
    }
    bytes.resize(inputs_.below(inputs_.below(2) == 0 ? 16 : 1500));
    inputs_.fill(bytes);
    return bytes;
  }

  static constexpr std::size_t kSeen = 64;

  const ContractSubject<M>& subject_;
  base::SeededRandom inputs_;
  std::vector<base::Bytes> seen_;
  std::size_t outputs_ = 0;
  std::shared_ptr<M> machine_;
};

namespace contract_detail {

inline std::string breach(std::uint64_t seed, std::size_t step, const std::string& what) {
  return "seed " + std::to_string(seed) + ", step " + std::to_string(step) + ": " + what;
}

inline std::string instead(std::string what, const std::string& said, const std::string& expected) {
  return what.append(said).append("instead of\n").append(expected);
}

inline std::string text_of(const std::optional<base::Time>& time) {
  return time ? std::to_string((*time - World::kStart).count()) + " µs" : "none";
}

/// The time of the next step: mostly later, sometimes when the machine wants to be woken or a little after.
template <class M>
base::Time next_time(base::Random& random, base::Time now, const M& machine_in, base::Duration longest) {
  M& machine = const_cast<M&>(machine_in);  // poll_timeout() of some machines is not const
  const std::uint32_t kind = random.below(4);
  const auto due = machine.poll_timeout();
  if (kind == 0) return now;
  if (kind == 1 && due) return std::max(now, *due);
  if (kind == 2 && due) return std::max(now, *due) + up_to(random, longest);
  return now + up_to(random, kind == 3 ? base::milliseconds(20) : longest);
}

}  // namespace contract_detail

/// A machine that is told earlier times from now and then, beside one that is told the right ones.
template <base::Machine M>
std::string check_time_going_back(const ContractSubject<M>& subject, std::uint64_t seed) {
  base::SeededRandom random(derive_seed(seed, "times"));
  ContractRun<M> right(subject, seed);
  ContractRun<M> told_wrong(subject, seed);
  base::Time now = World::kStart;
  if (right.drain() != told_wrong.drain())
    return contract_detail::breach(seed, 0, "two that begin alike differ");
  for (std::size_t step = 1; step <= subject.steps; ++step) {
    now = contract_detail::next_time(random, now, right.machine(), subject.longest_pause);
    right.machine().handle_timeout(now);
    told_wrong.machine().handle_timeout(now);
    const base::Time earlier = now - base::microseconds(1) - up_to(random, base::seconds(600));
    const bool is_input = random.below(2) == 0;
    if (is_input) {
      right.input(now);
      told_wrong.input(earlier);
    } else {
      right.machine().handle_timeout(now);
      told_wrong.machine().handle_timeout(earlier);
    }
    const std::string what =
        std::string(is_input ? "an input" : "handle_timeout()").append(" at an earlier time ");
    const std::string expected = right.drain();
    const std::string said = told_wrong.drain();
    if (said != expected) {
      return contract_detail::breach(seed, step, contract_detail::instead(what + "gave\n", said, expected));
    }
    const auto due = right.machine().poll_timeout();
    const auto due_wrong = told_wrong.machine().poll_timeout();
    if (due != due_wrong) {
      return contract_detail::breach(
          seed, step,
          contract_detail::instead(what + "made the next timeout ", contract_detail::text_of(due_wrong) + " ",
                                   contract_detail::text_of(due)));
    }
  }
  return {};
}

template <base::Machine M>
std::string check_timeouts(const ContractSubject<M>& subject, std::uint64_t seed) {
  base::SeededRandom random(derive_seed(seed, "times"));
  ContractRun<M> run(subject, seed);
  base::Time now = World::kStart;
  run.drain();
  for (std::size_t step = 1; step <= subject.steps; ++step) {
    now = contract_detail::next_time(random, now, run.machine(), subject.longest_pause);
    if (random.below(2) == 0) {
      run.input(now);
      run.drain();
      continue;
    }
    run.machine().handle_timeout(now);
    run.drain();
    const auto due = run.machine().poll_timeout();
    if (due && *due <= now) {
      return contract_detail::breach(seed, step,
                                     "after handle_timeout() at " + contract_detail::text_of(now) +
                                         " and a drain the next timeout is " + contract_detail::text_of(due));
    }
  }
  return {};
}

template <base::Machine M>
std::string check_bounds(const ContractSubject<M>& subject, std::uint64_t seed) {
  base::SeededRandom random(derive_seed(seed, "times"));
  ContractRun<M> drained(subject, seed);
  ContractRun<M> unread(subject, seed);  // its events, that is
  base::Time now = World::kStart;
  drained.drain();
  for (std::size_t step = 1; step <= subject.steps; ++step) {
    now = contract_detail::next_time(random, now, drained.machine(), subject.longest_pause);
    const bool wakes = random.below(4) == 0;
    for (ContractRun<M>* run : {&drained, &unread}) {
      if (wakes) {
        run->machine().handle_timeout(now);
      } else {
        run->input(now);
      }
    }
    drained.drain();
    unread.drain(false);
    if (drained.outputs() > subject.most_outputs_per_input) {
      return contract_detail::breach(seed, step,
                                     std::to_string(drained.outputs()) + " outputs of one input, more than " +
                                         std::to_string(subject.most_outputs_per_input));
    }
  }
  unread.drain();
  if (unread.outputs() > subject.most_waiting_events) {
    return contract_detail::breach(seed, subject.steps,
                                   std::to_string(unread.outputs()) + " events have waited, more than " +
                                       std::to_string(subject.most_waiting_events));
  }
  return {};
}

template <base::Machine M>
std::string check_repeats(const ContractSubject<M>& subject, std::uint64_t seed) {
  base::SeededRandom random(derive_seed(seed, "times"));
  ContractRun<M> one(subject, seed);
  ContractRun<M> other(subject, seed);
  base::Time now = World::kStart;
  for (std::size_t step = 0; step <= subject.steps; ++step) {
    const std::string expected = one.drain();
    const std::string said = other.drain();
    if (said != expected) {
      return contract_detail::breach(seed, step,
                                     contract_detail::instead("two runs differ: one said\n", said, expected));
    }
    now = contract_detail::next_time(random, now, one.machine(), subject.longest_pause);
    const bool wakes = random.below(4) == 0;
    for (ContractRun<M>* run : {&one, &other}) {
      if (wakes) {
        run->machine().handle_timeout(now);
      } else {
        run->input(now);
      }
    }
  }
  return {};
}

/// All of them over `seeds` seeds from `first` on.
template <base::Machine M>
std::string check_contract(const ContractSubject<M>& subject, std::uint64_t first = 1,
                           std::uint64_t seeds = 5) {
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    for (const auto check :
         {check_time_going_back<M>, check_timeouts<M>, check_bounds<M>, check_repeats<M>}) {
      if (std::string breach = check(subject, seed); !breach.empty()) return breach;
    }
  }
  return {};
}

}  // namespace parlor::sim
