#include "cubes/bot.hpp"

#include <algorithm>
#include <cmath>

namespace parlor::cubes {
namespace {

constexpr float kRoaming = 15;  // metres from the middle that it wanders to
constexpr float kEdge = kArenaHalf - 2;
constexpr float kCircle = 4;  // radius
constexpr float kThere = 1;   // so near is there
constexpr float kFright = 6;  // from so near it runs
constexpr base::Duration kLongestWay = base::seconds(5);
constexpr base::Duration kStuck = base::milliseconds(600);

Input towards(Vec3 way) {
  const float far = length(flat(way));
  if (far < 1e-3F) return {};
  return {way.x / far, way.z / far, false};
}

}  // namespace

std::optional<Behaviour> behaviour_by_name(std::string_view name) {
  if (name == "wander") return Behaviour::wander;
  if (name == "circle") return Behaviour::circle;
  if (name == "still") return Behaviour::still;
  return std::nullopt;
}

float BotMind::between(float least, float most) {
  return least + (most - least) * static_cast<float>(random_.below(10'000)) / 10'000.0F;
}

void BotMind::choose_goal(base::Time now) {
  goal_ = {between(-kRoaming, kRoaming), 0, between(-kRoaming, kRoaming)};
  goal_until_ = now + kLongestWay;
}

/// Something stands in its way.
bool BotMind::is_stuck(base::Time now, const State& own) {
  if (length(own.position - seen_at_) > 0.3F) {
    seen_at_ = own.position;
    seen_since_ = now;
  }
  if (now - seen_since_ < kStuck) return false;
  seen_since_ = now;
  return true;
}

const BotMind::Other* BotMind::whom(const State& own, bool chases, std::span<const Other> others) {
  const auto nearer = [&](const Other& one, const Other& other) {
    // Who has just caught it stands nearest: two bots would catch each other for ever, and never a person.
    if (chases && one.caught_it != other.caught_it) return other.caught_it;
    return length(one.position - own.position) < length(other.position - own.position);
  };
  const Other* best = nullptr;
  for (const Other& other : others) {
    if (other.away || (!chases && !other.has_to_catch)) continue;
    if (!best || nearer(other, *best)) best = &other;
  }
  return best;
}

Input BotMind::decide(base::Time now, const State& own, bool chases, std::span<const Other> others) {
  if (behaviour_ == Behaviour::still) return {};
  if (behaviour_ == Behaviour::circle) return circle(own);
  const Other* aim = whom(own, chases, others);
  const bool stuck = is_stuck(now, own);
  if (!aim || (!chases && length(aim->position - own.position) > kFright)) {
    if (stuck) choose_goal(now);
    Input input = wander(now, own);
    input.jump = stuck || random_.below(200) == 0;
    return input;
  }
  Vec3 way = aim->position - own.position;
  if (!chases) {
    way = way * -1.0F;
    // Along the edge rather than against it.
    if (std::abs(own.position.x) > kEdge) way.x = -own.position.x;
    if (std::abs(own.position.z) > kEdge) way.z = -own.position.z;
  }
  Input input = towards(way);
  input.jump = stuck;
  return input;
}

Input BotMind::wander(base::Time now, const State& own) {
  if (now >= goal_until_ || length(flat(goal_ - own.position)) < kThere) choose_goal(now);
  return towards(goal_ - own.position);
}

Input BotMind::circle(const State& own) {
  if (!centre_) {
    centre_ = {std::clamp(own.position.x, -kEdge + kCircle, kEdge - kCircle), 0,
               std::clamp(own.position.z, -kEdge + kCircle, kEdge - kCircle)};
  }
  const Vec3 out = flat(own.position - *centre_);
  const float far = length(out);
  if (far < 1e-3F) return {1, 0, false};
  // Around it, and back to its rim where it was pushed off.
  const Vec3 around{-out.z / far, 0, out.x / far};
  return towards(around + out * ((kCircle - far) / far));
}

Bot::Bot(Behaviour behaviour, std::uint64_t seed) : mind_(behaviour, seed) {
  world_.set_calm(true);  // nobody looks
}

void Bot::advance(base::Time now) {
  const float seconds =
      last_ ? static_cast<float>(std::max<std::int64_t>((now - *last_).count(), 0)) * 1e-6F : 0;
  last_ = now;
  others_.clear();
  const PlayerId it = session_.it();
  for (const Member& member : session_.members()) {
    const PlayerId id = number(member.id);
    if (const auto shown = world_.shown(id))
      others_.push_back({shown->position, id == it, shown->away || session_.is_away(member.id),
                         id == session_.caught_by()});
  }
  const bool inside = session_.state() == "playing";
  const bool chases = inside && it != 0 && PeerId{it} == session_.room()->me();
  const Input wanted = inside ? mind_.decide(now, world_.own_state(), chases, others_) : Input{};
  world_.advance(now, seconds, world_.camera().from_world(wanted));
  session_.update(now);
}

}  // namespace parlor::cubes
