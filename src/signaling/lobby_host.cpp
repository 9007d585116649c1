// What a host may do to its room: change its settings, remove members, hand over. And what keeps strangers
// out of a room: its password and its bans.

#include <algorithm>
#include <utility>

#include "signaling/lobby_impl.hpp"

namespace parlor::signaling {

RoomSettings Lobby::Impl::Room::settings() const {
  return {title, size, rules.password.has_value(), rules.listed, rules.locked, rules.metadata};
}

// ---- who gets in

std::optional<PasswordHash> Lobby::Impl::locked_by(std::string_view password) {
  if (password.empty()) return std::nullopt;
  std::array<std::byte, 8> salt{};
  random.fill(salt);
  return hash_password(password, salt, config.mac, config.ticket_key);
}

bool Lobby::Impl::fits_password(const Room& room, std::string_view password) const {
  return !room.rules.password || is_password(password, *room.rules.password, config.mac, config.ticket_key);
}

bool Lobby::Impl::is_banned(const Room& room, const base::IpAddress& site) const {
  if (room.rules.bans.empty()) return false;
  const SiteTag tag = site_tag(site, room.life, config.mac, config.ticket_key);
  bool found = false;
  for (const Ban& ban : room.rules.bans) {
    if (!equal_secrets(ban.site, tag)) continue;
    if (ban.whole_site) return true;
    found = true;
  }
  // A classroom is one site: with one of it banned, the others still get in.
  const auto is_from_there = [&](const auto& member) { return member->site == site; };
  return found && std::none_of(room.members.begin(), room.members.end(), is_from_there);
}

bool Lobby::Impl::has_ban_from(const Room& room, const base::IpAddress& site,
                               const std::vector<Ban>& known) const {
  const std::vector<Ban>& bans = room.rules.bans;
  if (bans.empty()) return false;
  const SiteTag tag = site_tag(site, room.life, config.mac, config.ticket_key);
  return std::any_of(bans.begin(), bans.end(), [&](const Ban& ban) {
    return equal_secrets(ban.site, tag) && std::find(known.begin(), known.end(), ban) == known.end();
  });
}

// ---- changes

Lobby::Impl::Room* Lobby::Impl::room_to_change(Connection& connection, std::string_view about) {
  if (connection.member == nullptr) {
    refuse(connection, ErrorCode::not_in_room, about);
    return nullptr;
  }
  Room& room = *connection.member->room;
  if (room.host != connection.member->peer) {
    refuse(connection, ErrorCode::not_host, about);
    return nullptr;
  }
  // Whoever was host in an old ticket must not outdo what the newer ones of the others will tell.
  if (is_gathering(room)) {
    refuse(connection, ErrorCode::rate_limited, "The room's members are still coming back.", about);
    return nullptr;
  }
  if (!room.changes.take(now_)) {
    refuse(connection, ErrorCode::rate_limited, "The room is changed too often.", about);
    return nullptr;
  }
  return &room;
}

void Lobby::Impl::update(Connection& connection, const UpdateRoom& message) {
  Room* room = room_to_change(connection, "update");
  if (room == nullptr) return;
  const SettingsChange& change = message.change;
  if (change.size && *change.size > config.max_room_size) {
    return refuse(connection, ErrorCode::bad_message,
                  "This server's rooms have at most " + std::to_string(config.max_room_size) + " members.",
                  "update");
  }
  if (change.size && static_cast<std::size_t>(*change.size) < room->members.size()) {
    return refuse(connection, ErrorCode::bad_message, "The room has more members than that already.",
                  "update");
  }
  if (change.title) room->title = *change.title;
  if (change.size) room->size = *change.size;
  if (change.password) room->rules.password = locked_by(*change.password);
  if (change.listed) room->rules.listed = *change.listed;
  if (change.locked) room->rules.locked = *change.locked;
  if (change.metadata) room->rules.metadata = *change.metadata;
  ++room->rules.revision;
  tell_settings(*room);
}

void Lobby::Impl::kick(Connection& connection, const KickMember& message) {
  const std::string_view about = message.ban ? "ban" : "kick";
  Room* room = room_to_change(connection, about);
  if (room == nullptr) return;
  Member* member = room->find(message.peer);
  if (member == nullptr || member == connection.member) {
    return refuse(connection, ErrorCode::no_such_peer, about);
  }
  if (message.ban && room->rules.bans.size() >= kMaxBans) {
    return refuse(connection, ErrorCode::bad_message,
                  "The room has as many bans as it can keep. Set a password, or lock it.", about);
  }
  if (message.ban) {
    // Who comes past a ban, as a classmate may, and has to be banned as well, was the banned one in all
    // likelihood: nobody new from there any more.
    const bool whole_site = member->came_past_ban && has_ban_from(*room, member->site);
    room->rules.bans.push_back(
        {member->serial, site_tag(member->site, room->life, config.mac, config.ticket_key), whole_site});
  } else {
    auto& kicked = room->rules.kicked;
    if (kicked.size() >= kMaxKicked) kicked.erase(kicked.begin());
    kicked.push_back(member->serial);
  }
  ++room->rules.revision;
  remove(*member, message.ban ? LeaveReason::banned : LeaveReason::kicked);
  tell_settings(*room);
}

void Lobby::Impl::remove(Member& member, LeaveReason reason) {
  if (member.connection == nullptr) return leave_room(member, reason);
  const ErrorCode code = reason == LeaveReason::banned ? ErrorCode::banned : ErrorCode::kicked;
  drop(*member.connection, code, sentence(code), {}, reason);
}

void Lobby::Impl::transfer(Connection& connection, const TransferHost& message) {
  Room* room = room_to_change(connection, "transfer");
  if (room == nullptr) return;
  const Member* member = room->find(message.peer);
  if (member == nullptr || member == connection.member || member->connection == nullptr) {
    return refuse(connection, ErrorCode::no_such_peer, "transfer");
  }
  make_host(*room, message.peer);
  tell_host(*room);
}

void Lobby::Impl::tell_settings(Room& room) {
  changed(room);
  // To each its own, for the ticket that knows the settings.
  for (const auto& member : room.members) {
    if (member->connection == nullptr) continue;
    send(*member->connection, UpdatedRoom{room.settings(), ticket_of(*member)});
  }
}

}  // namespace parlor::signaling
