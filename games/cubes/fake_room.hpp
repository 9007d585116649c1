#pragma once
// A parlor::Room for the unit tests: it says what the test wants and keeps what the game sends. It takes the
// place of a platform's Room when a test program is linked.

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "parlor/room.hpp"

namespace parlor::cubes {

struct FakeRoom {
  struct Sent {
    PeerId to;  // kNobody: to all
    Channel channel;
    Bytes bytes;
  };
  RoomOptions options;
  std::deque<Event> events;
  std::vector<Sent> sent;
  std::vector<Member> members;
  SendResult answer = SendResult::queued;
  std::map<PeerId, PeerStats> stats;
  std::vector<std::string> story;
  std::optional<Conditions> conditions;
  bool conditions_taken_off = false;  // once, since a test has looked
  ConditionsResult conditions_answer = ConditionsResult::taken;
  PeerId me = kNobody;
  PeerId host = kNobody;
  bool left = false;

  /// The one that lives; null when none does.
  static FakeRoom* current;
};

}  // namespace parlor::cubes
