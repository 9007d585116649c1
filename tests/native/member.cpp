// A native member for tests: rooms and lists of rooms by number, told what to do by lines on stdin (words
// with a blank between them, "-" for an empty one), and what happened told by JSON lines on stdout. Ends with
// stdin.
//
//   trust FILE
//   create ROOM SERVER NAME [SIZE] [TITLE] [PASSWORD] [listed|-] [MODE]
//   join   ROOM SERVER NAME CODE [PASSWORD] [TICKET] [BUILD]
//   match  ROOM SERVER NAME MODE
//   channels LIST          of the rooms that follow: "reliable,latest!,bulk"
//   send   ROOM TO CHANNEL LENGTH MARK [TIMES]   TO: a peer's number, "all" or "host"
//   ask    ROOM kick|ban|make_host PEER
//   rename ROOM TITLE
//   stats  ROOM PEER
//   explain ROOM PEER
//   leave  ROOM
//   close  ROOM            destroys it
//   list   NUMBER SERVER [MODE]

#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "parlor/native.hpp"
#include "parlor/room.hpp"
#include "parlor/room_list.hpp"
#include "tests/lib/room_told.hpp"

namespace {

using namespace parlor::tests;

constexpr std::chrono::milliseconds kLook{5};  // at stdin

struct Member {
  std::map<int, parlor::Room> rooms;
  std::map<int, parlor::RoomList> lists;
  std::string channels;
};

int number_in(const std::string& word) {
  return static_cast<int>(std::strtol(word.c_str(), nullptr, 10));
}

void tell(int number, Object object) {
  std::printf("%s\n", object.number("room", number).text().c_str());
  std::fflush(stdout);
}

/// The words of a line; behind the last there are empty ones.
class Words {
 public:
  explicit Words(const std::string& line) : stream_(line) {}
  std::string next() {
    std::string word;
    stream_ >> word;
    return word == "-" ? "" : word;
  }
  int number(int otherwise = 0) {
    const std::string word = next();
    return word.empty() ? otherwise : number_in(word);
  }

 private:
  std::istringstream stream_;
};

parlor::RoomOptions options_of(const Member& member, Words& words) {
  parlor::RoomOptions options;
  options.server = words.next();
  options.game = "web-test";
  options.name = words.next();
  if (!member.channels.empty()) options.channels = channels_of(member.channels);
  return options;
}

void open(Member& member, const std::string& how, int number, Words& words) {
  auto options = options_of(member, words);
  if (how == "create") {
    parlor::Create create;
    create.size = words.number(8);
    create.title = words.next();
    create.password = words.next();
    create.listed = words.next() == "listed";
    if (const std::string mode = words.next(); !mode.empty()) create.metadata = {{"mode", mode}};
    options.entry = create;
  } else if (how == "join") {
    parlor::Join join;
    join.code = words.next();
    join.password = words.next();
    join.ticket = words.next();
    options.build = words.next();
    options.entry = join;
  } else {
    parlor::QuickMatch match;
    match.attributes = {{"mode", words.next()}};
    match.patience = parlor::kMaxPatience;
    options.entry = match;
  }
  member.rooms.erase(number);
  member.rooms.emplace(number, parlor::Room(std::move(options)));
}

parlor::SendResult send(parlor::Room& room, const std::string& to, parlor::Channel channel,
                        const parlor::Bytes& bytes) {
  if (to == "all") return room.send_to_all(channel, bytes);
  if (to == "host") return room.send_to_host(channel, bytes);
  return room.send(static_cast<parlor::PeerId>(number_in(to)), channel, bytes);
}

void send_some(parlor::Room& room, int number, Words& words) {
  const std::string to = words.next();
  const auto channel = static_cast<parlor::Channel>(words.number());
  const auto length = static_cast<std::size_t>(words.number());
  const int mark = words.number();
  const int times = words.number(1);
  auto result = parlor::SendResult::queued;
  int taken = 0;
  while (taken < times && result == parlor::SendResult::queued) {
    result = send(room, to, channel, pattern(length, static_cast<std::byte>(mark + taken)));
    taken += result == parlor::SendResult::queued ? 1 : 0;
  }
  tell(number, Object("Sent").field("result", to_string(result)).number("taken", taken));
}

void ask(parlor::Room& room, int number, Words& words) {
  const std::string what = words.next();
  const auto peer = static_cast<parlor::PeerId>(words.number());
  const auto result = what == "kick"  ? room.kick(peer)
                      : what == "ban" ? room.ban(peer)
                                      : room.make_host(peer);
  tell(number, Object("Asked").field("result", to_string(result)));
}

void explain(const parlor::Room& room, int number, parlor::PeerId peer) {
  std::string all;
  for (const std::string& line : room.explain(peer)) all += line + '|';
  tell(number, Object("Explained").field("lines", all));
}

void list(Member& member, int number, Words& words) {
  const std::string server = words.next();
  const std::string mode = words.next();
  auto& one = member.lists.try_emplace(number, parlor::RoomListOptions{server, "web-test", {}}).first->second;
  parlor::ListQuery query;
  if (!mode.empty()) query.where = {{"mode", mode}};
  one.refresh(query);
}

void obey(Member& member, const std::string& line) {
  Words words(line);
  const std::string what = words.next();
  if (what == "trust")
    return tell(0, Object("Trusted").field("done", parlor::trust_ca_file(words.next()) ? "yes" : "no"));
  if (what == "channels") {
    member.channels = words.next();
    return;
  }
  const int number = words.number();
  if (what == "create" || what == "join" || what == "match") return open(member, what, number, words);
  if (what == "list") return list(member, number, words);
  const auto at = member.rooms.find(number);
  if (at == member.rooms.end()) return tell(number, Object("NoSuchRoom"));
  parlor::Room& room = at->second;
  if (what == "send") return send_some(room, number, words);
  if (what == "ask") return ask(room, number, words);
  if (what == "explain") return explain(room, number, static_cast<parlor::PeerId>(words.number()));
  if (what == "stats") {
    const auto stats = room.stats(static_cast<parlor::PeerId>(words.number()));
    return tell(number, stats ? object(*stats) : Object("Stats"));
  }
  if (what == "rename") {
    parlor::SettingsChange change;
    change.title = words.next();
    return tell(number, Object("Asked").field("result", to_string(room.update_settings(change))));
  }
  if (what == "leave") return room.leave();
  if (what == "close") member.rooms.erase(at);
}

void tell_events(Member& member) {
  for (auto& [number, room] : member.rooms) {
    room.update();
    while (const auto event = room.poll_event())
      tell(number, std::visit([](const auto& one) { return object(one); }, *event));
  }
  for (auto& [number, one] : member.lists) {
    one.update();
    while (const auto event = one.poll_event()) {
      if (const auto* failed = std::get_if<parlor::ListFailed>(&*event)) {
        tell(number, Object("ListFailed")
                         .field("reason", to_string(failed->reason))
                         .field("message", failed->message));
        continue;
      }
      const auto& listed = std::get<parlor::RoomsListed>(*event);
      std::string titles;
      for (const parlor::ListedRoom& room : listed.rooms)
        titles += room.title + (room.has_password ? "*," : ",");
      tell(number, Object("RoomsListed").field("titles", titles).number("total", listed.total));
    }
  }
}

/// False: it is at its end.
bool read_lines(std::string& held, Member& member) {
  for (;;) {
    pollfd in{STDIN_FILENO, POLLIN, 0};
    if (::poll(&in, 1, 0) <= 0) return true;
    char piece[4096];
    const ssize_t got = ::read(STDIN_FILENO, piece, sizeof(piece));
    if (got <= 0) return false;
    held.append(piece, static_cast<std::size_t>(got));
    for (std::size_t end = held.find('\n'); end != std::string::npos; end = held.find('\n')) {
      obey(member, held.substr(0, end));
      held.erase(0, end + 1);
    }
  }
}

}  // namespace

int main() {
  Member member;
  std::string held;
  while (read_lines(held, member)) {
    if (member.rooms.empty() && member.lists.empty()) {
      parlor::run_for(kLook);
    } else {
      parlor::wait(kLook);
    }
    tell_events(member);
  }
  return 0;
}
