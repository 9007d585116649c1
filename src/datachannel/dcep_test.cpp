#include "datachannel/dcep.hpp"

#include <gtest/gtest.h>

namespace parlor::datachannel {
namespace {

using std::chrono::milliseconds;

TEST(Dcep, OpenComesBackWithEachPromise) {
  const std::vector<Reliability> promises{{},
                                          {.ordered = false},
                                          {.max_retransmits = std::uint16_t{0}},
                                          {.ordered = false, .max_retransmits = std::uint16_t{65535}},
                                          {.max_lifetime = milliseconds(150)},
                                          {.ordered = false, .max_lifetime = milliseconds(0)}};
  for (const Reliability& promise : promises) {
    const Open open{.label = "Zustände", .protocol = "v1", .reliability = promise, .priority = 512};
    const auto read = parse_open(write_open(open));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->label, open.label);
    EXPECT_EQ(read->protocol, "v1");
    EXPECT_EQ(read->reliability, promise);
    EXPECT_EQ(read->priority, 512);
  }
}

TEST(Dcep, OpenLiesAsRfc8832Section51Draws) {
  const Open open{
      .label = "ab", .protocol = "", .reliability = {.ordered = false, .max_retransmits = std::uint16_t{3}}};
  EXPECT_EQ(base::to_hex(write_open(open)),
            "0381"
            "0100"
            "00000003"
            "0002"
            "0000"
            "6162");
  EXPECT_EQ(base::to_hex(write_ack()), "02");
  EXPECT_TRUE(is_ack(write_ack()));
}

TEST(Dcep, WhatIsCutOffTooLongUnknownOrNoTextIsRefused) {
  const base::Bytes good = write_open({.label = "label", .protocol = "p"});
  EXPECT_TRUE(parse_open(good));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(parse_open(base::BytesView(good).first(size))) << size;
  base::Bytes more = good;
  more.push_back(std::byte{});
  EXPECT_FALSE(parse_open(more));
  base::Bytes other = good;
  other[1] = std::byte{3};
  EXPECT_FALSE(parse_open(other)) << "a type that nobody knows";
  other = good;
  other[12] = std::byte{0xff};
  EXPECT_FALSE(parse_open(other)) << "not UTF-8";
  EXPECT_FALSE(is_ack({}));
  EXPECT_FALSE(is_ack(good));
}

}  // namespace
}  // namespace parlor::datachannel
