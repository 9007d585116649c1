#include "room/transmit.hpp"

namespace parlor::room {

Bytes write(const RelaySend& send) {
  relay::ClientFrame frame;
  frame.lane = send.lane;
  frame.age_ms = send.age_ms;
  frame.key = send.key;
  for (const RelaySend::To& to : send.recipients) {
    frame.recipients.push_back({to.peer, to.again, to.header.view()});
  }
  frame.payload = send.payload.view();
  return relay::write(frame);
}

}  // namespace parlor::room
