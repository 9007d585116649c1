#pragma once
// What pings tell besides the time: which of them was answered, and how much of what is unreliable gets lost.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "room/link/carriers.hpp"

namespace parlor::room {

/// The pings that are not answered yet.
class AskedPings {
 public:
  /// So many are remembered: four a second by each of two ways, answered within eight seconds.
  static constexpr std::size_t kRemembered = 64;

  /// The id of a ping that is sent now.
  [[nodiscard]] std::uint16_t ask(base::Time now, Way way) {
    const std::uint16_t id = next_id_++;
    asked_[id % kRemembered] = Asked{id, now, way};
    return id;
  }
  /// When the ping that this answers was sent. Nothing where it was not asked by this way, was answered
  /// before, or is forgotten.
  [[nodiscard]] std::optional<base::Time> answered(std::uint16_t id, Way way) {
    auto& asked = asked_[id % kRemembered];
    if (!asked || asked->id != id || asked->way != way) return std::nullopt;
    const base::Time at = asked->at;
    asked.reset();
    return at;
  }

 private:
  struct Asked {
    std::uint16_t id = 0;
    base::Time at{};
    Way way = Way::rtc;
  };
  std::uint16_t next_id_ = 0;
  std::array<std::optional<Asked>, kRemembered> asked_;  // by the low bits of their ids
};

/// How many of the other end's unreliable frames do not come: its pings say how many it sent.
class LossMeter {
 public:
  /// Measured over at least so many.
  static constexpr std::uint16_t kLeast = 16;

  void note_sent() { ++sent_; }
  void note_heard() { ++heard_; }
  /// What my pings say, modulo 65536.
  [[nodiscard]] std::uint16_t sent() const { return sent_; }
  /// … and the other end's. What overtakes a ping counts to the next.
  void handle_said(std::uint16_t sent) {
    if (said_before_) {
      const auto said = static_cast<std::uint16_t>(sent - *said_before_);
      const auto came = static_cast<std::uint16_t>(heard_ - heard_before_);
      if (said < kLeast || said >= 0x8000) return;  // a later ping tells more; or it was overtaken
      const double lost = std::clamp(1.0 - static_cast<double>(came) / static_cast<double>(said), 0.0, 1.0);
      loss_ = loss_ ? *loss_ + (lost - *loss_) / 4 : lost;
    }
    said_before_ = sent;
    heard_before_ = heard_;
  }
  /// Of 1, smoothed.
  [[nodiscard]] std::optional<double> loss() const { return loss_; }

 private:
  std::uint16_t sent_ = 0;
  std::uint16_t heard_ = 0;
  std::uint16_t heard_before_ = 0;
  std::optional<std::uint16_t> said_before_;
  std::optional<double> loss_;
};

}  // namespace parlor::room
