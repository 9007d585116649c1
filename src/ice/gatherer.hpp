#pragma once
// How this side is seen from outside: a Binding request from each of its addresses to each STUN server, sent
// again until there is an answer or it has taken too long (RFC 8445 §5.1.1.2, RFC 8489 §6.2.1).

#include <optional>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "ice/types.hpp"
#include "stun/message.hpp"

namespace parlor::ice {

class Gatherer {
 public:
  static constexpr std::size_t kMostServers = 4;
  static constexpr std::size_t kMostBases = 16;

  struct Seen {
    base::SocketAddress base;
    base::SocketAddress server;
    base::SocketAddress mapped;
  };

  /// What is beyond the limits is left out.
  void add_base(base::Time now, const base::SocketAddress& base, base::Random& random);
  void add_server(base::Time now, const base::SocketAddress& server, base::Random& random);
  void remove_base(const base::SocketAddress& base);
  /// Asks all again, as after a restart.
  void restart(base::Time now, base::Random& random);

  /// True: the answer is to one of these requests. `seen` then says what it told, if anything.
  bool handle_response(const stun::Message& message, const base::SocketAddress& local,
                       const base::SocketAddress& remote, std::optional<Seen>& seen);
  /// The next request that is due.
  std::optional<Transmit> poll(base::Time now);
  [[nodiscard]] std::optional<base::Time> deadline() const;
  /// Everything was answered or given up.
  [[nodiscard]] bool is_done() const { return asking_.empty(); }

 private:
  struct Asking {
    base::SocketAddress base;
    base::SocketAddress server;
    stun::TransactionId id{};
    base::Time next{};
    int tries = 0;
  };
  void ask(base::Time now, const base::SocketAddress& base, const base::SocketAddress& server,
           base::Random& random);

  std::vector<base::SocketAddress> bases_;
  std::vector<base::SocketAddress> servers_;
  std::vector<Asking> asking_;
};

}  // namespace parlor::ice
