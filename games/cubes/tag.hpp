#pragma once
// Tag: one of the players has to catch another, who then has to catch. A pure state machine: who catches whom
// is decided by the page of the one who has to catch, since its player must feel it at once. Rounds count up,
// so that everybody ends up with the same one whatever order the messages come in; the host begins the first,
// and the next where the one who had to catch has gone. What a page has not heard, or what somebody has made
// up, does not last: the host says over and over who has to catch, and of rounds far from each other the
// host's holds.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "base/serial_number.hpp"
#include "base/time.hpp"
#include "cubes/player_id.hpp"

namespace parlor::cubes {

using Round = base::SerialNumber<std::uint16_t>;

/// Seven bytes on the reliable channel: the kind (2), then the round and the two ids, high byte first.
struct Catch {
  Round round;      ///< 0: nobody has to catch yet
  PlayerId it = 0;  ///< who has to catch now
  PlayerId by = 0;  ///< who caught it; 0: the host chose it
  friend bool operator==(const Catch&, const Catch&) = default;
};
inline constexpr std::size_t kCatchSize = 7;
[[nodiscard]] std::array<std::byte, kCatchSize> write_catch(const Catch& caught);
[[nodiscard]] std::optional<Catch> parse_catch(base::BytesView bytes);

class Tag {
 public:
  /// So long the one who was caught stands still with shame before it may catch, …
  static constexpr base::Duration kShame = base::milliseconds(1500);
  /// … and so long two have to be there before it begins.
  static constexpr base::Duration kBeforeIt = base::seconds(3);

  /// In a new room.
  void begin(PlayerId me) {
    *this = Tag();
    me_ = me;
  }

  /// Who has to catch; 0: nobody, as long as one is alone.
  [[nodiscard]] PlayerId it() const { return alone_ ? PlayerId{0} : now_.it; }
  [[nodiscard]] bool is_me() const { return me_ != 0 && it() == me_; }
  /// What is to be told to who comes, also by who is alone; nothing before the first round.
  [[nodiscard]] std::optional<Catch> current() const {
    return now_.it == 0 ? std::nullopt : std::optional(now_);
  }
  /// It was caught only just: nothing happens by touching.
  [[nodiscard]] bool is_ashamed(base::Time now) const { return now - since_ < kShame; }

  /// Another member says so, the host or not. True: it holds from now on.
  bool told(base::Time now, const Catch& caught, bool by_host);
  /// One's own cube touches that of a member that is not away. What comes back is to be told to all.
  std::optional<Catch> touch(base::Time now, PlayerId other);
  struct Presence {
    bool host = false;                 ///< this player is it
    bool away = false;                 ///< this player's page is hidden
    std::span<const PlayerId> others;  ///< members that are there and not away, the lowest first
  };
  /// What comes back is to be told to all. Call it often.
  std::optional<Catch> advance(base::Time now, const Presence& presence);

 private:
  Catch next(base::Time now, PlayerId it, PlayerId by);

  PlayerId me_ = 0;
  Catch now_;
  base::Time since_{};
  bool alone_ = false;
  std::optional<base::Time> lacking_since_;
};

}  // namespace parlor::cubes
