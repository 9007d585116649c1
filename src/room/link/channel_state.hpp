#pragma once
// What a link keeps of one of the game's channels, each way.

#include "room/link/latest_in.hpp"
#include "room/link/latest_out.hpp"
#include "room/link/ordered_in.hpp"
#include "room/link/ordered_out.hpp"

namespace parlor::room {

/// Which of them are used depends on the channel's Delivery; one that is unreliable keeps nothing.
struct ChannelState {
  OrderedOut out;
  OrderedIn in;
  LatestOut latest_out;
  LatestIn latest_in;
};

}  // namespace parlor::room
