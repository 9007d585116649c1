#pragma once
// A small machine for tests of what drives machines: pings its peer every 100 ms until that answers, answers
// pings, and says how long a round took. Its mistakes can be switched on one by one.

#include <deque>
#include <optional>

#include "base/machine.hpp"
#include "base/random.hpp"

namespace parlor::sim::testing {

struct Answered {
  base::Duration round_trip;
};

struct PingerMistakes {
  bool follows_time_back = false;
  bool wakes_in_the_past = false;
  bool answers_twice_as_often = false;  ///< the n-th ping with n answers
  bool keeps_every_event = false;
  bool draws_from_elsewhere = false;
};

class Pinger {
 public:
  static constexpr base::Duration kInterval = base::milliseconds(100);
  static constexpr std::size_t kMaxEvents = 8;

  Pinger(base::Time now, std::uint64_t seed, std::optional<base::SocketAddress> peer,
         PingerMistakes mistakes = {})
      : now_(now), random_(seed), peer_(peer), mistakes_(mistakes) {
    if (peer_) ping();
  }

  void handle_datagram(base::Time now, const base::Datagram& datagram) {
    advance(now);
    if (datagram.bytes.size() < 2) return;
    const auto kind = std::to_integer<int>(datagram.bytes[0]);
    if (kind == 'p') {
      ++pings_;
      const int answers = mistakes_.answers_twice_as_often ? pings_ : 1;
      for (int i = 0; i < answers; ++i) send(datagram.source, 'a', datagram.bytes[1]);
    } else if (kind == 'a' && peer_ && datagram.source == *peer_ && datagram.bytes[1] == number_ &&
               asked_at_) {
      note(now_ - *asked_at_);
      asked_at_.reset();
    }
  }

  void handle_timeout(base::Time now) {
    advance(now);
    if (asked_at_ && now_ >= *asked_at_ + kInterval) ping();
  }

  std::optional<base::Transmit> poll_transmit() { return take(transmits_); }
  std::optional<Answered> poll_event() { return take(events_); }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const {
    if (!asked_at_) return std::nullopt;
    return mistakes_.wakes_in_the_past ? *asked_at_ : *asked_at_ + kInterval;
  }

  void start(base::Time now) {
    advance(now);
    if (peer_) ping();
  }

 private:
  template <class T>
  static std::optional<T> take(std::deque<T>& queue) {
    if (queue.empty()) return std::nullopt;
    T first = std::move(queue.front());
    queue.pop_front();
    return first;
  }
  void advance(base::Time now) {
    if (now > now_ || mistakes_.follows_time_back) now_ = now;
  }
  void ping() {
    asked_at_ = now_;
    static base::SeededRandom elsewhere(1);
    number_ = static_cast<std::byte>((mistakes_.draws_from_elsewhere ? elsewhere : random_).below(256));
    send(*peer_, 'p', number_);
  }
  void send(const base::SocketAddress& to, char kind, std::byte number) {
    transmits_.push_back({to, {static_cast<std::byte>(kind), number}});
  }
  void note(base::Duration round_trip) {
    if (events_.size() == kMaxEvents && !mistakes_.keeps_every_event) events_.pop_front();
    events_.push_back({round_trip});
  }

  base::Time now_;
  base::SeededRandom random_;
  std::optional<base::SocketAddress> peer_;
  PingerMistakes mistakes_;
  std::optional<base::Time> asked_at_;
  std::byte number_{};
  int pings_ = 0;
  std::deque<base::Transmit> transmits_;
  std::deque<Answered> events_;
};

}  // namespace parlor::sim::testing
