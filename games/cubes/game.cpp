#include "cubes/game.hpp"

#include <emscripten/emscripten.h>

#include <algorithm>

#include "cubes/json_text.hpp"
#include "cubes/network_report.hpp"

namespace parlor::cubes {
namespace {

base::Time time_of(double ms) {
  return base::time_from(base::Duration(static_cast<std::int64_t>(ms * 1000)));
}

void put_place(JsonText& json, const State& state) {
  json.field("x", static_cast<double>(state.position.x), 3)
      .field("y", static_cast<double>(state.position.y), 3);
  json.field("z", static_cast<double>(state.position.z), 3).field("yaw", static_cast<double>(state.yaw), 3);
}

void put_member(JsonText& json, const World& world, const Room& room, const Member& member, bool away) {
  const auto id = static_cast<PlayerId>(member.id);
  json.field("id", std::int64_t{id}).field("name", member.name);
  json.field("colour", css_colour(world.colour_of(id)));
  const auto stats = room.stats(member.id);
  json.field("path", to_string(stats ? stats->path : Path::none)).field("away", std::int64_t{away});
  if (stats && stats->round_trip)
    json.field("rtt", static_cast<double>(stats->round_trip->count()) / 1000, 2);
  if (stats && stats->loss) json.field("loss", *stats->loss, 2);
}

void put_room(JsonText& json, const World& world, const Session& session) {
  const Room* room = session.room();
  json.field("state", session.state())
      .field("name", session.name())
      .field("colour", css_colour(world.own_colour()));
  if (!room) return;
  json.field("code", room->code())
      .field("title", session.title())
      .field("size", std::int64_t{session.size()});
  json.field("me", std::int64_t{static_cast<PlayerId>(room->me())});
  json.field("host", std::int64_t{static_cast<PlayerId>(room->host())})
      .field("term", std::int64_t{room->term()});
}

}  // namespace

double Recent::typical() const {
  const std::size_t held = std::min(count_, values_.size());
  if (held == 0) return 0;
  std::array<double, 64> sorted = values_;
  std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(held));
  const std::size_t kept = held - held / 4;
  double sum = 0;
  for (std::size_t i = 0; i < kept; ++i) sum += sorted[i];
  return sum / static_cast<double>(kept);
}

float Game::advance(double now_ms) {
  const double passed = last_ms_ == 0 ? 0 : std::max(0.0, now_ms - last_ms_);
  last_ms_ = now_ms;
  if (frames_ > 0 && passed > 0) frame_ms_.add(passed);
  const auto seconds = static_cast<float>(passed / 1000);
  world_.advance(time_of(now_ms), seconds, input_);
  sounds_.watch(world_.own_state());
  session_.update(time_of(now_ms));
  return seconds;
}

void Game::frame(double now_ms) {
  const double began = emscripten_get_now();
  advance(now_ms);
  while (const auto naming = session_.poll_naming()) renderer_.set_label(naming->slot, naming->name);
  stats_ = renderer_.draw(world_.scene());
  if (stats_.draw_calls > 0) ++frames_;
  cpu_ms_.add(emscripten_get_now() - began);
}

void Game::tick(double now_ms) {
  advance(now_ms);
}

std::string Game::model() const {
  JsonText json;
  json.begin_object();
  put_room(json, world_, session_);
  json.begin_array("peers");
  if (const Room* room = session_.room()) {
    for (const Member& member : session_.members()) {
      json.begin_object();
      put_member(json, world_, *room, member, session_.is_away(member.id));
      json.end_object();
    }
  }
  json.end_array().end_object();
  return json.text();
}

std::string Game::snapshot() const {
  JsonText json;
  json.begin_object();
  put_room(json, world_, session_);
  json.begin_object("self");
  put_place(json, world_.own_state());
  json.end_object().begin_array("peers");
  if (const Room* room = session_.room()) {
    for (const Member& member : session_.members()) {
      json.begin_object();
      put_member(json, world_, *room, member, session_.is_away(member.id));
      if (const auto shown = world_.shown(static_cast<PlayerId>(member.id))) put_place(json, *shown);
      json.end_object();
    }
  }
  json.end_array();
  json.field("frames", std::int64_t{frames_}).field("cubes", std::int64_t{stats_.blocks});
  json.field("draw_calls", std::int64_t{stats_.draw_calls}).field("cpu_ms", cpu_ms_.typical(), 3);
  const double between = frame_ms_.typical();
  json.field("fps", between > 0 ? 1000 / between : 0.0, 1);
  put_conditioner(json, session_);
  json.end_object();
  return json.text();
}

std::optional<std::string> Game::notice() {
  const auto notice = session_.poll_notice();
  if (!notice) return std::nullopt;
  if (notice->kind == NoticeKind::joined || notice->kind == NoticeKind::back) sounds_.add(SoundKind::join, 1);
  if (notice->kind == NoticeKind::left || notice->kind == NoticeKind::away) sounds_.add(SoundKind::leave, 1);
  JsonText json;
  json.begin_object().field("kind", to_string(notice->kind)).field("id", std::int64_t{notice->id});
  json.field("name", notice->name)
      .field("reason", parlor::to_string(notice->reason))
      .field("message", notice->message);
  if (notice->kind == NoticeKind::entered) json.field("code", notice->code).field("ticket", notice->ticket);
  json.end_object();
  return json.text();
}

std::string Game::network(PlayerId explained) {
  return network_report(world_, session_, time_of(last_ms_), session_.take_path_changes(), explained);
}

std::optional<std::string> Game::sounds() {
  const auto heard = sounds_.take();
  if (heard.empty()) return std::nullopt;
  JsonText json;
  json.begin_object().begin_array("sounds");
  for (const Sound& sound : heard) {
    json.begin_object().field("kind", to_string(sound.kind));
    json.field("strength", static_cast<double>(sound.strength), 3).end_object();
  }
  json.end_array().end_object();
  return json.text();
}

}  // namespace parlor::cubes
