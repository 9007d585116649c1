#pragma once
// How the same job is said to each server: two members in a room, each sends the other a candidate of 300
// bytes.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

inline constexpr std::size_t kMessageSize = 300;  ///< the whole text of a message from a client

class Dialect {
 public:
  virtual ~Dialect() = default;
  /// The upgrade request of member `side` (0 or 1) of room `room`. `code` is what the first member was told.
  virtual std::string target(std::size_t room, int side, const std::string& code) = 0;
  /// What a message says of entering: the code that the second member needs (may be empty), once this member
  /// is in.
  virtual std::optional<std::string> entered(std::string_view message, std::string& own_id) = 0;
  /// A message to the member with this id.
  virtual std::string candidate(std::size_t room, int side, const std::string& peer_id) = 0;
  /// Is it the other's candidate, stamped with its id?
  virtual bool is_candidate(std::string_view message, const std::string& peer_id) = 0;
  /// An upgrade request for a member that only waits.
  virtual std::string idle_target(std::size_t index) = 0;
};

/// "parlor", "ws" (ws_server.mjs), "peer" (PeerServer); null for another word.
std::unique_ptr<Dialect> make_dialect(std::string_view name);

}  // namespace bench
