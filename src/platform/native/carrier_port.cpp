#include "native/carrier_port.hpp"

#include "native/rtc_carriers.hpp"

namespace parlor::platform::native {

std::unique_ptr<CarrierPort> make_carrier_port(Loop& loop, CarrierOwner& owner,
                                               const std::vector<ChannelOptions>& channels) {
  return std::make_unique<RtcCarriers>(loop, owner, channels);
}

}  // namespace parlor::platform::native
