// The names of the public enumerations, as games, logs and tests see them.

#include "parlor/room.hpp"
#include "parlor/types.hpp"

namespace parlor {

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "none";
    case Reason::left:
      return "left";
    case Reason::no_server:
      return "no_server";
    case Reason::timed_out:
      return "timed_out";
    case Reason::no_such_room:
      return "no_such_room";
    case Reason::room_full:
      return "room_full";
    case Reason::version_mismatch:
      return "version_mismatch";
    case Reason::build_mismatch:
      return "build_mismatch";
    case Reason::bad_options:
      return "bad_options";
    case Reason::rate_limited:
      return "rate_limited";
    case Reason::server_full:
      return "server_full";
    case Reason::server_shutdown:
      return "server_shutdown";
    case Reason::replaced:
      return "replaced";
    case Reason::kicked:
      return "kicked";
    case Reason::banned:
      return "banned";
    case Reason::room_locked:
      return "room_locked";
    case Reason::no_webrtc:
      return "no_webrtc";
    case Reason::protocol_error:
      return "protocol_error";
    case Reason::peer_left:
      return "peer_left";
    case Reason::peer_lost:
      return "peer_lost";
    case Reason::peer_kicked:
      return "peer_kicked";
    case Reason::link_failed:
      return "link_failed";
    case Reason::receiver_overflow:
      return "receiver_overflow";
  }
  return "unknown";
}

std::string_view to_string(Path path) {
  switch (path) {
    case Path::none:
      return "none";
    case Path::direct:
      return "direct";
    case Path::turn:
      return "turn";
    case Path::relay:
      return "relay";
  }
  return "unknown";
}

std::string_view to_string(SendResult result) {
  switch (result) {
    case SendResult::queued:
      return "queued";
    case SendResult::would_block:
      return "would_block";
    case SendResult::dropped:
      return "dropped";
    case SendResult::too_large:
      return "too_large";
    case SendResult::no_such_peer:
      return "no_such_peer";
  }
  return "unknown";
}

std::string_view to_string(RequestResult result) {
  switch (result) {
    case RequestResult::sent:
      return "sent";
    case RequestResult::not_host:
      return "not_host";
    case RequestResult::no_such_peer:
      return "no_such_peer";
    case RequestResult::bad_settings:
      return "bad_settings";
    case RequestResult::not_connected:
      return "not_connected";
  }
  return "unknown";
}

std::string_view to_string(RoomState state) {
  switch (state) {
    case RoomState::entering:
      return "entering";
    case RoomState::playing:
      return "playing";
    case RoomState::ended:
      return "ended";
  }
  return "unknown";
}

}  // namespace parlor
