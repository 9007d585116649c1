#pragma once
// The order in which one room gives out its peer ids: a random permutation of all 16-bit numbers, so that an
// id comes again only when all the others have been given. Internal to this folder.

#include <cstdint>

#include "parlor/types.hpp"

namespace parlor::signaling {

/// Twelve bytes instead of a list of what was given: a counter through a keyed permutation (a Feistel network
/// of four rounds on 8-bit halves). It scatters the ids, it does not hide them: they are no secrets.
class PeerIds {
 public:
  /// `start`: so many of them count as given already.
  explicit PeerIds(std::uint64_t key, std::uint16_t start = 0) : key_(key), counter_(start) {}

  /// The next id that is not `taken(id)`; never kNobody. At least one of the 65,535 must be free.
  template <class Taken>
  PeerId next(Taken taken) {
    for (;;) {
      const PeerId id{permuted(counter_++)};
      if (id != kNobody && !taken(id)) return id;
    }
  }

 private:
  [[nodiscard]] std::uint16_t permuted(std::uint16_t number) const;

  std::uint64_t key_;
  std::uint16_t counter_;
};

}  // namespace parlor::signaling
