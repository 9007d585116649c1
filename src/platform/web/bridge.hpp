#pragma once
// The functions of the JavaScript beside this as C++ sees them (glue.js, server.js, carrier.js). Rooms and
// carriers are named by number. Text is UTF-8 with its length and copied before the call returns. None of
// them calls back before it returns, except into parlor_web_inbox().

#include <cstddef>
#include <cstdint>

extern "C" {

/// Begins a room. False: this browser has no WebRTC.
bool parlor_js_room_open(int room);
void parlor_js_room_close(int room);
void parlor_js_channel(int room, const char* name, std::size_t name_length, bool reliable);
/// Writes the ws(s):// origin of this page into the inbox; gives its length.
std::size_t parlor_js_origin();
/// Calls parlor_web_wake() once, after so long; replaces the timer before. Less than 0: none.
void parlor_js_timer(int room, double milliseconds);

void parlor_js_fetch_ice_servers(int room, const char* url, std::size_t url_length);
void parlor_js_socket_open(int room, const char* url, std::size_t url_length);
void parlor_js_socket_send(int room, const char* text, std::size_t length);
void parlor_js_socket_send_bytes(int room, const std::byte* bytes, std::size_t length);
/// Bytes that wait in the socket to go out.
std::size_t parlor_js_socket_buffered(int room);
void parlor_js_socket_close(int room, int code);

/// ICE servers for the carrier opened next: a server, then its addresses, then the next server.
void parlor_js_ice_server(int room, const char* username, std::size_t username_length, const char* credential,
                          std::size_t credential_length);
void parlor_js_ice_url(int room, const char* url, std::size_t url_length);
void parlor_js_carrier_open(int room, std::uint32_t carrier, bool offers, bool polite);
void parlor_js_carrier_polite(int room, std::uint32_t carrier, bool polite);
void parlor_js_carrier_description(int room, std::uint32_t carrier, bool is_offer, const char* sdp,
                                   std::size_t sdp_length);
/// `line_index` less than 0: none.
void parlor_js_carrier_candidate(int room, std::uint32_t carrier, const char* candidate,
                                 std::size_t candidate_length, const char* mid, std::size_t mid_length,
                                 const char* ufrag, std::size_t ufrag_length, int line_index);
void parlor_js_carrier_candidates_end(int room, std::uint32_t carrier);
void parlor_js_carrier_send(int room, std::uint32_t carrier, int channel, const std::byte* bytes,
                            std::size_t length);
/// Bytes that wait in the channel.
std::size_t parlor_js_carrier_buffered(int room, std::uint32_t carrier, int channel);
void parlor_js_carrier_restart(int room, std::uint32_t carrier);
void parlor_js_carrier_close(int room, std::uint32_t carrier);

}  // extern "C"
