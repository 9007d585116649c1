#include <algorithm>

#include "signaling/code.hpp"
#include "signaling/fields.hpp"
#include "signaling/messages.hpp"

namespace parlor::signaling {
namespace {

using base::Unexpected;

// ---- both ways

Offer read_offer(Fields& in, std::string_view peer) {
  return {in.peer(peer), in.text("sdp", {1, kMaxSdp})};
}

Answer read_answer(Fields& in, std::string_view peer) {
  return {in.peer(peer), in.text("sdp", {1, kMaxSdp})};
}

Candidate read_candidate(Fields& in, std::string_view peer) {
  Candidate message;
  message.peer = in.peer(peer);
  message.candidate = in.text("candidate", {0, kMaxCandidate});
  message.mid = in.optional_text("mid", {0, kMaxMid});
  if (const auto index = in.optional_number("mline_index", 0, UINT16_MAX)) {
    message.mline_index = static_cast<std::uint16_t>(*index);
  }
  message.ufrag = in.optional_text("ufrag", {0, kMaxUfrag});
  return message;
}

// ---- client to server

Hello read_hello(Fields& in) {
  Hello message;
  message.version = static_cast<int>(in.number("version", 1, kMaxVersion));
  // Another version may have other fields: they are not looked at.
  if (in.ok() && message.version == kProtocolVersion) {
    message.game = in.text("game", {1, kMaxGame});
    message.build = in.optional_text("build", {0, kMaxBuild});
    message.name = in.unchecked_text("name");
  }
  if (const auto problem = problem_with(message)) in.fail(problem->code, problem->message);
  return message;
}

CreateRoom read_create(Fields& in) {
  CreateRoom message;
  if (const auto size = in.optional_number("size", kMinRoomSize, kMaxMembers)) {
    message.size = static_cast<int>(*size);
  }
  message.title = in.unchecked_text("title");
  message.password = in.optional_text("password", {0, kMaxPassword});
  message.listed = in.optional_flag("listed");
  message.locked = in.optional_flag("locked");
  message.metadata = in.metadata("metadata");
  if (const auto problem = problem_with(message)) in.fail(problem->code, problem->message);
  return message;
}

UpdateRoom read_update(Fields& in) {
  SettingsChange change;
  if (in.has("title")) {
    change.title = in.unchecked_text("title");
    if (!is_title(*change.title)) in.fail(ErrorCode::bad_name, std::string(sentence(ErrorCode::bad_name)));
  }
  if (const auto size = in.optional_number("size", kMinRoomSize, kMaxMembers)) {
    change.size = static_cast<int>(*size);
  }
  if (in.has("password")) change.password = in.optional_text("password", {0, kMaxPassword});
  change.listed = in.flag_if_there("listed");
  change.locked = in.flag_if_there("locked");
  if (in.has("metadata")) change.metadata = in.metadata("metadata");
  return {std::move(change)};
}

ListRooms read_list(Fields& in) {
  ListQuery query;
  in.entries("where", kMaxConditions, [&](std::string_view key, std::uint32_t position) {
    auto condition = in.condition(position, "where");
    if (condition) query.where.emplace(key, std::move(*condition));
  });
  query.has_space = in.optional_flag("has_space");
  query.without_password = in.optional_flag("without_password");
  query.order_by = in.optional_text("order_by", {0, kMaxMetadataKey});
  const std::string order = in.optional_text("order", {0, kMaxMid});
  if (order == "members") {
    query.order = ListOrder::members;
  } else if (order == "metadata") {
    query.order = ListOrder::metadata;
  } else if (!order.empty() && order != "newest") {
    in.fail(ErrorCode::bad_message, "\"order\" must be newest, members or metadata.");
  }
  query.ascending = in.optional_flag("ascending");
  query.limit = static_cast<int>(in.optional_number("limit", 1, kMaxListed).value_or(20));
  query.offset = static_cast<int>(in.optional_number("offset", 0, kMaxListOffset).value_or(0));
  if (in.ok() && !is_list_query(query)) {
    in.fail(ErrorCode::bad_message,
            "\"where\" has keys of metadata; \"order_by\" is one, and stands beside the order \"metadata\" "
            "alone.");
  }
  return {std::move(query)};
}

FindMatch read_match(Fields& in) {
  QuickMatch want;
  want.attributes = in.metadata("attributes");
  want.rating = in.optional_integer("rating", -kMaxMetadataNumber, kMaxMetadataNumber);
  want.window = in.optional_number("window", 0, UINT32_MAX).value_or(want.window);
  want.widen_per_second =
      in.optional_number("widen_per_second", 0, UINT32_MAX).value_or(want.widen_per_second);
  want.max_window = in.optional_number("max_window", 0, UINT32_MAX).value_or(want.max_window);
  if (const auto size = in.optional_number("size", kMinRoomSize, kMaxMembers))
    want.size = static_cast<int>(*size);
  if (const auto patience = in.optional_number("patience_ms", 0, kMaxPatience.count())) {
    want.patience = std::chrono::milliseconds(*patience);
  }
  return {std::move(want)};
}

JoinRoom read_join(Fields& in) {
  JoinRoom message;
  const std::string typed = in.text("code", {0, kMaxTypedCode});
  message.ticket = in.optional_ascii("ticket", {0, kMaxTicket});
  message.resume = in.optional_flag("resume");
  message.password = in.optional_text("password", {0, kMaxPassword});
  if (in.ok() && message.resume && message.ticket.empty()) {
    in.fail(ErrorCode::bad_message, "\"resume\" needs a ticket.");
  }
  if (auto code = canonical_code(typed)) {
    message.code = std::move(*code);
  } else {
    in.fail(ErrorCode::no_such_room, std::string(sentence(ErrorCode::no_such_room)));
  }
  return message;
}

using ReadClient = ClientMessage (*)(Fields&);
struct ClientType {
  std::string_view name;
  ReadClient read;
};
// The most frequent first.
constexpr ClientType kClientTypes[] = {
    {"candidate", [](Fields& in) -> ClientMessage { return read_candidate(in, "to"); }},
    {"ping", [](Fields& in) -> ClientMessage { return Ping{in.number("id", 0, UINT32_MAX)}; }},
    {"offer", [](Fields& in) -> ClientMessage { return read_offer(in, "to"); }},
    {"answer", [](Fields& in) -> ClientMessage { return read_answer(in, "to"); }},
    {"end_of_candidates", [](Fields& in) -> ClientMessage { return EndOfCandidates{in.peer("to")}; }},
    {"hello", [](Fields& in) -> ClientMessage { return read_hello(in); }},
    {"create", [](Fields& in) -> ClientMessage { return read_create(in); }},
    {"join", [](Fields& in) -> ClientMessage { return read_join(in); }},
    {"leave", [](Fields&) -> ClientMessage { return LeaveRoom{}; }},
    {"list", [](Fields& in) -> ClientMessage { return read_list(in); }},
    {"match", [](Fields& in) -> ClientMessage { return read_match(in); }},
    {"update", [](Fields& in) -> ClientMessage { return read_update(in); }},
    {"kick",
     [](Fields& in) -> ClientMessage {
       return KickMember{in.peer("peer"), false};
     }},
    {"ban",
     [](Fields& in) -> ClientMessage {
       return KickMember{in.peer("peer"), true};
     }},
    {"transfer", [](Fields& in) -> ClientMessage { return TransferHost{in.peer("peer")}; }},
};

// ---- server to client

MemberInfo read_member(Fields& in) {
  MemberInfo member{in.peer("id"), in.unchecked_text("name")};
  member.incarnation = in.optional_number("incarnation", 1, UINT32_MAX).value_or(1);
  member.away = in.optional_flag("away");
  if (in.ok() && !is_name(member.name)) in.fail(ErrorCode::bad_message, "\"name\" cannot be shown.");
  return member;
}

IceServer read_ice_server(Fields& in) {
  IceServer server;
  in.array("urls", kMaxIceUrls, [&](std::uint32_t i) {
    server.urls.push_back(in.text_element(i, "urls", {1, kMaxIceText}));
  });
  server.username = in.optional_text("username", {0, kMaxIceText});
  server.credential = in.optional_text("credential", {0, kMaxIceText});
  return server;
}

std::vector<IceServer> read_ice_servers(Fields& in) {
  std::vector<IceServer> servers;
  in.array("ice_servers", kMaxIceServers, [&](std::uint32_t i) {
    Fields part = in.element(i, "ice_servers");
    servers.push_back(read_ice_server(part));
    in.check(part);
  });
  return servers;
}

Welcome read_welcome(Fields& in) {
  const int version = static_cast<int>(in.number("version", 1, kMaxVersion));
  std::vector<IceServer> ice_servers = read_ice_servers(in);
  return {version, std::move(ice_servers), in.optional_flag("relay")};
}

JoinedRoom read_joined(Fields& in) {
  JoinedRoom message;
  message.code = in.text("code", {kCodeLength, kMaxTypedCode});
  message.title = in.unchecked_text("title");
  message.ticket = in.optional_ascii("ticket", {0, kMaxTicket});
  message.you = in.peer("you");
  message.host = in.peer("host");
  message.term = in.number("term", 1, UINT32_MAX);
  message.size = static_cast<int>(in.number("size", kMinRoomSize, kMaxMembers));
  message.incarnation = in.optional_number("incarnation", 1, UINT32_MAX).value_or(1);
  message.rebuilt = in.optional_flag("rebuilt");
  message.has_password = in.optional_flag("password");
  message.listed = in.optional_flag("listed");
  message.locked = in.optional_flag("locked");
  message.metadata = in.metadata("metadata");
  in.array("members", kMaxMembers - 1, [&](std::uint32_t i) {
    Fields part = in.element(i, "members");
    message.members.push_back(read_member(part));
    in.check(part);
  });
  if (in.ok() && !canonical_code(message.code))
    in.fail(ErrorCode::bad_message, "\"code\" is no room's code.");
  if (in.ok() && !is_title(message.title)) in.fail(ErrorCode::bad_message, "\"title\" cannot be shown.");
  return message;
}

PeerJoinedRoom read_peer_joined(Fields& in) {
  Fields part = in.object("peer");
  PeerJoinedRoom message;
  if (in.ok()) message.member = read_member(part);
  in.check(part);
  return message;
}

PeerBackRoom read_peer_back(Fields& in) {
  return {read_peer_joined(in).member};
}

HostOfRoom read_host(Fields& in) {
  return {in.peer("host"), in.number("term", 1, UINT32_MAX), in.optional_ascii("ticket", {0, kMaxTicket})};
}

UpdatedRoom read_updated(Fields& in) {
  UpdatedRoom message;
  message.settings.title = in.unchecked_text("title");
  message.settings.size = static_cast<int>(in.number("size", kMinRoomSize, kMaxMembers));
  message.settings.has_password = in.optional_flag("password");
  message.settings.listed = in.optional_flag("listed");
  message.settings.locked = in.optional_flag("locked");
  message.settings.metadata = in.metadata("metadata");
  message.ticket = in.optional_ascii("ticket", {0, kMaxTicket});
  if (in.ok() && !is_title(message.settings.title)) {
    in.fail(ErrorCode::bad_message, "\"title\" cannot be shown.");
  }
  return message;
}

ListedRoom read_listed(Fields& in) {
  ListedRoom room;
  room.code = in.text("code", {kCodeLength, kMaxTypedCode});
  room.title = in.unchecked_text("title");
  room.members = static_cast<int>(in.number("members", 0, kMaxMembers));
  room.size = static_cast<int>(in.number("size", kMinRoomSize, kMaxMembers));
  room.has_password = in.optional_flag("password");
  room.metadata = in.metadata("metadata");
  if (in.ok() && !canonical_code(room.code)) in.fail(ErrorCode::bad_message, "\"code\" is no room's code.");
  if (in.ok() && !is_title(room.title)) in.fail(ErrorCode::bad_message, "\"title\" cannot be shown.");
  return room;
}

RoomsFound read_rooms(Fields& in) {
  RoomsFound message;
  in.array("rooms", kMaxListed, [&](std::uint32_t i) {
    Fields part = in.element(i, "rooms");
    message.rooms.push_back(read_listed(part));
    in.check(part);
  });
  message.total = static_cast<int>(in.number("total", 0, INT32_MAX));
  return message;
}

SearchingMatch read_searching(Fields& in) {
  return {in.number("waited_ms", 0, UINT32_MAX), in.optional_number("others", 0, UINT32_MAX).value_or(0)};
}

PeerLeftRoom read_peer_left(Fields& in) {
  PeerLeftRoom message;
  message.peer = in.peer("peer");
  const std::string reason = in.text("reason", {1, kMaxMid});
  message.reason = LeaveReason::lost;
  for (const LeaveReason known :
       {LeaveReason::left, LeaveReason::removed, LeaveReason::kicked, LeaveReason::banned}) {
    if (reason == to_string(known)) message.reason = known;
  }
  return message;
}

Error read_error(Fields& in) {
  Error message;
  const std::string code = in.text("code", {1, kMaxMid});
  message.code = error_code_from(code).value_or(ErrorCode::bad_message);
  message.message = in.optional_text("message", {0, kMaxErrorText});
  message.about = in.optional_text("about", {0, kMaxMid});
  message.retry_ms = in.optional_number("retry_ms", 0, UINT32_MAX).value_or(0);
  return message;
}

using ReadServer = ServerMessage (*)(Fields&);
struct ServerType {
  std::string_view name;
  ReadServer read;
};
constexpr ServerType kServerTypes[] = {
    {"candidate", [](Fields& in) -> ServerMessage { return read_candidate(in, "from"); }},
    {"pong", [](Fields& in) -> ServerMessage { return Pong{in.number("id", 0, UINT32_MAX)}; }},
    {"offer", [](Fields& in) -> ServerMessage { return read_offer(in, "from"); }},
    {"answer", [](Fields& in) -> ServerMessage { return read_answer(in, "from"); }},
    {"end_of_candidates", [](Fields& in) -> ServerMessage { return EndOfCandidates{in.peer("from")}; }},
    {"peer_joined", [](Fields& in) -> ServerMessage { return read_peer_joined(in); }},
    {"peer_left", [](Fields& in) -> ServerMessage { return read_peer_left(in); }},
    {"peer_away", [](Fields& in) -> ServerMessage { return PeerAwayRoom{in.peer("peer")}; }},
    {"peer_back", [](Fields& in) -> ServerMessage { return read_peer_back(in); }},
    {"host", [](Fields& in) -> ServerMessage { return read_host(in); }},
    {"welcome", [](Fields& in) -> ServerMessage { return read_welcome(in); }},
    {"joined", [](Fields& in) -> ServerMessage { return read_joined(in); }},
    {"rooms", [](Fields& in) -> ServerMessage { return read_rooms(in); }},
    {"searching", [](Fields& in) -> ServerMessage { return read_searching(in); }},
    {"updated", [](Fields& in) -> ServerMessage { return read_updated(in); }},
    {"left", [](Fields&) -> ServerMessage { return LeftRoom{}; }},
    {"error", [](Fields& in) -> ServerMessage { return read_error(in); }},
};

/// A type that is not known may be repeated to its sender when it looks like one.
bool may_be_repeated(std::string_view type) {
  return type.size() <= kMaxMid &&
         std::all_of(type.begin(), type.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

ParseError plain_error(ErrorCode code) {
  return {code, std::string(sentence(code)), {}};
}

template <class Message, class Types>
base::Result<Message, ParseError> parse(std::string_view text, const Types& types) {
  if (text.size() > kMaxFrame) return Unexpected{plain_error(ErrorCode::too_large)};
  const json::Reader reader(text);
  if (!reader.ok()) return Unexpected{plain_error(ErrorCode::bad_json)};
  const auto at = reader.find(json::Reader::kRoot, "type");
  if (!at || reader.at(*at).kind != json::Kind::string) {
    return Unexpected{ParseError{ErrorCode::bad_message, "\"type\" must be text.", {}}};
  }
  const std::string_view type = reader.at(*at).text();
  for (const auto& known : types) {
    if (known.name != type) continue;
    Fields fields(reader, json::Reader::kRoot);
    Message message = known.read(fields);
    if (fields.ok()) return message;
    fields.error().about = type;
    return Unexpected{std::move(fields.error())};
  }
  return Unexpected{ParseError{ErrorCode::unknown_type, std::string(sentence(ErrorCode::unknown_type)),
                               may_be_repeated(type) ? std::string(type) : std::string()}};
}

}  // namespace

base::Result<ClientMessage, ParseError> parse_client_message(std::string_view text) {
  return parse<ClientMessage>(text, kClientTypes);
}

base::Result<ServerMessage, ParseError> parse_server_message(std::string_view text) {
  return parse<ServerMessage>(text, kServerTypes);
}

base::Result<std::vector<IceServer>, ParseError> parse_ice_servers(std::string_view text) {
  if (text.size() > kMaxFrame) return Unexpected{plain_error(ErrorCode::too_large)};
  const json::Reader reader(text);
  if (!reader.ok()) return Unexpected{plain_error(ErrorCode::bad_json)};
  Fields fields(reader, json::Reader::kRoot);
  std::vector<IceServer> servers = read_ice_servers(fields);
  if (fields.ok()) return servers;
  return Unexpected{std::move(fields.error())};
}

}  // namespace parlor::signaling
