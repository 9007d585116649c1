#pragma once
// What native programs need besides parlor/room.hpp: to sleep until something happens, where no screen gives
// the beat. There is no such thing in the browser, which gives the beat itself. docs/native.md is the manual.
//
//   parlor::Room room(options);
//   for (bool over = false; !over;) {
//     parlor::wait(std::chrono::milliseconds(100));
//     room.update();
//     while (auto event = room.poll_event()) {
//       over = std::holds_alternative<parlor::Ended>(*event);  // the last one, which says why
//       std::visit(handler, *event);
//     }
//   }
//
// Each is about the rooms and lists of rooms of the thread that calls it. Game code never runs inside.

#include <chrono>
#include <string>

namespace parlor {

/// Lets the network run until a room (or a list of rooms) of this thread has an event to take, or `most` is
/// over: whether there is one. Returns at once while there are events that were not taken.
bool wait(std::chrono::milliseconds most);

/// Lets the network run for so long, whatever comes: for programs that tick by themselves.
void run_for(std::chrono::milliseconds time);

/// wss:// and https:// connections of this process, from now on, trust the authorities in this file (PEM),
/// too, for a server whose certificate is of one's own. False: no certificate could be read from it. The
/// system's authorities are trusted anyway, or those that SSL_CERT_FILE and SSL_CERT_DIR name.
[[nodiscard]] bool trust_ca_file(const std::string& file);

}  // namespace parlor
