// A page's rooms by number, for the tests of the web glue: the public Room, told from JavaScript.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <emscripten/emscripten.h>

#include "parlor/room.hpp"
#include "parlor/room_list.hpp"
#include "tests/lib/room_told.hpp"

namespace {

using namespace parlor::tests;

std::map<int, parlor::Room>& rooms() {
  static std::map<int, parlor::Room> all;
  return all;
}

std::map<int, parlor::RoomList>& lists() {
  static std::map<int, parlor::RoomList> all;
  return all;
}

/// Where a text stands until the next call: ccall() copies it.
const char* told(std::string text) {
  static std::string kept;
  kept = std::move(text);
  return kept.c_str();
}

int add(parlor::RoomOptions options) {
  static int last = 0;
  rooms().emplace(++last, parlor::Room(std::move(options)));
  return last;
}

}  // namespace

extern "C" {

/// Without a code, a room of `size` is made.
EMSCRIPTEN_KEEPALIVE int page_open(const char* server, const char* name, const char* build, const char* code,
                                   const char* ticket, int size) {
  parlor::RoomOptions options;
  options.server = server;
  options.game = "web-test";
  options.build = build;
  options.name = name;
  if (code[0] == '\0') {
    options.entry = parlor::Create{size, {}};
  } else {
    options.entry = parlor::Join{code, ticket};
  }
  return add(std::move(options));
}

/// The same with these channels, see channels_of().
EMSCRIPTEN_KEEPALIVE int page_open_with_channels(const char* name, const char* code, const char* channels) {
  parlor::RoomOptions options;
  options.game = "web-test";
  options.name = name;
  options.channels = channels_of(channels);
  if (code[0] == '\0') {
    options.entry = parlor::Create{8, {}};
  } else {
    options.entry = parlor::Join{code, ""};
  }
  return add(std::move(options));
}

EMSCRIPTEN_KEEPALIVE void page_update(int room) {
  rooms().at(room).update();
}

/// The next event, or nothing.
EMSCRIPTEN_KEEPALIVE const char* page_event(int room) {
  const auto event = rooms().at(room).poll_event();
  if (!event) return "";
  return told(std::visit([](const auto& one) { return object(one).text(); }, *event));
}

/// `to`: the id of a member, "all" or "host".
EMSCRIPTEN_KEEPALIVE const char* page_send(int room, const char* to, int channel, int length, int first) {
  parlor::Room& from = rooms().at(room);
  const auto bytes = pattern(static_cast<std::size_t>(length), static_cast<std::byte>(first));
  const auto on = static_cast<parlor::Channel>(channel);
  const std::string_view whom = to;
  if (whom == "all") return told(std::string(to_string(from.send_to_all(on, bytes))));
  if (whom == "host") return told(std::string(to_string(from.send_to_host(on, bytes))));
  return told(std::string(to_string(from.send(static_cast<parlor::PeerId>(std::atoi(to)), on, bytes))));
}

/// A value of a key, on a channel of the kind latest.
EMSCRIPTEN_KEEPALIVE const char* page_send_latest(int room, int to, int channel, int length, int first,
                                                  double key) {
  const auto bytes = pattern(static_cast<std::size_t>(length), static_cast<std::byte>(first));
  const auto on = static_cast<parlor::Channel>(channel);
  const auto id = static_cast<parlor::PeerId>(to);
  return told(std::string(to_string(rooms().at(room).send(id, on, bytes, static_cast<std::uint32_t>(key)))));
}

EMSCRIPTEN_KEEPALIVE const char* page_stats(int room, int peer) {
  const auto stats = rooms().at(room).stats(static_cast<parlor::PeerId>(peer));
  if (!stats) return "null";
  return told(object(*stats).text());
}

/// All of it as one text.
EMSCRIPTEN_KEEPALIVE const char* page_explain(int room, int peer) {
  std::string all;
  for (const std::string& line : rooms().at(room).explain(static_cast<parlor::PeerId>(peer)))
    all += line + '\n';
  return told(std::move(all));
}

/// `delay` less than 0: takes it off.
EMSCRIPTEN_KEEPALIVE const char* page_condition(int room, double delay, double loss, double duplicate) {
  parlor::Conditions conditions;
  conditions.delay = std::chrono::microseconds(static_cast<std::int64_t>(delay * 1000));
  conditions.loss = loss;
  conditions.duplicate = duplicate;
  const auto given = delay < 0 ? std::nullopt : std::optional(conditions);
  return told(std::string(to_string(rooms().at(room).set_conditioner(given))));
}

/// A room that is listed, with this title, password and `mode` as metadata.
EMSCRIPTEN_KEEPALIVE int page_open_listed(const char* name, const char* title, const char* password,
                                          const char* mode) {
  parlor::RoomOptions options;
  options.game = "web-test";
  options.name = name;
  options.entry =
      parlor::Create{4, title, password, true, false, parlor::Metadata{{"mode", std::string(mode)}}};
  return add(std::move(options));
}

EMSCRIPTEN_KEEPALIVE int page_open_with_password(const char* name, const char* code, const char* password) {
  parlor::RoomOptions options;
  options.game = "web-test";
  options.name = name;
  options.entry = parlor::Join{code, "", password};
  return add(std::move(options));
}

EMSCRIPTEN_KEEPALIVE int page_match(const char* name, const char* mode) {
  parlor::RoomOptions options;
  options.game = "web-test";
  options.name = name;
  parlor::QuickMatch match;
  match.attributes = {{"mode", std::string(mode)}};
  match.patience = parlor::kMaxPatience;
  options.entry = match;
  return add(std::move(options));
}

/// "kick", "ban" or "make_host".
EMSCRIPTEN_KEEPALIVE const char* page_ask(int room, const char* what, int peer) {
  parlor::Room& asked = rooms().at(room);
  const auto id = static_cast<parlor::PeerId>(peer);
  const std::string_view request = what;
  return told(std::string(to_string(request == "kick"  ? asked.kick(id)
                                    : request == "ban" ? asked.ban(id)
                                                       : asked.make_host(id))));
}

EMSCRIPTEN_KEEPALIVE const char* page_rename(int room, const char* title) {
  parlor::SettingsChange change;
  change.title = title;
  return told(std::string(to_string(rooms().at(room).update_settings(change))));
}

/// Asks for the rooms of this mode, or for all.
EMSCRIPTEN_KEEPALIVE void page_list(int number, const char* server, const char* mode) {
  if (!lists().contains(number)) {
    lists().emplace(number, parlor::RoomList({.server = server, .game = "web-test", .build = {}}));
  }
  parlor::ListQuery query;
  if (mode[0] != '\0') query.where = {{"mode", std::string(mode)}};
  lists().at(number).refresh(std::move(query));
}

/// What came of it, or nothing yet: the titles with a comma behind each.
EMSCRIPTEN_KEEPALIVE const char* page_listed(int number) {
  parlor::RoomList& list = lists().at(number);
  list.update();
  const auto event = list.poll_event();
  if (!event) return "";
  if (const auto* failed = std::get_if<parlor::ListFailed>(&*event)) {
    return told(Object("ListFailed").field("reason", to_string(failed->reason)).text());
  }
  const auto& listed = std::get<parlor::RoomsListed>(*event);
  std::string titles;
  std::string code;
  for (const parlor::ListedRoom& room : listed.rooms) {
    titles += room.title + (room.has_password ? "*," : ",");
    code = room.code;
  }
  return told(
      Object("RoomsListed").field("titles", titles).field("code", code).number("total", listed.total).text());
}

EMSCRIPTEN_KEEPALIVE void page_close_list(int number) {
  lists().erase(number);
}

EMSCRIPTEN_KEEPALIVE void page_leave(int room) {
  rooms().at(room).leave();
}

EMSCRIPTEN_KEEPALIVE void page_close(int room) {
  rooms().erase(room);
}

/// Takes all the memory there is, for good; the caller sees to it that it does not grow.
EMSCRIPTEN_KEEPALIVE void page_fill() {
  static void* volatile last;  // keeps the compiler from leaving out what nobody uses
  for (std::size_t size = 1024 * 1024; size >= 16; size /= 2) {
    do {
      last = std::malloc(size);
    } while (last != nullptr);
  }
}

}  // extern "C"
