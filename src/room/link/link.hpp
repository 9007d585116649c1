#pragma once
// Everything between me and one peer: what waits to be sent, the ways it goes by, whether those are alive and
// what is done when they are not. It outlives every way. Sans-IO; belongs to a Machine, which knows the room
// and the server. Says what it wants through the Outbox. docs/link.md is the specification of what goes over
// the wire.
//
// The ways. A link begins on the relay, as soon as both are in the room, and moves to WebRTC once that is
// open. When something that was promised there is not heard (a doubt), everything goes by both ways; after
// kDecide the relay is used alone, WebRTC is restarted, and it is used again once it has been answering for a
// while. Where the server passes nothing on, a path that fell silent is given up after kSilence.
//
// Restarts. The side with the lower id restarts ICE at once, the other kStagger later if there is still
// nothing, and so on every kRetry; after kDeadline without any path the game is told (LinkFailed). Without
// the server nothing can be restarted: the link lives as long as WebRTC does, and may come back by itself for
// kMourning, or be mended once the server is back. A member that is away is waited for until the server says
// more. One that the server has lost is gone as soon as its path is.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "base/token_bucket.hpp"
#include "parlor/room.hpp"
#include "room/carrier.hpp"
#include "room/link/carriers.hpp"
#include "room/link/channel_state.hpp"
#include "room/link/context.hpp"
#include "room/link/copies.hpp"
#include "room/link/frames.hpp"
#include "room/link/link_clock.hpp"
#include "room/link/link_limits.hpp"
#include "room/link/pings.hpp"
#include "room/link/rate_meter.hpp"
#include "room/link/relay_lane.hpp"
#include "room/link/story.hpp"

namespace parlor::room {

/// Why a link cannot go on: its member is to be declared gone.
struct LinkEnd {
  Reason reason = Reason::none;
  std::string message;
};

class Link : public LinkLimits {
 public:
  /// `context` must outlive the link. `incarnation`: the life of the peer's program that it leads to.
  /// `restarts_first`: this side has the lower id.
  Link(base::Time now, LinkContext& context, PeerId peer, std::uint32_t incarnation, CarrierId carrier,
       bool restarts_first);

  // ---- getters
  [[nodiscard]] PeerId peer() const { return peer_; }
  [[nodiscard]] std::uint32_t incarnation() const { return incarnation_; }
  [[nodiscard]] CarrierId carrier() const { return carrier_; }
  /// Of the other end's carrier, once a description of it has come.
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
  void set_fingerprint(std::string fingerprint) { fingerprint_ = std::move(fingerprint); }
  /// The other end has closed the carrier: nothing comes over it any more.
  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] Path path() const { return path_; }
  [[nodiscard]] PeerStats stats(base::Time now) const;
  [[nodiscard]] const LinkStory& story() const { return story_; }
  /// Whether send() of a message of this size would take it, on a channel that is reliable or bulk.
  [[nodiscard]] bool takes(Channel channel, std::size_t bytes) const;
  /// The game was told that there is no way to this member, and there is none yet.
  [[nodiscard]] bool given_up() const { return path_ == Path::none && told_failed_; }
  /// It needs another carrier, that offers: handle_new_carrier() tells it which.
  [[nodiscard]] bool wants_carrier() const { return wants_carrier_ && can_restart() && !end_; }
  /// Set once the link cannot go on.
  [[nodiscard]] const std::optional<LinkEnd>& end() const { return end_; }

  // ---- input: WebRTC
  /// All channels of the carrier are open.
  void handle_open(base::Time now);
  /// A frame came in, on a game's channel or, for the one behind them, on the link's own.
  void handle_frame(base::Time now, Channel channel, BytesView bytes);
  /// `detail`: what the carrier says about a failure, for people; may be empty.
  void handle_state(base::Time now, CarrierState state, std::string_view detail);
  /// So many bytes wait in the carrier's channel now.
  void handle_buffered(base::Time now, Channel channel, std::size_t bytes);
  /// So many of those that the conditioner held are with the carrier now.
  void handle_handed_over(Channel channel, std::size_t bytes);
  /// There may be room again where what was sent waits. By lanes, since several links want it: bulk is for
  /// when nothing else waits.
  void flush_play(base::Time now);
  void flush_bulk(base::Time now);
  void handle_stats(base::Time now, const CarrierStats& stats);
  /// This side's carrier has made an offer, with this ufrag.
  void note_offered(base::Time now, std::string ufrag);
  /// The member has answered the offer that had this ufrag; empty: it does not say which.
  void note_answered(std::string_view ufrag);
  /// An offer of the member came. Where this side's holds against it and was made long ago, it was lost on
  /// its way, and the member's would be ignored as often as it comes: another takes the place of the lost
  /// one.
  void offer_again_if_lost(base::Time now);
  /// An offer with so many candidates came from the member: a new round. False: they come so fast that this
  /// one is to be ignored (each costs this side an answer and a round of gathering), or it names too many.
  [[nodiscard]] bool handle_offer(base::Time now, std::uint32_t candidates);
  /// So many more candidates of this round came. False: they are too many.
  [[nodiscard]] bool handle_candidates(std::uint32_t count);

  /// In the place of the former one.
  void handle_new_carrier(base::Time now, CarrierId carrier);

  // ---- input: the server
  /// A frame of this member came over the relay: with its channel in front, or control.
  void handle_relayed(base::Time now, bool control, BytesView body);
  /// The server did not take what has this header, on that lane, nor what came behind it.
  void handle_relay_refused(base::Time now, RelayLane::Kind lane, BytesView header, bool full,
                            base::Duration wait);
  void handle_relay_window(base::Time now, RelayLane::Kind lane, bool open);
  /// The server passes nothing on any more, nor what it was given. LinkContext says so already.
  void handle_relay_off(base::Time now);
  /// LinkContext changed: the relay is there or not, host and term, the page is hidden.
  void handle_context(base::Time now);
  /// The server is out of reach for me.
  void handle_server_lost(base::Time now);
  void handle_server_back(base::Time now);
  /// The server cannot reach the member for now. PeerBack or its loss follows.
  void handle_member_away(base::Time now);
  void handle_member_back(base::Time now);
  /// The server does not know the member yet: it may have been started anew.
  void handle_member_missing(base::Time now);
  /// The server lost the member, which may live on.
  void handle_member_lost(base::Time now);

  void handle_timeout(base::Time now);

  // ---- commands
  /// It goes on with another life of its member, or is over: the game is told that there is no path.
  void give_up_path(base::Time now) { change_path(now, Path::none); }
  /// The last that it says. Whoever finds its carrier closed without a word waits for the server to tell
  /// more.
  void say_bye(base::Time now, Bye why);
  /// The size is right for the channel, the channel exists. `key`: of a channel of latest values.
  SendResult send(base::Time now, Channel channel, const std::shared_ptr<const Bytes>& bytes,
                  std::uint32_t key);

  // ---- output
  struct Delivered {
    Channel channel = 0;
    Bytes bytes;
    std::uint32_t key = 0;  ///< of a channel of latest values
  };
  /// The next message for the game. To be drained after every input.
  std::optional<Delivered> poll_message();
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
  [[nodiscard]] std::optional<base::Time>& timer(Timer which) {
    return timers_[static_cast<std::size_t>(which)];
  }
  [[nodiscard]] bool expired(base::Time now, Timer which);
  [[nodiscard]] bool can_restart() const { return server_reachable_ && member_reachable_ && !member_away_; }
  /// The server will say what becomes of the member.
  [[nodiscard]] bool waits_for_member() const { return server_reachable_ && member_away_; }
  [[nodiscard]] Delivery delivery(Channel channel) const { return context_.channels[channel].delivery; }
  [[nodiscard]] bool is_ordered(Channel channel) const { return parlor::is_ordered(delivery(channel)); }

  // ---- the ways (link_ways.cpp)
  [[nodiscard]] bool relay_is_up() const { return context_.relay_on && can_restart() && !program_ended_; }
  [[nodiscard]] bool rtc_is_up() const { return open_ && !closed_ && !rtc_given_up_; }
  /// What the pings tell: nothing is heard by WebRTC as promised, or as it would answer.
  [[nodiscard]] bool hears_nothing(base::Time now) const;
  [[nodiscard]] bool in_doubt() const { return doubted_since_.has_value() || peer_doubts_until_.has_value(); }
  /// Those that what is sent now goes by.
  [[nodiscard]] Ways ways() const;
  /// It may carry nothing, and there is another: what is said by it alone must not matter.
  [[nodiscard]] bool is_suspected(Way way) const { return way == Way::rtc && ways().both(); }
  [[nodiscard]] base::Duration patience() const;
  void heard_by_rtc(base::Time now);
  void watch_ways(base::Time now);
  [[nodiscard]] std::optional<base::Time> ways_due() const;
  void begin_doubt(base::Time now);
  void end_doubt(base::Time now);
  void give_up_rtc(base::Time now);
  void use_rtc_again(base::Time now);
  /// The member's program ended, or its carrier was closed and there is no relay: PeerAway or PeerLeft
  /// follows in any case, mostly at once, and the path is left as it was.
  [[nodiscard]] bool may_be_goodbye() const {
    return closed_ && (program_ended_ || !context_.relay_on) && !waits_for_member();
  }
  /// After anything that may have changed which ways there are: the path, what is lost, what can go now.
  void settle(base::Time now);
  void path_found();
  void path_lost(base::Time now);
  void look_again(base::Time now);
  void plan_recovery(base::Time now);
  void handle_failed(base::Time now, std::string_view detail);
  void handle_closed(base::Time now);
  void handle_program_end(base::Time now);
  void restart(base::Time now);
  void relay_begins_anew();
  void change_path(base::Time now, Path to);
  void tell_failed(base::Time now, std::string message);
  void end_with(Reason reason, std::string message);

  // ---- what is measured and promised (link_pulse.cpp)
  [[nodiscard]] bool is_busy(base::Time now) const;
  [[nodiscard]] base::Duration promise(base::Time now) const;
  [[nodiscard]] std::optional<base::Time> doubt_due() const;
  void say_control(base::Time now, Way way, Control control);
  void give_control(base::Time now, Way way, Control control);
  void ping(base::Time now, Way way);
  void on(base::Time now, Way way, const Ping& ping);
  void on(base::Time now, Way way, const Pong& pong);
  void on_control(base::Time now, Way way, BytesView payload);
  void say_what_is_due(base::Time now);
  [[nodiscard]] std::optional<base::Time> say_due() const;
  [[nodiscard]] std::optional<base::Time> ping_due(Way way) const;
  [[nodiscard]] bool may_say(Way way) const;
  [[nodiscard]] bool may_ping(Way way) const;
  [[nodiscard]] base::Duration ack_delay() const;
  [[nodiscard]] std::optional<base::Time> acks_due() const;
  [[nodiscard]] bool may_say_acks() const;
  void add_acks(Control& control);

  // ---- messages (link_messages.cpp)
  void take_frame(base::Time now, Way way, Channel channel, const Frame& frame);
  void take_ordered(base::Time now, Channel channel, const Frame& frame);
  void take_unreliable(base::Time now, Way way, Channel channel, const Frame& frame);
  void take_latest(base::Time now, Channel channel, const Frame& frame);
  void take_ack(const Ack& ack);
  [[nodiscard]] bool is_of_host(const std::optional<std::uint8_t>& term) const;
  [[nodiscard]] bool is_of_later_term(const std::optional<std::uint8_t>& term) const;
  void deliver(base::Time now, Channel channel, Bytes bytes, std::uint32_t key = 0);
  SendResult send_unreliable(base::Time now, Channel channel, const std::shared_ptr<const Bytes>& bytes);
  void note_game_sent(base::Time now, std::size_t bytes);
  /// What has its turn and belongs to a term that is known here.
  void pop_ordered(base::Time now, Channel channel);
  /// By `way`, or by all that are used now.
  [[nodiscard]] FrameHeader header_for(base::Time now, FrameKind kind, std::optional<Channel> channel,
                                       std::optional<Way> way = std::nullopt);
  [[nodiscard]] std::optional<Ack> next_ack(base::Time now);
  void flush(base::Time now) {
    flush_play(now);
    flush_bulk(now);
  }
  [[nodiscard]] std::optional<RelayLane::Given> given_in(BytesView header) const;
  void flush_ordered(base::Time now, Way way, bool doubled, Delivery delivery);
  void flush_latest(base::Time now);
  [[nodiscard]] bool may_give(Way way, Channel channel, base::Time now) const;
  void give(base::Time now, Way way, Channel channel, const FrameHeader& header, const Slice& bytes,
            std::uint32_t key, bool again);
  /// What waits in the carrier's channel, and in front of it.
  [[nodiscard]] std::size_t buffered(Channel channel) const;
  [[nodiscard]] std::size_t reliable_buffered() const;

  LinkContext& context_;
  PeerId peer_;
  std::uint32_t incarnation_;
  CarrierId carrier_;
  std::string fingerprint_;
  bool restarts_first_;

  // WebRTC.
  bool open_ = false;           // the channels take messages
  bool closed_ = false;         // by the other end, for good
  bool program_ended_ = false;  // of the member; another life may follow, with another link
  bool rtc_given_up_ = false;   // it does not answer; looked after until it does again
  CarrierState carrier_state_ = CarrierState::connected;  // what it said last
  base::Time rtc_heard_at_{};
  base::Time rtc_stale_until_{};   // what comes may be older than its stamp can tell
  base::Duration rtc_promised_{};  // by the other end; 0 is nothing
  std::optional<base::Time> doubted_since_;
  std::optional<base::Time> peer_doubts_since_;
  std::optional<base::Time> peer_doubts_until_;
  std::optional<base::Time> probation_ends_;
  base::Duration probation_ = kFirstProbation;
  base::Time rtc_used_since_{};
  std::array<std::size_t, kMaxChannels + 1> buffered_{};  // as known: what was handed over since is added

  // The relay.
  std::array<RelayLane, 2> lanes_;
  std::uint8_t relay_spell_;              // LinkContext::next_spell()
  std::optional<base::Time> offered_at_;  // … and not answered
  std::string offered_ufrag_;

  // The member and the server.
  bool was_connected_ = false;  // there has been a path before
  bool told_failed_ = false;    // the game, since there was a path
  bool server_reachable_ = true;
  bool member_reachable_ = true;
  bool member_away_ = false;
  bool member_missing_ = false;  // … as a server that was started anew does not know it yet
  base::TokenBucket offer_budget_{kOfferBurst, kOffersPerSecond};
  std::uint32_t candidates_ = 0;  // of the member's round of gathering
  Path path_ = Path::none;
  std::optional<base::Time> restarted_at_;
  base::Duration retry_ = kRetry;
  int restarts_ = 0;  // since WebRTC was up
  bool wants_carrier_ = false;
  std::array<std::optional<base::Time>, kTimers> timers_{};
  std::optional<LinkEnd> end_;

  // Messages.
  std::vector<ChannelState> states_;
  std::size_t ack_turn_ = 0;
  Copies copies_;
  std::uint16_t next_copy_ = 0;
  std::vector<LatestAck> latest_acks_;
  std::optional<base::Time> latest_acks_since_;
  std::deque<Delivered> delivered_;

  // Pings.
  bool greeted_ = false;  // the other end has answered: it knows our channels
  AskedPings asked_;
  /// Pongs cost this side of what the relay lets it send; an honest member asks some four times a second.
  base::TokenBucket pongs_{16, 16};
  std::array<std::optional<base::Time>, 2> pinged_at_;  // by way
  base::Time rtc_said_at_{};
  base::Duration promised_{};  // what was promised last by WebRTC
  base::Time game_sent_at_{};
  bool game_sent_ = false;
  std::array<LinkClock, 2> clocks_;  // by way
  LossMeter loss_;

  CarrierStats carrier_stats_;
  PeerStats counted_;
  RateMeter sent_;
  RateMeter received_;
  LinkStory story_;
};

}  // namespace parlor::room
