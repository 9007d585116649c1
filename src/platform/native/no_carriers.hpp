#pragma once
// A CarrierPort for programs without WebRTC: every carrier fails, with a sentence that says so.

#include <memory>
#include <set>

#include "native/carrier_port.hpp"

namespace parlor::platform::native {

class NoCarriers final : public CarrierPort {
 public:
  static constexpr std::string_view kWhy =
      "this native program has no WebRTC; messages go through the server";

  NoCarriers(Loop& loop, CarrierOwner& owner) : loop_(loop), state_(std::make_shared<State>(owner)) {}
  ~NoCarriers() override { state_->owner = nullptr; }

  void open(const room::OpenCarrier& open) override {
    state_->known.insert(open.carrier);
    fail(open.carrier);
  }
  void set_polite(const room::SetPolite&) override {}
  void take(const room::CarrierSignal&) override {}
  void send(const room::CarrierSend&) override {}
  void restart(const room::RestartCarrier& restart) override { fail(restart.carrier); }
  void close(const room::CloseCarrier& close) override { state_->known.erase(close.carrier); }
  [[nodiscard]] std::size_t buffered(room::CarrierId, Channel) const override { return 0; }
  void flush() override {}

 private:
  struct State {
    explicit State(CarrierOwner& to) : owner(&to) {}
    CarrierOwner* owner;  // null: gone
    std::set<room::CarrierId> known;
  };
  void fail(room::CarrierId carrier) {
    loop_.post([state = state_, carrier] {
      if (state->owner != nullptr && state->known.contains(carrier))
        state->owner->on_state(carrier, room::CarrierState::failed, kWhy);
    });
  }

  Loop& loop_;
  std::shared_ptr<State> state_;  // what was posted may outlive the port
};

}  // namespace parlor::platform::native
