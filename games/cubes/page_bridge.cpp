#include "cubes/page_bridge.hpp"

#include <emscripten/emscripten.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <string>

#include "cubes/game.hpp"
#include "cubes/network_report.hpp"

namespace {

using parlor::cubes::Game;

/// The page's game. It lives as long as the page: nothing ends it.
std::unique_ptr<Game>& game() {
  static std::unique_ptr<Game> the_one;
  return the_one;
}

/// Keeps a text for JavaScript to copy.
const char* lend(std::string& place, std::string text) {
  place = std::move(text);
  return place.c_str();
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE int cubes_start(const char* selector) {
  game() = std::make_unique<Game>(selector);
  return static_cast<int>(game()->renderer().error());
}

EMSCRIPTEN_KEEPALIVE int cubes_error() {
  return static_cast<int>(game()->renderer().error());
}

EMSCRIPTEN_KEEPALIVE const char* cubes_log() {
  static std::string text;
  return lend(text, std::string(game()->renderer().log()));
}

EMSCRIPTEN_KEEPALIVE void cubes_resize(float width, float height, float pixel_ratio) {
  game()->renderer().resize(width, height, pixel_ratio);
}

EMSCRIPTEN_KEEPALIVE void cubes_frame(double now_ms) {
  game()->frame(now_ms);
}
EMSCRIPTEN_KEEPALIVE void cubes_tick(double now_ms) {
  game()->tick(now_ms);
}

EMSCRIPTEN_KEEPALIVE void cubes_input(float x, float z, int jump) {
  game()->set_input({x, z, jump != 0});
}
EMSCRIPTEN_KEEPALIVE void cubes_look(float aside, float up) {
  game()->world().camera().look(aside, up);
}
EMSCRIPTEN_KEEPALIVE void cubes_zoom(float factor) {
  game()->world().camera().zoom(factor);
}
EMSCRIPTEN_KEEPALIVE void cubes_shift(float aside, float up) {
  game()->world().camera().set_shift({aside, up});
}
EMSCRIPTEN_KEEPALIVE void cubes_calm(int calm) {
  game()->world().set_calm(calm != 0);
}
EMSCRIPTEN_KEEPALIVE void cubes_away(int away) {
  game()->world().set_away(away != 0);
}
EMSCRIPTEN_KEEPALIVE void cubes_day(float time) {
  game()->set_time_of_day(time < 0 ? std::nullopt : std::optional(time));
}
EMSCRIPTEN_KEEPALIVE void cubes_crowd(int count) {
  game()->world().set_crowd(count);
}

EMSCRIPTEN_KEEPALIVE void cubes_play() {
  game()->world().camera().set_circling(false);
  game()->world().camera().zoom(2);
  game()->world().camera().look(0, 0.1F);
}

EMSCRIPTEN_KEEPALIVE void cubes_create(const char* name, int size, const char* title, const char* password,
                                       int listed) {
  game()->session().create(name, {.size = size, .title = title, .password = password, .listed = listed != 0});
}
EMSCRIPTEN_KEEPALIVE void cubes_join(const char* name, const char* code, const char* ticket,
                                     const char* password) {
  game()->session().join(name, {.code = code, .ticket = ticket, .password = password});
}
EMSCRIPTEN_KEEPALIVE void cubes_search(const char* name) {
  game()->session().search(name);
}
EMSCRIPTEN_KEEPALIVE void cubes_leave() {
  game()->session().leave();
}

EMSCRIPTEN_KEEPALIVE void cubes_change(const char* title, int size, const char* password, int listed,
                                       int locked) {
  parlor::SettingsChange wanted{.title = title, .size = size, .listed = listed != 0, .locked = locked != 0};
  if (password) wanted.password = password;
  game()->session().change(std::move(wanted));
}
EMSCRIPTEN_KEEPALIVE void cubes_kick(int id) {
  game()->session().kick(static_cast<parlor::cubes::PlayerId>(id));
}
EMSCRIPTEN_KEEPALIVE void cubes_ban(int id) {
  game()->session().ban(static_cast<parlor::cubes::PlayerId>(id));
}
EMSCRIPTEN_KEEPALIVE void cubes_make_host(int id) {
  game()->session().make_host(static_cast<parlor::cubes::PlayerId>(id));
}

EMSCRIPTEN_KEEPALIVE void cubes_rooms_open(int by_members, int has_space, int without_password, int most) {
  parlor::ListQuery query{.has_space = has_space != 0, .without_password = without_password != 0};
  if (by_members) query.order = parlor::ListOrder::members;
  game()->finder().open(std::move(query), static_cast<std::size_t>(most > 0 ? most : 1));
}
EMSCRIPTEN_KEEPALIVE void cubes_rooms_close() {
  game()->finder().close();
}
EMSCRIPTEN_KEEPALIVE const char* cubes_rooms() {
  static std::string text;
  return lend(text, game()->rooms());
}

EMSCRIPTEN_KEEPALIVE const char* cubes_model() {
  static std::string text;
  return lend(text, game()->model());
}
EMSCRIPTEN_KEEPALIVE const char* cubes_snapshot() {
  static std::string text;
  return lend(text, game()->snapshot());
}
EMSCRIPTEN_KEEPALIVE const char* cubes_notice() {
  static std::string text;
  auto notice = game()->notice();
  return notice ? lend(text, std::move(*notice)) : nullptr;
}

EMSCRIPTEN_KEEPALIVE const char* cubes_network(int explained) {
  static std::string text;
  return lend(text, game()->network(static_cast<parlor::cubes::PlayerId>(explained)));
}
EMSCRIPTEN_KEEPALIVE const char* cubes_sounds() {
  static std::string text;
  auto sounds = game()->sounds();
  return sounds ? lend(text, std::move(*sounds)) : nullptr;
}
EMSCRIPTEN_KEEPALIVE const char* cubes_conditions(const char* name) {
  static std::string text;
  const auto conditions = parlor::conditions_by_name(name);
  return conditions ? lend(text, parlor::cubes::conditions_report(*conditions)) : nullptr;
}
EMSCRIPTEN_KEEPALIVE const char* cubes_condition(double delay, double jitter, double loss, double burst,
                                                 double duplicate, double rate, double queue, int stalls) {
  static std::string text;
  const auto from_ms = [](double ms) { return std::chrono::microseconds(std::llround(ms * 1000)); };
  const parlor::Conditions conditions{.delay = from_ms(delay),
                                      .jitter = from_ms(jitter),
                                      .loss = loss,
                                      .burst = burst,
                                      .duplicate = duplicate,
                                      .rate = static_cast<std::uint64_t>(rate),
                                      .queue = static_cast<std::size_t>(queue)};
  return lend(text, std::string(to_string(game()->session().set_conditioner(conditions, stalls != 0))));
}
EMSCRIPTEN_KEEPALIVE void cubes_condition_off() {
  game()->session().set_conditioner(std::nullopt);
}
}
