#pragma once
// A parlor::Room and a parlor::RoomList for the unit tests: they say what the test wants and keep what the
// game asks and sends. They take the place of a platform's when a test program is linked.

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "parlor/room.hpp"
#include "parlor/room_list.hpp"

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
  std::function<bool(BytesView)> accepts;  // where set: what it does not accept waits
  std::string code;
  std::string ticket;
  std::map<PeerId, PeerStats> stats;
  std::vector<std::string> story;
  std::optional<Conditions> conditions;
  bool conditions_taken_off = false;  // once, since a test has looked
  ConditionsResult conditions_answer = ConditionsResult::taken;
  PeerId me = kNobody;
  PeerId host = kNobody;
  bool left = false;
  RoomSettings settings;
  std::vector<SettingsChange> changes;
  struct Order {
    std::string what;
    PeerId peer;
  };
  std::vector<Order> orders;  // kick, ban, transfer
  RequestResult request_answer = RequestResult::sent;

  /// The one that lives; null when none does.
  static FakeRoom* current;
};

/// In the same way a parlor::RoomList: it keeps what it was asked and says what the test wants.
struct FakeRoomList {
  RoomListOptions options;
  std::vector<ListQuery> asked;
  std::deque<RoomListEvent> events;

  static FakeRoomList* current;
};

}  // namespace parlor::cubes
