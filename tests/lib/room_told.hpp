#pragma once
// What test programs with a public Room say of it, as JSON: the page of tests/web/page, the member of
// tests/native. A message is a pattern that follows from its first byte, so that its receiver can tell
// whether it is whole.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "parlor/room.hpp"

namespace parlor::tests {

inline std::byte expected(std::byte first, std::size_t at) {
  return static_cast<std::byte>(std::to_integer<std::size_t>(first) + at * 31);
}

inline parlor::Bytes pattern(std::size_t length, std::byte first) {
  parlor::Bytes bytes(length);
  for (std::size_t i = 0; i < length; ++i) bytes[i] = expected(first, i);
  return bytes;
}

inline bool is_whole(const parlor::Bytes& bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != expected(bytes[0], i)) return false;
  }
  return true;
}

/// A JSON object, field by field.
class Object {
 public:
  explicit Object(std::string_view type) { field("type", type); }

  Object& field(std::string_view name, std::string_view text) {
    std::string quoted = "\"";
    for (char c : text) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    return raw(name, quoted + '"');
  }
  Object& number(std::string_view name, double value) { return raw(name, std::to_string(value)); }
  Object& peer(std::string_view name, parlor::PeerId id) {
    return number(name, static_cast<std::uint16_t>(id));
  }

  [[nodiscard]] std::string text() const { return text_ + '}'; }

 private:
  Object& raw(std::string_view name, const std::string& value) {
    text_ += text_.empty() ? '{' : ',';
    text_.append("\"").append(name).append("\":").append(value);
    return *this;
  }

  std::string text_;
};

inline Object object(const parlor::Joined& joined) {
  return Object("Joined")
      .field("code", joined.code)
      .field("ticket", joined.ticket)
      .peer("me", joined.me)
      .peer("host", joined.host);
}
inline Object object(const parlor::PeerJoined& joined) {
  return Object("PeerJoined").peer("peer", joined.member.id).field("name", joined.member.name);
}
inline Object object(const parlor::PeerAway& away) {
  return Object("PeerAway").peer("peer", away.peer);
}
inline Object object(const parlor::PeerBack& back) {
  return Object("PeerBack")
      .peer("peer", back.member.id)
      .field("name", back.member.name)
      .field("anew", back.anew ? "yes" : "no");
}
inline Object object(const parlor::HostChanged& changed) {
  return Object("HostChanged").peer("host", changed.host).number("term", changed.term);
}
inline Object object(const parlor::Message& message) {
  Object made = Object("Message")
                    .peer("from", message.from)
                    .number("channel", message.channel)
                    .number("length", static_cast<double>(message.bytes.size()))
                    .field("whole", is_whole(message.bytes) ? "yes" : "no");
  if (message.key != 0) made.number("key", message.key);
  if (!message.bytes.empty()) made.number("mark", std::to_integer<int>(message.bytes[0]));
  return made;
}
inline Object object(const parlor::PathChanged& changed) {
  return Object("PathChanged")
      .peer("peer", changed.peer)
      .field("from", to_string(changed.from))
      .field("to", to_string(changed.to));
}
inline Object object(const parlor::PeerLeft& left) {
  return Object("PeerLeft")
      .peer("peer", left.peer)
      .field("reason", to_string(left.reason))
      .field("message", left.message);
}
inline Object object(const parlor::LinkFailed& failed) {
  return Object("LinkFailed")
      .peer("peer", failed.peer)
      .field("reason", to_string(failed.reason))
      .field("message", failed.message);
}
inline Object object(const parlor::ServerLost& lost) {
  return Object("ServerLost").field("reason", to_string(lost.reason)).field("message", lost.message);
}
inline Object object(const parlor::ServerBack&) {
  return Object("ServerBack");
}
inline Object object(const parlor::SettingsChanged& changed) {
  return Object("SettingsChanged")
      .field("title", changed.settings.title)
      .number("size", changed.settings.size)
      .field("locked", changed.settings.locked ? "yes" : "no");
}
inline Object object(const parlor::Searching& searching) {
  return Object("Searching").number("waited", static_cast<double>(searching.waited.count()));
}
inline Object object(const parlor::RequestRefused& refused) {
  return Object("RequestRefused").field("request", refused.request).field("message", refused.message);
}
inline Object object(const parlor::Ended& ended) {
  return Object("Ended").field("reason", to_string(ended.reason)).field("message", ended.message);
}

inline Object object(const parlor::PeerStats& stats) {
  Object made = Object("Stats")
                    .field("path", to_string(stats.path))
                    .number("bytes_sent", static_cast<double>(stats.bytes_sent))
                    .number("bytes_received", static_cast<double>(stats.bytes_received))
                    .number("messages_sent", static_cast<double>(stats.messages_sent))
                    .number("messages_received", static_cast<double>(stats.messages_received))
                    .number("wire_bytes_sent", static_cast<double>(stats.wire_bytes_sent))
                    .number("wire_bytes_received", static_cast<double>(stats.wire_bytes_received))
                    .number("queued_bytes", static_cast<double>(stats.queued_bytes));
  made.number("send_messages_per_second", stats.send_messages_per_second)
      .number("receive_messages_per_second", stats.receive_messages_per_second);
  if (stats.round_trip) made.number("round_trip", static_cast<double>(stats.round_trip->count()));
  if (stats.loss) made.number("loss", *stats.loss);
  if (stats.carrier_round_trip) {
    made.number("carrier_round_trip", static_cast<double>(stats.carrier_round_trip->count()));
  }
  return made;
}

/// "reliable,latest!,bulk": one after the other, with "!" those of the host.
inline decltype(parlor::RoomOptions::channels) channels_of(std::string_view list) {
  decltype(parlor::RoomOptions::channels) channels;
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    const bool of_host = one.ends_with('!');
    const std::string_view kind = one.substr(0, one.size() - (of_host ? 1 : 0));
    auto& channel = channels.emplace_back();
    channel.name = one;
    channel.delivery = kind == "unreliable" ? parlor::Delivery::unreliable
                       : kind == "latest"   ? parlor::Delivery::latest
                       : kind == "bulk"     ? parlor::Delivery::bulk
                                            : parlor::Delivery::reliable;
    channel.of_host = of_host;
  }
  return channels;
}

}  // namespace parlor::tests
