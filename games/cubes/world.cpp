#include "cubes/world.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "cubes/stage.hpp"
#include "netcode/interpolation.hpp"
#include "netcode/smoothing.hpp"

namespace parlor::cubes {
namespace {

constexpr float kLabelHeight = 1.34F;
constexpr float kCrownHeight = 1.62F;
constexpr float kCrownRoom = 0.62F;  // above it the label moves up by so much
constexpr float kSoftest = 2.0F;     // metres per second: slower than this nobody hears it
// Labels of cubes far away fade, so that a crowd at the horizon does not cover the sky.
constexpr float kLabelFull = 26;
constexpr float kLabelGone = 60;
constexpr float kPatience = 1.6F;  // seconds at rest before one's own cube looks at its player

std::uint32_t scattered(PlayerId id) {
  return id * 2'654'435'761U;
}

/// Where a member begins: on a spiral around the middle, looking inwards. Two who come at one moment find
/// equally many others: their ids keep them apart.
Body place(PlayerId id, std::size_t others) {
  const auto n = static_cast<float>(others % 64);
  const float aside = static_cast<float>(scattered(id) >> 16 & 0xff) / 255.0F - 0.5F;
  const float out = static_cast<float>(scattered(id) >> 24) / 255.0F - 0.5F;
  const float angle = 0.6F + n * 2.39996F + aside * 0.5F;  // the golden angle
  const float away = 2.6F + 1.05F * std::sqrt(n) + out;
  Body body;
  body.position = {std::sin(angle) * away, 0, std::cos(angle) * away};
  body.yaw = std::atan2(-body.position.x, -body.position.z);
  return body;
}

}  // namespace

World::World() : stage_(make_stage()) {
  body_.yaw = -0.55F;
}

void World::begin(PlayerId id, std::size_t others) {
  me_ = id;
  body_ = place(id, others);
  motion_ = {};
  trail_ = {};
  pose_ = Pose(scattered(id));
  camera_.settle(body_);
}

void World::add(PlayerId id, ColourIndex colour) {
  Player player(scattered(id));
  player.colour = colour;
  std::array<bool, render::kMostLabels> taken{};
  for (const auto& [other, known] : players_) taken.at(known.label) = true;
  const auto free = std::find(taken.begin(), taken.end(), false);
  player.label = static_cast<render::LabelSlot>(free == taken.end() ? 0 : free - taken.begin());
  players_.insert_or_assign(id, player);
}

void World::remove(PlayerId id) {
  const auto found = players_.find(id);
  if (found == players_.end()) return;
  if (found->second.shown && !calm_)
    dust_.burst(found->second.shown->position, colour(found->second.colour), 1, 22);
  players_.erase(found);
}

void World::remove_all() {
  players_.clear();
  props_.reset();
  me_ = 0;
  it_ = 0;
}

void World::set_colour(PlayerId id, ColourIndex colour) {
  const auto found = players_.find(id);
  if (found != players_.end()) found->second.colour = colour;
}

ColourIndex World::colour_of(PlayerId id) const {
  const auto found = players_.find(id);
  return found == players_.end() ? ColourIndex{0} : found->second.colour;
}

void World::told(PlayerId id, base::Time now, const StampedState& told) {
  const auto found = players_.find(id);
  if (found != players_.end()) found->second.cube.told(now, told);
}

std::optional<State> World::shown(PlayerId id) const {
  const auto found = players_.find(id);
  return found == players_.end() ? std::nullopt : found->second.shown;
}

void World::begin_anew(PlayerId id) {
  const auto found = players_.find(id);
  if (found != players_.end()) found->second.cube = {};
}

std::optional<CubeStatistics> World::statistics(PlayerId id) const {
  const auto found = players_.find(id);
  return found == players_.end() ? std::nullopt : std::optional(found->second.cube.statistics());
}

render::LabelSlot World::label_of(PlayerId id) const {
  const auto found = players_.find(id);
  return found == players_.end() ? render::LabelSlot{0} : found->second.label;
}

void World::kick_dust(const Pose& pose, const State& state, ColourIndex index) {
  if (calm_ || pose.landed() <= 0) return;
  const float force = std::min(pose.landed() / 12, 1.0F);
  dust_.burst(state.position, colour(index), force, 4 + static_cast<int>(force * 10));
}

void World::advance_player(Player& player, base::Time now, float seconds) {
  player.shown = player.cube.advance(now, seconds);
  if (!player.shown) return;
  player.asleep = player.shown->away || player.cube.silent(now);
  player.grown = netcode::approach(player.grown, 1.0F, seconds, 0.06F);
  player.pose.advance(*player.shown, seconds, calm_);
  player.trail.advance(*player.shown, seconds);
  kick_dust(player.pose, *player.shown, player.colour);
}

void World::look_back(float seconds) {
  alone_ = body_.resting() ? alone_ + seconds : 0;
  const Vec3 to_eye = camera_.camera().eye - body_.position;
  const float wanted =
      alone_ > kPatience ? netcode::wrap_angle(std::atan2(to_eye.x, to_eye.z) - body_.yaw) : 0;
  look_back_ =
      netcode::blend_angle(look_back_, wanted, 1 - netcode::remaining(seconds, alone_ > 0 ? 0.14F : 0.03F));
}

void World::find_obstacles() {
  const auto fixed = platforms();
  obstacles_.assign(fixed.begin(), fixed.end());
  props_.append_obstacles(obstacles_);
  for (const auto& [id, player] : players_) {
    if (!player.shown) continue;
    Obstacle obstacle;
    obstacle.foot = player.shown->position;
    obstacle.half = {kCubeHalf, kCubeHalf, kCubeHalf};
    obstacle.round = true;
    obstacle.give = 0.3F;
    obstacle.velocity = player.shown->velocity;
    obstacle.id = id;
    obstacles_.push_back(obstacle);
  }
}

void World::take_contacts(base::Time now) {
  touched_.clear();
  for (const Contact& contact : motion_.contacts()) {
    if (contact.id >= kFirstProp) {
      props_.handle_contact(now, contact);
    } else if (contact.id != kNothing) {
      touched_.push_back(static_cast<PlayerId>(contact.id));
    }
    const bool lands = contact.normal.y > 0.5F;
    if (!lands && contact.speed > kSoftest && bumps_.size() < 8)
      bumps_.push_back(std::min(contact.speed / 12, 1.0F));
  }
}

void World::advance(base::Time now, float seconds, const Input& input) {
  seconds_ = std::fmod(seconds_ + seconds, 3600.0F);
  const bool was_on_ground = body_.on_ground;
  find_obstacles();
  motion_.set_top_speed(me_ != 0 && it_ == me_ ? kTopSpeed * kChase : kTopSpeed);
  motion_.advance(body_, camera_.to_world(input), seconds, obstacles_);
  take_contacts(now);
  props_.advance(now, seconds, platforms());
  if (was_on_ground && !body_.on_ground && !calm_) dust_.burst(body_.position, colour(own_colour_), 0.3F, 5);
  look_back(seconds);
  pose_.advance(own_state(), seconds, calm_);
  kick_dust(pose_, own_state(), own_colour_);
  trail_.advance(own_state(), seconds);
  for (auto& [id, player] : players_) advance_player(player, now, seconds);
  camera_.advance(body_, seconds, calm_);
  dust_.advance(seconds);
}

/// Five bright spikes on a ring: a colour that no player has.
void World::append_crown(Vec3 foot) {
  constexpr int kSpikes = 5;
  const float turn = calm_ ? 0.6F : seconds_ * 1.4F;
  const float hover = calm_ ? 0 : std::sin(seconds_ * 3.1F) * 0.05F;
  for (int i = 0; i < kSpikes; ++i) {
    const float angle = turn + 2 * render::kPi * static_cast<float>(i) / kSpikes;
    const Vec3 out{std::sin(angle), 0, std::cos(angle)};
    render::Block band;
    band.centre = foot + Vec3{0, kCrownHeight - 0.13F + hover, 0} + out * 0.27F;
    band.half = {0.20F, 0.06F, 0.045F};
    band.radius = 0.03F;
    band.rotation = render::Quat::around({0, 1, 0}, angle);
    band.colour = {1.0F, 0.80F, 0.22F};
    band.glow = 0.8F;
    band.shadow = 0.15F;
    blocks_.push_back(band);
    render::Block spike = band;
    spike.centre = spike.centre + Vec3{0, 0.15F, 0};
    spike.half = {0.055F, 0.13F, 0.045F};
    spike.colour = {1.0F, 0.93F, 0.62F};
    spike.glow = 1;
    blocks_.push_back(spike);
  }
}

void World::append_player(PlayerId id, const Player& player) {
  if (!player.shown) return;
  player.trail.append_to(blocks_, colour(player.colour));
  if (id == it_) append_crown(player.shown->position);
  render::Block block = player.pose.block(*player.shown, colour(player.colour), player.asleep);
  block.half = block.half * player.grown;
  block.radius *= player.grown;
  blocks_.push_back(block);
  const Vec3 anchor{block.centre.x, player.shown->position.y + kLabelHeight + (id == it_ ? kCrownRoom : 0),
                    block.centre.z};
  const float away = length(anchor - scene_.camera.eye);
  const float opacity = std::clamp((kLabelGone - away) / (kLabelGone - kLabelFull), 0.0F, 1.0F);
  labels_.push_back({anchor, player.label, opacity * player.grown});
}

const render::Scene& World::scene() {
  blocks_.clear();
  labels_.clear();
  scene_.camera = camera_.camera();
  State own = own_state();
  own.yaw += look_back_;
  blocks_.push_back(pose_.block(own, colour(own_colour_), false));
  trail_.append_to(blocks_, colour(own_colour_));
  if (me_ != 0 && it_ == me_) append_crown(body_.position);
  for (const auto& [id, player] : players_) append_player(id, player);
  props_.append_blocks(blocks_);
  // The nearest label is drawn last, over the others.
  std::sort(labels_.begin(), labels_.end(), [this](const render::Label& a, const render::Label& b) {
    return length(a.anchor - scene_.camera.eye) > length(b.anchor - scene_.camera.eye);
  });
  if (crowd_ > 0) append_crowd(blocks_, crowd_, seconds_);
  dust_.append_to(blocks_);
  blocks_.insert(blocks_.end(), stage_.begin(), stage_.end());
  scene_.focus = body_.position;
  scene_.arena = kArenaHalf;
  scene_.seconds = seconds_;
  scene_.light = render::daylight_at(time_of_day_);
  scene_.blocks = blocks_;
  scene_.labels = labels_;
  return scene_;
}

}  // namespace parlor::cubes
