// Says hello to everybody who comes, in the browser and natively alike:
//   anywhere [CODE [NAME [SERVER]]]
// Without a code it makes a room. A page has a server of its own; elsewhere it is the one on this machine.
#include <chrono>
#include <cstdio>
#include <string>

#include <parlor/room.hpp>

#ifdef __EMSCRIPTEN__
#include <emscripten/emscripten.h>
constexpr const char* kServer = "";
#else
#include <parlor/native.hpp>
constexpr const char* kServer = "ws://localhost:8080";
#endif

static parlor::Room* room;
bool over = false;

static void frame() {
  room->update();
  while (auto event = room->poll_event()) {
    if (auto* joined = std::get_if<parlor::Joined>(&*event)) {
      std::printf("You are in room %s.\n", joined->code.c_str());
    } else if (auto* peer = std::get_if<parlor::PeerJoined>(&*event)) {
      std::printf("%s is here.\n", peer->member.name.c_str());
      const std::string hello = "Hello, " + peer->member.name + "!";
      room->send(peer->member.id, 0, std::as_bytes(std::span(hello)));  // waits until there is a way
    } else if (auto* message = std::get_if<parlor::Message>(&*event)) {
      std::printf("They say: %.*s\n", static_cast<int>(message->bytes.size()),
                  reinterpret_cast<const char*>(message->bytes.data()));
    } else if (auto* left = std::get_if<parlor::PeerLeft>(&*event)) {
      std::printf("%s\n", left->message.c_str());
    } else if (auto* ended = std::get_if<parlor::Ended>(&*event)) {
      over = true;
      std::printf("%s\n", ended->message.c_str());
    }
  }
  std::fflush(stdout);
}

int main(int argc, char** argv) {
  parlor::RoomOptions options{
      .server = argc > 3 ? argv[3] : kServer, .game = "hello", .name = argc > 2 ? argv[2] : "Somebody"};
  if (argc > 1 && argv[1][0] != '\0') options.entry = parlor::Join{argv[1], {}};
#ifdef __EMSCRIPTEN__
  room = new parlor::Room(options);
  emscripten_set_main_loop(frame, 0, false);  // the browser gives the beat
#else
  parlor::Room here(options);
  room = &here;
  while (!over) {
    parlor::wait(std::chrono::milliseconds(100));  // until something happens
    frame();
  }
  return 1;  // nothing here leaves the room: it ended by itself, and has said why
#endif
}
