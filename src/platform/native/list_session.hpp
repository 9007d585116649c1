#pragma once
// One native parlor::RoomList: drives its machine with what its socket says and carries out what it asks.

#include <memory>
#include <optional>
#include <string_view>

#include "native/loop.hpp"
#include "native/web_socket.hpp"
#include "parlor/room_list.hpp"
#include "room/list_machine.hpp"

namespace parlor::platform::native {

class ListSession final : private WebSocketOwner, private EventSource {
 public:
  explicit ListSession(const RoomListOptions& options);
  ~ListSession() override;
  ListSession(const ListSession&) = delete;
  ListSession& operator=(const ListSession&) = delete;

  void refresh(ListQuery query);
  void update() { loop_->turn(); }
  std::optional<RoomListEvent> poll_event();

 private:
  void on_socket_open() override;
  void on_socket_text(std::string_view text) override;
  void on_socket_bytes(base::BytesView) override {}
  void on_socket_close(std::uint16_t code, std::string_view reason) override;
  void on_socket_sent() override {}
  [[nodiscard]] bool has_event() const override { return next_.has_value(); }
  void pump();

  std::shared_ptr<Loop> loop_;
  room::ListMachine machine_;
  Loop::Timer timer_;
  std::shared_ptr<WebSocket> socket_;
  std::optional<RoomListEvent> next_;  // taken out of the machine
};

}  // namespace parlor::platform::native
