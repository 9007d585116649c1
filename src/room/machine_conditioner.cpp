// The part of the machine that makes its network worse: what the conditioner holds and gives back.

#include <memory>
#include <utility>
#include <variant>

#include "room/conditions.hpp"
#include "room/machine.hpp"

namespace parlor::room {

ConditionsResult Machine::set_conditioner(base::Time now, const std::optional<Conditions>& conditions) {
  const ConditionsResult result = conditions ? check(*conditions) : ConditionsResult::taken;
  now_ = std::max(now_, now);
  Conditioner* conditioner = outbox_.conditioner();
  if (result != ConditionsResult::taken || (conditioner == nullptr && !conditions)) return result;
  if (conditions) {
    if (state_ == RoomState::ended) return result;
    if (conditioner != nullptr) {
      conditioner->set(*conditions);
    } else {
      outbox_.set_conditioner(std::make_unique<Conditioner>(*conditions));
    }
    settle();
    return result;
  }
  const std::unique_ptr<Conditioner> last = take_off_conditioner();
  while (auto frame = last->incoming().pop_any()) hand_over(*std::move(frame));
  use_room();
  settle();
  return result;
}

/// What it holds to go out does; what is said from now on goes straight out, behind it.
std::unique_ptr<Conditioner> Machine::take_off_conditioner() {
  std::unique_ptr<Conditioner> last = outbox_.release_conditioner();
  while (last) {
    auto frame = last->outgoing().pop_any();
    if (!frame) break;
    hand_over(*std::move(frame));
  }
  return last;
}

void Machine::run_conditioner() {
  Conditioner* conditioner = outbox_.conditioner();
  if (conditioner == nullptr) return;
  static_cast<void>(conditioner->incoming().advance(now_));
  while (auto frame = conditioner->incoming().pop(now_)) hand_over(*std::move(frame));
  if (conditioner->outgoing().advance(now_)) use_room();
  give_out();
}

void Machine::give_out() {
  Conditioner* conditioner = outbox_.conditioner();
  if (conditioner == nullptr) return;
  while (auto frame = conditioner->outgoing().pop(now_)) hand_over(*std::move(frame));
}

void Machine::hand_over(HeldFrame frame) {
  if (auto* send = std::get_if<CarrierSend>(&frame)) {
    const std::size_t size = send->header.size() + send->payload.size();
    if (Link* link = link_by(send->carrier)) link->handle_handed_over(send->channel, size);
    outbox_.transmit(std::move(*send));
  } else if (auto* relayed = std::get_if<RelaySend>(&frame)) {
    outbox_.relay(std::move(*relayed));
  } else if (const auto* taken = std::get_if<CarrierFrame>(&frame)) {
    if (Link* link = link_by(taken->carrier)) link->handle_frame(now_, taken->channel, taken->bytes);
  } else if (const auto* served = std::get_if<ServerFrame>(&frame)) {
    take_held(*served);
  }
}

void Machine::conditioner_lost(CarrierId carrier) {
  Conditioner* conditioner = outbox_.conditioner();
  if (conditioner == nullptr) return;
  conditioner->outgoing().take(carrier);
  for (HeldFrame& frame : conditioner->incoming().take(carrier)) hand_over(std::move(frame));
}

void Machine::conditioner_lost_server() {
  Conditioner* conditioner = outbox_.conditioner();
  if (conditioner == nullptr) return;
  conditioner->outgoing().take(kServerFlow.carrier);
  conditioner->incoming().take(kServerFlow.carrier);
}

}  // namespace parlor::room
