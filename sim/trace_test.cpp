#include "sim/trace.hpp"

#include <gtest/gtest.h>

namespace parlor::sim {
namespace {

using base::milliseconds;

Packet packet_of(std::uint64_t number) {
  Packet packet;
  packet.source = endpoint("10.0.0.1", 5000);
  packet.destination = endpoint("2001:db8::7", 3478);
  packet.bytes.resize(100);
  packet.number = number;
  return packet;
}

TEST(Trace, KeepsNothingUntilTold) {
  Trace trace;
  trace.record(base::Time{}, "link", packet_of(1), Fate::lost);
  EXPECT_TRUE(trace.entries().empty());
  EXPECT_FALSE(trace.on());
}

TEST(Trace, KeepsTheLastOnesOnly) {
  Trace trace;
  trace.keep(3);
  for (std::uint64_t i = 1; i <= 10; ++i) trace.record(base::Time{}, "link", packet_of(i), Fate::sent);
  ASSERT_EQ(trace.entries().size(), 3U);
  EXPECT_EQ(trace.entries().front().packet, 8U);
  trace.keep(1);
  ASSERT_EQ(trace.entries().size(), 1U);
  EXPECT_EQ(trace.entries().front().packet, 10U);
}

TEST(Trace, IsATableForPeople) {
  Trace trace;
  trace.keep(10);
  const base::Time origin = base::time_from(base::seconds(1000));
  trace.record(origin + milliseconds(5), "alice", packet_of(1), Fate::sent);
  trace.record(origin + milliseconds(1234) + base::microseconds(7), "alice up", packet_of(1),
               Fate::lost_in_burst);
  EXPECT_EQ(trace.table(origin),
            "          ms   packet  fate         where     way                                 bytes\n"
            "       5.000        1  sent         alice     10.0.0.1:5000 > [2001:db8::7]:3478  148\n"
            "    1234.007        1  burst loss   alice up  10.0.0.1:5000 > [2001:db8::7]:3478  148\n");
  EXPECT_EQ(trace.table(origin, 1),
            "          ms   packet  fate         where     way                                 bytes\n"
            "(1 earlier ones are not shown)\n"
            "    1234.007        1  burst loss   alice up  10.0.0.1:5000 > [2001:db8::7]:3478  148\n");
}

TEST(Trace, KnowsWhichFatesEndAPacket) {
  EXPECT_FALSE(is_drop(Fate::sent));
  EXPECT_FALSE(is_drop(Fate::corrupted));
  EXPECT_TRUE(is_drop(Fate::lost));
  EXPECT_TRUE(is_drop(Fate::blocked));
  EXPECT_EQ(to_string(Fate::blocked), "blocked");
  EXPECT_EQ(to_string(Fate::no_mapping), "no mapping");
}

}  // namespace
}  // namespace parlor::sim
