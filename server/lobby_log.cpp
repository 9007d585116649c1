#include "server/lobby_log.hpp"

#include <cstdint>

#include "server/log.hpp"

namespace parlor::server {
namespace {

using namespace signaling;

template <class T>
std::string number(T value) {
  return std::to_string(static_cast<std::uint64_t>(value));
}

void log_one(const RoomOpened& opened, const std::string&) {
  log_event(LogLevel::info, "room_opened",
            {{"code", logged_code(opened.code)}, {"game", opened.game}, {"size", number(opened.size)}});
}
void log_one(const RoomRebuilt& rebuilt, const std::string&) {
  log_event(LogLevel::info, "room_rebuilt",
            {{"code", logged_code(rebuilt.code)}, {"game", rebuilt.game}, {"term", number(rebuilt.term)}});
}
void log_one(const RoomClosed& closed, const std::string&) {
  log_event(LogLevel::info, "room_closed", {{"code", logged_code(closed.code)}});
}
void log_one(const MemberEntered& entered, const std::string&) {
  log_event(LogLevel::info, "member_entered",
            {{"code", logged_code(entered.code)},
             {"peer", number(entered.peer)},
             {"members", number(entered.members)},
             {"connection", number(entered.connection)}});
}
void log_one(const MemberAway& away, const std::string&) {
  log_event(LogLevel::info, "member_away", {{"code", logged_code(away.code)}, {"peer", number(away.peer)}});
}
void log_one(const MemberBack& back, const std::string&) {
  log_event(LogLevel::info, "member_back",
            {{"code", logged_code(back.code)},
             {"peer", number(back.peer)},
             {"anew", back.anew ? "yes" : "no"},
             {"connection", number(back.connection)}});
}
void log_one(const MemberGone& gone, const std::string&) {
  log_event(LogLevel::info, "member_gone",
            {{"code", logged_code(gone.code)},
             {"peer", number(gone.peer)},
             {"reason", std::string(to_string(gone.reason))},
             {"members", number(gone.members)}});
}
void log_one(const signaling::Refused& refused, const std::string& from) {
  log_event(LogLevel::info, "refused",
            {{"reason", std::string(to_string(refused.code))},
             {"connection", number(refused.connection)},
             {"from", from}});
}

}  // namespace

bool is_refusal(const LobbyEvent& event) {
  return std::holds_alternative<signaling::Refused>(event);
}

void log_lobby_event(const LobbyEvent& event, const std::string& from) {
  std::visit([&](const auto& one) { log_one(one, from); }, event);
}

ConnectionId connection_of(const LobbyEvent& event) {
  const auto* refused = std::get_if<signaling::Refused>(&event);
  return refused != nullptr ? refused->connection : ConnectionId{};
}

}  // namespace parlor::server
