// The smallest game: everybody is a cube, moves it with the arrow keys or a click, and sees the others' move.
#include <emscripten.h>
#include <emscripten/eventloop.h>
#include <emscripten/html5.h>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <parlor/room.hpp>
#include <render/renderer.hpp>
#include <string>
#include <vector>

using namespace parlor::render;

struct Cube {
  Vec3 told, shown;  // where its player says it is, and where it is drawn
};
static parlor::Room* room;
static Renderer* renderer;
static const Camera camera{.eye = {0, 11, 15}};
static std::map<parlor::PeerId, Cube> others;
static Vec3 mine, goal;                   // my cube is on its way to its goal
static std::map<std::string, bool> held;  // keys
static double drawn;                      // when, in milliseconds

static void hear_place(const parlor::Message& message) {
  Vec3 place;
  if (message.bytes.size() != sizeof place) return;
  std::memcpy(&place, message.bytes.data(), sizeof place);
  if (is_finite(place)) others[message.from].told = clamped(flat(place), 10);  // anything may come
}

static void hear(const parlor::Event& event) {
  if (auto* joined = std::get_if<parlor::Joined>(&event)) {
    std::printf("%s\n", joined->code.c_str());  // the page puts it into its address
  } else if (auto* message = std::get_if<parlor::Message>(&event)) {
    if (message->channel == 1) hear_place(*message);
  } else if (auto* left = std::get_if<parlor::PeerLeft>(&event)) {
    others.erase(left->peer);
  } else if (auto* ended = std::get_if<parlor::Ended>(&event)) {
    std::fprintf(stderr, "%s\n", ended->message.c_str());  // the page shows it
  }
}

static void move(float seconds) {
  const auto key = [](const char* name) { return held[name] ? 1.0F : 0.0F; };
  const Vec3 way{key("ArrowRight") - key("ArrowLeft"), 0, key("ArrowDown") - key("ArrowUp")};
  if (way != Vec3{}) goal = clamped(mine + way * (8 * seconds), 10);
  mine = mine + at_most(goal - mine, 8 * seconds);
  room->send_to_all(1, std::as_bytes(std::span(&mine, 1)));  // unreliable: the next replaces a lost one
  for (auto& [id, cube] : others) cube.shown = mix(cube.told, cube.shown, std::exp2(-seconds / 0.05F));
}

static void draw() {
  std::vector<Block> blocks;
  const auto add = [&](Vec3 place, parlor::PeerId id) {
    const auto hue = static_cast<float>(id);
    const Vec3 colour = mix(Vec3{1, 1, 1}, {std::sin(hue), std::sin(hue + 2), std::sin(hue + 4)}, 0.4F);
    blocks.push_back({.centre = place + Vec3{0, 0.5F, 0}, .colour = colour, .eyes = 1});
  };
  add(mine, room->me());
  for (auto& [id, cube] : others) add(cube.shown, id);
  renderer->fit();
  renderer->draw({.camera = camera, .arena = 10, .blocks = blocks});
}

static void frame() {
  const auto passed = static_cast<float>(emscripten_get_now() - drawn);
  drawn = emscripten_get_now();
  room->update();
  while (auto event = room->poll_event()) hear(*event);
  move(passed / 1000);
  draw();
}

static EM_BOOL on_key(int type, const EmscriptenKeyboardEvent* event, void*) {
  held[event->key] = type == EMSCRIPTEN_EVENT_KEYDOWN;
  return std::strncmp(event->key, "Arrow", 5) == 0;  // the page must not scroll
}
static EM_BOOL on_press(int, const EmscriptenMouseEvent* at, void*) {
  if (auto place = renderer->ground_at(camera, at->targetX, at->targetY)) goal = clamped(*place, 10);
  return EM_FALSE;
}

int main(int argc, char** argv) {
  parlor::RoomOptions options{.game = "smallest", .name = "Somebody"};
  if (argc > 1 && argv[1][0] != '\0') options.entry = parlor::Join{argv[1]};
  room = new parlor::Room(options);
  renderer = new Renderer("#scene");
  if (!renderer->log().empty()) std::fprintf(stderr, "%s\n", renderer->log().data());
  const auto let_go = [](int, const EmscriptenFocusEvent*, void*) { return held.clear(), EM_FALSE; };
  emscripten_set_blur_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, nullptr, EM_FALSE, let_go);
  emscripten_set_keydown_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, nullptr, EM_FALSE, on_key);
  emscripten_set_keyup_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, nullptr, EM_FALSE, on_key);
  emscripten_set_mousedown_callback("#scene", nullptr, EM_FALSE, on_press);
  emscripten_set_main_loop(frame, 0, false);
  emscripten_set_interval([](void*) { frame(); }, 1000, nullptr);  // a hidden page gets no others
}
