#include "sdp/candidate.hpp"

#include <gtest/gtest.h>

namespace parlor::sdp {
namespace {

TEST(Candidate, OfTheExampleInRfc8839Section51) {
  const auto candidate = parse_candidate(
      "a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998");
  ASSERT_TRUE(candidate);
  EXPECT_EQ(candidate->foundation, "2");
  EXPECT_EQ(candidate->priority, 1694498815U);
  EXPECT_EQ(candidate->address->to_string(), "192.0.2.3:45664");
  EXPECT_EQ(candidate->type, CandidateType::server_reflexive);
  EXPECT_EQ(candidate->related->to_string(), "203.0.113.141:8998");
}

TEST(Candidate, AsBrowsersWriteThem) {
  const auto chromium = parse_candidate(
      "candidate:842163049 1 udp 2122260223 2001:db8::1 54321 typ host generation 0 ufrag EsAw network-id 1 "
      "network-cost 10");
  ASSERT_TRUE(chromium);
  EXPECT_EQ(chromium->address->to_string(), "[2001:db8::1]:54321");
  EXPECT_EQ(chromium->type, CandidateType::host);
  EXPECT_EQ(chromium->ufrag, "EsAw");
  const auto hidden = parse_candidate(
      "candidate:0 1 UDP 2122252543 6e9ec1f3-a4e6-4bdb-b4f4-a1ffdbd1b4f5.local 41000 typ host");
  ASSERT_TRUE(hidden) << "a name of the other side's network";
  EXPECT_FALSE(hidden->address);
  const auto relayed =
      parse_candidate("candidate:5 1 udp 41885439 198.51.100.7 60000 typ relay raddr 0.0.0.0 rport 0");
  ASSERT_TRUE(relayed);
  EXPECT_EQ(relayed->type, CandidateType::relayed);
}

TEST(Candidate, OfAnotherTransportOrComponentOrThatCannotBeIsRefused) {
  for (const char* line :
       {"", "candidate:", "candidate:1", "candidate:1 1 udp 1 192.0.2.3 1",
        "candidate:1 1 udp 1 192.0.2.3 1 typ",
        "candidate:1 1 tcp 1518280447 192.0.2.3 9 typ host tcptype active",
        "candidate:1 2 udp 1 192.0.2.3 1 typ host", "candidate:1 1 udp 0 192.0.2.3 1 typ host",
        "candidate:1 1 udp 2147483648 192.0.2.3 1 typ host", "candidate:1 1 udp 1 192.0.2.3 65536 typ host",
        "candidate:1 1 udp 1 example.com 1 typ host", "candidate:1 1 udp 1 a b.local 1 typ host",
        "candidate:1 1 udp 1 192.0.2.3 1 typ other", "candidate:1 1 udp 1 192.0.2.3 1 sort host",
        "candidate:* 1 udp 1 192.0.2.3 1 typ host",
        "candidate:123456789012345678901234567890123 1 udp 1 192.0.2.3 1 typ host",
        "candidates:1 1 udp 1 192.0.2.3 1 typ host"})
    EXPECT_FALSE(parse_candidate(line)) << line;
  EXPECT_FALSE(parse_candidate("candidate:1 1 udp 1 192.0.2.3 1 typ host x " + std::string(600, 'y')))
      << "too long";
}

TEST(Candidate, ComesBackAsItWasWritten) {
  Candidate candidate;
  candidate.foundation = "ab+/9";
  candidate.priority = 2130706431;
  candidate.address = base::SocketAddress::parse("[2001:db8::7]:9000");
  candidate.type = CandidateType::relayed;
  candidate.related = base::SocketAddress::parse("192.0.2.1:3478");
  candidate.ufrag = "abcd";
  const std::string line = write_candidate(candidate);
  EXPECT_EQ(
      line,
      "candidate:ab+/9 1 udp 2130706431 2001:db8::7 9000 typ relay raddr 192.0.2.1 rport 3478 ufrag abcd");
  const auto read = parse_candidate(line);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->address, candidate.address);
  EXPECT_EQ(read->related, candidate.related);
  EXPECT_EQ(write_candidate(*read), line);
}

TEST(SdpCandidate, OfAnotherTransportIsNoMistakeOfTheOtherSide) {
  const auto error = [](std::string_view line) { return parse_candidate(line).error(); };
  EXPECT_EQ(error("candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active"),
            CandidateError::not_for_data);
  EXPECT_EQ(error("candidate:1 2 udp 2122260222 192.0.2.1 9 typ host"), CandidateError::not_for_data);
  EXPECT_EQ(error("candidate:1 one udp 2122260222 192.0.2.1 9 typ host"), CandidateError::malformed);
  EXPECT_EQ(error("candidate:1 1 tcp"), CandidateError::malformed);
}

}  // namespace
}  // namespace parlor::sdp
