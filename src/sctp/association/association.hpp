#pragma once
// One SCTP association over DTLS (RFC 9260, RFC 8261): messages in streams, each reliable or only partly so,
// between two who find each other by some other way. A Machine: owns no socket, clock or randomness
// (base/machine.hpp).
//
// Either side, or both at once, calls connect(); one that does not still answers. Packets go through DTLS,
// which keeps their bounds and knows who sent them: addresses play no part.
//
// Not thread-safe. Memory is bounded: by the options what waits to be sent and what waits to be put together,
// messages that poll_event() was not asked for included; what is on its way by Outstanding::kMost; further
// events by kMostEvents.

#include <optional>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "sctp/association/cookie.hpp"
#include "sctp/association/options.hpp"
#include "sctp/packet/reconfig.hpp"
#include "sctp/rx/received.hpp"
#include "sctp/tx/congestion.hpp"
#include "sctp/tx/outstanding.hpp"
#include "sctp/tx/path_mtu.hpp"

namespace parlor::sctp {

enum class AssociationState : std::uint8_t {
  closed,         ///< not begun, or over
  cookie_wait,    ///< INIT was sent
  cookie_echoed,  ///< INIT ACK came
  established,
  shutdown_pending,   ///< no more messages are taken; what waits is still sent
  shutdown_sent,      ///< all was acknowledged
  shutdown_received,  ///< the other side ends; what waits is still sent
  shutdown_ack_sent,
};

class Association {
 public:
  /// Of events besides messages no more wait: what would make another is put off, or said once for several.
  static constexpr std::size_t kMostEvents = 64;

  /// `random` gives tags and first TSNs. Outlives this.
  Association(const AssociationOptions& options, base::Random& random);
  Association(const Association&) = delete;
  Association& operator=(const Association&) = delete;

  /// The port that the other side's description says, before anything was sent.
  void set_remote_port(std::uint16_t port) { options_.remote_port = port; }
  /// Begins the handshake. Does nothing where one has begun.
  void connect(base::Time now);
  /// This side's INIT chunk, header and all, to be told to the other by a way of its own (a=sctp-init), and …
  [[nodiscard]] base::Bytes local_init() const;
  /// … begins without a handshake, with the INIT that the other side told. False: it is none; nothing has
  /// changed.
  bool connect_with(base::Time now, base::BytesView remote_init);

  /// A packet came out of DTLS.
  void handle_packet(base::Time now, base::BytesView packet);
  void handle_timeout(base::Time now);
  /// Whether there is a way to the other side, as who keeps it knows (ICE). While there is none nothing is
  /// sent again, and no silence counts against the other side; once there is, what waits goes out at once.
  void set_reachable(base::Time now, bool reachable);
  /// Whoever brings the packets has measured that they take so long, there and back.
  void expect_round_trip(base::Duration round_trip) { round_trip_.expect(round_trip); }
  /// Packets go another way from now on, or with something else around them: as options.packet and
  /// options.largest_packet. What was found of the way before is forgotten.
  void set_path(base::Time now, std::size_t packet, std::size_t largest_packet);
  /// Packets larger than this do not get through, as this machine or one on the way says; 0: it did not say
  /// how large they may be. What went in such is sent again at once.
  void handle_too_large(base::Time now, std::size_t packet);
  /// The next packet for DTLS, of at most largest_packet() bytes.
  std::optional<base::Bytes> poll_transmit();
  /// The same, into a buffer of at least largest_packet() bytes: how many were written; 0: none.
  std::size_t poll_transmit(std::span<std::byte> out);
  std::optional<AssociationEvent> poll_event();
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;

  /// A message of at most options.send_buffer bytes, which are copied. Before the association is established
  /// it waits.
  SendResult send(base::Time now, StreamId stream, PayloadProtocol ppid, base::BytesView bytes,
                  const SendOptions& options = {});
  /// Ends these streams of this side once what waits in them has been sent; until ResetDone, which comes for
  /// 200 of them at a time, nothing more is taken for them. False: the other side does not know resets, or
  /// there is no association.
  bool reset_streams(base::Time now, std::span<const StreamId> streams);
  void set_weight(StreamId stream, std::uint16_t weight) { queue_.set_weight(stream, weight); }
  [[nodiscard]] std::size_t buffered(StreamId stream) const { return queue_.buffered(stream); }
  /// Of all of them; neither counts what is on its way (in_flight()).
  [[nodiscard]] std::size_t buffered() const { return queue_.buffered(); }
  [[nodiscard]] std::size_t send_buffer() const { return options_.send_buffer; }

  /// Ends once all that waits has been acknowledged.
  void shut_down(base::Time now);
  /// Ends now, and says so. `info`: a text for the other side, at most 512 bytes.
  void abort(base::Time now, std::string_view info);

  [[nodiscard]] AssociationState state() const { return state_; }
  [[nodiscard]] std::optional<base::Duration> round_trip() const { return round_trip_.smoothed(); }
  [[nodiscard]] std::size_t congestion_window() const { return congestion_.window(); }
  /// Bytes of the largest packet with data that goes out as things are, and …
  [[nodiscard]] std::size_t packet() const { return path_.packet(); }
  /// … that may ever, probes included.
  [[nodiscard]] std::size_t largest_packet() const { return path_.sizes().largest; }
  /// Bytes on the way.
  [[nodiscard]] std::size_t in_flight() const { return sent_ ? sent_->in_flight() : 0; }

 private:
  // A control chunk that waits for the next packet.
  struct Control {
    ChunkType type{};
    base::Bytes value;
    std::optional<VerificationTag>
        tag{};  ///< of its packet, where that is not the association's; it goes alone
  };
  // A request to reset this side's streams.
  struct Reset {
    std::vector<StreamId> streams;
    std::optional<RequestNumber> request{};  ///< once it was sent
    Tsn last_assigned{};
    base::Time since{};  ///< when it was sent first, or put off by the other side
    base::Time due{};    ///< when it is sent again
    int tries = 0;
  };

  // association.cpp
  void see(base::Time now) { now_ = std::max(now_, now); }
  void handle_chunk(const Packet& packet, const Chunk& chunk);
  void answer_out_of_the_blue(const Packet& packet);
  bool accepts_tag(const Packet& packet, const Chunk& chunk) const;
  void queue(ChunkType type, base::BytesView value = {});
  void queue_first(Control control);
  void close(CloseReason reason, CauseCode cause, std::string_view info);
  void give_up();
  void abort_for(CauseCode cause, std::string_view info);
  void handle_unknown(const Chunk& chunk);
  [[nodiscard]] bool is_silent(base::Time since) const { return now_ - since >= options_.longest_silence; }
  void begin_control();
  void resend_control();
  [[nodiscard]] bool is_open() const;

  // handshake.cpp
  [[nodiscard]] Init own_init() const;
  void send_init();
  void send_cookie();
  void handle_init(const Chunk& chunk);
  void handle_init_ack(const Chunk& chunk);
  void handle_cookie_echo(const Packet& packet, const Chunk& chunk);
  void handle_cookie_ack();
  [[nodiscard]] Cookie cookie_for(const Init& init) const;
  void begin(const Cookie& cookie);

  // receive.cpp
  void handle_data(const Chunk& chunk);
  void handle_forward_tsn(const Chunk& chunk);
  void count_packet();
  [[nodiscard]] std::uint32_t own_window() const;

  // heartbeat.cpp
  [[nodiscard]] bool wants_probe() const;
  std::size_t write_probe(std::span<std::byte> out);
  void handle_heartbeat_ack(const Chunk& chunk);
  void note_path();

  // transmit.cpp
  void handle_sack(const Chunk& chunk);
  void note_losses(const Outstanding::Outcome& outcome);
  void set_patience(base::Duration round_trip);
  [[nodiscard]] std::optional<base::Time> tail_deadline() const;
  void check_tail();
  [[nodiscard]] bool peer_sends() const;
  [[nodiscard]] std::size_t packet_limit() const;
  void write_data_chunks(PacketWriter& writer);
  void write_new_chunks(PacketWriter& writer);
  [[nodiscard]] bool may_send(std::size_t bytes) const;
  [[nodiscard]] bool has_data_to_send() const;
  void start_retransmission_timer();
  void check_retransmission();
  void forget_old_window();

  // reset.cpp
  void handle_reconfig(const Chunk& chunk);
  ReconfigResult handle_outgoing_reset(const OutgoingReset& request);
  void handle_response(const ReconfigResponse& response);
  void advance_resets();
  [[nodiscard]] bool is_resetting(StreamId stream) const;
  void send_reset();
  [[nodiscard]] std::optional<base::Time> reset_deadline() const;
  void wait_for_response();
  void finish_reset(bool done);

  // shutdown.cpp
  void handle_shutdown();
  void handle_shutdown_ack();
  void advance_shutdown();
  void send_shutdown();
  [[nodiscard]] bool is_shutting_down() const;
  void guard_shutdown();

  AssociationOptions options_;
  base::Random& random_;
  base::Time now_{};
  AssociationState state_ = AssociationState::closed;
  bool over_ = false;  ///< Closed was said
  bool reachable_ = true;

  VerificationTag local_tag_ = 0;
  VerificationTag peer_tag_ = 0;
  Tsn local_tsn_;
  Extensions used_;
  std::uint16_t outbound_streams_ = 0;
  std::uint16_t inbound_streams_ = 0;

  // The timer of INIT, COOKIE ECHO, SHUTDOWN and SHUTDOWN ACK: one of them at a time.
  base::Bytes cookie_;
  base::Time control_at_{};
  int control_tries_ = 0;
  int stale_cookies_ = 0;
  std::optional<base::Time> shutdown_by_;  ///< T5-shutdown-guard (§9.2)

  // Few and mostly none: a deque has 640 bytes also where it is empty.
  std::vector<Control> controls_;
  std::vector<AssociationEvent> events_;

  // Receiving.
  std::optional<ReceivedTsns> received_;
  Reassembly reassembly_;
  bool ack_now_ = false;
  int packets_since_ack_ = 0;
  bool saw_data_ = false;     ///< in the packet that is handled
  bool saw_sack_ = false;     ///< likewise
  bool saw_reset_ = false;    ///< likewise: a request to end streams of the other side's
  bool stop_packet_ = false;  ///< what follows in it is not looked at
  std::optional<base::Time> ack_since_;
  /// When the last packet with data came, and the one before it.
  std::optional<base::Time> data_came_;
  std::optional<base::Time> data_came_before_;

  // Sending.
  SendQueue queue_;
  std::optional<Outstanding> sent_;
  RoundTrip round_trip_;
  PathMtu path_;
  Congestion congestion_;
  std::size_t peer_window_ = 0;
  /// When the retransmission timer runs out: an RTO behind its start (RFC 9260 §6.3.2).
  std::optional<base::Time> retransmit_at_;
  base::Time answered_at_{};      ///< when the other side did last, or something began to wait for it
  int timeouts_ = 0;              ///< in a row
  bool fast_retransmit_ = false;  ///< one packet goes out whatever the window
  bool tail_probe_ = false;       ///< the same, and its acknowledgement is wanted at once
  bool tail_probed_ = false;      ///< nothing was acknowledged since
  int reordering_ = 1;            ///< so many eighths of a round trip packets may overtake each other by
  bool came_twice_ = false;       ///< something did, since the last loss
  bool forward_due_ = false;
  base::Time last_sent_{};
  base::Time acknowledged_at_{};
  base::Time burst_at_{};       ///< when something was sent after a pause
  bool asked_at_once_ = false;  ///< of what was sent last the acknowledgement was asked for at once

  // Resets.
  std::vector<Reset> resets_;  ///< the first is under way
  RequestNumber next_request_;
  RequestNumber expected_request_;  ///< of the other side's
  ReconfigResult last_result_ = ReconfigResult::nothing_to_do;
};

}  // namespace parlor::sctp
