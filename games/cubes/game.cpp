#include "cubes/game.hpp"

#include <emscripten/emscripten.h>

#include <algorithm>
#include <chrono>

#include "cubes/json_text.hpp"
#include "cubes/network_report.hpp"

namespace parlor::cubes {
namespace {

constexpr std::chrono::milliseconds kDay = std::chrono::minutes(8);

/// By the clock on the wall, so that it is the same for everybody without a word.
float time_of_day() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto today = std::chrono::duration_cast<std::chrono::milliseconds>(since) % kDay;
  return static_cast<float>(today.count()) / static_cast<float>(kDay.count());
}

base::Time time_of(double ms) {
  return base::time_from(base::Duration(static_cast<std::int64_t>(ms * 1000)));
}

void put_place(JsonText& json, const State& state) {
  json.field("x", static_cast<double>(state.position.x), 3)
      .field("y", static_cast<double>(state.position.y), 3);
  json.field("z", static_cast<double>(state.position.z), 3).field("yaw", static_cast<double>(state.yaw), 3);
}

void put_things(JsonText& json, const Props& props) {
  json.begin_array("things");
  for (std::size_t i = 0; i < Props::kCount; ++i) {
    const Vec3 place = props.shown(i).position;
    json.begin_object();
    json.field("x", static_cast<double>(place.x), 3).field("y", static_cast<double>(place.y), 3);
    json.field("z", static_cast<double>(place.z), 3).field("owner", std::int64_t{props.owner(i)});
    json.end_object();
  }
  json.end_array();
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
  if (const auto& searching = session.searching()) {
    json.field("waited", std::int64_t{searching->waited.count()})
        .field("others", std::int64_t{searching->others});
  }
  if (!room) return;
  const RoomSettings& settings = session.settings();
  json.field("code", room->code()).field("title", settings.title).field("size", std::int64_t{settings.size});
  json.field("listed", std::int64_t{settings.listed})
      .field("locked", std::int64_t{settings.locked})
      .field("password", std::int64_t{settings.has_password})
      .field("server_lost", std::int64_t{session.server_lost()});
  json.field("me", std::int64_t{static_cast<PlayerId>(room->me())});
  json.field("host", std::int64_t{static_cast<PlayerId>(room->host())})
      .field("term", std::int64_t{room->term()})
      .field("it", std::int64_t{session.it()});
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
  for (const float bump : world_.take_bumps()) sounds_.add(SoundKind::bump, bump);
  // What others push is heard, too, but not as if one stood beside it.
  for (const float knock : world_.props().take_knocks()) sounds_.add(SoundKind::bump, 0.6F * knock);
  session_.update(time_of(now_ms));
  finder_.update(time_of(now_ms));
  return seconds;
}

void Game::frame(double now_ms) {
  const double began = emscripten_get_now();
  world_.set_time_of_day(time_of_day_.value_or(time_of_day()));
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
  put_things(json, world_.props());
  json.field("frames", std::int64_t{frames_}).field("cubes", std::int64_t{stats_.blocks});
  json.field("draw_calls", std::int64_t{stats_.draw_calls}).field("cpu_ms", cpu_ms_.typical(), 3);
  const double between = frame_ms_.typical();
  json.field("fps", between > 0 ? 1000 / between : 0.0, 1);
  put_conditioner(json, session_);
  json.end_object();
  return json.text();
}

std::string Game::rooms() const {
  JsonText json;
  json.begin_object().field("answered", std::int64_t{finder_.answered()});
  json.field("total", static_cast<std::int64_t>(finder_.total()));
  if (const auto& trouble = finder_.trouble()) json.field("trouble", parlor::to_string(trouble->reason));
  json.begin_array("rooms");
  for (const ListedRoom& room : finder_.rooms()) {
    json.begin_object().field("code", room.code).field("title", room.title);
    json.field("members", std::int64_t{room.members}).field("size", std::int64_t{room.size});
    json.field("password", std::int64_t{room.has_password}).end_object();
  }
  json.end_array().end_object();
  return json.text();
}

std::optional<std::string> Game::notice() {
  const auto notice = session_.poll_notice();
  if (!notice) return std::nullopt;
  if (notice->kind == NoticeKind::joined || notice->kind == NoticeKind::back) sounds_.add(SoundKind::join, 1);
  if (notice->kind == NoticeKind::left || notice->kind == NoticeKind::away) sounds_.add(SoundKind::leave, 1);
  if (notice->kind == NoticeKind::caught) sounds_.add(SoundKind::tag, 1);
  JsonText json;
  json.begin_object().field("kind", to_string(notice->kind)).field("id", std::int64_t{notice->id});
  json.field("name", notice->name)
      .field("reason", parlor::to_string(notice->reason))
      .field("message", notice->message)
      .field("by", std::int64_t{notice->by});
  if (!notice->ticket.empty()) json.field("code", notice->code).field("ticket", notice->ticket);
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
