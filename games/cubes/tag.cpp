#include "cubes/tag.hpp"

#include <algorithm>

namespace parlor::cubes {
namespace {

constexpr std::byte kCatchKind{2};
// So many rounds may be under way while the host still tells an older one: each lasts longer than shame.
constexpr int kUnderWay = 16;

}  // namespace

std::array<std::byte, kCatchSize> write_catch(const Catch& caught) {
  const auto high = [](std::uint16_t value) { return static_cast<std::byte>(value >> 8); };
  const auto low = [](std::uint16_t value) { return static_cast<std::byte>(value & 0xff); };
  return {kCatchKind,
          high(caught.round.value()),
          low(caught.round.value()),
          high(caught.it),
          low(caught.it),
          high(caught.by),
          low(caught.by)};
}

std::optional<Catch> parse_catch(base::BytesView bytes) {
  if (bytes.size() != kCatchSize || bytes[0] != kCatchKind) return std::nullopt;
  const auto u16 = [&](std::size_t at) {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8 |
                                      std::to_integer<unsigned>(bytes[at + 1]));
  };
  const Catch caught{Round(u16(1)), u16(3), u16(5)};
  if (caught.it == 0 || caught.it == caught.by) return std::nullopt;
  return caught;
}

Catch Tag::next(base::Time now, PlayerId it, PlayerId by) {
  now_ = {now_.round + 1, it, by};
  since_ = now;
  lacking_since_.reset();
  return now_;
}

bool Tag::told(base::Time now, const Catch& caught, bool by_host) {
  // Two at once in one round: the same one holds for everybody.
  const bool wins = caught.round == now_.round && caught.it < now_.it;
  const bool later = caught.round.is_after(now_.round);
  const bool far_behind = !later && now_.round.distance_from(caught.round) > kUnderWay;
  const bool holds = now_.it == 0 || later || wins || (by_host && far_behind);
  if (!holds) return false;
  now_ = caught;
  since_ = now;
  lacking_since_.reset();
  return true;
}

std::optional<Catch> Tag::touch(base::Time now, PlayerId other) {
  if (!is_me() || is_ashamed(now) || other == me_ || other == 0) return std::nullopt;
  return next(now, other, me_);
}

std::optional<Catch> Tag::advance(base::Time now, const Presence& presence) {
  const auto& others = presence.others;
  // Who has to catch is kept: the others may be back in a moment, and have not forgotten it.
  alone_ = others.empty();
  const bool there =
      now_.it == me_ ? !presence.away : std::binary_search(others.begin(), others.end(), now_.it);
  if (alone_ || (now_.it != 0 && there)) {
    lacking_since_.reset();
    return std::nullopt;
  }
  if (!lacking_since_) lacking_since_ = now;
  if (!presence.host || now - *lacking_since_ < kBeforeIt) return std::nullopt;
  // The one who is next in line: the same for nobody twice in a row.
  const auto after = std::upper_bound(others.begin(), others.end(), now_.it);
  return next(now, after == others.end() ? others.front() : *after, 0);
}

}  // namespace parlor::cubes
