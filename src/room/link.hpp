#pragma once
// Everything between me and one peer: what waits to be sent, the carrier it goes by, whether that is alive
// and what is done when it is not. It outlives a path, not its carrier. Sans-IO; belongs to a Machine, which
// knows the room and the server. Says what it wants through the Outbox.
//
// A path is lost when the carrier failed or was silent for kSilence. The side with the lower id then restarts
// ICE at once, the other kStagger later if there is still no path, and so on every kRetry; after kDeadline
// without a path the game is told (LinkFailed). Without the server nothing can be restarted: the link lives
// as long as its carrier, and may come back by itself for kMourning, or be mended once the server is back. A
// member that is away is waited for until the server says more. One that the server has lost is gone as soon
// as its path is.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "base/token_bucket.hpp"
#include "parlor/room.hpp"
#include "room/carrier.hpp"
#include "room/outbox.hpp"

namespace parlor::room {

/// Why a link cannot go on: its member is to be declared gone.
struct LinkEnd {
  Reason reason = Reason::none;
  std::string message;
};

class Link {
 public:
  // Times. Chromium calls a connection disconnected after about 5 s of silence and failed some 20 s later.
  static constexpr base::Duration kSilence = base::seconds(4);
  static constexpr base::Duration kDeadline = base::seconds(20);
  static constexpr base::Duration kRetry = base::seconds(20);
  static constexpr base::Duration kStagger = base::seconds(4);
  /// Least time between two restarts: a carrier that fails at once must not keep the server busy.
  static constexpr base::Duration kRestartGap = base::seconds(5);
  /// Without the server a lost path may only come back by itself: so long it is waited for. Longer than a
  /// server's grace time: a member that lost the network for a while finds those who lost it.
  static constexpr base::Duration kMourning = base::seconds(45);
  /// A member that leaves closes its carrier and tells the server; so long the two may be apart.
  static constexpr base::Duration kFarewell = base::seconds(5);

  // Queues. A reliable message goes to the carrier while less than kHighWater waits there, and waits here
  // otherwise; an unreliable one is dropped when kUnreliableHighWater waits on its channel.
  static constexpr std::size_t kHighWater = 256 * 1024;
  static constexpr std::size_t kUnreliableHighWater = 64 * 1024;
  // Offers that a member may make: one at the start, one for each restart, and some for those that cross.
  static constexpr std::uint32_t kOfferBurst = 8;
  static constexpr std::uint32_t kOffersPerSecond = 1;
  /// Candidates of one round of gathering that are looked at: each makes this side send checks to an address
  /// of the member's choice, so a member must not be able to name a crowd.
  static constexpr std::uint32_t kMaxCandidates = 64;
  static constexpr std::size_t kMaxQueuedBytes = 1024 * 1024;
  static constexpr std::size_t kMaxQueuedMessages = 4'096;

  /// `outbox` and `channels` must outlive the link. `incarnation`: the life of the peer's program that it
  /// leads to. `restarts_first`: this side has the lower id.
  Link(base::Time now, Outbox& outbox, std::span<const ChannelOptions> channels, PeerId peer,
       std::uint32_t incarnation, CarrierId carrier, bool restarts_first);

  // ---- getters
  [[nodiscard]] PeerId peer() const { return peer_; }
  [[nodiscard]] std::uint32_t incarnation() const { return incarnation_; }
  [[nodiscard]] CarrierId carrier() const { return carrier_; }
  /// The other end has closed the carrier: nothing comes over it any more.
  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] Path path() const { return path_; }
  [[nodiscard]] PeerStats stats() const;
  /// Whether send() of a reliable message of this size would take it.
  [[nodiscard]] bool takes(std::size_t bytes) const;
  /// The game was told that there is no way to this member, and there is none yet.
  [[nodiscard]] bool given_up() const { return path_ == Path::none && told_failed_; }
  /// Set once the link cannot go on.
  [[nodiscard]] const std::optional<LinkEnd>& end() const { return end_; }

  // ---- input
  /// All channels of the carrier are open.
  void handle_open(base::Time now);
  /// A message came in; the link takes it as a sign of life and counts it. False: nothing comes out of a
  /// carrier that was closed.
  [[nodiscard]] bool handle_message(base::Time now, std::size_t bytes);
  /// `detail`: what the carrier says about a failure, for people; may be empty.
  void handle_state(base::Time now, CarrierState state, std::string_view detail);
  /// So many bytes wait in the carrier's channel now.
  void handle_buffered(Channel channel, std::size_t bytes);
  void handle_stats(const CarrierStats& stats);
  /// The server is out of reach for me.
  void handle_server_lost(base::Time now);
  void handle_server_back(base::Time now);
  /// The server cannot reach the member for now. PeerBack or its loss follows.
  void handle_member_away(base::Time now);
  void handle_member_back(base::Time now);
  /// The server lost the member, which may live on.
  void handle_member_lost(base::Time now);
  void handle_timeout(base::Time now);
  /// An offer with so many candidates came from the member: a new round. False: they come so fast that this
  /// one is to be ignored (each costs this side an answer and a round of gathering), or it names too many.
  [[nodiscard]] bool handle_offer(base::Time now, std::uint32_t candidates);
  /// So many more candidates of this round came. False: they are too many.
  [[nodiscard]] bool handle_candidates(std::uint32_t count);

  // ---- commands
  /// Its carrier is to be replaced: the game is told that there is no path.
  void give_up_path() { change_path(Path::none); }
  /// The size is right for the channel, the channel exists.
  SendResult send(Channel channel, const std::shared_ptr<const Bytes>& bytes);

  // ---- output
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;

 private:
  enum class Timer : std::uint8_t {
    silence,   // the path is given up
    restart,   // ICE is restarted from this side
    deadline,  // the game is told that there is no way
    farewell,  // the carrier was closed and the server should have said why
    mourning,  // nothing can be restarted and the path did not come back
  };
  static constexpr std::size_t kTimers = 5;
  struct Queued {
    Channel channel = 0;
    std::shared_ptr<const Bytes> bytes;
  };

  [[nodiscard]] std::optional<base::Time>& timer(Timer which) {
    return timers_[static_cast<std::size_t>(which)];
  }
  [[nodiscard]] bool expired(base::Time now, Timer which);
  [[nodiscard]] bool can_restart() const { return server_reachable_ && member_reachable_ && !member_away_; }
  /// The server will say what becomes of the member.
  [[nodiscard]] bool waits_for_member() const { return server_reachable_ && member_away_; }
  [[nodiscard]] bool may_flow() const { return open_ && path_ != Path::none; }
  [[nodiscard]] std::size_t reliable_buffered() const;
  void change_path(Path to);
  void tell_failed(std::string message);
  void path_found();
  void path_lost(base::Time now);
  void look_again(base::Time now);
  void plan_recovery(base::Time now);
  void handle_failed(base::Time now, std::string_view detail);
  void handle_closed(base::Time now);
  void restart(base::Time now);
  void end_with(Reason reason, std::string message);
  void flush();
  void hand_over(Channel channel, const std::shared_ptr<const Bytes>& bytes);

  Outbox& outbox_;
  std::span<const ChannelOptions> channels_;
  PeerId peer_;
  std::uint32_t incarnation_;
  CarrierId carrier_;
  bool restarts_first_;

  bool open_ = false;                                     // the channels take messages
  bool was_open_ = false;                                 // there has been a path before
  bool closed_ = false;                                   // by the other end, for good
  bool told_failed_ = false;                              // the game, since there was a path
  CarrierState carrier_state_ = CarrierState::connected;  // what it said last
  bool server_reachable_ = true;
  bool member_reachable_ = true;
  bool member_away_ = false;
  base::TokenBucket offer_budget_{kOfferBurst, kOffersPerSecond};
  std::uint32_t candidates_ = 0;  // of the member's round of gathering
  Path path_ = Path::none;
  std::optional<base::Time> restarted_at_;
  std::array<std::optional<base::Time>, kTimers> timers_{};
  std::optional<LinkEnd> end_;

  std::deque<Queued> queue_;
  std::size_t queue_bytes_ = 0;
  std::array<std::size_t, kMaxChannels> buffered_{};  // as far as known: what was handed over since is added
  CarrierStats carrier_stats_;
  PeerStats counted_;
};

}  // namespace parlor::room
