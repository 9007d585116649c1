#pragma once
// A session whose room is the test's.

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "cubes/fake_room.hpp"
#include "cubes/session.hpp"

namespace parlor::cubes {

using base::milliseconds;

inline constexpr PeerId kAlice{1};
inline constexpr PeerId kBob{2};

class SessionTest : public testing::Test {
 protected:
  /// Alice is in her room, and Bob is with her when wished.
  void enter(bool with_bob) {
    session_.create("Alice", {.size = 8});
    push(Joined{.code = "kamo-ridun",
                .ticket = "t",
                .title = "",
                .me = kAlice,
                .host = kAlice,
                .term = 1,
                .size = 8});
    if (with_bob) push(PeerJoined{{kBob, "Bob"}});
    update();
  }
  void push(Event event) { FakeRoom::current->events.push_back(std::move(event)); }
  void update(int ms = 16) {
    now_ += milliseconds(ms);
    session_.update(now_);
    world_.advance(now_, static_cast<float>(ms) * 1e-3F, {});
  }
  template <class Packed>
  void push_message(Channel channel, const Packed& bytes) {
    push(Message{kBob, channel, Bytes(bytes.begin(), bytes.end())});
  }
  std::vector<NoticeKind> notices() {
    std::vector<NoticeKind> kinds;
    while (auto notice = session_.poll_notice()) kinds.push_back(notice->kind);
    return kinds;
  }
  int sent(Channel channel) const {
    int count = 0;
    for (const auto& one : FakeRoom::current->sent) count += one.channel == channel ? 1 : 0;
    return count;
  }

  World world_;
  Session session_{world_};
  base::Time now_{};
};

}  // namespace parlor::cubes
