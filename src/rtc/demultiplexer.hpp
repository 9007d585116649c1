#pragma once
// Which of many connections at one UDP port a datagram is for: checks by the ufrag that they name, answers to
// checks by their transaction, everything else by the two addresses, once the connection has found those
// authentic. So one port serves as many connections as there are addresses of others: two connections between
// the same two addresses cannot be told apart in DTLS, and the later one has the place.
//
// Sans-IO and without a clock. Memory: a few words for each ufrag and address of a connection, and
// kMostTransactions.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"

namespace parlor::rtc {

/// The caller's name for a connection.
using ConnectionId = std::uint32_t;

class Demultiplexer {
 public:
  /// Checks of which the answers are known; older ones are forgotten, and their answers with them.
  static constexpr std::size_t kMostTransactions = 16'384;
  /// Pairs of addresses that one connection may have; more push out its oldest.
  static constexpr std::size_t kMostPairs = 32;

  /// Checks that name this ufrag are for it: to be said when it begins, and again after each restart, where
  /// the former one still holds. False: another connection has it.
  bool add(ConnectionId id, std::string_view ufrag);
  void remove(ConnectionId id);

  /// What it sends: of checks the transaction is remembered.
  void handle_transmit(ConnectionId id, base::BytesView datagram);
  /// It knows these addresses (Connection::knows): what comes by them is for it from now on.
  void learn(ConnectionId id, const base::SocketAddress& local, const base::SocketAddress& remote);

  /// Nothing: for none of them.
  [[nodiscard]] std::optional<ConnectionId> find(const base::SocketAddress& local,
                                                 const base::SocketAddress& remote,
                                                 base::BytesView datagram) const;

  [[nodiscard]] std::size_t pairs() const { return by_pair_.size(); }

 private:
  struct Pair {
    base::SocketAddress local;
    base::SocketAddress remote;
    friend bool operator==(const Pair&, const Pair&) = default;
  };
  struct PairHash {
    std::size_t operator()(const Pair& pair) const;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Known {
    std::vector<std::string> ufrags;  ///< oldest first, of which two hold
    std::deque<Pair> pairs;
  };

  std::unordered_map<std::string, ConnectionId, TextHash, std::equal_to<>> by_ufrag_;
  std::unordered_map<Pair, ConnectionId, PairHash> by_pair_;
  std::unordered_map<std::string, ConnectionId, TextHash, std::equal_to<>> by_transaction_;
  std::deque<std::string> transactions_;  ///< oldest first
  std::unordered_map<ConnectionId, Known> known_;
};

}  // namespace parlor::rtc
