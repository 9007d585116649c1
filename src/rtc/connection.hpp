#pragma once
// A WebRTC connection for data channels without a socket inside: ICE, DTLS, SCTP and data channels, and how
// two of them agree (JSEP, RFC 8829, with perfect negotiation, W3C WebRTC §10.7). A Machine
// (base/machine.hpp) that any event loop can drive; docs/embedding.md shows how, with a whole program.
//
//   rtc::Connection connection(now, options, dtls::make_transport(context), random);
//   connection.add_address(now, socket_address, 65535);
//   connection.finish_gathering(now);
//   connection.open_channel(now, {.label = "game"});
//   connection.negotiate(now);                       // makes an offer: DescriptionMade
//   …after each of these and of handle_*: poll_event() and poll_transmit() until they give nothing
//
// Not thread-safe. Memory is bounded: by the options what waits to be sent and what waits to be taken, by
// ice::Agent's limits the rest.

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "datachannel/channels.hpp"
#include "dtls/transport.hpp"
#include "ice/agent.hpp"
#include "rtc/options.hpp"
#include "sctp/association/association.hpp"
#include "sdp/description.hpp"

namespace parlor::rtc {

/// A datagram to send: its bytes lie at the beginning of the buffer that poll_transmit() was given.
struct Transmit {
  base::SocketAddress local;  ///< from this one of the addresses that were added
  base::SocketAddress remote;
  std::size_t size = 0;
};

class Connection {
 public:
  /// A buffer of this size holds every datagram that comes out.
  static constexpr std::size_t kLargestDatagram = 2048;
  static constexpr std::size_t kMostHeldCandidates = 32;
  static constexpr std::size_t kMostHeldChannels = 64;

  /// `random` gives ids, keys and tags: a strong one outside of tests. Outlives this.
  Connection(base::Time now, const ConnectionOptions& options, std::unique_ptr<dtls::Transport> transport,
             base::Random& random);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // ---- this machine's addresses (ice::Agent says more)
  void add_address(base::Time now, const base::SocketAddress& address, std::uint16_t preference);
  void add_relayed(base::Time now, const base::SocketAddress& relayed, const base::SocketAddress& server,
                   std::uint16_t preference);
  void remove_address(base::Time now, const base::SocketAddress& address);
  void add_stun_server(base::Time now, const base::SocketAddress& server);
  void finish_gathering(base::Time now);

  // ---- agreeing with the other side; what comes of it are events
  /// Makes an offer, at once or when the one that is under way has been answered.
  void negotiate(base::Time now);
  /// What the other side said, each in the order in which it said it. Any error leaves all as it was.
  [[nodiscard]] std::optional<TakeError> handle_description(base::Time now, bool offer, std::string_view sdp);
  /// `ufrag`: that it belongs to, or nothing.
  [[nodiscard]] std::optional<TakeError> handle_candidate(base::Time now, std::string_view candidate,
                                                          std::string_view ufrag = {});
  void set_polite(bool polite) { options_.polite = polite; }
  /// Looks for a new way and makes an offer for it; data goes on meanwhile where it can. For a new network,
  /// and after failed{no_way}.
  void restart_ice(base::Time now);
  [[nodiscard]] bool is_offering() const { return offering_; }

  // ---- channels (datachannel::Channels says more)
  /// The channel's number. Nothing: it is not known yet, as which side has the even ones is not; the
  /// channel's ChannelOpened has it.
  [[nodiscard]] base::Result<std::optional<datachannel::ChannelId>, datachannel::OpenError> open_channel(
      base::Time now, const datachannel::ChannelOptions& options);
  void close_channel(base::Time now, datachannel::ChannelId id);
  /// `bytes` are copied.
  sctp::SendResult send(base::Time now, datachannel::ChannelId id, base::BytesView bytes, bool text = false);
  [[nodiscard]] std::optional<datachannel::ChannelState> channel_state(datachannel::ChannelId id) const {
    return channels_.state(id);
  }
  [[nodiscard]] std::size_t buffered(datachannel::ChannelId id) const { return channels_.buffered(id); }
  void set_buffered_low(datachannel::ChannelId id, std::size_t threshold) {
    channels_.set_buffered_low(id, threshold);
  }

  /// Tells the other side and ends: no event comes any more, what poll_transmit() still gives is worth
  /// sending.
  void close(base::Time now);

  // ---- datagrams and time
  /// A datagram that came from `remote` to this side's `local`. It is decrypted where it lies.
  void handle_datagram(base::Time now, const base::SocketAddress& local, const base::SocketAddress& remote,
                       std::span<std::byte> datagram);
  /// The socket, or somebody on the way to `remote`, says that IP packets of more than `mtu` bytes do not get
  /// through (EMSGSIZE and IP_MTU, or an ICMP message that the system believes); 0: not how many.
  void handle_too_large(base::Time now, const base::SocketAddress& remote, std::size_t mtu);
  void handle_timeout(base::Time now);
  /// Writes the next datagram into `out`, of at least kLargestDatagram bytes.
  std::optional<Transmit> poll_transmit(base::Time now, std::span<std::byte> out);
  std::optional<Event> poll_event();
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;

  // ---- how it stands
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] std::optional<ice::Route> route() const { return agent_.route(); }
  /// Of this side: what the checks of the other one name. Whoever has several connections at one port tells
  /// them apart by it (ice::ufrag_of), and by the addresses that they know. Changes with a restart; the
  /// former one holds on for half a minute.
  [[nodiscard]] const std::string& ufrag() const { return agent_.local_credentials().ufrag; }
  [[nodiscard]] ice::AddressValidation validation(const base::SocketAddress& local,
                                                  const base::SocketAddress& remote) const {
    return agent_.validation(local, remote);
  }
  [[nodiscard]] Stats stats() const;
  [[nodiscard]] const ice::Agent& agent() const { return agent_; }
  [[nodiscard]] const sctp::Association& association() const { return association_; }

 private:
  struct HeldCandidate {
    ice::Candidate candidate;
    std::string ufrag;
  };

  // connection.cpp
  void see(base::Time now) { now_ = std::max(now_, now); }
  void handle_dtls(const base::SocketAddress& local, const base::SocketAddress& remote,
                   std::span<std::byte> datagram);
  void take_records(const base::SocketAddress* local, const base::SocketAddress* remote,
                    std::span<std::byte> datagram);
  void drain_agent();
  void drain_transport();
  void begin_dtls();
  void measure_path();
  void begin_sctp();
  void drain_association();
  void handle_association_closed(const sctp::Closed& closed);
  void update_state();
  void fail(Reason reason, std::string detail);
  void end(Reason reason, std::string detail);
  void say(Event event);
  void set_state(State state, Reason reason = Reason::none, std::string detail = {});
  [[nodiscard]] bool is_over() const { return state_ == State::closed; }

  // negotiation.cpp
  void make_offer();
  void make_answer(const sdp::Description& offer);
  [[nodiscard]] sdp::Description describe() const;
  void take_remote(const sdp::Description& theirs, bool offer);
  void settle_setup(sdp::Setup theirs);
  void restart_agent();
  void say_description(bool offer, const sdp::Description& mine);
  void say_candidate(const ice::Candidate& candidate);
  void take_held_candidates();

  ConnectionOptions options_;
  base::Random& random_;
  base::Time now_{};
  State state_ = State::fresh;
  Reason failed_for_ = Reason::none;  ///< beyond what a restart can mend
  std::string failed_detail_;

  ice::Agent agent_;
  std::unique_ptr<dtls::Transport> transport_;
  sctp::Association association_;
  datachannel::Channels channels_;

  // Agreeing.
  std::string session_id_;
  std::uint64_t version_ = 0;
  std::string mid_ = "0";
  std::size_t position_ = 0;
  std::vector<sdp::Description::OtherMedia> others_;
  bool offering_ = false;      ///< an offer of this side waits for its answer
  bool offer_wanted_ = false;  ///< another one is to follow
  bool described_ = false;     ///< this side has said something: candidates that are found now are told
  bool agreed_ = false;        ///< a description of the other side holds
  std::optional<dtls::Role> dtls_role_;
  std::vector<HeldCandidate> held_candidates_;
  std::vector<datachannel::ChannelOptions> held_channels_;

  // SCTP.
  std::optional<base::Bytes> remote_init_;  ///< SNAP was agreed on
  std::optional<base::Time> connect_at_;    ///< for who leaves the first INIT to the other side
  bool closing_ = false;
  std::optional<sctp::AssociationEvent> next_;  ///< a message that nobody has asked for yet

  std::deque<Event> events_;
  Stats stats_;
};

}  // namespace parlor::rtc
