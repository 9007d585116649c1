#pragma once
// A room from one member's side, as a machine: speaks with the server, keeps the roster, host and term, and a
// Link to every other member. It owns no socket, clock or peer connection: a platform carries out what
// poll_transmit() says and feeds back what happens.
//
//   getters   state() … stats()
//   input     handle_*: the server's socket, the carriers, the time
//   commands  send*(), leave(), fail()
//   output    poll_transmit() for the platform, poll_event() for the game, poll_timeout()
//
// After any input or command, drain poll_transmit(); poll_event() is drained by the game when it likes. `now`
// must not go back; it is taken as unchanged where it does. Inputs about carriers that are no longer known
// are ignored, and so is everything after the Ended event.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "base/token_bucket.hpp"
#include "parlor/room.hpp"
#include "room/carrier.hpp"
#include "room/link/link.hpp"
#include "room/outbox.hpp"
#include "room/transmit.hpp"
#include "signaling/client.hpp"

namespace parlor::room {

class Machine {
 public:
  using Event = parlor::Event;

  // Signals are sent no faster than the server takes them (docs/signaling.md), with something to spare for
  // pings: a member that comes into a room of 64 would be refused otherwise, and its links wait for a retry.
  static constexpr std::uint32_t kSignalBurst = 250;
  static constexpr std::uint32_t kSignalsPerSecond = 40;
  /// Signals of one carrier that wait until it is known for whom it is. Further candidates are dropped.
  static constexpr std::size_t kMaxEarlySignals = 64;
  /// Signals to the server that wait for their turn. Further ones are dropped: only a flood of offers gets
  /// here.
  static constexpr std::size_t kMaxWaitingSignals = 4'096;
  /// Of these, for one member: one that makes this side talk all the time must not keep the others waiting.
  static constexpr std::size_t kMaxWaitingSignalsPerPeer = 128;
  /// What may wait in the socket to the server before frames of the relay wait here.
  static constexpr std::size_t kSocketHighWater = room::kSocketHighWater;

  /// Starts entering. Bad options end the room with an Ended event. `seed`: of the pauses between attempts to
  /// find a lost server again.
  Machine(RoomOptions options, base::Time now, std::uint64_t seed = 0);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // ---- getters
  [[nodiscard]] RoomState state() const { return state_; }
  [[nodiscard]] std::string_view code() const { return joined_.code; }
  [[nodiscard]] std::string_view ticket() const { return joined_.ticket; }
  [[nodiscard]] PeerId me() const { return joined_.me; }
  [[nodiscard]] PeerId host() const { return joined_.host; }
  [[nodiscard]] std::uint32_t term() const { return joined_.term; }
  [[nodiscard]] const std::vector<Member>& peers() const { return members_; }
  [[nodiscard]] std::optional<PeerStats> stats(PeerId peer) const;
  [[nodiscard]] std::vector<std::string> explain(PeerId peer) const;
  [[nodiscard]] const RoomSettings& settings() const { return settings_; }
  [[nodiscard]] const std::vector<ChannelOptions>& channels() const { return options_.channels; }

  // ---- input: the server
  void handle_server_open(base::Time now);
  void handle_server_frame(base::Time now, std::string_view text);
  /// A binary message: a frame of the relay.
  void handle_server_bytes(base::Time now, BytesView bytes);
  void handle_server_close(base::Time now, std::uint16_t code, std::string_view reason);
  /// So much waits in the socket to go out: above kSocketHighWater, frames wait here, so that signaling does
  /// not have to wait behind them there. To be said each time that a RelaySend was carried out, since what it
  /// brought counts as waiting until then, and whenever it changed, at least at every timeout.
  void handle_server_buffered(base::Time now, std::size_t bytes);
  /// The body that FetchIceServers got.
  void handle_ice_servers(base::Time now, std::string_view body);

  // ---- input: carriers
  void handle_carrier_signal(base::Time now, CarrierId carrier, Signal signal);
  void handle_carrier_open(base::Time now, CarrierId carrier);
  void handle_carrier_message(base::Time now, CarrierId carrier, Channel channel, BytesView bytes);
  /// `detail` says what went wrong, for people; may be empty.
  void handle_carrier_state(base::Time now, CarrierId carrier, CarrierState state, std::string_view detail);
  void handle_carrier_buffered(base::Time now, CarrierId carrier, Channel channel, std::size_t bytes);
  void handle_carrier_stats(base::Time now, CarrierId carrier, const CarrierStats& stats);

  // ---- input: the conditioner (machine_conditioner.cpp)
  /// On, changed, or off: what is held then goes out at once, in order.
  ConditionsResult set_conditioner(base::Time now, const std::optional<Conditions>& conditions);

  // ---- input: the page
  /// It is hidden: its timers come late, and promises of being heard would be broken.
  void handle_visibility(base::Time now, bool hidden);
  /// It is closed or loaded anew: the last that is called. The others are told that nothing more comes from
  /// this life; the server will know whether another follows.
  void handle_page_end(base::Time now);

  // ---- input: time
  void handle_timeout(base::Time now);

  // ---- commands: as in parlor::Room
  SendResult send(base::Time now, PeerId to, Channel channel, BytesView bytes, std::uint32_t key = 0);
  SendResult send_to_all(base::Time now, Channel channel, BytesView bytes, std::uint32_t key = 0);
  SendResult send_to_host(base::Time now, Channel channel, BytesView bytes, std::uint32_t key = 0);
  RequestResult update_settings(base::Time now, const SettingsChange& change);
  RequestResult kick(base::Time now, PeerId peer, bool ban);
  RequestResult make_host(base::Time now, PeerId peer);
  void leave();
  /// The platform cannot go on: ends the room.
  void fail(Reason reason, std::string message);

  // ---- output
  std::optional<Transmit> poll_transmit() { return outbox_.poll_transmit(); }
  std::optional<Event> poll_event() { return outbox_.events().pop(); }
  /// Whether poll_event() would give one.
  [[nodiscard]] bool has_event() const { return outbox_.has_event(); }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;

 private:
  /// A carrier that was opened before the room was entered, so that its offer is ready when it is.
  struct Prewarmed {
    CarrierId carrier{};
    std::vector<Signal> signals;
  };

  [[nodiscard]] bool begin(base::Time now);
  void settle();

  // The conditioner. Nothing is done where there is none.
  /// What is due, both ways; links that waited for room go on.
  void run_conditioner();
  void give_out();
  void hand_over(HeldFrame frame);
  std::unique_ptr<Conditioner> take_off_conditioner();
  void take_held(const ServerFrame& held);
  /// Nothing comes over it any more: what it brought is taken in at once, what waits for it is lost.
  void conditioner_lost(CarrierId carrier);
  /// The connection to the server ended, and what was under way with it.
  void conditioner_lost_server();
  void drain_client();
  void forward_transmits();
  void pace_signals();

  // What the server says.
  void on(const signaling::Welcome& welcome);
  void on(const signaling::JoinedRoom& joined);
  void on(const signaling::PeerJoinedRoom& joined);
  void on(const signaling::PeerAwayRoom& away);
  void on(const signaling::PeerBackRoom& back);
  void on(const signaling::PeerLeftRoom& left);
  void on(const signaling::HostOfRoom& host);
  void on(const signaling::UpdatedRoom& updated);
  void on(const signaling::RequestRefused& refused);
  void on(const signaling::SearchingMatch& searching);
  void on(const signaling::Offer& offer);
  void on(const signaling::Answer& answer);
  void on(const signaling::Candidate& candidate);
  void on(const signaling::EndOfCandidates& end);
  void on(const signaling::Interrupted& interrupted);
  void on(const signaling::Disconnected& disconnected);
  /// In the room again: what is different from what was known.
  void rejoin(const signaling::JoinedRoom& joined);
  /// The room of a quick match in which nobody else was has been given up for another.
  void leave_former_room();
  void settle_member(const signaling::MemberInfo& info);
  /// Tell the game what it does not know yet.
  void tell_away(PeerId peer);
  void tell_back(PeerId peer, bool anew);
  void set_host(PeerId host, std::uint32_t term);
  void server_lost(Reason reason, const std::string& message);

  void prewarm();
  void drop_prewarmed();
  void add_member(const signaling::MemberInfo& info, bool offers);
  /// Another life of a member that stays one: what waited for the former is gone. Tells the game.
  void renew_link(const signaling::MemberInfo& info, bool offers);
  void remove_member(PeerId peer, Reason reason, std::string message);
  void forget_signals(PeerId peer);
  void to_carrier(PeerId from, Signal signal);
  /// A carrier's, for the other end of its link.
  void signal_made(Link& link, const Signal& signal);
  void to_server(PeerId peer, const Signal& signal);
  void end(Reason reason, std::string message);

  /// Whether the host may ask this of the server now; `peer`: about another member.
  [[nodiscard]] RequestResult may_ask(std::optional<PeerId> peer) const;
  RequestResult ask(base::Time now, const signaling::ClientMessage& message);
  void set_settings(RoomSettings settings);

  [[nodiscard]] Link* link_of(PeerId peer) const;
  [[nodiscard]] Link* link_by(CarrierId carrier) const;
  void drop_blocked(Channel channel, std::size_t bytes);
  /// What came in on this link, to the game.
  void deliver(PeerId from);
  void renew_carrier(Link& link, bool offers);
  void on_relayed(const relay::Message& message);
  void on_relayed(const relay::Refused& refused);
  void on_relayed(const relay::Window& window);
  /// A member that this one gave up still speaks to it.
  void say_bye(const relay::Message& message);
  void context_changed();
  void use_room();
  [[nodiscard]] std::optional<SendResult> refusal(Channel channel, std::size_t bytes) const;

  RoomOptions options_;
  RoomState state_ = RoomState::entering;
  base::Time now_;
  Outbox outbox_;
  std::optional<signaling::Client> client_;  // until the server is lost or the room over

  std::optional<std::vector<IceServer>> ice_servers_;  // once known
  std::optional<Prewarmed> prewarmed_;
  std::uint32_t carriers_opened_ = 0;

  Joined joined_;
  RoomSettings settings_;
  LinkContext context_{outbox_, {}, 1, kNobody, kNobody, 0, false, 0, false, {}};
  std::set<PeerId> given_up_;  // members that this one has no link to any more
  base::TokenBucket bye_budget_{8, 2};
  std::set<PeerId> away_;                     // as the game knows
  bool server_is_lost_ = false;               // and the game knows it
  std::vector<Member> members_;               // the others, in the order they came …
  std::vector<std::unique_ptr<Link>> links_;  // … and the link to each, in the same order

  std::size_t room_turn_ = 0;  // the link that is first told of room

  base::TokenBucket signal_budget_{kSignalBurst, kSignalsPerSecond};
  struct WaitingSignal {
    PeerId peer = kNobody;
    signaling::ClientMessage message;
    std::uint32_t cost = 1;  // of the budget
  };
  std::deque<WaitingSignal> signals_;  // to the server, waiting for the budget
};

}  // namespace parlor::room
