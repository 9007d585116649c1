#pragma once
// The seam between a room and what makes its WebRTC connections (rtc_carriers.hpp). The session hands the
// machine's commands about carriers (room/transmit.hpp) to a CarrierPort, and the port tells its owner what
// became of them.
//
// Who implements it keeps to this:
//  - No command calls the owner before it returns: what is to be said is said from the loop (Loop::post,
//    watches, timers), one thing at a time and in the order in which it happened.
//  - After close() nothing more is said of that carrier. A carrier that is not known (any more) is ignored.
//  - on_open() once, when every channel can carry bytes: those of RoomOptions::channels by their index, and
//    one more behind them, the link's own (unordered, without retransmission; ChannelOptions' delivery says
//    which of the others are ordered and reliable: parlor::is_ordered).
//  - A failure that a restart may mend is on_state(failed) with a sentence; the machine then asks for
//    restart(), with pauses that grow, and hears of it only when something comes of it. What nothing can mend
//    is on_state(closed).
//  - on_message() hands out a view that is good for the call.
//  - Whenever bytes that waited in a channel have gone out, on_buffered() says what is left; after send() it
//    is asked by buffered() as well.
//  - on_stats() about once a second for each carrier that is connected.

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "native/loop.hpp"
#include "parlor/room.hpp"
#include "room/carrier.hpp"
#include "room/transmit.hpp"

namespace parlor::platform::native {

/// Who hears what becomes of carriers: the session, which passes it to room::Machine::handle_carrier_*.
class CarrierOwner {
 public:
  virtual ~CarrierOwner() = default;
  virtual void on_signal(room::CarrierId carrier, room::Signal signal) = 0;
  virtual void on_open(room::CarrierId carrier) = 0;
  virtual void on_message(room::CarrierId carrier, Channel channel, BytesView bytes) = 0;
  /// `detail` says what went wrong, for people; it is shown by Room::explain().
  virtual void on_state(room::CarrierId carrier, room::CarrierState state, std::string_view detail) = 0;
  virtual void on_buffered(room::CarrierId carrier, Channel channel, std::size_t bytes) = 0;
  virtual void on_stats(room::CarrierId carrier, const room::CarrierStats& stats) = 0;
};

class CarrierPort {
 public:
  virtual ~CarrierPort() = default;  ///< of all carriers that are left, in order where that takes no time
  virtual void open(const room::OpenCarrier& open) = 0;
  virtual void set_polite(const room::SetPolite& set) = 0;
  virtual void take(const room::CarrierSignal& signal) = 0;
  virtual void send(const room::CarrierSend& send) = 0;
  virtual void restart(const room::RestartCarrier& restart) = 0;
  virtual void close(const room::CloseCarrier& close) = 0;
  /// Bytes that wait in the channel.
  [[nodiscard]] virtual std::size_t buffered(room::CarrierId carrier, Channel channel) const = 0;
  /// The machine has no more commands for now: packets that waited for each other go out together.
  virtual void flush() = 0;
};

/// `loop` and `owner` outlive what it gives; `channels` are the room's.
[[nodiscard]] std::unique_ptr<CarrierPort> make_carrier_port(Loop& loop, CarrierOwner& owner,
                                                             const std::vector<ChannelOptions>& channels);
using CarrierPortMaker = std::unique_ptr<CarrierPort> (*)(Loop& loop, CarrierOwner& owner,
                                                          const std::vector<ChannelOptions>& channels);

}  // namespace parlor::platform::native
