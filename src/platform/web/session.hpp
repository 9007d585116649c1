#pragma once
// One room on a page: drives its room::Machine with what the browser says and carries out what it asks. Found
// by number from JavaScript, so that a late event of a room that is gone meets nobody.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "parlor/room.hpp"
#include "room/machine.hpp"

namespace parlor::platform::web {

class Session {
 public:
  explicit Session(RoomOptions options);
  ~Session();  ///< leaves
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// The session with this number, if it still lives.
  static Session* find(int number);
  /// A number that no room and no list of rooms on the page has had.
  static int next_number();
  /// The browser's monotonic clock.
  static base::Time now();

  [[nodiscard]] room::Machine& machine() { return *machine_; }
  [[nodiscard]] const room::Machine& machine() const { return *machine_; }

  /// Timers that are due, and how much the carriers still have to send.
  void update();
  /// The timer rang, or may have been late.
  void wake();
  /// Carries out what the machine asks; to be called after every input and command.
  void pump();

 private:
  struct Sending {
    room::CarrierId carrier{};
    Channel channel = 0;
    friend bool operator==(const Sending&, const Sending&) = default;
  };

  void carry_out(const room::FetchIceServers& fetch);
  void carry_out(const room::OpenSocket& open);
  void carry_out(const room::SendFrame& send);
  void carry_out(const room::CloseSocket& close);
  void carry_out(const room::OpenCarrier& open);
  void carry_out(const room::SetPolite& set);
  void carry_out(const room::CarrierSignal& signal);
  void carry_out(const room::CarrierSend& send);
  void carry_out(const room::RelaySend& send);
  void carry_out(const room::RestartCarrier& restart);
  void carry_out(const room::CloseCarrier& close);
  void set_timer();
  bool look_at_socket();

  int number_;
  std::optional<room::Machine> machine_;
  std::optional<base::Time> timer_;  // as JavaScript has it
  std::vector<Sending> sending_;     // channels that may still hold bytes
  std::size_t socket_held_ = 0;      // bytes in the socket to the server, when last looked at
  bool socket_sent_ = false;         // … and frames went there since
  Bytes frame_;                      // one that is being sent; its memory is kept
};

}  // namespace parlor::platform::web
