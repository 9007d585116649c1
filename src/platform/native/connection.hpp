#pragma once
// A stream of bytes to a server: its name resolved, every address of it tried (RFC 8305, a new one every 250
// ms or as soon as one fails), TLS where the URL says so, and a queue for what the kernel does not take at
// once.
//
// It says everything from the loop, never from within a call. Deadlines are its owner's.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "native/descriptor.hpp"
#include "native/loop.hpp"
#include "native/resolver.hpp"
#include "native/tls.hpp"
#include "native/url.hpp"

namespace parlor::platform::native {

class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual void on_connected() = 0;
  virtual void on_data(base::BytesView bytes) = 0;
  /// Of what had to wait, some has gone out.
  virtual void on_sent() = 0;
  /// The last: a sentence that says why, or nothing where the other end just said no more.
  virtual void on_lost(std::string_view why) = 0;
};

class Connection final {
 public:
  static constexpr base::Duration kNextAddress = base::milliseconds(250);  // RFC 8305 §5
  /// What may wait in the kernel: little, so that what is sent later is not behind much.
  static constexpr int kUnsentLowWater = 16 * 1024;

  /// `owner` outlives it; it must not be destroyed from within a call to its owner (Loop::bury).
  Connection(Loop& loop, ConnectionOwner& owner, const Url& url);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Taken at once; flush() has it go out.
  void send(base::BytesView bytes);
  void flush();
  /// Bytes that wait here.
  [[nodiscard]] std::size_t buffered() const { return queue_.size() - sent_; }
  /// Behind what was sent, this end says no more; the other end's last word is still waited for.
  void finish();

 private:
  struct Attempt {
    Descriptor socket;
    std::optional<Loop::Watch> watch;
  };
  enum class State : std::uint8_t { resolving, connecting, securing, open, lost };

  void resolved(const std::vector<base::IpAddress>& found);
  void try_next();
  void on_ready(Attempt& attempt, Ready ready);
  void settle(const Attempt& attempt);
  void use(const Attempt& attempt);
  void opened();
  void receive();
  /// False: it is lost.
  bool take(base::BytesView bytes);
  void lose(const std::string& why);
  void drop_sockets();
  void write_out();

  Loop& loop_;
  ConnectionOwner& owner_;
  Url url_;
  State state_ = State::resolving;
  std::optional<Resolution> resolution_;
  std::vector<base::IpAddress> addresses_;
  std::size_t next_address_ = 0;
  std::vector<std::shared_ptr<Attempt>> attempts_;
  std::shared_ptr<Attempt> used_;  // the one that came through
  int last_error_ = 0;
  Loop::Timer next_attempt_;

  std::unique_ptr<Tls> tls_;
  base::Bytes queue_;
  std::size_t sent_ = 0;  // of it
  base::Bytes plain_;     // what TLS has just brought; its memory is kept
  bool finishing_ = false;
  bool finished_ = false;  // the kernel knows of it
  bool blocked_ = false;   // the kernel takes no more for now
};

}  // namespace parlor::platform::native
