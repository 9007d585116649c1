#include "signaling/client_reasons.hpp"

namespace parlor::signaling {

Reason reason_of(ErrorCode code, std::string_view about) {
  switch (code) {
    case ErrorCode::unsupported_version:
      return Reason::version_mismatch;
    case ErrorCode::bad_name:
      return Reason::bad_options;
    case ErrorCode::no_such_room:
      return Reason::no_such_room;
    case ErrorCode::room_full:
      return Reason::room_full;
    case ErrorCode::build_mismatch:
      return Reason::build_mismatch;
    case ErrorCode::rate_limited:
      return Reason::rate_limited;
    case ErrorCode::server_full:
      return Reason::server_full;
    case ErrorCode::server_shutdown:
      return Reason::server_shutdown;
    case ErrorCode::replaced:
      return Reason::replaced;
    case ErrorCode::kicked:
      return Reason::kicked;
    case ErrorCode::banned:
      return Reason::banned;
    case ErrorCode::room_locked:
      return Reason::room_locked;
    case ErrorCode::slow_reader:
    case ErrorCode::timed_out:
      return Reason::timed_out;
    case ErrorCode::bad_message:
      // A room that this server does not allow, such as a larger one.
      return about == "create" || about == "match" || about == "list" ? Reason::bad_options
                                                                      : Reason::protocol_error;
    case ErrorCode::bad_json:
    case ErrorCode::unknown_type:
    case ErrorCode::hello_first:
    case ErrorCode::already_in_room:
    case ErrorCode::not_in_room:
    case ErrorCode::no_such_peer:
    case ErrorCode::not_host:
    case ErrorCode::too_large:
    case ErrorCode::not_text:
      return Reason::protocol_error;
  }
  return Reason::protocol_error;
}

std::string sentence_for_player(ErrorCode code, std::string_view about, std::string_view shown_code,
                                std::string_view message) {
  const std::string room =
      shown_code.empty() ? std::string("The room") : "The room " + std::string(shown_code);
  switch (reason_of(code, about)) {
    case Reason::no_such_room:
      if (shown_code.empty()) return std::string(sentence(code));
      return "No room has the code " + std::string(shown_code) +
             ", or it has another password. Check with whoever sent it.";
    case Reason::room_full:
      return room + " is full. Try again when somebody has left it, or make one of your own.";
    case Reason::build_mismatch:
      return room + " runs another build of the game. Reload the page, and ask the others to reload theirs.";
    case Reason::version_mismatch:
      return "This page does not fit the server. Reload it to get the one that does.";
    case Reason::rate_limited:
      return "Too many attempts from this network. Wait a minute and try again.";
    case Reason::server_full:
      return "The server has no place for more at the moment. Try again later.";
    case Reason::server_shutdown:
      return "The server is being stopped. Try again in a minute.";
    case Reason::room_locked:
      return room + " takes nobody new at the moment. Try again later, or make one of your own.";
    case Reason::kicked:
    case Reason::banned:
      return std::string(sentence(code));
    case Reason::replaced:
      return "You came back in another window, which has taken this one's place.";
    case Reason::timed_out:
      return "The server gave this connection up, because it was silent or slow for too long.";
    case Reason::bad_options:
      return std::string(message.empty() ? sentence(code) : message);
    default:
      return "This page and the server do not understand each other. Reload the page. (" +
             std::string(message.empty() ? sentence(code) : message) + ')';
  }
}

std::string sentence_for_unreachable(std::string_view why) {
  constexpr std::size_t kLongest = 500;
  if (why.empty() || why.size() > kLongest) why = "Check the network, or try again later.";
  return "The server could not be reached. " + std::string(why);
}

}  // namespace parlor::signaling
