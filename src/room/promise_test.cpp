// What a link promises, whatever breaks in whatever order: on a reliable channel each message once and in
// order, on an unreliable one none twice and none too old, of a key never an older value after a newer and
// the last one in the end, of the host's orders none of a host that was deposed. Seeds decide what breaks:
// sockets, carriers, ways, the server, programs that begin anew, and networks that lose up to 30 % of the
// packets, double and reorder them. What is corrupted on the way is lost there: DTLS and TLS see to that.
// tools/seeds.sh runs as many seeds as one likes.

#include <gtest/gtest.h>

#include "room/test_chaos.hpp"
#include "sim/for_seeds.hpp"

namespace parlor::room::testing {
namespace {

/// A thousand seeds in all where they run at full speed.
void run_seeds(std::size_t members, std::uint64_t count) {
  sim::for_seeds(1, std::max<std::uint64_t>(1, count / kSlowness),
                 [&](std::uint64_t seed) { Chaos(seed, members).run(); });
}

TEST(Promise, HoldsBetweenTwoWhateverBreaks) {
  run_seeds(2, 800);
}
TEST(Promise, HoldsBetweenThreeWhateverBreaks) {
  run_seeds(3, 194);
}
TEST(Promise, HoldsBetweenEightWhateverBreaks) {
  run_seeds(8, 6);
}
/// An offer of the one whose offers hold was lost, and it ignored all that came from the other.
TEST(Promise, HoldsBetweenTwoAsItOnceDidNot) {
  for (const std::uint64_t seed : {2076U, 4484U}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chaos(seed, 2).run();
  }
}
/// A refusal from before a member came back; a value that was lost while round trips took seven seconds.
TEST(Promise, HoldsBetweenEightAsItOnceDidNot) {
  if (kSlowness > 1) GTEST_SKIP() << "takes minutes under sanitizers, and runs without them";
  for (const std::uint64_t seed : {20U, 14U}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chaos(seed, 8).run();
  }
}

}  // namespace
}  // namespace parlor::room::testing
