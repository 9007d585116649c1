#include "native/no_carriers.hpp"

namespace parlor::platform::native {

std::unique_ptr<CarrierPort> make_carrier_port(Loop& loop, CarrierOwner& owner,
                                               const std::vector<ChannelOptions>&) {
  return std::make_unique<NoCarriers>(loop, owner);
}

}  // namespace parlor::platform::native
