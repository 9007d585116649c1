#include "sctp/packet/reconfig.hpp"

#include "sctp/packet/test_support.hpp"

namespace parlor::sctp {
namespace {

TEST(Reconfig, ComesBackAsItWasWritten) {
  Reconfig reconfig;
  reconfig.responses.push_back({RequestNumber(5), ReconfigResult::performed});
  reconfig.outgoing = OutgoingReset{RequestNumber(9), RequestNumber(5), Tsn(77), {1, 2, 3}};
  const auto read = read_reconfig(write_reconfig(reconfig));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->responses.size(), 1U);
  EXPECT_EQ(read->responses[0].response, RequestNumber(5));
  EXPECT_EQ(read->responses[0].result, ReconfigResult::performed);
  ASSERT_TRUE(read->outgoing);
  EXPECT_EQ(read->outgoing->request, RequestNumber(9));
  EXPECT_EQ(read->outgoing->last_assigned, Tsn(77));
  EXPECT_EQ(read->outgoing->streams, (std::vector<StreamId>{1, 2, 3}));
  EXPECT_FALSE(read->incoming);

  Reconfig other;
  other.incoming = IncomingReset{RequestNumber(4), {8}};
  const auto again = read_reconfig(write_reconfig(other));
  ASSERT_TRUE(again && again->incoming);
  EXPECT_EQ(again->incoming->request, RequestNumber(4));
  EXPECT_EQ(again->incoming->streams, (std::vector<StreamId>{8}));
}

TEST(Reconfig, WhatIsNotDoneHereIsReadFarEnoughToBeDenied) {
  for (const int type : {15, 17, 18}) {
    const auto read = read_reconfig(bytes_of({0, type, 0, 8, 0, 0, 0, 6}));
    ASSERT_TRUE(read && read->other) << type;
    EXPECT_EQ(read->other->request, RequestNumber(6));
  }
}

TEST(Reconfig, ThatIsCutOffUnknownOrTooMuchIsRefused) {
  EXPECT_FALSE(read_reconfig({}));
  EXPECT_FALSE(read_reconfig(bytes_of({0, 7, 0, 4}))) << "a cookie";
  EXPECT_FALSE(read_reconfig(bytes_of({0, 14, 0, 9, 0, 0, 0, 1, 2, 0, 0, 0}))) << "half a stream";
  Reconfig reconfig;
  reconfig.responses.assign(3, {RequestNumber(1), ReconfigResult::performed});
  EXPECT_FALSE(read_reconfig(write_reconfig(reconfig)));
  reconfig.responses.clear();
  reconfig.outgoing = OutgoingReset{RequestNumber(9), RequestNumber(5), Tsn(77), {1}};
  base::Bytes twice = write_reconfig(reconfig);
  const std::size_t once = twice.size();
  EXPECT_TRUE(read_reconfig(twice));
  for (std::size_t size = 0; size + 2 < once; ++size)
    EXPECT_FALSE(read_reconfig(base::BytesView(twice).first(size))) << size;
  const base::Bytes copy = twice;
  twice.insert(twice.end(), copy.begin(), copy.end());
  EXPECT_FALSE(read_reconfig(twice)) << "two of one kind";
}

}  // namespace
}  // namespace parlor::sctp
