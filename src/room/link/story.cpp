#include "room/link/story.hpp"

#include <array>
#include <cstdio>

namespace parlor::room {
namespace {

struct Words {
  std::string_view code;
  std::string_view sentence;
};

/// In the order of Step.
constexpr std::array<Words, 24> kWords{{
    {"began", "The link began."},
    {"path_none", "There is no way to the member: what is reliable waits."},
    {"path_direct", "Messages go straight to the member."},
    {"path_turn", "Messages go through a TURN server."},
    {"path_relay", "Messages go through the Parlor server."},
    {"rtc_open", "WebRTC's channels are open."},
    {"rtc_disconnected", "WebRTC says that it is cut off."},
    {"rtc_failed", "WebRTC says that it failed."},
    {"rtc_closed", "The member closed WebRTC."},
    {"program_ended", "The member's page was closed, or is loaded anew."},
    {"doubted", "Nothing was heard by WebRTC as promised: both ways are used."},
    {"peer_doubts", "The member hears nothing by WebRTC: both ways are used."},
    {"doubt_over", "WebRTC is heard again."},
    {"rtc_given_up", "WebRTC stayed silent or failed: it is not used until it answers again."},
    {"rtc_used_again", "WebRTC answered for long enough: it is used again."},
    {"ice_restart", "ICE is restarted from this side."},
    {"new_carrier", "A new WebRTC connection takes the place of the former one."},
    {"link_failed", "The game was told that there is no way to the member."},
    {"server_lost", "The connection to the server ended."},
    {"server_back", "The server was found again."},
    {"member_away", "The server cannot reach the member."},
    {"member_back", "The server reaches the member again."},
    {"member_missing", "The server was started anew and does not know the member yet."},
    {"member_lost", "The server gave up waiting for the member."},
}};
constexpr Words kUnknown{"unknown", ""};

const Words& words_of(Step step) {
  const auto at = static_cast<std::size_t>(step);
  return at < kWords.size() ? kWords[at] : kUnknown;
}

}  // namespace

std::string_view to_string(Step step) {
  return words_of(step).code;
}
std::string_view sentence(Step step) {
  return words_of(step).sentence;
}

void LinkStory::add(base::Time now, Step step, std::string_view detail) {
  entries_.push_back({now, step, std::string(detail.substr(0, kMaxDetail))});
  if (entries_.size() <= kFirstSteps + kLastSteps) return;
  entries_.erase(entries_.begin() + kFirstSteps);
  ++left_out_;
}

std::vector<std::string> LinkStory::lines() const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (i == kFirstSteps && left_out_ > 0)
      lines.push_back("(" + std::to_string(left_out_) + " steps are left out)");
    lines.push_back(line(entries_[i]));
  }
  return lines;
}

std::string LinkStory::line(const Entry& entry) const {
  std::array<char, 32> time{};
  const auto milliseconds = (entry.at - began_) / base::milliseconds(1);
  std::snprintf(time.data(), time.size(), "+%lld.%03d s ", static_cast<long long>(milliseconds / 1000),
                static_cast<int>(milliseconds % 1000));
  std::string text = time.data();
  text.append(to_string(entry.step)).append(": ").append(sentence(entry.step));
  if (!entry.detail.empty()) text.append(" (").append(entry.detail).append(")");
  return text;
}

}  // namespace parlor::room
