// Two windows in one room say hello. Without an argument it makes a room, with a code it joins that one.
#include <cstdio>
#include <string>

#include <emscripten/emscripten.h>
#include <parlor/room.hpp>

static parlor::Room* room;

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
      std::printf("%s\n", ended->message.c_str());
    }
  }
}

int main(int argc, char** argv) {
  parlor::RoomOptions options{.game = "hello",
                              .name = argc > 2 ? argv[2] : "Somebody"};  // the page's own server
  if (argc > 1 && argv[1][0] != '\0') options.entry = parlor::Join{argv[1], {}};
  room = new parlor::Room(options);
  emscripten_set_main_loop(frame, 0, false);
}
