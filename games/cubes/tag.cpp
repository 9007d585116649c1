#include "cubes/tag.hpp"

#include <algorithm>

namespace parlor::cubes {
namespace {

constexpr std::byte kCatchKind{2};

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

bool Tag::told(base::Time now, const Catch& caught) {
  const bool begins = now_.it == 0;
  const bool same = caught.round == now_.round;
  // Two at once in one round: the same one holds for everybody.
  const bool holds = begins || caught.round.is_after(now_.round) || (same && caught.it < now_.it);
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

std::optional<Catch> Tag::advance(base::Time now, bool host, std::span<const PlayerId> others) {
  if (others.empty()) {
    // Alone: whoever comes next finds nobody to run from.
    now_.it = 0;
    lacking_since_.reset();
    return std::nullopt;
  }
  const bool there = now_.it == me_ || std::find(others.begin(), others.end(), now_.it) != others.end();
  if (now_.it != 0 && there) {
    lacking_since_.reset();
    return std::nullopt;
  }
  if (!lacking_since_) lacking_since_ = now;
  if (!host || now - *lacking_since_ < kBeforeIt) return std::nullopt;
  // The one who is next in line: the same for nobody twice in a row.
  const auto after = std::find_if(others.begin(), others.end(), [&](PlayerId one) { return one > now_.it; });
  return next(now, after == others.end() ? others.front() : *after, 0);
}

}  // namespace parlor::cubes
