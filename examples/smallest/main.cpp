// The smallest game: everybody is a cube, moves it with the arrow keys, and sees the others move theirs.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <emscripten/html5.h>
#include <parlor/room.hpp>
#include <render/renderer.hpp>

using parlor::render::Vec3;

struct Cube {
  Vec3 told, shown;  // where its player says it is, and where it is drawn: it glides there
};
static parlor::Room* room;
static parlor::render::Renderer* renderer;
static std::map<parlor::PeerId, Cube> others;
static Vec3 mine;
static std::map<std::string, bool> held;  // keys

static void hear(const parlor::Event& event) {
  if (auto* joined = std::get_if<parlor::Joined>(&event)) {
    std::printf("%s\n", joined->code.c_str());  // the page puts it into its address
  } else if (auto* message = std::get_if<parlor::Message>(&event)) {
    float place[2];
    if (message->bytes.size() != sizeof place) return;
    std::memcpy(place, message->bytes.data(), sizeof place);
    const auto [cube, is_new] = others.try_emplace(message->from);
    cube->second.told = {place[0], 0.5F, place[1]};
    if (is_new) cube->second.shown = cube->second.told;
  } else if (auto* left = std::get_if<parlor::PeerLeft>(&event)) {
    others.erase(left->peer);
  }
}

static void move(float seconds) {
  const auto key = [](const char* less, const char* more) {
    return (held[more] ? 1.0F : 0) - (held[less] ? 1.0F : 0);
  };
  mine = mine + Vec3{key("ArrowLeft", "ArrowRight"), 0, key("ArrowUp", "ArrowDown")} * (8 * seconds);
  mine.x = std::clamp(mine.x, -10.0F, 10.0F);
  mine.z = std::clamp(mine.z, -10.0F, 10.0F);
  const float place[2] = {mine.x, mine.z};
  room->send_to_all(1, std::as_bytes(std::span(place)));  // unreliable: a lost one is replaced by the next
}

static void draw(float seconds) {
  parlor::render::Scene scene;
  std::vector<parlor::render::Block> blocks;
  const auto add = [&](Vec3 place, parlor::PeerId id) {
    parlor::render::Block block;
    block.centre = {place.x, 0.5F, place.z};
    const float hue = static_cast<float>(id) * 2.4F;
    block.colour = Vec3{std::sin(hue), std::sin(hue + 2), std::sin(hue + 4)} * 0.35F + Vec3{0.6F, 0.6F, 0.6F};
    block.eyes = 1;
    blocks.push_back(block);
  };
  add(mine, room->me());
  for (auto& [id, cube] : others) {
    cube.shown = cube.shown + (cube.told - cube.shown) * (1 - std::exp2(-seconds / 0.05F));
    add(cube.shown, id);
  }
  scene.camera.eye = {0, 11, 15};
  scene.blocks = blocks;
  renderer->draw(scene);
}

static EM_BOOL frame(double now, void*) {
  static double last = now;
  const auto seconds = static_cast<float>(std::min(now - last, 100.0) / 1000);
  last = now;
  room->update();
  while (auto event = room->poll_event()) hear(*event);
  move(seconds);
  draw(seconds);
  return EM_TRUE;  // go on
}

static EM_BOOL on_key(int type, const EmscriptenKeyboardEvent* event, void*) {
  held[event->key] = type == EMSCRIPTEN_EVENT_KEYDOWN;
  return std::string_view(event->key).starts_with("Arrow");  // the page must not scroll
}

int main(int argc, char** argv) {
  parlor::RoomOptions options{.game = "smallest", .name = "Somebody"};
  if (argc > 1 && argv[1][0] != '\0') options.entry = parlor::Join{argv[1]};
  room = new parlor::Room(options);
  renderer = new parlor::render::Renderer("#scene");
  renderer->resize(960, 540, 1);
  emscripten_set_keydown_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, nullptr, EM_FALSE, on_key);
  emscripten_set_keyup_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, nullptr, EM_FALSE, on_key);
  emscripten_request_animation_frame_loop(frame, nullptr);
}
