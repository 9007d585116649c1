#include "room/session_lines.hpp"

#include <gtest/gtest.h>

namespace parlor::room {
namespace {

constexpr std::string_view kAnswer =
    "v=0\r\no=- 46117318 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=x-parlor-offer:T3Kd\r\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=candidate:1 1 udp 1 10.0.0.1 1 typ host\r\n"
    "a=candidate:2 1 udp 1 10.0.0.2 1 typ host\r\na=ice-ufrag:9mIx\r\na=fingerprint:sha-256 AB:CD\r\n"
    "a=fingerprint:sha-1 EF\r\n";

TEST(SessionLines, AreReadFromADescription) {
  EXPECT_EQ(ufrag_of(kAnswer), "9mIx");
  EXPECT_EQ(offer_named_in(kAnswer), "T3Kd");
  EXPECT_EQ(fingerprint_of(kAnswer), "sha-256 AB:CD") << "the first of them";
  EXPECT_EQ(candidates_in(kAnswer), 2u);
}

TEST(SessionLines, ThatAreNotThereAreEmpty) {
  for (const std::string_view sdp : {"", "v=0", "a=ice-ufrag:first", "x a=fingerprint:inside a line"}) {
    EXPECT_EQ(ufrag_of(sdp), "") << sdp;
    EXPECT_EQ(offer_named_in(sdp), "") << sdp;
    EXPECT_EQ(fingerprint_of(sdp), "") << sdp;
    EXPECT_EQ(candidates_in(sdp), 0u) << sdp;
  }
}

TEST(SessionLines, EndWithTheTextOrAtTheirLimit) {
  EXPECT_EQ(ufrag_of("v=0\na=ice-ufrag:abcd"), "abcd");
  EXPECT_EQ(ufrag_of("v=0\na=ice-ufrag:"), "");
  EXPECT_EQ(ufrag_of("v=0\na=ice-ufrag:" + std::string(1000, 'u')).size(), 256u);
}

}  // namespace
}  // namespace parlor::room
