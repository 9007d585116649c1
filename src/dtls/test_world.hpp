#pragma once
// Two ends of a DTLS connection and the way between them, in virtual time, for tests.

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dtls/transport.hpp"

namespace parlor::dtls {

using base::Bytes;
using base::BytesView;
using base::milliseconds;
using base::seconds;

inline Bytes bytes_of(std::string_view text) {
  const BytesView view = base::as_bytes(text);
  return {view.begin(), view.end()};
}

/// One end, whatever it is.
class TestEnd {
 public:
  virtual ~TestEnd() = default;
  virtual void start(base::Time now, Role role) = 0;
  virtual void handle_datagram(base::Time now, Bytes datagram) = 0;
  virtual std::optional<Bytes> poll_transmit(base::Time now) = 0;
  [[nodiscard]] virtual std::optional<base::Time> poll_timeout() const = 0;
  virtual void handle_timeout(base::Time now) = 0;
  [[nodiscard]] virtual bool is_connected() const = 0;
  [[nodiscard]] virtual Fingerprint fingerprint() const = 0;
  virtual void expect(base::Time now, const Fingerprint& other) = 0;
  /// Nothing where it cannot be sent.
  virtual std::optional<Bytes> seal(std::string_view text) = 0;
  virtual void close(base::Time now) = 0;

  std::vector<std::string> received;
};

class TransportEnd final : public TestEnd {
 public:
  TransportEnd(std::unique_ptr<Transport> transport, const Fingerprint& own)
      : transport_(std::move(transport)), own_(own) {}

  [[nodiscard]] Transport& transport() { return *transport_; }

  void start(base::Time now, Role role) override {
    transport_->start(now, role);
    drain_events();
  }
  void handle_datagram(base::Time now, Bytes datagram) override {
    std::span<std::byte> rest = datagram;
    while (const auto data = transport_->take(now, rest)) received.emplace_back(base::as_text(*data));
    EXPECT_TRUE(rest.empty());
    drain_events();
  }
  std::optional<Bytes> poll_transmit(base::Time now) override {
    Bytes out(4096);
    out.resize(transport_->poll_transmit(now, out));
    if (out.empty()) return std::nullopt;
    return out;
  }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const override { return transport_->poll_timeout(); }
  void handle_timeout(base::Time now) override {
    transport_->handle_timeout(now);
    drain_events();
  }
  [[nodiscard]] bool is_connected() const override { return transport_->state() == State::connected; }
  [[nodiscard]] Fingerprint fingerprint() const override { return own_; }
  void expect(base::Time now, const Fingerprint& other) override {
    transport_->set_remote_fingerprints(now, std::array<Fingerprint, 1>{other});
    handle_datagram(now, {});
  }
  std::optional<Bytes> seal(std::string_view text) override {
    Bytes out(text.size() + transport_->overhead());
    out.resize(transport_->seal(base::as_bytes(text), out));
    if (out.empty()) return std::nullopt;
    return out;
  }
  void close(base::Time now) override {
    transport_->close(now);
    drain_events();
  }

  template <class T>
  [[nodiscard]] std::vector<T> all() const {
    std::vector<T> found;
    for (const Event& event : events) {
      if (const T* one = std::get_if<T>(&event)) found.push_back(*one);
    }
    return found;
  }
  std::vector<Event> events;

 private:
  void drain_events() {
    while (auto event = transport_->poll_event()) events.push_back(std::move(*event));
  }

  std::unique_ptr<Transport> transport_;
  Fingerprint own_{};
};

class TestWorld {
 public:
  static constexpr int kAlice = 0;
  static constexpr int kBob = 1;
  static constexpr base::Duration kDelay = milliseconds(10);

  /// How long each copy of a datagram is under way; none: lost. `index` counts those of one side.
  using Way = std::function<std::vector<base::Duration>(int from, int index, Bytes& datagram)>;

  TestWorld(std::unique_ptr<TestEnd> alice, std::unique_ptr<TestEnd> bob) {
    ends_[kAlice] = std::move(alice);
    ends_[kBob] = std::move(bob);
  }

  [[nodiscard]] base::Time now() const { return now_; }
  [[nodiscard]] TestEnd& end(int side) { return *ends_.at(static_cast<std::size_t>(side)); }
  void set_way(Way way) { way_ = std::move(way); }
  [[nodiscard]] const std::vector<Bytes>& sent(int side) const {
    return sent_.at(static_cast<std::size_t>(side));
  }

  void start(Role alice) {
    end(kAlice).start(now_, alice);
    end(kBob).start(now_, alice == Role::client ? Role::server : Role::client);
    drain();
  }
  void introduce() {
    end(kAlice).expect(now_, end(kBob).fingerprint());
    end(kBob).expect(now_, end(kAlice).fingerprint());
    drain();
  }
  void connect(Role alice) {
    introduce();
    start(alice);
    run(seconds(20), [&] { return both_connected(); });
  }
  [[nodiscard]] bool both_connected() { return end(kAlice).is_connected() && end(kBob).is_connected(); }
  void send(int from, std::string_view text) {
    auto record = end(from).seal(text);
    ASSERT_TRUE(record) << from;
    transmit(from, std::move(*record));
  }
  void transmit(int from, Bytes datagram) {
    const auto side = static_cast<std::size_t>(from);
    const int index = static_cast<int>(sent_.at(side).size());
    sent_.at(side).push_back(datagram);
    const auto delays = way_ ? way_(from, index, datagram) : std::vector<base::Duration>{kDelay};
    for (const base::Duration delay : delays) under_way_.emplace(now_ + delay, std::pair{1 - from, datagram});
  }
  /// Until the condition holds, or nothing happens within `span`. Gives whether it held.
  bool run(
      base::Duration span, const std::function<bool()>& until = [] { return false; }) {
    const base::Time last = now_ + span;
    for (int steps = 0; steps < 100'000; ++steps) {
      drain();
      if (until()) return true;
      base::Earliest next;
      if (!under_way_.empty()) next.add(under_way_.begin()->first);
      for (const auto& one : ends_) next.add(one->poll_timeout());
      if (!next.get() || *next.get() > last) {
        now_ = last;
        return until();
      }
      now_ = std::max(now_, *next.get());
      step();
    }
    ADD_FAILURE() << "it goes on without end";
    return false;
  }
  void drain() {
    for (const int side : {kAlice, kBob}) {
      while (auto datagram = end(side).poll_transmit(now_)) transmit(side, std::move(*datagram));
    }
  }

 private:
  void step() {
    while (!under_way_.empty() && under_way_.begin()->first <= now_) {
      auto [to, datagram] = std::move(under_way_.begin()->second);
      under_way_.erase(under_way_.begin());
      end(to).handle_datagram(now_, std::move(datagram));
      drain();
    }
    for (const auto& one : ends_) {
      const auto at = one->poll_timeout();
      if (!at || *at > now_) continue;
      one->handle_timeout(now_);
      drain();
      const auto next = one->poll_timeout();
      EXPECT_TRUE(!next || *next > now_) << "a deadline is left behind";
    }
  }

  base::Time now_ = base::time_from(seconds(1));
  std::array<std::unique_ptr<TestEnd>, 2> ends_;
  std::array<std::vector<Bytes>, 2> sent_;
  std::multimap<base::Time, std::pair<int, Bytes>> under_way_;
  Way way_;
};

}  // namespace parlor::dtls
