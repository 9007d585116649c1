#include <array>

#include "signaling/messages.hpp"

namespace parlor::signaling {
namespace {

struct Row {
  ErrorCode code;
  std::string_view text;
  bool closes;
  std::string_view sentence;
};

// In the order of the enumeration, which is fixed on the wire by the close codes: add at the end only.
constexpr std::array<Row, kErrorCodes> kRows{{
    {ErrorCode::bad_json, "bad_json", true, "The frame is not one JSON object."},
    {ErrorCode::bad_message, "bad_message", false, "The message has a missing or wrong field."},
    {ErrorCode::unknown_type, "unknown_type", false, "This server does not know messages of that type."},
    {ErrorCode::unsupported_version, "unsupported_version", true,
     "This server speaks version 1 of the protocol only. Reload the page to get the program that fits it."},
    {ErrorCode::hello_first, "hello_first", true, "The first message must be hello."},
    {ErrorCode::bad_name, "bad_name", false,
     "Choose another name: 1 to 32 characters that can be shown; a room's title has at most 64."},
    {ErrorCode::already_in_room, "already_in_room", false, "Leave the room before entering another."},
    {ErrorCode::not_in_room, "not_in_room", false, "Create or join a room first."},
    {ErrorCode::no_such_room, "no_such_room", false,
     "No room has that code, or it has another password. Check with whoever sent it."},
    {ErrorCode::room_full, "room_full", false, "The room is full. Try again when somebody has left it."},
    {ErrorCode::build_mismatch, "build_mismatch", false,
     "The room runs another build of the game. Reload the page on both sides."},
    {ErrorCode::no_such_peer, "no_such_peer", false, "No other member of this room has that id."},
    {ErrorCode::rate_limited, "rate_limited", false, "Too much at once. Wait a little and try again."},
    {ErrorCode::server_full, "server_full", false,
     "The server has no place for more at the moment. Try again later."},
    {ErrorCode::server_shutdown, "server_shutdown", true, "The server is being stopped."},
    {ErrorCode::replaced, "replaced", true, "This member came back somewhere else, such as in another tab."},
    {ErrorCode::slow_reader, "slow_reader", true, "The connection did not take what was sent to it."},
    {ErrorCode::too_large, "too_large", true, "A frame is longer than 65536 bytes."},
    {ErrorCode::not_text, "not_text", true, "Messages are text frames, not binary ones."},
    {ErrorCode::timed_out, "timed_out", true, "Nothing was heard for too long."},
    {ErrorCode::kicked, "kicked", true, "The host has removed you from the room."},
    {ErrorCode::banned, "banned", true, "The host has removed you from the room for good."},
    {ErrorCode::not_host, "not_host", false, "Only the host of the room may do that."},
    {ErrorCode::room_locked, "room_locked", false, "The room takes nobody new at the moment."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].code) != i) return false;
  }
  return true;
}
static_assert(in_order());

const Row& row(ErrorCode code) {
  return kRows.at(static_cast<std::size_t>(code));
}

constexpr std::uint16_t kFirstCloseCode = 4000;  // RFC 6455 §7.4.2: 4000–4999 are for applications
constexpr std::uint16_t kGoingAway = 1001;       // RFC 6455 §7.4.1

}  // namespace

std::string_view to_string(ErrorCode code) {
  return row(code).text;
}

std::string_view sentence(ErrorCode code) {
  return row(code).sentence;
}

bool closes(ErrorCode code) {
  return row(code).closes;
}

std::optional<ErrorCode> error_code_from(std::string_view text) {
  for (const Row& candidate : kRows) {
    if (candidate.text == text) return candidate.code;
  }
  return std::nullopt;
}

std::uint16_t close_code(ErrorCode code) {
  if (code == ErrorCode::server_shutdown) return kGoingAway;
  return static_cast<std::uint16_t>(kFirstCloseCode + static_cast<unsigned>(code));
}

std::optional<ErrorCode> error_code_from_close(std::uint16_t close) {
  for (const Row& candidate : kRows) {
    if (close_code(candidate.code) == close) return candidate.code;
  }
  return std::nullopt;
}

std::string_view to_string(LeaveReason reason) {
  switch (reason) {
    case LeaveReason::left:
      return "left";
    case LeaveReason::lost:
      return "lost";
    case LeaveReason::removed:
      return "removed";
    case LeaveReason::kicked:
      return "kicked";
    case LeaveReason::banned:
      return "banned";
  }
  return "lost";
}

}  // namespace parlor::signaling
