#include "datachannel/channels.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.hpp"

namespace parlor::datachannel {
namespace {

constexpr ChannelId kNone = 0xffff;
constexpr std::size_t kLongestName = 0xffff;
constexpr base::Duration kLongestLife = std::chrono::milliseconds(0xffffffff);

bool is_good(const ChannelOptions& options) {
  const Reliability& how = options.reliability;
  if (how.max_retransmits && how.max_lifetime) return false;
  if (how.max_lifetime && (*how.max_lifetime < base::Duration{} || *how.max_lifetime > kLongestLife))
    return false;
  for (const std::string* name : {&options.label, &options.protocol}) {
    if (name->size() > kLongestName || !base::utf8_length(*name)) return false;
  }
  return true;
}

std::size_t names_of(const Open& how) {
  return how.label.size() + how.protocol.size();
}

sctp::SendOptions send_options(const Reliability& how, bool may_be_unordered) {
  sctp::SendOptions options;
  options.unordered = !how.ordered && may_be_unordered;
  options.max_retransmits = how.max_retransmits;
  options.lifetime = how.max_lifetime;
  return options;
}

}  // namespace

// ---- this side's

std::optional<ChannelId> Channels::free_number() const {
  for (unsigned id = *client_ ? 0 : 1; id < kNone; id += 2) {
    if (!channels_.contains(static_cast<ChannelId>(id))) return static_cast<ChannelId>(id);
  }
  return std::nullopt;
}

base::Result<ChannelId, OpenError> Channels::open(base::Time now, const ChannelOptions& options) {
  if (!is_good(options)) return base::Unexpected{OpenError::bad_options};
  if (!options.negotiated && !client_) return base::Unexpected{OpenError::not_connected};
  if (channels_.size() >= kMostChannels) return base::Unexpected{OpenError::no_number};
  const auto id = options.negotiated ? options.negotiated : free_number();
  if (!id || *id == kNone) return base::Unexpected{OpenError::no_number};
  if (channels_.contains(*id)) return base::Unexpected{OpenError::in_use};
  Channel& channel = channels_[*id];
  channel.how = {options.label, options.protocol, options.reliability, options.priority};
  channel.negotiated = options.negotiated.has_value();
  association_.set_weight(*id, options.priority);
  if (!channel.negotiated) {
    (void)association_.send(now, *id, kDcep, write_open(channel.how));
  } else {
    channel.reached = true;
    if (established_) say_opened(*id, channel);
  }
  return *id;
}

void Channels::close(base::Time now, ChannelId id) {
  const auto found = channels_.find(id);
  if (found != channels_.end()) begin_close(now, id, found->second);
}

sctp::SendResult Channels::send(base::Time now, ChannelId id, base::BytesView bytes, bool text) {
  const auto found = channels_.find(id);
  if (found == channels_.end() || found->second.state == ChannelState::closing)
    return sctp::SendResult::closed;
  if (largest_ != 0 && bytes.size() > largest_) return sctp::SendResult::too_large;
  Channel& channel = found->second;
  const sctp::SendOptions options = send_options(channel.how.reliability, channel.reached);
  constexpr std::array<std::byte, 1> kNothing{};
  const auto result = bytes.empty()
                          ? association_.send(now, id, text ? kEmptyText : kEmptyBinary, kNothing, options)
                          : association_.send(now, id, text ? kText : kBinary, bytes, options);
  if (result == sctp::SendResult::would_block) refused_.insert(id);
  if (association_.buffered(id) > channel.low) note_high(id);
  return result;
}

std::optional<ChannelState> Channels::state(ChannelId id) const {
  const auto found = channels_.find(id);
  if (found == channels_.end() || found->second.refused) return std::nullopt;
  return found->second.state;
}

void Channels::set_buffered_low(ChannelId id, std::size_t threshold) {
  const auto found = channels_.find(id);
  if (found == channels_.end()) return;
  found->second.low = threshold;
  if (association_.buffered(id) > threshold) note_high(id);
}

void Channels::note_high(ChannelId id) {
  const auto place = std::ranges::lower_bound(high_, id);
  if (place == high_.end() || *place != id) high_.insert(place, id);
}

void Channels::handle_sent() {
  // Who was refused as others had filled the buffer hears of it when there is room, whatever waits of its
  // own.
  if (!refused_.empty() && association_.buffered() <= association_.send_buffer() / 2) {
    for (const ChannelId id : std::exchange(refused_, {})) {
      if (channels_.contains(id) && !std::ranges::binary_search(high_, id))
        events_.push_back(BufferedLow{id});
    }
  }
  std::erase_if(high_, [this](ChannelId id) {
    const auto found = channels_.find(id);
    if (found == channels_.end()) return true;
    if (association_.buffered(id) > found->second.low) return false;
    events_.push_back(BufferedLow{id});
    return true;
  });
}

std::optional<ChannelEvent> Channels::poll_event() {
  if (events_.empty()) return std::nullopt;
  ChannelEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

// ---- the other side's

void Channels::handle(base::Time now, sctp::AssociationEvent event) {
  if (auto* message = std::get_if<sctp::ReceivedMessage>(&event)) return hear(now, std::move(*message));
  if (std::holds_alternative<sctp::Established>(event)) return handle_established();
  if (const auto* reset = std::get_if<sctp::StreamsReset>(&event)) {
    std::vector<ChannelId> ids = reset->streams;
    if (ids.empty()) {
      for (const auto& [id, channel] : channels_) {
        if (!channel.peer_reset) ids.push_back(id);
      }
    }
    for (const ChannelId id : ids) handle_reset(now, id, &Channel::peer_reset);
    return;
  }
  if (const auto* done = std::get_if<sctp::ResetDone>(&event)) {
    for (const ChannelId id : done->streams) {
      if (done->done) {
        handle_reset(now, id, &Channel::own_reset);
      } else if (const auto found = channels_.find(id); found != channels_.end()) {
        keep_number(id, found->second);
      }
    }
    return;
  }
  close_all();  // Restarted, Closed
}

void Channels::handle_established() {
  established_ = true;
  for (auto& [id, channel] : channels_) {
    if (channel.negotiated) say_opened(id, channel);
  }
}

void Channels::say_opened(ChannelId id, Channel& channel) {
  if (channel.state != ChannelState::opening) return;
  channel.state = ChannelState::open;
  events_.push_back(ChannelOpened{id, channel.by_peer, channel.how});
}

void Channels::hear(base::Time now, sctp::ReceivedMessage message) {
  if (message.ppid == kDcep) return hear_dcep(now, message.stream, message.bytes);
  const auto found = channels_.find(message.stream);
  // A message on a stream that is no channel is an error (RFC 8832 §6).
  if (found == channels_.end()) return refuse(now, message.stream);
  Channel& channel = found->second;
  channel.reached = true;
  say_opened(message.stream, channel);
  if (channel.state == ChannelState::closing) return;
  const bool text = message.ppid == kText || message.ppid == kEmptyText;
  const bool empty = message.ppid == kEmptyText || message.ppid == kEmptyBinary;
  if (!text && !empty && message.ppid != kBinary) return;
  if (empty) message.bytes.clear();
  events_.push_back(ChannelMessage{message.stream, text, std::move(message.bytes)});
}

void Channels::hear_dcep(base::Time now, ChannelId id, base::BytesView bytes) {
  const auto found = channels_.find(id);
  if (is_ack(bytes)) {
    if (found == channels_.end()) return refuse(now, id);
    found->second.reached = true;
    return say_opened(id, found->second);
  }
  if (found != channels_.end()) return begin_close(now, id, found->second);
  auto how = parse_open(bytes);
  if (!how || !is_welcome(id, *how)) return refuse(now, id);
  Channel& channel = channels_[id];
  channel.how = std::move(*how);
  channel.by_peer = true;
  names_ += names_of(channel.how);
  channel.reached = true;
  association_.set_weight(id, channel.how.priority);
  (void)association_.send(now, id, kDcep, write_ack());
  say_opened(id, channel);
}

bool Channels::is_welcome(ChannelId id, const Open& how) const {
  const bool is_ours = client_ && (id % 2 == 0) == *client_;
  const std::size_t names = names_of(how);
  return accepts_channels_ && !is_ours && id != kNone && channels_.size() < kMostChannels &&
         names <= kLongestNames && names_ + names <= kMostNames;
}

// ---- the end

/// Nobody is told: the streams of that number only end.
void Channels::refuse(base::Time now, ChannelId id) {
  // Who opens that many that are none means no good.
  if (channels_.size() >= 2 * kMostChannels)
    return association_.abort(now, "too many channels that are none");
  Channel& channel = channels_[id];
  channel.refused = true;
  begin_close(now, id, channel);
}

void Channels::begin_close(base::Time now, ChannelId id, Channel& channel) {
  if (channel.state == ChannelState::closing) return;
  channel.state = ChannelState::closing;
  if (!association_.reset_streams(now, std::array<sctp::StreamId, 1>{id})) keep_number(id, channel);
}

/// The other side knows no resets, or has refused this one: the number stays used, as nobody could tell what
/// comes on it later.
void Channels::keep_number(ChannelId id, Channel& channel) {
  if (!channel.refused) events_.push_back(ChannelClosed{id});
  channel.refused = true;
}

void Channels::handle_reset(base::Time now, ChannelId id, bool Channel::*which) {
  const auto found = channels_.find(id);
  if (found == channels_.end()) return;
  found->second.*which = true;
  begin_close(now, id, found->second);
  end_if_done(id);
}

void Channels::end_if_done(ChannelId id) {
  const auto found = channels_.find(id);
  if (found == channels_.end() || !found->second.own_reset || !found->second.peer_reset) return;
  if (!found->second.refused) events_.push_back(ChannelClosed{id});
  if (found->second.by_peer) names_ -= names_of(found->second.how);
  channels_.erase(found);
  std::erase(high_, id);
  refused_.erase(id);
}

void Channels::close_all() {
  for (const auto& [id, channel] : channels_) {
    if (!channel.refused) events_.push_back(ChannelClosed{id});
  }
  channels_.clear();
  names_ = 0;
  high_.clear();
  refused_.clear();
}

}  // namespace parlor::datachannel
