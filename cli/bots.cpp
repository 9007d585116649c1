#include "cli/bots.hpp"

#include <algorithm>
#include <utility>

#include "cli/bot_address.hpp"
#include "crypto/system_random.hpp"

namespace parlor::cli {
namespace {

constexpr int kLeftToPeople = 2;

std::string plural(std::size_t count, const std::string& one) {
  return std::to_string(count) + ' ' + one + (count == 1 ? "" : "s");
}

}  // namespace

std::string bot_name(const std::string& name, int index, int count) {
  return count == 1 ? name : name + ' ' + std::to_string(index + 1);
}

struct Bots::Player {
  Player(cubes::Behaviour behaviour, std::uint64_t seed) : bot(behaviour, seed) {}
  cubes::Bot bot;
  std::size_t index = 0;
  std::size_t place = 0;
  bool makes = false;  // its place
  bool begun = false;
  bool over = false;
  std::string name;
  cubes::PlayerId id = 0;
};

Bots::Bots(BotsOptions options, std::function<void(const std::string&)> say)
    : options_(std::move(options)), say_(std::move(say)) {
  const auto count = static_cast<std::size_t>(options_.count);
  const bool own = options_.room.empty();
  const std::size_t each = own ? static_cast<std::size_t>(std::max(options_.size - kLeftToPeople, 1)) : count;
  crypto::SystemRandom random;
  for (std::size_t i = 0; i < count; ++i) {
    auto player = std::make_unique<Player>(options_.behaviour, random.next_u64());
    player->index = i;
    player->place = i / each;
    player->name = bot_name(options_.name, static_cast<int>(i), options_.count);
    player->bot.session().set_server(options_.server);
    if (player->place == places_.size()) {
      places_.push_back({options_.room, {}, i, 0, false});
      player->makes = own;
    }
    ++places_.back().expected;
    players_.push_back(std::move(player));
  }
}

Bots::~Bots() = default;

bool Bots::all_over() const {
  return std::all_of(players_.begin(), players_.end(), [](const auto& player) { return player->over; });
}

void Bots::leave() {
  leaving_ = true;
  for (const auto& player : players_) {
    player->bot.session().leave();
    player->over = player->over || !player->begun;
  }
}

void Bots::begin(Player& player) {
  const Place& place = places_[player.place];
  if (player.makes) {
    player.bot.session().create(player.name,
                                {.size = options_.size, .title = "Bots", .password = options_.password});
  } else if (!place.code.empty()) {
    player.bot.session().join(player.name, {.code = place.code, .password = options_.password});
  } else {
    return;  // until the room is there
  }
  player.begun = true;
}

void Bots::advance(base::Time now) {
  for (const auto& player : players_) {
    if (player->over) continue;
    if (!player->begun && !leaving_) begin(*player);
    if (!player->begun) continue;
    player->bot.advance(now);
    take_notices(*player);
  }
}

void Bots::take_notices(Player& player) {
  while (player.bot.session().poll_naming()) {
  }
  while (const auto notice = player.bot.session().poll_notice()) {
    switch (notice->kind) {
      case cubes::NoticeKind::entered:
        player.id = notice->id;
        entered(player, notice->code);
        break;
      case cubes::NoticeKind::ended:
        ended(player, *notice);
        break;
      default:
        if (places_[player.place].told_by == player.index) tell(player, *notice);
    }
  }
}

void Bots::entered(const Player& player, const std::string& code) {
  Place& place = places_[player.place];
  place.ours.insert(player.id);
  if (place.code != code) {
    place.code = code;
    if (player.makes) say_("Room " + code + ": " + room_link(options_.server, code));
  }
  if (!place.told_full && place.ours.size() == place.expected) {
    place.told_full = true;
    say_(plural(place.ours.size(), "bot") + " in room " + code + '.');
  }
}

void Bots::ended(Player& player, const cubes::Notice& notice) {
  player.over = true;
  Place& place = places_[player.place];
  place.ours.erase(player.id);
  if (leaving_) return;
  ++failed_;
  say_(player.name + " is out (" + std::string(to_string(notice.reason)) + "): " + notice.message);
  if (place.told_by == player.index) hand_over(place);
  if (!player.makes || player.id != 0) return;
  // Those who wait for its room wait for nothing.
  for (const auto& other : players_) {
    if (other->place != player.place || other->begun) continue;
    other->over = true;
    ++failed_;
  }
}

/// Somebody else tells what happens there from now on.
void Bots::hand_over(Place& place) {
  for (const auto& player : players_) {
    if (&places_[player->place] != &place || player->over || player->id == 0) continue;
    place.told_by = player->index;
    return;
  }
}

void Bots::tell(const Player& player, const cubes::Notice& notice) {
  const Place& place = places_[player.place];
  const std::string there = " [" + place.code + ']';
  using Kind = cubes::NoticeKind;
  switch (notice.kind) {
    case Kind::joined:
      if (place.told_full) say_(notice.name + " came in." + there);
      break;
    case Kind::left:
      if (!leaving_ && !place.ours.contains(notice.id))
        say_(notice.name + " left: " + notice.message + there);
      break;
    case Kind::host:
      say_(notice.name + " is host." + there);
      break;
    case Kind::link_failed:
      say_("No way to " + notice.name + ": " + notice.message + there);
      break;
    case Kind::server_lost:
      say_(notice.message + " The bots play on and look for it again." + there);
      break;
    case Kind::server_back:
      say_("The server is back." + there);
      break;
    default:
      break;
  }
}

}  // namespace parlor::cli
