#pragma once
// The data channels of a connection (RFC 8831, RFC 8832) over an SCTP association: opened in-band or agreed
// on by both sides, messages of text and bytes, closed by resetting their streams. Sans-IO like the
// association: whoever drives that hands its events to handle(), and asks poll_event() until it gives nothing
// before the next packet, as messages wait there without a bound of their own.

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "datachannel/dcep.hpp"
#include "sctp/association/association.hpp"

namespace parlor::datachannel {

/// A channel's number is that of its streams. 65,535 is none (RFC 8831 §6.2).
using ChannelId = std::uint16_t;

struct ChannelOptions {
  std::string label{};
  std::string protocol{};
  Reliability reliability{};
  std::uint16_t priority = 256;
  /// Both sides open the channel with this number by themselves; nothing is sent. Else the next free one,
  /// in-band.
  std::optional<ChannelId> negotiated{};
};

enum class OpenError : std::uint8_t {
  in_use,         ///< that number
  no_number,      ///< all are in use, or it is none
  bad_options,    ///< two limits, a lifetime below 0 or above 2^32 ms, a label that is too long or not UTF-8
  not_connected,  ///< in-band, and it is not known yet which side is the DTLS client
};

enum class ChannelState : std::uint8_t { opening, open, closing };

/// A channel works now: one of this side's, or one that the other side has opened.
struct ChannelOpened {
  ChannelId id = 0;
  bool by_peer = false;
  Open how;
};
struct ChannelMessage {
  ChannelId id = 0;
  bool text = false;
  base::Bytes bytes;
};
/// Both directions have ended; its number is free again.
struct ChannelClosed {
  ChannelId id = 0;
};
/// No more than its threshold is buffered; or there is room again after a message of it was refused.
struct BufferedLow {
  ChannelId id = 0;
};
using ChannelEvent = std::variant<ChannelOpened, ChannelMessage, ChannelClosed, BufferedLow>;

class Channels {
 public:
  /// No more channels are open at once: what the other side opens beyond it is closed.
  static constexpr std::size_t kMostChannels = 1024;
  /// Bytes of label and protocol together, of a channel that the other side opens: one that has more is
  /// closed like one too many. W3C WebRTC §6.1 allows 65,535 for each, of which a thousand channels would
  /// make 134 MB.
  static constexpr std::size_t kLongestNames = 1024;
  /// … and of all that the other side has opened.
  static constexpr std::size_t kMostNames = 256 * 1024;

  /// `association` outlives this. Without `accepts_channels` all channels that the other side opens in-band
  /// are closed like one too many: those that both agreed on are all there are.
  explicit Channels(sctp::Association& association, bool accepts_channels = true)
      : association_(association), accepts_channels_(accepts_channels) {}

  /// Which numbers are this side's: even ones of the DTLS client, odd ones of the server (RFC 8832 §6).
  void set_client(bool client) { client_ = client; }
  /// What the other side takes, in bytes; 0: any (RFC 8841 §6).
  void set_largest_message(std::uint64_t bytes) { largest_ = bytes; }

  [[nodiscard]] base::Result<ChannelId, OpenError> open(base::Time now, const ChannelOptions& options);
  /// Messages that were sent before still arrive. Nothing for a channel that is not there.
  void close(base::Time now, ChannelId id);
  sctp::SendResult send(base::Time now, ChannelId id, base::BytesView bytes, bool text);

  [[nodiscard]] std::optional<ChannelState> state(ChannelId id) const;
  /// Bytes that wait to be sent.
  [[nodiscard]] std::size_t buffered(ChannelId id) const { return association_.buffered(id); }
  void set_buffered_low(ChannelId id, std::size_t threshold);

  /// Everything the association says. With its end, and with another life of the other side, all channels
  /// close.
  void handle(base::Time now, sctp::AssociationEvent event);
  /// Packets went out: what is buffered may have become less.
  void handle_sent();
  std::optional<ChannelEvent> poll_event();

 private:
  struct Channel {
    Open how;
    ChannelState state = ChannelState::opening;
    bool negotiated = false;
    bool by_peer = false;
    bool refused = false;     ///< nobody was told of it: it only has to end
    bool reached = false;     ///< the other side has said something on it: unordered messages may go so
    bool own_reset = false;   ///< this side's stream has ended
    bool peer_reset = false;  ///< the other side's has
    std::size_t low = 0;
  };
  [[nodiscard]] std::optional<ChannelId> free_number() const;
  void hear(base::Time now, sctp::ReceivedMessage message);
  void hear_dcep(base::Time now, ChannelId id, base::BytesView bytes);
  [[nodiscard]] bool is_welcome(ChannelId id, const Open& how) const;
  void handle_established();
  void begin_close(base::Time now, ChannelId id, Channel& channel);
  void end_if_done(ChannelId id);
  void keep_number(ChannelId id, Channel& channel);
  void say_opened(ChannelId id, Channel& channel);
  void note_high(ChannelId id);
  void handle_reset(base::Time now, ChannelId id, bool Channel::*which);
  void refuse(base::Time now, ChannelId id);
  void close_all();

  sctp::Association& association_;
  bool accepts_channels_ = true;
  std::optional<bool> client_;
  std::uint64_t largest_ = 65536;
  bool established_ = false;
  std::map<ChannelId, Channel> channels_;
  std::size_t names_ = 0;        ///< bytes of label and protocol, of those that the other side opened
  std::vector<ChannelId> high_;  ///< more than their threshold is buffered; in order, and no set: each
                                 ///< message makes its channel one of them for a moment
  std::set<ChannelId> refused_;  ///< wanted to send while there was no room
  std::deque<ChannelEvent> events_;
};

}  // namespace parlor::datachannel
