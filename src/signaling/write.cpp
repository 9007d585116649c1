#include "signaling/json.hpp"
#include "signaling/messages.hpp"

namespace parlor::signaling {
namespace {

using json::Writer;

constexpr std::size_t kSmallMessage = 96;  // room for names, numbers and brackets around a text

std::uint64_t number(PeerId peer) {
  return static_cast<std::uint16_t>(peer);
}

Writer begin(std::string_view type, std::size_t text_size = 0) {
  Writer out(kSmallMessage + text_size + text_size / 16);  // SDP has two escapes per line of some 40
  out.begin_object().name("type").string(type);
  return out;
}

void optional_text(Writer& out, std::string_view name, std::string_view text) {
  if (!text.empty()) out.name(name).string(text);
}

void flag(Writer& out, std::string_view name, bool value) {
  if (value) out.name(name).boolean(true);
}

/// Under this name; nothing where there is none.
void write_metadata(Writer& out, std::string_view name, const Metadata& metadata) {
  if (metadata.empty()) return;
  out.name(name).begin_object();
  for (const auto& [key, value] : metadata) {
    out.name(key);
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      out.integer(*number);
    } else {
      out.string(std::get<std::string>(value));
    }
  }
  out.end_object();
}

// ---- both ways; `peer` is the name of the field that says to whom, or from whom

template <class Description>
std::string write_description(std::string_view type, std::string_view peer, const Description& message) {
  Writer out = begin(type, message.sdp.size());
  out.name(peer).number(number(message.peer)).name("sdp").string(message.sdp).end_object();
  return out.take();
}

std::string write_one(std::string_view peer, const Offer& message) {
  return write_description("offer", peer, message);
}

std::string write_one(std::string_view peer, const Answer& message) {
  return write_description("answer", peer, message);
}

std::string write_one(std::string_view peer, const Candidate& message) {
  Writer out = begin("candidate", message.candidate.size() + message.mid.size() + message.ufrag.size());
  out.name(peer).number(number(message.peer)).name("candidate").string(message.candidate);
  optional_text(out, "mid", message.mid);
  if (message.mline_index) out.name("mline_index").number(*message.mline_index);
  optional_text(out, "ufrag", message.ufrag);
  out.end_object();
  return out.take();
}

std::string write_one(std::string_view peer, const EndOfCandidates& message) {
  Writer out = begin("end_of_candidates");
  out.name(peer).number(number(message.peer)).end_object();
  return out.take();
}

// ---- client to server

std::string write_one(std::string_view, const Hello& message) {
  Writer out = begin("hello", message.game.size() + message.build.size() + message.name.size());
  out.name("version").number(static_cast<std::uint64_t>(message.version));
  out.name("game").string(message.game);
  optional_text(out, "build", message.build);
  out.name("name").string(message.name).end_object();
  return out.take();
}

std::string write_one(std::string_view, const CreateRoom& message) {
  Writer out = begin("create", message.title.size());
  out.name("size").number(static_cast<std::uint64_t>(message.size));
  optional_text(out, "title", message.title);
  optional_text(out, "password", message.password);
  flag(out, "listed", message.listed);
  flag(out, "locked", message.locked);
  write_metadata(out, "metadata", message.metadata);
  out.end_object();
  return out.take();
}

std::string_view to_string(ListOrder order) {
  return order == ListOrder::members ? "members" : "metadata";
}

std::string write_one(std::string_view, const ListRooms& message) {
  const ListQuery& query = message.query;
  Writer out = begin("list", kMaxMetadataBytes);
  if (!query.where.empty()) {
    out.name("where").begin_object();
    for (const auto& [key, condition] : query.where) {
      out.name(key);
      if (const auto* number = std::get_if<std::int64_t>(&condition)) {
        out.integer(*number);
      } else if (const auto* text = std::get_if<std::string>(&condition)) {
        out.string(*text);
      } else {
        const auto& range = std::get<NumberRange>(condition);
        out.begin_object().name("min").integer(range.min).name("max").integer(range.max).end_object();
      }
    }
    out.end_object();
  }
  flag(out, "has_space", query.has_space);
  flag(out, "without_password", query.without_password);
  if (query.order != ListOrder::newest) out.name("order").string(to_string(query.order));
  optional_text(out, "order_by", query.order_by);
  flag(out, "ascending", query.ascending);
  out.name("limit").number(static_cast<std::uint64_t>(query.limit));
  if (query.offset != 0) out.name("offset").number(static_cast<std::uint64_t>(query.offset));
  return out.end_object().take();
}

std::string write_one(std::string_view, const FindMatch& message) {
  const QuickMatch& want = message.want;
  Writer out = begin("match", kMaxMetadataBytes);
  write_metadata(out, "attributes", want.attributes);
  if (want.rating) out.name("rating").integer(*want.rating);
  out.name("window").number(want.window).name("widen_per_second").number(want.widen_per_second);
  out.name("max_window").number(want.max_window);
  out.name("size").number(static_cast<std::uint64_t>(want.size));
  out.name("patience_ms").number(static_cast<std::uint64_t>(want.patience.count()));
  return out.end_object().take();
}

std::string write_one(std::string_view, const UpdateRoom& message) {
  const SettingsChange& change = message.change;
  Writer out = begin("update", kMaxMetadataBytes);
  if (change.title) out.name("title").string(*change.title);
  if (change.size) out.name("size").number(static_cast<std::uint64_t>(*change.size));
  if (change.password) out.name("password").string(*change.password);
  if (change.listed) out.name("listed").boolean(*change.listed);
  if (change.locked) out.name("locked").boolean(*change.locked);
  if (change.metadata) {
    write_metadata(out, "metadata", *change.metadata);
    if (change.metadata->empty()) out.name("metadata").begin_object().end_object();
  }
  return out.end_object().take();
}

std::string write_one(std::string_view, const KickMember& message) {
  return begin(message.ban ? "ban" : "kick").name("peer").number(number(message.peer)).end_object().take();
}

std::string write_one(std::string_view, const TransferHost& message) {
  return begin("transfer").name("peer").number(number(message.peer)).end_object().take();
}

std::string write_one(std::string_view, const JoinRoom& message) {
  Writer out = begin("join", message.ticket.size());
  out.name("code").string(message.code);
  optional_text(out, "ticket", message.ticket);
  flag(out, "resume", message.resume);
  optional_text(out, "password", message.password);
  out.end_object();
  return out.take();
}

std::string write_one(std::string_view, const LeaveRoom&) {
  return begin("leave").end_object().take();
}

std::string write_one(std::string_view, const Ping& message) {
  return begin("ping").name("id").number(message.id).end_object().take();
}

// ---- server to client

void write_member(Writer& out, const MemberInfo& member) {
  out.begin_object().name("id").number(number(member.id)).name("name").string(member.name);
  if (member.incarnation != 1) out.name("incarnation").number(member.incarnation);
  if (member.away) out.name("away").boolean(true);
  out.end_object();
}

std::string write_one(std::string_view, const Welcome& message) {
  Writer out = begin("welcome");
  out.name("version").number(static_cast<std::uint64_t>(message.version)).name("ice_servers").begin_array();
  for (const IceServer& server : message.ice_servers) {
    out.begin_object().name("urls").begin_array();
    for (const std::string& url : server.urls) out.string(url);
    out.end_array();
    optional_text(out, "username", server.username);
    optional_text(out, "credential", server.credential);
    out.end_object();
  }
  out.end_array();
  if (message.relay) out.name("relay").boolean(true);
  return out.end_object().take();
}

std::string write_one(std::string_view, const JoinedRoom& message) {
  constexpr std::size_t kAboutAMember = 32;
  Writer out = begin("joined", kSmallMessage + message.title.size() + message.ticket.size() +
                                   kAboutAMember * message.members.size());
  out.name("code").string(message.code);
  optional_text(out, "title", message.title);
  optional_text(out, "ticket", message.ticket);
  out.name("you").number(number(message.you)).name("host").number(number(message.host));
  out.name("term").number(message.term).name("size").number(static_cast<std::uint64_t>(message.size));
  if (message.incarnation != 1) out.name("incarnation").number(message.incarnation);
  flag(out, "rebuilt", message.rebuilt);
  flag(out, "password", message.has_password);
  flag(out, "listed", message.listed);
  flag(out, "locked", message.locked);
  write_metadata(out, "metadata", message.metadata);
  out.name("members").begin_array();
  for (const MemberInfo& member : message.members) write_member(out, member);
  return out.end_array().end_object().take();
}

std::string write_peer(std::string_view type, const MemberInfo& member) {
  Writer out = begin(type, member.name.size());
  out.name("peer");
  write_member(out, member);
  return out.end_object().take();
}

std::string write_one(std::string_view, const PeerJoinedRoom& message) {
  return write_peer("peer_joined", message.member);
}

std::string write_one(std::string_view, const PeerAwayRoom& message) {
  return begin("peer_away").name("peer").number(number(message.peer)).end_object().take();
}

std::string write_one(std::string_view, const PeerBackRoom& message) {
  return write_peer("peer_back", message.member);
}

std::string write_one(std::string_view, const PeerLeftRoom& message) {
  Writer out = begin("peer_left");
  out.name("peer").number(number(message.peer)).name("reason").string(to_string(message.reason));
  return out.end_object().take();
}

std::string write_one(std::string_view, const HostOfRoom& message) {
  Writer out = begin("host", message.ticket.size());
  out.name("host").number(number(message.host)).name("term").number(message.term);
  optional_text(out, "ticket", message.ticket);
  return out.end_object().take();
}

std::string write_one(std::string_view, const RoomsFound& message) {
  Writer out = begin("rooms");
  out.name("total").number(static_cast<std::uint64_t>(message.total)).name("rooms").begin_array();
  for (const ListedRoom& room : message.rooms) {
    out.begin_object().name("code").string(room.code);
    optional_text(out, "title", room.title);
    out.name("members").number(static_cast<std::uint64_t>(room.members));
    out.name("size").number(static_cast<std::uint64_t>(room.size));
    flag(out, "password", room.has_password);
    write_metadata(out, "metadata", room.metadata);
    out.end_object();
  }
  return out.end_array().end_object().take();
}

std::string write_one(std::string_view, const SearchingMatch& message) {
  Writer out = begin("searching");
  out.name("waited_ms").number(message.waited_ms).name("others").number(message.others);
  return out.end_object().take();
}

std::string write_one(std::string_view, const UpdatedRoom& message) {
  const RoomSettings& settings = message.settings;
  Writer out = begin("updated", settings.title.size() + message.ticket.size() + kMaxMetadataBytes);
  optional_text(out, "title", settings.title);
  out.name("size").number(static_cast<std::uint64_t>(settings.size));
  flag(out, "password", settings.has_password);
  flag(out, "listed", settings.listed);
  flag(out, "locked", settings.locked);
  write_metadata(out, "metadata", settings.metadata);
  optional_text(out, "ticket", message.ticket);
  return out.end_object().take();
}

std::string write_one(std::string_view, const LeftRoom&) {
  return begin("left").end_object().take();
}

std::string write_one(std::string_view, const Pong& message) {
  return begin("pong").name("id").number(message.id).end_object().take();
}

std::string write_one(std::string_view, const Error& message) {
  Writer out = begin("error", message.message.size() + message.about.size());
  out.name("code").string(to_string(message.code)).name("message").string(message.message);
  optional_text(out, "about", message.about);
  if (message.retry_ms != 0) out.name("retry_ms").number(message.retry_ms);
  return out.end_object().take();
}

}  // namespace

std::string write(const ClientMessage& message) {
  return std::visit([](const auto& one) { return write_one("to", one); }, message);
}

std::string write(const ServerMessage& message) {
  return std::visit([](const auto& one) { return write_one("from", one); }, message);
}

}  // namespace parlor::signaling
