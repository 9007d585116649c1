#include "cli/bot_command.hpp"

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "cli/bot_address.hpp"
#include "cli/bots.hpp"
#include "cli/exit_code.hpp"
#include "native/clock.hpp"
#include "parlor/native.hpp"
#include "signaling/messages.hpp"

namespace parlor::cli {
namespace {

constexpr int kMostBots = 1000;
constexpr int kLongestFor = 31 * 24 * 3600;  // seconds
constexpr rlim_t kOtherFiles = 64;
constexpr base::Duration kLeaving = base::seconds(2);  // for the last words
constexpr std::chrono::milliseconds kClosing{200};     // for the server's answer to them
constexpr std::chrono::milliseconds kLeavingTick{10};

struct BotArguments {
  std::string server;
  std::optional<std::string> room;
  std::string password;
  std::string behaviour = "wander";
  std::string name = "Bot";
  std::string ca;
  int count = 1;
  std::optional<int> size;
  std::optional<double> seconds;
};

volatile std::sig_atomic_t stop_asked = 0;

extern "C" void ask_to_stop(int) {
  stop_asked = 1;
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // a second one ends at once
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

/// A bot is a socket.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

bool files_for(int count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
  return limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= static_cast<rlim_t>(count) + kOtherFiles;
}

int refuse(const std::string& sentence) {
  std::fprintf(stderr, "parlor bot: %s\n", sentence.c_str());
  return kBadUsage;
}

/// What is wrong with the numbers.
std::optional<std::string> check_numbers(const BotArguments& arguments) {
  if (arguments.count < 1 || arguments.count > kMostBots)
    return "--count must be 1 to " + std::to_string(kMostBots) + '.';
  if (arguments.size && (*arguments.size < 2 || *arguments.size > kMaxMembers))
    return "--size must be 2 to " + std::to_string(kMaxMembers) + ": a bot and a person at least.";
  // Also nan, which is neither more nor less than anything.
  if (arguments.seconds && !(*arguments.seconds > 0 && *arguments.seconds <= kLongestFor))
    return "--for is a number of seconds: more than 0, at most " + std::to_string(kLongestFor) +
           " (31 days).";
  return std::nullopt;
}

/// What is wrong with the texts that the members of a room would see, or have to know.
std::optional<std::string> check_texts(const BotArguments& arguments) {
  const std::string most = std::to_string(signaling::kMaxNamePoints);
  if (!signaling::is_name(arguments.name)) return "--name is 1 to " + most + " characters that can be shown.";
  const std::string last = bot_name(arguments.name, arguments.count - 1, arguments.count);
  if (!signaling::is_name(last))
    return "--name is too long for the number behind it: '" + last + "' has more than " + most +
           " characters.";
  if (!signaling::is_password_text(arguments.password)) {
    return "--password is at most " + std::to_string(kMaxPassword) +
           " bytes of UTF-8 without control characters.";
  }
  return std::nullopt;
}

/// What the room is, or what is wrong with it.
std::optional<std::string> read_room(const BotArguments& arguments, BotsOptions& options) {
  const bool by_server = !arguments.room && names_room(arguments.server);
  // Somebody's empty variable is not a wish for a room of their own.
  const auto room = arguments.room ? room_address(*arguments.room)
                    : by_server    ? room_address(arguments.server)
                                   : RoomAddress{};
  if (!room && by_server) return "--server is a link to a room, but no code stands behind its room=.";
  if (!room) {
    return "--room is a room's code, such as kamo-ridun, or its link, such as "
           "http://localhost:8080/?room=kamo-ridun, not '" +
           *arguments.room + "'.";
  }
  const std::string server = !arguments.server.empty() ? arguments.server
                             : !room->server.empty()   ? room->server
                                                       : "ws://localhost:8080";
  const auto origin = server_origin(server);
  if (!origin)
    return "--server is the address of a server, such as http://localhost:8080, not '" + server + "'.";
  if (!room->code.empty() && arguments.size)
    return "--size is for rooms of their own; that of a room they join is what its host says.";
  options.server = *origin;
  options.room = room->code;
  return std::nullopt;
}

/// What the arguments mean, or what is wrong with them.
std::optional<std::string> read(const BotArguments& arguments, BotsOptions& options) {
  if (auto wrong = check_numbers(arguments)) return wrong;
  if (auto wrong = check_texts(arguments)) return wrong;
  const auto behaviour = cubes::behaviour_by_name(arguments.behaviour);
  if (!behaviour) return "--behaviour is wander, circle or still, not '" + arguments.behaviour + "'.";
  if (auto wrong = read_room(arguments, options)) return wrong;
  if (!arguments.ca.empty() && !trust_ca_file(arguments.ca))
    return "--ca: there is no certificate that can be read in " + arguments.ca + '.';
  raise_file_limit();
  if (!files_for(arguments.count)) {
    return "--count: this system allows a program fewer open files than that (see ulimit -n); start several "
           "programs with fewer bots each.";
  }
  options.password = arguments.password;
  options.count = arguments.count;
  if (arguments.size) options.size = *arguments.size;
  options.behaviour = *behaviour;
  options.name = arguments.name;
  return std::nullopt;
}

/// Until `time`, or the time is over: the network runs.
void run_until(base::Time time) {
  const base::Duration left = time - platform::native::now();
  run_for(
      std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left), std::chrono::milliseconds(0)));
}

void leave(Bots& bots) {
  bots.leave();
  const base::Time until = platform::native::now() + kLeaving;
  while (!bots.all_over() && platform::native::now() < until) {
    run_for(kLeavingTick);
    bots.advance(platform::native::now());
  }
  run_for(kClosing);
}

int run_bots(const BotArguments& arguments) {
  BotsOptions options;
  if (const auto wrong = read(arguments, options)) return refuse(*wrong);
  catch_signals();
  Bots bots(options, say);
  const base::Time began = platform::native::now();
  const base::Duration most = std::chrono::duration_cast<base::Duration>(
      std::chrono::duration<double>(arguments.seconds.value_or(kLongestFor)));
  base::Time next = began;
  while (stop_asked == 0 && !bots.all_over()) {
    const base::Time now = platform::native::now();
    if (arguments.seconds && now - began >= most) break;
    bots.advance(now);
    // What was missed is not made up for.
    next = std::max(next + cubes::Bot::kTick, now);
    run_until(next);
  }
  leave(bots);
  if (bots.failed() == 0) return 0;
  std::fprintf(stderr, "parlor bot: %d of %d bots did not stay to the end; why stands above.\n",
               bots.failed(), arguments.count);
  return 1;
}

}  // namespace

std::function<int()> add_bot_command(CLI::App& app) {
  CLI::App* bot =
      app.add_subcommand("bot", "Play the cubes with people: bots that join rooms as members, until Ctrl-C.");
  auto arguments = std::make_shared<BotArguments>();
  bot->add_option("--server", arguments->server,
                  "Address of a Parlor server: ws(s):// or http(s)://. Default: that of --room, else "
                  "http://localhost:8080. A link to a room is one to that room.")
      ->type_name("URL");
  bot->add_option("--room", arguments->room, "Code or link of the room to join. Default: rooms of their own.")
      ->type_name("CODE");
  bot->add_option("--password", arguments->password, "The room's.")->type_name("TEXT");
  bot->add_option("--count", arguments->count, "How many bots. Default: 1.")->type_name("N");
  bot->add_option(
         "--size", arguments->size,
         "Most members of a room of their own, 2 to 64: bots, and two people (with 2, one). Default: 16.")
      ->type_name("N");
  bot->add_option("--behaviour", arguments->behaviour,
                  "wander (catches, runs from who has to catch), circle or still. Default: wander.")
      ->type_name("NAME");
  bot->add_option("--name", arguments->name, "Their name, with a number behind it. Default: Bot.")
      ->type_name("TEXT");
  bot->add_option("--for", arguments->seconds,
                  "Leave after so many seconds, at most " + std::to_string(kLongestFor) +
                      " (31 days). Default: never.")
      ->type_name("SECONDS");
  bot->add_option("--ca", arguments->ca, "Trust the authorities in this file (PEM), too.")->type_name("FILE");
  return [arguments] { return run_bots(*arguments); };
}

}  // namespace parlor::cli
