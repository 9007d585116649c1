#pragma once
// The candidate pairs of one life of an agent's credentials: formed, pruned, ordered, and which is to be
// checked next (RFC 8445 §6.1.2, §6.1.4.2). It sends nothing and knows no time of its own.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "ice/types.hpp"

namespace parlor::ice {

enum class PairState : std::uint8_t { frozen, waiting, in_progress, succeeded, failed };

/// Names a pair for as long as the checklist lives; never used again.
using PairId = std::uint32_t;

struct Pair {
  PairId id = 0;
  base::SocketAddress local;  ///< the base that it is sent from
  base::SocketAddress remote;
  CandidateType local_type = CandidateType::host;
  CandidateType remote_type = CandidateType::host;
  std::uint32_t local_priority = 0;
  std::uint32_t remote_priority = 0;
  std::uint64_t priority = 0;
  std::string foundation{};  ///< both candidates'
  PairState state = PairState::frozen;

  // The other side's word, where it is the controlling one.
  bool nominate = false;                     ///< once a check of this side has succeeded as well
  std::optional<base::Time> nominated_at{};  ///< it did; the latest time

  // What is known of a pair that succeeded.
  std::optional<base::Duration> round_trip{};  ///< smoothed
  base::Time answered_at{};                    ///< the latest answer to a check: consent (RFC 7675 §5.1)
  base::Time heard_at{};                       ///< anything authentic from there
  base::Time data_at{};                        ///< data that the layer above found authentic
  base::Time probed_at{};                      ///< the latest check of one that had succeeded before
  base::Duration probe_after{};                ///< how long behind it the next one is due
  int unanswered = 0;                          ///< checks since anything was heard
  int conflicts = 0;                           ///< of roles, that its checks have met

  [[nodiscard]] int relayed_ends() const {
    return (local_type == CandidateType::relayed ? 1 : 0) + (remote_type == CandidateType::relayed ? 1 : 0);
  }
  [[nodiscard]] Route route() const { return {local, remote, local_type, remote_type}; }
};

/// `a` is to be preferred: passes fewer relays, or has the higher priority (RFC 8445 leaves the choice to the
/// controlling side, §8.1.1).
[[nodiscard]] bool is_better(const Pair& a, const Pair& b);

class Checklist {
 public:
  /// Of all that could be formed those of the highest priority (RFC 8445 §6.1.2.5).
  static constexpr std::size_t kMostPairs = 100;
  /// … of which so many of each combination of types keep their places.
  static constexpr std::ptrdiff_t kFewOfAKind = 16;

  /// Pairs one candidate of this side with one of the other's. Nothing where they cannot reach each other,
  /// where that pair is there already, or where there are too many better ones. The pair may move when the
  /// next one is added.
  Pair* add(const Candidate& local, const Candidate& remote, Role role);
  void clear();
  /// The local base is gone.
  void remove_local(const base::SocketAddress& base);
  /// After a change of roles.
  void set_role(Role role);
  /// The other side's candidate was peer-reflexive and now is known by its name.
  void rename_remote(const base::SocketAddress& address, const Candidate& remote);

  [[nodiscard]] Pair* find(PairId id);
  [[nodiscard]] const Pair* find(PairId id) const;
  [[nodiscard]] Pair* find(const base::SocketAddress& local, const base::SocketAddress& remote);
  [[nodiscard]] const Pair* find(const base::SocketAddress& local, const base::SocketAddress& remote) const;

  /// To be checked before all others, as its other end has just been heard of (RFC 8445 §7.3.1.4).
  void trigger(Pair& pair);
  /// How many are tried, or wait for it.
  [[nodiscard]] std::size_t busy() const;
  /// Nothing waits and nothing is frozen.
  [[nodiscard]] bool is_exhausted() const;
  /// The next one to check, which the caller then has to do; nothing where all have been.
  [[nodiscard]] Pair* next();
  /// Others of its foundation may work, too.
  void unfreeze(const std::string& foundation);
  /// All that failed wait again.
  void retry_failed();
  /// Those that are worse than `pair` and were not checked yet are not needed any more (RFC 8445 §8.1.2).
  void remove_unchecked_worse_than(PairId pair);

  [[nodiscard]] std::vector<Pair>& pairs() { return pairs_; }
  [[nodiscard]] const std::vector<Pair>& pairs() const { return pairs_; }

 private:
  [[nodiscard]] bool has_active(const std::string& foundation) const;
  bool make_room(const Pair& pair);

  std::vector<Pair> pairs_;
  std::deque<PairId> triggered_;
  PairId next_id_ = 1;
};

}  // namespace parlor::ice
