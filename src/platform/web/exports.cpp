// What JavaScript calls when something happened. Every function names a room by number and does nothing when
// that is gone; texts and bytes were put into the inbox, in the order of their lengths here.

#include <cmath>
#include <optional>
#include <string>

#include <emscripten/emscripten.h>

#include "web/exports.hpp"
#include "web/inbox.hpp"
#include "web/list_session.hpp"
#include "web/session.hpp"

using parlor::platform::web::InboxReader;
using parlor::platform::web::ListSession;
using parlor::platform::web::Session;
using parlor::room::CarrierId;

namespace {

/// Hands an input to the room's machine and carries out what follows.
template <class Input>
void to_room(int room, Input input) {
  Session* session = Session::find(room);
  if (session == nullptr) return;
  input(session->machine(), Session::now());
  session->pump();
}

/// The same for what a list of rooms has, too: a socket to the server.
template <class Input>
void to_socket_owner(int number, Input input) {
  if (ListSession* list = ListSession::find(number)) {
    input(list->machine(), Session::now());
    return list->pump();
  }
  to_room(number, input);
}

}  // namespace

namespace parlor::platform::web {
void link_exports() {}
}  // namespace parlor::platform::web

extern "C" {

/// Where JavaScript may write `size` bytes, until the next call.
EMSCRIPTEN_KEEPALIVE std::byte* parlor_web_inbox(std::size_t size) {
  return parlor::platform::web::inbox(size);
}

/// The timer rang, or the page became visible.
EMSCRIPTEN_KEEPALIVE void parlor_web_wake(int room) {
  if (Session* session = Session::find(room)) session->wake();
  if (ListSession* list = ListSession::find(room)) list->update();
}

/// The page is left, and kept for "back": the others learn it at once.
EMSCRIPTEN_KEEPALIVE void parlor_web_page_gone(int room) {
  to_room(room, [](auto& machine, auto) { machine.leave(); });
}

/// The page is closed, or loaded anew: which of them, the server will know.
EMSCRIPTEN_KEEPALIVE void parlor_web_page_ends(int room) {
  to_room(room, [](auto& machine, auto now) { machine.handle_page_end(now); });
}

EMSCRIPTEN_KEEPALIVE void parlor_web_ice_servers(int room, std::size_t body) {
  to_room(room, [&](auto& machine, auto now) { machine.handle_ice_servers(now, InboxReader().text(body)); });
}

EMSCRIPTEN_KEEPALIVE void parlor_web_socket_open(int room) {
  to_socket_owner(room, [](auto& machine, auto now) { machine.handle_server_open(now); });
}

EMSCRIPTEN_KEEPALIVE void parlor_web_socket_frame(int room, std::size_t text) {
  to_socket_owner(
      room, [&](auto& machine, auto now) { machine.handle_server_frame(now, InboxReader().text(text)); });
}

EMSCRIPTEN_KEEPALIVE void parlor_web_socket_bytes(int room, std::size_t size) {
  to_room(room,
          [&](auto& machine, auto now) { machine.handle_server_bytes(now, InboxReader().bytes(size)); });
}

EMSCRIPTEN_KEEPALIVE void parlor_web_visibility(int room, int hidden) {
  to_room(room, [&](auto& machine, auto now) { machine.handle_visibility(now, hidden != 0); });
}

EMSCRIPTEN_KEEPALIVE void parlor_web_socket_close(int room, int code, std::size_t reason) {
  to_socket_owner(room, [&](auto& machine, auto now) {
    machine.handle_server_close(now, static_cast<std::uint16_t>(code), InboxReader().text(reason));
  });
}

EMSCRIPTEN_KEEPALIVE void parlor_web_carrier_description(int room, std::uint32_t carrier, int is_offer,
                                                         std::size_t sdp) {
  using parlor::room::Description;
  const auto type = is_offer != 0 ? Description::Type::offer : Description::Type::answer;
  to_room(room, [&](auto& machine, auto now) {
    machine.handle_carrier_signal(now, CarrierId{carrier},
                                  Description{type, std::string(InboxReader().text(sdp))});
  });
}

/// `line_index` less than 0: none.
EMSCRIPTEN_KEEPALIVE void parlor_web_carrier_candidate(int room, std::uint32_t carrier, std::size_t candidate,
                                                       std::size_t mid, std::size_t ufrag, int line_index) {
  to_room(room, [&](auto& machine, auto now) {
    InboxReader reader;
    parlor::room::IceCandidate one;
    one.candidate = reader.text(candidate);
    one.mid = reader.text(mid);
    one.ufrag = reader.text(ufrag);
    if (line_index >= 0) one.mline_index = static_cast<std::uint16_t>(line_index);
    machine.handle_carrier_signal(now, CarrierId{carrier}, std::move(one));
  });
}

EMSCRIPTEN_KEEPALIVE void parlor_web_carrier_candidates_end(int room, std::uint32_t carrier) {
  to_room(room, [&](auto& machine, auto now) {
    machine.handle_carrier_signal(now, CarrierId{carrier}, parlor::room::CandidatesEnd{});
  });
}

EMSCRIPTEN_KEEPALIVE void parlor_web_carrier_open(int room, std::uint32_t carrier) {
  to_room(room, [&](auto& machine, auto now) { machine.handle_carrier_open(now, CarrierId{carrier}); });
}

EMSCRIPTEN_KEEPALIVE void parlor_web_carrier_message(int room, std::uint32_t carrier, int channel,
                                                     std::size_t bytes) {
  to_room(room, [&](auto& machine, auto now) {
    machine.handle_carrier_message(now, CarrierId{carrier}, static_cast<parlor::Channel>(channel),
                                   InboxReader().bytes(bytes));
  });
}

/// `state`: 0 connected, 1 disconnected, 2 failed, 3 closed. `detail`: what went wrong, may be empty.
EMSCRIPTEN_KEEPALIVE void parlor_web_carrier_state(int room, std::uint32_t carrier, int state,
                                                   std::size_t detail) {
  to_room(room, [&](auto& machine, auto now) {
    machine.handle_carrier_state(now, CarrierId{carrier}, static_cast<parlor::room::CarrierState>(state),
                                 InboxReader().text(detail));
  });
}

EMSCRIPTEN_KEEPALIVE void parlor_web_carrier_buffered(int room, std::uint32_t carrier, int channel,
                                                      std::size_t bytes) {
  to_room(room, [&](auto& machine, auto now) {
    machine.handle_carrier_buffered(now, CarrierId{carrier}, static_cast<parlor::Channel>(channel), bytes);
  });
}

/// `round_trip` in seconds, less than 0 when not measured; counts as doubles since they outgrow 32 bits.
EMSCRIPTEN_KEEPALIVE void parlor_web_carrier_stats(int room, std::uint32_t carrier, int relayed,
                                                   double round_trip, double bytes_sent,
                                                   double bytes_received) {
  to_room(room, [&](auto& machine, auto now) {
    parlor::room::CarrierStats stats;
    stats.path = relayed != 0 ? parlor::Path::turn : parlor::Path::direct;
    if (round_trip >= 0) stats.round_trip = parlor::base::microseconds(std::llround(round_trip * 1e6));
    stats.bytes_sent = static_cast<std::uint64_t>(bytes_sent);
    stats.bytes_received = static_cast<std::uint64_t>(bytes_received);
    machine.handle_carrier_stats(now, CarrierId{carrier}, stats);
  });
}

}  // extern "C"
