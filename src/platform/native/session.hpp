#pragma once
// One native room: drives its room::Machine with what its sockets say and carries out what it asks.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "native/carrier_port.hpp"
#include "native/http_fetch.hpp"
#include "native/loop.hpp"
#include "native/web_socket.hpp"
#include "parlor/room.hpp"
#include "room/machine.hpp"

namespace parlor::platform::native {

class Session final : private WebSocketOwner, private CarrierOwner, private EventSource {
 public:
  /// `make`: another port than the platform's own, for tests.
  explicit Session(RoomOptions options, CarrierPortMaker make = make_carrier_port);
  ~Session() override;  ///< leaves; the last of its thread waits a moment for what it said to go out
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] room::Machine& machine() { return machine_; }
  [[nodiscard]] const room::Machine& machine() const { return machine_; }

  /// Lets the thread's loop run once, without waiting.
  void update();
  /// Carries out what the machine asks; to be called after every input and command.
  void pump();

 private:
  struct Sending {
    room::CarrierId carrier{};
    Channel channel = 0;
    friend bool operator==(const Sending&, const Sending&) = default;
  };

  void on_socket_open() override;
  void on_socket_text(std::string_view text) override;
  void on_socket_bytes(base::BytesView bytes) override;
  void on_socket_close(std::uint16_t code, std::string_view reason) override;
  void on_socket_sent() override;
  void on_signal(room::CarrierId carrier, room::Signal signal) override;
  void on_open(room::CarrierId carrier) override;
  void on_message(room::CarrierId carrier, Channel channel, BytesView bytes) override;
  void on_state(room::CarrierId carrier, room::CarrierState state, std::string_view detail) override;
  void on_buffered(room::CarrierId carrier, Channel channel, std::size_t bytes) override;
  void on_stats(room::CarrierId carrier, const room::CarrierStats& stats) override;
  [[nodiscard]] bool has_event() const override { return machine_.has_event(); }

  void carry_out(const room::FetchIceServers& fetch);
  void carry_out(const room::OpenSocket& open);
  void carry_out(const room::SendFrame& send);
  void carry_out(const room::CloseSocket& close);
  void carry_out(const room::OpenCarrier& open) { carriers_->open(open); }
  void carry_out(const room::SetPolite& set) { carriers_->set_polite(set); }
  void carry_out(const room::CarrierSignal& signal) { carriers_->take(signal); }
  void carry_out(const room::CarrierSend& send);
  void carry_out(const room::RelaySend& send);
  void carry_out(const room::RestartCarrier& restart) { carriers_->restart(restart); }
  void carry_out(const room::CloseCarrier& close);

  void handle_timeout();
  bool look_at_carriers();
  bool look_at_socket();

  std::shared_ptr<Loop> loop_;
  room::Machine machine_;
  Loop::Timer timer_;
  std::shared_ptr<WebSocket> socket_;
  std::shared_ptr<WebSocket> closing_;  // the one before it
  std::shared_ptr<HttpFetch> fetch_;
  std::unique_ptr<CarrierPort> carriers_;
  std::vector<Sending> sending_;  // channels that were sent to since the machine was last told
  std::size_t socket_held_ = 0;   // bytes in the socket to the server, when last looked at
  bool socket_sent_ = false;      // … and frames went there since
};

}  // namespace parlor::platform::native
