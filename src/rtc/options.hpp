#pragma once
// What a connection is given, and what it says.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "datachannel/channels.hpp"
#include "dtls/transport.hpp"
#include "ice/agent.hpp"
#include "sctp/association/options.hpp"

namespace parlor::rtc {

struct ConnectionOptions {
  /// Of this side's certificate: what the other one will see in DTLS. Of dtls::Context::fingerprint().
  dtls::Fingerprint fingerprint{};
  /// Of two offers that cross, a polite side takes its own back (W3C WebRTC §10.7). One of the two has to be.
  bool polite = true;
  /// Offers to do without SCTP's handshake (a=sctp-init), which saves two round trips where the other side
  /// knows it.
  bool snap = true;
  /// False: channels that the other side opens in-band are closed (datachannel::Channels); those that both
  /// agreed on are all there are.
  bool accepts_channels = true;
  /// Bytes of a message that is taken; the other side is told.
  std::size_t max_message_size = 256 * 1024;
  /// Bytes of the largest datagram that is sent before more is known: 1,200 passes nearly every path
  /// (RFC 8261 §5). Where a lot waits, it is found out whether the way carries more (sctp/tx/path_mtu.hpp), …
  std::size_t datagram = 1200;
  /// … up to this; 0: what fits into a packet of 1,500 bytes, over IPv4 1,472 and over IPv6 1,452; as
  /// `datagram`: nothing is found out. At most Connection::kLargestDatagram.
  std::size_t largest_datagram = 0;
  /// This one is sent where larger ones do not get through: a path for IP packets of 1,000 bytes carries it.
  std::size_t smallest_datagram = 952;
  ice::AgentOptions ice{};
  /// Its packets and `receive.largest_message` are set by those above. A side that has DTLS but no SCTP fails
  /// after a minute, one whose SCTP falls silent after sctp.longest_silence (Reason::sctp): whether it is
  /// there at all ICE finds out sooner (RFC 7675).
  sctp::AssociationOptions sctp{};
};

enum class State : std::uint8_t {
  fresh,         ///< nothing was agreed on
  connecting,    ///< a way is looked for, or DTLS shakes hands
  connected,     ///< packets go both ways
  disconnected,  ///< silence; it may come back by itself
  failed,        ///< it does not come back without restart_ice(), or not at all: `reason` says
  closed,        ///< over, by either side
};
[[nodiscard]] std::string_view to_string(State state);

/// Why a connection failed or closed.
enum class Reason : std::uint8_t {
  none,
  no_way,             ///< ICE has found none, or the one there was has died; restart_ice() may find another
  wrong_certificate,  ///< somebody else answers there than the description says
  handshake,          ///< DTLS failed
  rejected,           ///< the other side's description has no data channel
  sctp,               ///< the other side broke the protocol, or did not answer although ICE says it is there
  closed_by_peer,
};

// ---- events

/// To be told to the other side, in this order, each whole; those of one connection may be lost or late.
struct DescriptionMade {
  bool offer = false;
  std::string sdp;
};
struct CandidateMade {
  std::string candidate;  ///< "candidate:…"
  std::string mid;
  std::string ufrag;
};
/// No more of them until the next restart.
struct CandidatesEnd {};

struct StateChanged {
  State state = State::fresh;
  Reason reason = Reason::none;
  std::string detail;  ///< a sentence for people, or nothing
};
/// Packets go another way from now on.
struct RouteChanged {
  std::optional<ice::Route> route;
};

using datachannel::BufferedLow;
using datachannel::ChannelClosed;
using datachannel::ChannelMessage;
using datachannel::ChannelOpened;

using Event = std::variant<DescriptionMade, CandidateMade, CandidatesEnd, StateChanged, RouteChanged,
                           ChannelOpened, ChannelMessage, ChannelClosed, BufferedLow>;

enum class TakeError : std::uint8_t {
  closed,
  not_sdp,    ///< `to_string` of sdp::ParseError says what is wrong
  crossed,    ///< an offer that gives way to this side's (this side is impolite): nothing to do
  late,       ///< an answer to no offer of this side that still stands: nothing to do
  malformed,  ///< no candidate
};

struct Stats {
  std::uint64_t bytes_sent = 0;  ///< of UDP's payload
  std::uint64_t bytes_received = 0;
  std::uint64_t datagrams_sent = 0;
  std::uint64_t datagrams_received = 0;
  std::optional<base::Duration> ice_round_trip{};   ///< as checks measure it
  std::optional<base::Duration> sctp_round_trip{};  ///< as acknowledgements measure it, with their delay
  std::size_t buffered = 0;                         ///< bytes of messages that wait to be sent
  std::size_t datagram = 0;                         ///< bytes of the largest with data, as the path is known
};

}  // namespace parlor::rtc
