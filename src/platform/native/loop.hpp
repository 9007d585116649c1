#pragma once
// What waits for sockets and deadlines: one loop for all rooms of a thread, over epoll. It runs inside
// Room::update(), RoomList::update(), parlor::wait() and parlor::run_for(), and nowhere else; what it calls
// is the library's own code, never the game's.
//
// Not thread-safe, but for wake(). What it calls may add and remove anything, itself included, as long as
// what is being called stays alive: hand it to bury() instead of destroying it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "native/clock.hpp"
#include "native/descriptor.hpp"

namespace parlor::platform::native {

/// What became possible with a descriptor. `ended`: the other end says no more, or there was an error.
struct Ready {
  bool readable = false;
  bool writable = false;
  bool ended = false;
};

/// Somebody who may have an event for the game.
class EventSource {
 public:
  virtual ~EventSource() = default;
  [[nodiscard]] virtual bool has_event() const = 0;
};

class Loop {
 public:
  using Callback = std::function<void()>;

  /// This thread's, made when it is first asked for. It lives as long as somebody holds it.
  [[nodiscard]] static std::shared_ptr<Loop> of_this_thread();
  /// The same; nothing where nobody holds one.
  [[nodiscard]] static std::shared_ptr<Loop> existing();

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Does what is due, once: what is ready, timers, posts. Waits for the first of them for up to `most`. Who
  /// waits turns again soon: what a socket leaves is read then.
  void turn(base::Duration most = {});
  /// Turns until a source has an event (true) or the time is over.
  bool wait(base::Duration most);
  /// Turns until the time is over, whatever comes.
  void run_for(base::Duration time);
  /// For a watch's callback: no timer runs before the next turn, which tells it of what it leaves unread.
  /// Else it has to read all there is.
  [[nodiscard]] bool turns_again() const;
  /// Somebody has an event for the game now: wait() returns.
  void notice() { noticed_ = true; }

  /// Runs in the next turn. What is destroyed before then must not be needed by it.
  void post(Callback callback) { posts_.push_back(std::move(callback)); }
  /// Ends the wait of a turn; from any thread.
  void wake();
  /// Destroys it when nothing of it can be running any more: at the end of this turn, or the next.
  void bury(std::shared_ptr<void> dead) { graves_.push_back(std::move(dead)); }
  /// Holds it until release(), or the loop's own end.
  void keep(std::shared_ptr<void> one) { kept_.push_back(std::move(one)); }
  void release(const void* one);
  [[nodiscard]] std::size_t kept() const { return kept_.size(); }

  void add(EventSource& source) { sources_.push_back(&source); }
  void remove(EventSource& source) { std::erase(sources_, &source); }

  /// One descriptor, watched while this lives. The descriptor must live as long.
  class Watch {
   public:
    Watch(Loop& loop, int descriptor, bool readable, bool writable, std::function<void(Ready)> callback);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    /// Of which it wants to hear. Errors are always told.
    void want(bool readable, bool writable);

   private:
    friend class Loop;
    Loop& loop_;
    int descriptor_;
    std::uint32_t slot_;
    std::uint32_t events_;
    std::function<void(Ready)> callback_;
  };

  /// Calls once at the time it is set to. To put it off, as each datagram does with a connection's, costs
  /// no more than one wake-up at the former time, when the loop finds out.
  class Timer {
   public:
    Timer(Loop& loop, Callback callback) : loop_(loop), callback_(std::move(callback)) {}
    ~Timer() { file(std::nullopt); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    /// Nothing: not at all. From within a callback it is not due before the next turn.
    void set(std::optional<base::Time> at);
    [[nodiscard]] bool is_set() const { return at_.has_value(); }

   private:
    friend class Loop;
    void file(std::optional<base::Time> at);
    Loop& loop_;
    Callback callback_;
    std::optional<base::Time> at_;
    std::optional<base::Time> filed_;  // where it stands in the loop's list: not after at_, if that is set
  };

 private:
  struct Slot {
    Watch* watch = nullptr;
    std::uint32_t generation = 0;
  };
  void turn_once(base::Duration most, bool again);
  [[nodiscard]] int wait_milliseconds(base::Duration most) const;
  [[nodiscard]] Watch* find(std::uint64_t key) const;
  [[nodiscard]] bool has_event() const;
  std::size_t tell_ready(int milliseconds);
  void run_timers();
  void run_posts();

  Descriptor epoll_;
  Descriptor wake_;
  std::vector<Slot> slots_;  // as many as there ever were at once
  std::vector<std::uint32_t> free_;
  std::set<std::pair<base::Time, Timer*>> timers_;  // by filed_
  std::vector<Callback> posts_;
  std::vector<std::shared_ptr<void>> graves_;
  std::vector<std::shared_ptr<void>> kept_;
  std::vector<EventSource*> sources_;
  bool noticed_ = false;
  bool again_ = false;                // this turn is one of many
  std::optional<base::Time> due_by_;  // timers of this turn: those that were due when what is ready was known
  std::optional<base::Time> running_timers_;  // those that are due by then
};

}  // namespace parlor::platform::native
