#pragma once
// What the sources of RtcCarriers share.

#include <utility>

#include "native/clock.hpp"
#include "native/rtc_carriers.hpp"

namespace parlor::platform::native {

struct RtcCarriers::Carrier {
  Carrier(room::CarrierId id_, Loop& loop, const rtc::ConnectionOptions& options,
          std::unique_ptr<dtls::Transport> transport, base::Random& random, Loop::Callback wake,
          std::size_t channels)
      : id(id_),
        connection(now(), options, std::move(transport), random),
        timer(loop, std::move(wake)),
        told(channels) {}

  room::CarrierId id;
  rtc::Connection connection;
  Loop::Timer timer;
  std::vector<std::size_t> told;  ///< of each channel, what its owner was told that waits in it
  std::vector<std::unique_ptr<Resolution>> resolutions;
  std::size_t asked = 0;  ///< names of STUN servers whose addresses are still to come
  std::size_t opened = 0;
  bool refused = false;  ///< did not take what it has to
  bool gone = false;
};

struct RtcCarriers::Shared {
  RtcCarriers* port = nullptr;  // null: gone
};

}  // namespace parlor::platform::native
