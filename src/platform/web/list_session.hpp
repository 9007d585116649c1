#pragma once
// One parlor::RoomList on a page: drives its machine with what its socket says and carries out what it asks.
// It uses the functions that a room has for its socket and its timer, with a number of its own.

#include <optional>

#include "base/time.hpp"
#include "parlor/room_list.hpp"
#include "room/list_machine.hpp"

namespace parlor::platform::web {

class ListSession {
 public:
  explicit ListSession(RoomListOptions options);
  ~ListSession();
  ListSession(const ListSession&) = delete;
  ListSession& operator=(const ListSession&) = delete;

  /// The one with this number, if it still lives.
  static ListSession* find(int number);

  [[nodiscard]] room::ListMachine& machine() { return *machine_; }
  /// Deadlines that are due.
  void update();
  /// Carries out what the machine asks; to be called after every input and command.
  void pump();

 private:
  int number_;
  std::optional<room::ListMachine> machine_;
};

}  // namespace parlor::platform::web
