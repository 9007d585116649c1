#include "room/options.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/utf8.hpp"
#include "signaling/code.hpp"

namespace parlor::room {
namespace {

/// The scheme and authority of a ws:// or wss:// URL without path, query, fragment and user, or nothing.
std::optional<std::string_view> origin(std::string_view url) {
  const std::size_t scheme = url.starts_with("ws://") ? 5 : url.starts_with("wss://") ? 6 : 0;
  if (scheme == 0) return std::nullopt;
  if (url.ends_with('/')) url.remove_suffix(1);
  if (url.size() <= scheme || url.size() > 255) return std::nullopt;
  std::string_view host = url.substr(scheme);
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
  };
  if (!std::all_of(host.begin(), host.end(), allowed)) return std::nullopt;
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    const std::string_view digits = host.substr(colon + 1);
    int port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port < 1 || port > 65535)
      return std::nullopt;
    host = host.substr(0, colon);
  }
  if (host.empty()) return std::nullopt;
  return url;
}

/// The origin that was meant by the address of a page, or by one with a path behind it, or nothing.
std::optional<std::string> origin_meant(std::string_view given) {
  const std::size_t scheme = given.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  std::string meant(given.substr(0, given.find_first_of("/?#", scheme + 3)));
  if (meant.starts_with("http")) meant.replace(0, 4, "ws");
  return origin(meant) ? std::optional(std::move(meant)) : std::nullopt;
}

bool is_usable(const IceServer& server) {
  if (server.urls.empty() || server.urls.size() > kMaxUrlsPerIceServer) return false;
  if (server.username.size() > kMaxIceText || server.credential.size() > kMaxIceText) return false;
  return std::all_of(server.urls.begin(), server.urls.end(), [&](std::string_view url) {
    if (url.size() > kMaxIceText || !base::is_printable_ascii(url) || url.find(' ') != std::string_view::npos)
      return false;
    const std::string_view scheme = url.substr(0, url.find(':'));
    if (scheme.size() + 1 >= url.size()) return false;
    if (scheme == "stun" || scheme == "stuns") return true;
    return (scheme == "turn" || scheme == "turns") && !server.username.empty() && !server.credential.empty();
  });
}

using Wrong = std::optional<Refusal>;
Refusal bad(std::string sentence) {
  return {Reason::bad_options, std::move(sentence)};
}

Wrong check_member(const RoomOptions& options) {
  if (!origin(options.server)) {
    constexpr const char* kWhat = "RoomOptions::server must be a ws:// or wss:// origin";
    if (const auto meant = origin_meant(options.server)) return bad(kWhat + (": write \"" + *meant + "\"."));
    return bad(kWhat + std::string(", such as \"wss://play.example.com\"."));
  }
  if (!signaling::is_game(options.game))
    return bad("RoomOptions::game must be 1 to 32 characters of a-z, 0-9, '.', '_' and '-'.");
  if (!signaling::is_build(options.build)) {
    return bad("RoomOptions::build must be at most 64 printable ASCII characters.");
  }
  if (!signaling::is_name(options.name)) {
    // A player typed it, who knows nothing of RoomOptions.
    return bad("Choose another name: 1 to 32 characters that can be shown.");
  }
  return std::nullopt;
}

Wrong check_channels(const RoomOptions& options) {
  if (options.channels.empty() || options.channels.size() > kMaxChannels) {
    return bad("RoomOptions::channels must list 1 to 8 channels.");
  }
  for (const ChannelOptions& channel : options.channels) {
    if (channel.name.size() > kMaxChannelName || !base::utf8_length(channel.name)) {
      return bad("RoomOptions::channels: a name must be at most 32 bytes of UTF-8.");
    }
    if (channel.delivery > Delivery::bulk)
      return bad("RoomOptions::channels: a delivery is none of the four.");
    if (channel.max_age < std::chrono::milliseconds(1) || channel.max_age > kMaxMessageAge) {
      return bad("RoomOptions::channels: max_age must be 1 to 10,000 milliseconds.");
    }
  }
  return std::nullopt;
}

Wrong check_ice_servers(const RoomOptions& options) {
  if (options.ice_servers.size() > kMaxIceServers)
    return bad("RoomOptions::ice_servers must list at most 8 servers.");
  if (!std::all_of(options.ice_servers.begin(), options.ice_servers.end(), is_usable)) {
    return bad(
        "RoomOptions::ice_servers: every server needs stun:, stuns:, turn: or turns: URLs, and a turn: "
        "server a "
        "username and a credential.");
  }
  return std::nullopt;
}

Wrong check_entry(const RoomOptions& options) {
  if (const auto* create = std::get_if<Create>(&options.entry)) {
    if (create->size < 2 || create->size > kMaxMembers) return bad("Create::size must be 2 to 64 members.");
    if (!signaling::is_title(create->title)) {
      return bad("Create::title must be at most 64 characters that can be shown.");
    }
    if (!signaling::is_password_text(create->password)) {
      return bad("Create::password must be at most 64 bytes of UTF-8 without control characters.");
    }
    if (!signaling::is_metadata(create->metadata)) {
      return bad(
          "Create::metadata must be at most 16 values under keys of a-z, 0-9, '.', '_' and '-', each text "
          "of at most 128 bytes or a number that JavaScript holds, and 512 bytes together.");
    }
    return std::nullopt;
  }
  if (const auto* match = std::get_if<QuickMatch>(&options.entry)) {
    if (signaling::is_match(*match)) return std::nullopt;
    return bad(
        "QuickMatch: size must be 2 to 64, patience at most 10 seconds, and attributes within the limits of "
        "metadata.");
  }
  const Join& join = *std::get_if<Join>(&options.entry);
  if (join.code.empty()) return bad("Join::code is empty: it must be the code of a room.");
  if (join.ticket.size() > signaling::kMaxTicket || !base::is_printable_ascii(join.ticket)) {
    return bad("Join::ticket is not one that a Joined event gave.");
  }
  if (!signaling::is_password_text(join.password)) {
    return bad("Join::password must be at most 64 bytes of UTF-8 without control characters.");
  }
  if (!signaling::canonical_code(join.code)) {
    return Refusal{Reason::no_such_room, "No room has this code. Check it for typing mistakes."};
  }
  return std::nullopt;
}

}  // namespace

base::Result<signaling::ClientConfig, Refusal> client_config(const RoomOptions& options) {
  for (const auto check : {check_member, check_channels, check_ice_servers, check_entry}) {
    if (Wrong wrong = check(options)) return base::Unexpected{*std::move(wrong)};
  }
  signaling::ClientConfig config;
  config.server = *origin(options.server);
  config.hello.game = options.game;
  config.hello.build = options.build;
  config.hello.name = options.name;
  if (const auto* create = std::get_if<Create>(&options.entry)) {
    config.entry = signaling::CreateRoom{create->size,   create->title,  create->password,
                                         create->listed, create->locked, create->metadata};
  } else if (const auto* match = std::get_if<QuickMatch>(&options.entry)) {
    config.entry = signaling::FindMatch{*match};
  } else {
    const Join& join = *std::get_if<Join>(&options.entry);
    config.entry =
        signaling::JoinRoom{*signaling::canonical_code(join.code), join.ticket, false, join.password};
  }
  return config;
}

base::Result<signaling::ListClientConfig, Refusal> list_config(const RoomListOptions& options) {
  // Nobody sees the name of who only looks.
  RoomOptions as_room;
  as_room.server = options.server;
  as_room.game = options.game;
  as_room.build = options.build;
  as_room.name = "list";
  if (Wrong wrong = check_member(as_room)) return base::Unexpected{*std::move(wrong)};
  signaling::ListClientConfig config;
  config.server = *origin(options.server);
  config.hello.game = options.game;
  config.hello.build = options.build;
  config.hello.name = as_room.name;
  return config;
}

bool is_change(const SettingsChange& change) {
  return (!change.title || signaling::is_title(*change.title)) &&
         (!change.size || (*change.size >= signaling::kMinRoomSize && *change.size <= kMaxMembers)) &&
         (!change.password || signaling::is_password_text(*change.password)) &&
         (!change.metadata || signaling::is_metadata(*change.metadata));
}

std::string ice_servers_url(std::string_view server) {
  const std::string_view plain = *origin(server);
  return "http" + std::string(plain.substr(2)) + "/v1/ice";
}

std::vector<IceServer> usable(const std::vector<signaling::IceServer>& servers) {
  std::vector<IceServer> taken;
  for (const signaling::IceServer& server : servers) {
    if (taken.size() == kMaxIceServers) break;
    IceServer one{server.urls, server.username, server.credential};
    if (is_usable(one)) taken.push_back(std::move(one));
  }
  return taken;
}

}  // namespace parlor::room
