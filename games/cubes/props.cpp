#include "cubes/props.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace parlor::cubes {
namespace {

using render::at_most;

constexpr float kFriction = 14;   // of a crate, metres per second squared
constexpr float kRolling = 1.1F;  // of the ball
constexpr float kBallBounce = 0.62F;
constexpr float kWallBounce = 0.75F;
constexpr float kCrateBounce = 0.1F;
constexpr float kStill = 0.12F;  // slower than this it lies still
constexpr float kFastest = kFastestTold - 0.1F;
constexpr float kHardest = 11;  // a knock that cannot be louder
constexpr float kFastestCrate = 6;
constexpr float kKick = 1.25F;    // times the speed of who runs into the ball
constexpr float kKickUp = 0.42F;  // of it upwards
constexpr float kSquashSpring = 420;
constexpr float kSquashDamping = 13;
/// As long as a crate's owner touches it, and so long after another took it, nobody takes it: two who push
/// from two sides would take it in turns.
constexpr base::Duration kHold = base::milliseconds(250);

struct Kind {
  bool ball;
  float half;
  Vec3 place;
  Vec3 colour;
};
constexpr Vec3 kWood{0.72F, 0.50F, 0.34F};
constexpr Vec3 kDarkWood{0.58F, 0.39F, 0.30F};
constexpr std::array<Kind, Props::kCount> kKinds{{{true, 0.8F, {-7.5F, 0, -2.7F}, {0.86F, 0.84F, 0.90F}},
                                                  {false, 0.6F, {-11, 0, 8}, kWood},
                                                  {false, 0.6F, {-12.3F, 0, 8.2F}, kDarkWood},
                                                  {false, 0.6F, {-11.6F, 1.2F, 8.1F}, kWood},
                                                  {false, 0.6F, {7, 0, 6}, kDarkWood},
                                                  {false, 0.75F, {8, 0, -8}, kWood},
                                                  {false, 0.6F, {-9, 0, -9}, kDarkWood}}};

/// How a thing is pushed out of another: away from it along the side where they overlap least.
struct Overlap {
  Vec3 normal;
  float depth = 0;
};
std::optional<Overlap> overlap_of(const PropState& body, float half, bool ball, const Obstacle& wall) {
  const Vec3 middle = body.position + Vec3{0, half, 0};
  const Vec3 from = middle - (wall.foot + Vec3{0, wall.half.y, 0});
  if (ball) {
    const Vec3 nearest{std::clamp(from.x, -wall.half.x, wall.half.x),
                       std::clamp(from.y, -wall.half.y, wall.half.y),
                       std::clamp(from.z, -wall.half.z, wall.half.z)};
    const Vec3 gap = from - nearest;
    const float away = length(gap);
    if (away >= half) return std::nullopt;
    if (away > 1e-4F) return Overlap{gap * (1 / away), half - away};
  }
  const float x = wall.half.x + half - std::abs(from.x);
  const float y = wall.half.y + half - std::abs(from.y);
  const float z = wall.half.z + half - std::abs(from.z);
  if (x <= 0 || y <= 0 || z <= 0) return std::nullopt;
  if (y <= x && y <= z) return Overlap{{0, std::copysign(1.0F, from.y), 0}, y};
  if (x <= z) return Overlap{{std::copysign(1.0F, from.x), 0, 0}, x};
  return Overlap{{0, 0, std::copysign(1.0F, from.z)}, z};
}

}  // namespace

Props::Props() {
  reset();
}

void Props::reset() {
  me_ = 0;
  knocks_.clear();
  for (std::size_t i = 0; i < kCount; ++i) {
    props_[i] = Prop();
    props_[i].ball = kKinds[i].ball;
    props_[i].half = kKinds[i].half;
    props_[i].colour = kKinds[i].colour;
    props_[i].body.position = kKinds[i].place;
  }
}

Obstacle Props::obstacle_of(const Prop& prop, std::size_t index) {
  Obstacle obstacle;
  obstacle.foot = prop.body.position;
  obstacle.half = {prop.half, prop.half, prop.half};
  obstacle.round = prop.ball;
  obstacle.give = prop.ball ? 0.9F : 0.55F;
  obstacle.velocity = prop.body.velocity;
  obstacle.id = kFirstProp + static_cast<ObstacleId>(index);
  return obstacle;
}

void Props::append_obstacles(std::vector<Obstacle>& obstacles) const {
  for (std::size_t i = 0; i < kCount; ++i) obstacles.push_back(obstacle_of(props_[i], i));
}

PropState Props::shown(std::size_t index) const {
  return props_[index].body;
}

// ---- whose it is

/// An owner that touches it says so all the time: one that fell silent holds it no more.
bool Props::is_held(const Prop& prop, base::Time now) {
  return prop.held && now - prop.held_at < 2 * kHold;
}

void Props::take(Prop& prop, base::Time now) {
  if (me_ == 0 || prop.owner == me_) return;
  ++prop.turn;
  prop.owner = me_;
  prop.taken = now;
  prop.held = false;
  prop.told_at.reset();
  prop.told_at_rest = false;
  prop.correction = {0.08F, 6};
}

void Props::handle_contact(base::Time now, const Contact& contact) {
  const std::size_t index = contact.id - kFirstProp;
  if (contact.id < kFirstProp || index >= kCount) return;
  Prop& prop = props_[index];
  const bool from_above = contact.normal.y > 0.5F;
  if (from_above) {
    if (contact.speed > 2) knock(prop, contact.speed * 0.5F);
    return;
  }
  if (!is_mine(prop)) {
    const bool is_busy = !prop.ball && (is_held(prop, now) || now - prop.taken < kHold);
    const bool was_just_kicked = prop.ball && prop.owner != 0 && now - prop.taken < kHold / 2;
    if (is_busy || was_just_kicked) return;
    take(prop, now);
    if (!is_mine(prop)) return;
  }
  prop.touched = now;
  const Vec3 away = contact.normal * -1;
  const float before = dot(prop.body.velocity, away);
  if (prop.ball) {
    if (contact.speed < 0.3F) return;
    prop.body.velocity = prop.body.velocity + away * (contact.speed * kKick);
    prop.body.velocity.y = std::max(prop.body.velocity.y, contact.speed * kKickUp);
    prop.body.velocity = at_most(prop.body.velocity, kFastest);
  } else {
    const float wanted = std::min(before + contact.speed * 0.6F, kFastestCrate);
    prop.body.velocity = prop.body.velocity + away * (std::max(wanted, before) - before);
  }
  prop.told_at_rest = false;
  if (contact.speed > 1.5F) knock(prop, contact.speed);
}

void Props::told(PlayerId from, base::Time now, const ToldProp& told) {
  if (told.index >= kCount || from == 0 || from == me_) return;
  Prop& prop = props_[told.index];
  const bool same = told.turn == prop.turn;
  const bool newer =
      told.turn.is_after(prop.turn) || (same && prop.owner != from && (prop.owner == 0 || from < prop.owner));
  if (!newer && !(same && prop.owner == from)) return;
  const Vec3 shown = prop.body.position;
  if (newer) {
    prop.turn = told.turn;
    prop.owner = from;
    prop.taken = now;
    prop.buffer = netcode::SnapshotBuffer<PropState, PropBlend>();
  }
  prop.held = told.held;
  prop.held_at = now;
  const auto before = prop.buffer.resample();
  if (!prop.buffer.insert(now, told.stamp, told.state)) return;
  // What it was shown at a moment ago it does not leave by a jump.
  if (newer) (void)prop.buffer.sample(now);
  const auto after = prop.buffer.resample();
  if (after) prop.correction.absorb(newer || !before ? shown : before->position, after->position);
}

void Props::adopt(base::Time now, const std::function<bool(PlayerId)>& is_there) {
  for (Prop& prop : props_) {
    if (prop.owner != 0 && prop.owner != me_ && !is_there(prop.owner)) take(prop, now);
  }
}

// ---- how it moves

void Props::knock(Prop& prop, float speed) {
  const float force = std::clamp(speed / kHardest, 0.0F, 1.0F);
  prop.squashing -= force * 7;
  if (knocks_.size() < 16) knocks_.push_back(force);
}

void Props::advance(base::Time now, float seconds, std::span<const Obstacle> walls) {
  for (std::size_t i = 0; i < kCount; ++i) {
    Prop& prop = props_[i];
    const Vec3 before = prop.body.position;
    // What nobody has taken yet lies where it does in the beginning: that is the same for everybody.
    if (is_mine(prop)) {
      move(i, now, seconds, walls);
    } else if (prop.owner != 0) {
      show(prop, now, seconds);
    }
    animate(prop, prop.body.position - before, seconds);
  }
}

void Props::show(Prop& prop, base::Time now, float seconds) {
  const auto state = prop.buffer.sample(now);
  if (!state) return;
  prop.correction.advance(seconds);
  prop.body = *state;
  prop.body.position = prop.body.position + prop.correction.offset();
  prop.body.position.y = std::max(prop.body.position.y, 0.0F);
}

void Props::move(std::size_t index, base::Time now, float seconds, std::span<const Obstacle> walls) {
  for (float left = std::min(seconds, kLongestPause); left > 1e-5F; left -= kLongestStep)
    step(index, now, std::min(left, kLongestStep), walls);
}

void Props::bounce_off(Prop& prop, const Obstacle& wall) {
  const auto overlap = overlap_of(prop.body, prop.half, prop.ball, wall);
  if (!overlap) return;
  prop.body.position = prop.body.position + overlap->normal * overlap->depth;
  const float speed = dot(wall.velocity - prop.body.velocity, overlap->normal);
  if (speed <= 0) return;
  const float bounce = !prop.ball ? kCrateBounce : overlap->normal.y > 0.5F ? kBallBounce : kWallBounce;
  // What lies on something does not tremble.
  const bool lies = overlap->normal.y > 0.5F && speed < 1.2F;
  prop.body.velocity = prop.body.velocity + overlap->normal * (speed * (lies ? 1 : 1 + bounce));
  if (speed > 2.5F) knock(prop, speed * 0.6F);
}

/// A thing that moves pushes others. What it pushes, and what stands on it, is taken with it: one page has to
/// compute what happens between them.
void Props::push_others(std::size_t index, base::Time now) {
  const Prop& prop = props_[index];
  if (length(flat(prop.body.velocity)) < kStill) return;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (i == index) continue;
    Prop& other = props_[i];
    const Vec3 apart = other.body.position - prop.body.position;
    const float reach = prop.half + other.half;
    const bool stands_on =
        std::abs(apart.y - 2 * prop.half) < 0.05F && std::abs(apart.x) < reach && std::abs(apart.z) < reach;
    if (stands_on && !prop.ball && !is_mine(other) && !is_held(other, now)) take(other, now);
    const auto overlap = overlap_of(other.body, other.half, other.ball, obstacle_of(prop, index));
    if (!overlap || std::abs(overlap->normal.y) > 0.5F) continue;
    const float speed = dot(prop.body.velocity - other.body.velocity, overlap->normal);
    if (speed < 0.2F) continue;
    if (!is_mine(other)) {
      if (is_held(other, now)) continue;
      take(other, now);
    }
    other.body.velocity = at_most(other.body.velocity + overlap->normal * (speed * 0.9F), kFastest);
    other.told_at_rest = false;
    if (speed > 1.5F) knock(other, speed);
  }
}

void Props::step(std::size_t index, base::Time now, float seconds, std::span<const Obstacle> walls) {
  Prop& prop = props_[index];
  PropState& body = prop.body;
  body.velocity.y -= kPropGravity * seconds;
  body.position = body.position + body.velocity * seconds;
  bool supported = false;
  if (body.position.y <= 0) {
    body.position.y = 0;
    const float speed = -body.velocity.y;
    if (prop.ball && speed > 1.2F) {
      body.velocity.y = speed * kBallBounce;
      if (speed > 2.5F) knock(prop, speed * 0.6F);
    } else {
      if (!prop.ball && speed > 2.5F) knock(prop, speed);
      body.velocity.y = 0;
      supported = true;
    }
  }
  push_others(index, now);
  for (const Obstacle& wall : walls) bounce_off(prop, wall);
  for (std::size_t i = 0; i < kCount; ++i) {
    if (i != index) bounce_off(prop, obstacle_of(props_[i], i));
  }
  // What others put into each other pushes up and down without end.
  body.position.y = std::clamp(body.position.y, 0.0F, kCeiling);
  supported = supported || std::abs(body.velocity.y) < 0.02F;
  const float brake = (prop.ball ? kRolling : kFriction) * seconds;
  const float speed = length(flat(body.velocity));
  if (supported && speed > 0) {
    const float left = std::max(speed - brake, 0.0F) / speed;
    body.velocity.x *= left;
    body.velocity.z *= left;
    if (speed < kStill) body.velocity = {0, body.velocity.y, 0};
  }
  const float limit = kArenaHalf - prop.half;
  for (float Vec3::*axis : {&Vec3::x, &Vec3::z}) {
    if (std::abs(body.position.*axis) <= limit) continue;
    body.position.*axis = std::copysign(limit, body.position.*axis);
    if (body.velocity.*axis * body.position.*axis > 0) {
      if (std::abs(body.velocity.*axis) > 2.5F) knock(prop, std::abs(body.velocity.*axis));
      body.velocity.*axis *= -(prop.ball ? kWallBounce : kCrateBounce);
    }
  }
}

void Props::animate(Prop& prop, Vec3 moved, float seconds) {
  const Vec3 level = flat(moved);
  const float way = length(level);
  if (prop.ball && way > 1e-5F && way < 2) {
    const Vec3 axis = normalized(cross({0, 1, 0}, level));
    prop.rotation = render::Quat::around(axis, way / prop.half) * prop.rotation;
  }
  for (float left = std::min(seconds, 0.1F); left > 0; left -= 0.008F) {
    const float step = std::min(left, 0.008F);
    prop.squashing -= (prop.squash * kSquashSpring + prop.squashing * kSquashDamping) * step;
    prop.squash = std::clamp(prop.squash + prop.squashing * step, -0.25F, 0.25F);
  }
}

// ---- what is told

void Props::hurry() {
  for (Prop& prop : props_) {
    prop.told_at.reset();
    prop.told_at_rest = false;
  }
}

std::optional<ToldProp> Props::poll_due(base::Time now) {
  if (me_ == 0) return std::nullopt;
  for (std::size_t i = 0; i < kCount; ++i) {
    Prop& prop = props_[i];
    if (prop.owner != me_ || (prop.told_at && now - *prop.told_at < kTold)) continue;
    const bool rests = length(flat(prop.body.velocity)) == 0 && std::abs(prop.body.velocity.y) < 0.3F;
    if (rests && prop.told_at_rest) continue;
    prop.told_at_rest = rests;
    prop.told_at = now;
    ToldProp told;
    told.stamp = netcode::stamp_of(now);
    told.index = static_cast<std::uint8_t>(i);
    told.turn = prop.turn;
    told.held = now - prop.touched < kHold && prop.touched != base::Time{};
    told.state = prop.body;
    if (rests) told.state.velocity = {};
    return told;
  }
  return std::nullopt;
}

// ---- how it looks

void Props::append_blocks(std::vector<render::Block>& blocks) const {
  for (const Prop& prop : props_) {
    render::Block block;
    const float tall = 1 + prop.squash;
    const float wide = 1 / std::sqrt(tall);
    block.half = Vec3{wide, tall, wide} * prop.half;
    block.centre = prop.body.position + Vec3{0, block.half.y, 0};
    block.colour = prop.colour;
    if (prop.ball) {
      // Round it stays however it is squashed: the renderer's edges are as wide as its smallest half.
      block.half = Vec3{prop.half, prop.half, prop.half} * (1 + prop.squash * 0.3F);
      block.radius = std::min({block.half.x, block.half.y, block.half.z});
      block.rotation = prop.rotation;
      block.eyes = 1;
    } else {
      block.radius = 0.07F;
    }
    blocks.push_back(block);
    if (prop.ball) continue;
    // A crate's frame: a slightly larger, flatter box around its middle.
    render::Block band = block;
    band.half = {block.half.x + 0.02F, block.half.y * 0.16F, block.half.z + 0.02F};
    band.radius = 0.04F;
    band.colour = prop.colour * 0.72F;
    band.shadow = 0;
    blocks.push_back(band);
  }
}

}  // namespace parlor::cubes
