#pragma once
// What happened to a link, to be read by people: the first steps and the latest ones.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace parlor::room {

enum class Step : std::uint8_t {
  began,
  path_none,
  path_direct,
  path_turn,
  path_relay,
  rtc_open,
  rtc_disconnected,
  rtc_failed,
  rtc_closed,
  program_ended,
  doubted,
  peer_doubts,
  doubt_over,
  rtc_given_up,
  rtc_used_again,
  ice_restart,
  new_carrier,
  link_failed,
  server_lost,
  server_back,
  member_away,
  member_back,
  member_missing,
  member_lost,
};
/// The reason code, e.g. "rtc_given_up", and what it means.
[[nodiscard]] std::string_view to_string(Step step);
[[nodiscard]] std::string_view sentence(Step step);

class LinkStory {
 public:
  static constexpr std::size_t kFirstSteps = 8;
  static constexpr std::size_t kLastSteps = 24;
  static constexpr std::size_t kMaxDetail = 120;

  explicit LinkStory(base::Time began) : began_(began) { add(began, Step::began); }
  /// `detail`: what the carrier says, for people.
  void add(base::Time now, Step step, std::string_view detail = {});
  /// A line each: "+1.250 s rtc_open: WebRTC's channels are open."
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  struct Entry {
    base::Time at;
    Step step;
    std::string detail;
  };
  [[nodiscard]] std::string line(const Entry& entry) const;

  base::Time began_;
  std::deque<Entry> entries_;
  std::size_t left_out_ = 0;  // behind the first ones
};

}  // namespace parlor::room
