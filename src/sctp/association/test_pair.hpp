#pragma once
// Two associations over a network in virtual time that delays, loses, doubles, reorders and spoils packets.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "sctp/association/association.hpp"

namespace parlor::sctp {

using base::milliseconds;
using base::seconds;

struct TestNetwork {
  base::Duration delay = milliseconds(20);
  base::Duration jitter{};
  std::uint32_t loss = 0;     // percent
  std::uint32_t doubles = 0;  // percent
  std::uint32_t spoiled = 0;  // percent
  bool down = false;
};

class TestPair {
 public:
  enum Side { kAlice = 0, kBob = 1 };

  explicit TestPair(std::uint64_t seed = 1, const AssociationOptions& alice = {},
                    const AssociationOptions& bob = {})
      : random_(seed),
        sides_{std::make_unique<Association>(alice, random_), std::make_unique<Association>(bob, random_)} {}

  Association& alice() { return *sides_[kAlice]; }
  Association& bob() { return *sides_[kBob]; }
  Association& side(int which) { return *sides_[static_cast<std::size_t>(which)]; }
  /// That side's program ends, and another begins.
  void begin_anew(int which, const AssociationOptions& options = {}) {
    sides_[static_cast<std::size_t>(which)] = std::make_unique<Association>(options, random_);
  }
  base::Random& random() { return random_; }
  [[nodiscard]] base::Time now() const { return now_; }
  TestNetwork& network() { return network_; }
  /// Looks at each packet that is sent, and may change or refuse it.
  std::function<bool(int from, base::Bytes& packet)> on_packet;

  void connect() {
    alice().connect(now_);
    bob().connect(now_);
    run(seconds(10), [this] {
      return alice().state() == AssociationState::established &&
             bob().state() == AssociationState::established;
    });
  }

  /// Lets time pass, or less where `done` holds. True: it does, or there is none.
  bool run(base::Duration time, const std::function<bool()>& done = {}) {
    const base::Time end = now_ + time;
    for (;;) {
      drain();
      if (done && done()) return true;
      base::Earliest next;
      for (const auto& [arrives, packet] : under_way_) next.add(arrives);
      for (const auto& one : sides_) next.add(one->poll_timeout());
      if (!next.get() || *next.get() > end) break;
      EXPECT_TRUE(*next.get() >= now_) << "a timeout in the past";
      now_ = std::max(now_, *next.get());
      deliver();
      for (const auto& one : sides_) {
        if (!one->poll_timeout() || *one->poll_timeout() > now_) continue;
        one->handle_timeout(now_);
        // The contract of machines: afterwards there is none, or a later one.
        drain();
        EXPECT_TRUE(!one->poll_timeout() || *one->poll_timeout() > now_);
      }
    }
    now_ = end;
    drain();
    return !done || done();
  }

  /// What a side was told, oldest first.
  std::vector<AssociationEvent> take(int which) { return std::exchange(events_[which], {}); }
  std::vector<ReceivedMessage> messages(int which) {
    std::vector<ReceivedMessage> messages;
    for (AssociationEvent& event : take(which)) {
      if (auto* message = std::get_if<ReceivedMessage>(&event)) messages.push_back(std::move(*message));
    }
    return messages;
  }
  template <class E>
  std::vector<E> all(int which) {
    std::vector<E> found;
    for (const AssociationEvent& event : events_[which]) {
      if (const auto* one = std::get_if<E>(&event)) found.push_back(*one);
    }
    return found;
  }
  void put(int to, base::Bytes packet) {
    under_way_.emplace(now_ + network_.delay, std::pair(to, std::move(packet)));
  }

  int packets = 0;
  std::size_t bytes = 0;

 private:
  void drain() {
    for (int from = 0; from < 2; ++from) {
      while (auto packet = side(from).poll_transmit()) {
        ++packets;
        bytes += packet->size();
        if (on_packet && !on_packet(from, *packet)) continue;
        send(1 - from, std::move(*packet));
      }
      while (auto event = side(from).poll_event()) events_[from].push_back(std::move(*event));
    }
  }
  void send(int to, base::Bytes packet) {
    if (network_.down || random_.below(100) < network_.loss) return;
    if (random_.below(100) < network_.spoiled)
      packet[random_.below(static_cast<std::uint32_t>(packet.size()))] ^= std::byte{4};
    for (int copies = random_.below(100) < network_.doubles ? 2 : 1; copies > 0; --copies) {
      const auto jitter = static_cast<std::uint32_t>(network_.jitter.count() + 1);
      under_way_.emplace(now_ + network_.delay + base::microseconds(random_.below(jitter)),
                         std::pair(to, packet));
    }
  }
  void deliver() {
    while (!under_way_.empty() && under_way_.begin()->first <= now_) {
      const auto [to, packet] = std::move(under_way_.begin()->second);
      under_way_.erase(under_way_.begin());
      side(to).handle_packet(now_, packet);
    }
  }

  base::SeededRandom random_;
  std::array<std::unique_ptr<Association>, 2> sides_;
  TestNetwork network_;
  base::Time now_ = base::time_from(seconds(100));
  std::multimap<base::Time, std::pair<int, base::Bytes>> under_way_;
  std::map<int, std::vector<AssociationEvent>> events_;
};

inline base::Bytes numbered(std::uint32_t number, std::size_t size) {
  base::Bytes bytes(std::max<std::size_t>(size, 4));
  base::ByteWriter(bytes).u32(number);
  for (std::size_t i = 4; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(number * 31 + i);
  return bytes;
}

}  // namespace parlor::sctp
