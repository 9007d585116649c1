#include "native/no_carriers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parlor::platform::native {
namespace {

struct CarrierEars final : CarrierOwner {
  void on_signal(room::CarrierId, room::Signal) override { FAIL(); }
  void on_open(room::CarrierId) override { FAIL(); }
  void on_message(room::CarrierId, Channel, BytesView) override { FAIL(); }
  void on_state(room::CarrierId carrier, room::CarrierState state, std::string_view detail) override {
    EXPECT_EQ(state, room::CarrierState::failed);
    EXPECT_EQ(detail, NoCarriers::kWhy);
    failed.push_back(static_cast<std::uint32_t>(carrier));
  }
  void on_buffered(room::CarrierId, Channel, std::size_t) override { FAIL(); }
  void on_stats(room::CarrierId, const room::CarrierStats&) override { FAIL(); }
  std::vector<std::uint32_t> failed;
};

TEST(NoCarriers, SaysOfEachThatItFailedButNotFromWithinTheCall) {
  Loop loop;
  CarrierEars heard;
  const auto port = make_carrier_port(loop, heard, {});
  port->open({room::CarrierId{1}, true, true, {}});
  port->open({room::CarrierId{2}, false, true, {}});
  EXPECT_TRUE(heard.failed.empty());
  loop.turn();
  EXPECT_EQ(heard.failed, (std::vector<std::uint32_t>{1, 2}));
  port->restart({room::CarrierId{2}});
  loop.turn();
  EXPECT_EQ(heard.failed, (std::vector<std::uint32_t>{1, 2, 2}));
}

TEST(NoCarriers, SaysNothingOfOneThatIsClosedNorOnceItIsGone) {
  Loop loop;
  CarrierEars heard;
  auto port = make_carrier_port(loop, heard, {});
  port->open({room::CarrierId{1}, true, true, {}});
  port->close({room::CarrierId{1}});
  port->restart({room::CarrierId{1}});
  loop.turn();
  EXPECT_TRUE(heard.failed.empty());
  port->open({room::CarrierId{2}, true, true, {}});
  port.reset();
  loop.turn();
  EXPECT_TRUE(heard.failed.empty());
}

}  // namespace
}  // namespace parlor::platform::native
