#pragma once
// parlor::RoomList as a machine: a signaling::ListClient behind checked options. A platform carries out what
// poll_transmit() says and feeds back what happens to the socket.

#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "parlor/room_list.hpp"
#include "room/options.hpp"
#include "signaling/list_client.hpp"

namespace parlor::room {

class ListMachine {
 public:
  using Event = RoomListEvent;
  ListMachine(const RoomListOptions& options, base::Time now);

  void handle_server_open(base::Time now);
  void handle_server_frame(base::Time now, std::string_view text);
  void handle_server_close(base::Time now, std::uint16_t code, std::string_view reason);
  void handle_timeout(base::Time now);

  void refresh(base::Time now, ListQuery query);
  void close();

  std::optional<signaling::ClientTransmit> poll_transmit();
  std::optional<RoomListEvent> poll_event();
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;

 private:
  std::optional<signaling::ListClient> client_;  // none: the options were wrong
  ListFailed wrong_;
  std::optional<ListFailed> refused_;  // the latest refresh
};

}  // namespace parlor::room
