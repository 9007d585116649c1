#pragma once
// Which of many connections at one UDP port a datagram is for: checks by the ufrag that they name, answers to
// checks by their transaction, everything else by the two addresses, once a connection knows those. Two
// connections may have the same two addresses, where a program was started anew or somebody introduces two to
// each other once more: then both get what comes by them, and each finds what is its own, as DTLS says.
//
// A peer can write another's address on its checks, and with that makes its own connection know it. So one of
// which a check was answered from there keeps the addresses until it is removed, or knows more of them than
// are kept; of the others a newcomer takes the place of the latest. A lite agent asks nobody: its are never
// answered.
//
// Sans-IO and without a clock. Memory: a few words for each ufrag and address of a connection, and
// kMostTransactions.

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "ice/types.hpp"

namespace parlor::rtc {

/// The caller's name for a connection.
using ConnectionId = std::uint32_t;

class Demultiplexer {
 public:
  /// Checks of which the answers are known; older ones are forgotten, and their answers with them.
  static constexpr std::size_t kMostTransactions = 16'384;
  /// Pairs of addresses that one connection may have, as many as its agent has; more push out one that was
  /// not used lately.
  static constexpr std::size_t kMostPairs = 100;

  /// Checks that name this ufrag are for it: to be said when it begins, and again after each restart, where
  /// the former ones still hold. False: another connection has it.
  bool add(ConnectionId id, std::string_view ufrag);
  void remove(ConnectionId id);

  /// What it sends: of checks the transaction is remembered.
  void handle_transmit(ConnectionId id, base::BytesView datagram);
  /// How it knows these addresses (Connection::validation), after each datagram: if it does, what comes by
  /// them is for it from now on, unless two others keep them.
  void learn(ConnectionId id, const base::SocketAddress& local, const base::SocketAddress& remote,
             ice::AddressValidation validation);

  /// Whom it is for: none, one, or two, each of which has to get bytes of its own. Good until the next call.
  [[nodiscard]] std::span<const ConnectionId> find(const base::SocketAddress& local,
                                                   const base::SocketAddress& remote,
                                                   base::BytesView datagram);

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
  struct Owners {
    std::array<ConnectionId, 2> ids{};
    std::array<bool, 2> keeps{};  ///< each of them: a check of its own was answered from there
    std::size_t count = 0;
    bool used = false;  ///< since it was last looked at for being pushed out
    /// Where it is among them; `count`: nowhere.
    [[nodiscard]] std::size_t place(ConnectionId id) const {
      std::size_t i = 0;
      while (i < count && ids[i] != id) ++i;
      return i;
    }
  };
  struct Known {
    std::vector<std::string> ufrags;  ///< oldest first, of which kMostUfrags hold
    std::deque<Pair> pairs;
  };
  void disown(ConnectionId id, const Pair& pair);
  void push_out(ConnectionId id, Known& known);

  std::unordered_map<std::string, ConnectionId, TextHash, std::equal_to<>> by_ufrag_;
  std::unordered_map<Pair, Owners, PairHash> by_pair_;
  std::unordered_map<std::string, ConnectionId, TextHash, std::equal_to<>> by_transaction_;
  std::deque<std::string> transactions_;  ///< oldest first
  std::unordered_map<ConnectionId, Known> known_;
  ConnectionId found_ = 0;
};

}  // namespace parlor::rtc
