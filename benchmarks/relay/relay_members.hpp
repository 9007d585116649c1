#pragma once
// The members of the rooms under load: how they get in, what they send, and what of it arrives.

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "ws_connection.hpp"

namespace bench {

using Clock = std::chrono::steady_clock;

inline constexpr std::size_t kPayload = 100;  ///< of the game, in every frame

/// What a server wants around the payload.
enum class Words : std::uint8_t {
  parlor,  ///< docs/relay.md and docs/link.md: a lane, all members, a link's header
  plain,   ///< nothing: ws_fanout.mjs and raw_fanout pass on what comes
};

struct Account {
  std::uint64_t sent = 0;
  std::uint64_t unsent = 0;  ///< the server did not take it: its socket was full
  std::uint64_t arrived = 0;
  std::vector<double> latencies_us;  ///< of every 16th, from its sending to its arrival
};

class Members {
 public:
  Members(Endpoint server, Words words, std::size_t rooms, std::size_t size);
  ~Members();
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  /// Lets everybody in, room by room. Exits with a sentence where that fails.
  void enter();
  /// Everybody sends `hz` frames per second, each in its own turn, until the time is over. `account` begins
  /// anew. How late the worst hundredth of the sending was, in microseconds: it tells whether the load itself
  /// kept up.
  double play(double hz, std::chrono::duration<double> time);
  /// As fast as the server goes: everybody says one frame, and the next as soon as that of the member before
  /// it has come. So as many frames are under way as there are members.
  void race(std::chrono::duration<double> time);

  Account account;

 private:
  struct Member {
    WsConnection connection;
    std::size_t seat = 0;
    bool in = false;
  };
  std::string target(std::size_t room, std::size_t seat) const;
  void send(Member& member);
  void poll(std::chrono::nanoseconds time);
  void on(Member& member, std::string_view message, MessageKind kind);

  const Endpoint server_;
  const Words words_;
  const std::size_t rooms_;
  const std::size_t size_;
  const int epoll_;
  std::deque<Member> members_;  // a room's stand side by side
  std::string code_;            // of the room that is being entered
  bool is_playing_ = false;
  bool is_racing_ = false;
};

[[noreturn]] void fail(const std::string& why);
double percentile(std::vector<double>& values, double share);

}  // namespace bench
