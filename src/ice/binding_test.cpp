#include "ice/binding.hpp"

#include <gtest/gtest.h>

#include "ice/checklist.hpp"
#include "stun/attributes.hpp"
#include "stun/test_support.hpp"

namespace parlor::ice {
namespace {

// RFC 5769 §2.1: a check as it comes from another stack.
const char* const kSampleRequest =
    "00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 00240004"
    "6e0001ff 80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020 00080014 9aeaa70c bfd8cb56"
    "781ef2b5 b2d3f249 c1b571a2 80280004 e57a3bcf";

TEST(IceBinding, ReadsTheSampleRequestOfRfc5769) {
  const base::Bytes bytes = stun::test::from_hex(kSampleRequest);
  EXPECT_TRUE(is_stun(bytes));
  EXPECT_EQ(ufrag_of(bytes), "evtj");
  const auto message = stun::Message::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_TRUE(is_authentic(*message, "VOkJxbRl1RmTxUk/WvJxBt"));
  EXPECT_FALSE(is_authentic(*message, "VOkJxbRl1RmTxUk/WvJxBu"));
  const auto names = read_usernames(*message);
  ASSERT_TRUE(names);
  EXPECT_EQ(names->to, "evtj");
  EXPECT_EQ(names->from, "h6vY");
  const auto check = read_request(*message);
  ASSERT_TRUE(check);
  EXPECT_EQ(check->priority, 0x6e0001ffU);
  EXPECT_EQ(check->role, Role::controlled);
  EXPECT_EQ(check->tie_breaker, 0x932ff9b151263b36U);
  EXPECT_FALSE(check->use_candidate);
  EXPECT_TRUE(unknown_attributes(*message).empty());
}

// As they come from Chromium 156 (Debian 12), by tests/interop/peer.cpp --dump: it is /fMC, this side
// EwjzaMtr.
constexpr std::string_view kChromiumRequest =
    "000100502112a442674c4b7646563770756f47430006000d45776a7a614d74723a2f664d43000000c0570004000003e7"
    "802900086cb68da29df10759002400046e001eff00080014b920d3e306fe93feba45fb9e552faf67345a1f5980280004"
    "151f93b2";
constexpr std::string_view kChromiumAnswer =
    "0101002c2112a442f4118052ef916cf30f64ff63002000080001a54ae112a64000080014d4f02b55e60dba44d45164b2"
    "5033574cebfa3b3a80280004b08aa7eb";

TEST(IceBinding, ReadsACheckOfChromiumAndItsAnswer) {
  const base::Bytes request = stun::test::from_hex(kChromiumRequest);
  EXPECT_EQ(ufrag_of(request), "EwjzaMtr");
  const auto check = stun::Message::parse(request);
  ASSERT_TRUE(check);
  EXPECT_TRUE(is_authentic(*check, "MXNLEeOYi+Bot5MErWZk15DG"));
  const auto names = read_usernames(*check);
  ASSERT_TRUE(names);
  EXPECT_EQ(names->from, "/fMC");
  const auto read = read_request(*check);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->priority, 0x46e001effU & 0xffffffffU);
  EXPECT_EQ(read->role, Role::controlled);
  EXPECT_EQ(read->tie_breaker, 0x6cb68da29df10759U);
  EXPECT_FALSE(read->use_candidate);
  EXPECT_TRUE(unknown_attributes(*check).empty()) << "GOOG-NETWORK-INFO may be skipped";

  const base::Bytes answer = stun::test::from_hex(kChromiumAnswer);
  const auto success = stun::Message::parse(answer);
  ASSERT_TRUE(success);
  EXPECT_TRUE(is_authentic(*success, "XUjn5tiNuH87GDhXZkCfV5df"));
  EXPECT_FALSE(is_authentic(*success, "MXNLEeOYi+Bot5MErWZk15DG"));
  EXPECT_TRUE(unknown_attributes(*success).empty());
}

TEST(IceBinding, WritesWhatItReads) {
  const Credentials alice{"alice", "alice-password-0123456"};
  const Credentials bob{"bob0", "bob-password-012345678"};
  const CheckRequest check{
      .priority = 77, .role = Role::controlling, .tie_breaker = 99, .use_candidate = true};
  const base::Bytes bytes = write_request({}, alice, bob, check);
  EXPECT_EQ(ufrag_of(bytes), "bob0");
  const auto message = stun::Message::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_TRUE(is_authentic(*message, bob.password));
  const auto read = read_request(*message);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->priority, 77U);
  EXPECT_EQ(read->role, Role::controlling);
  EXPECT_EQ(read->tie_breaker, 99U);
  EXPECT_TRUE(read->use_candidate);
}

TEST(IceBinding, TheLongestUfragsFit) {
  const Credentials alice{std::string(256, 'a'), "alice-password-0123456"};
  const Credentials bob{std::string(250, 'b'), "bob-password-012345678"};
  const base::Bytes bytes = write_request({}, alice, bob, {.priority = 1});
  EXPECT_EQ(ufrag_of(bytes), std::string(250, 'b'));
}

TEST(IceBinding, WhatIsNoCheckHasNoUfrag) {
  EXPECT_FALSE(ufrag_of(write_server_request({})));
  base::Bytes bytes = stun::test::from_hex(kSampleRequest);
  bytes[0] = std::byte{1};  // a success response
  EXPECT_FALSE(ufrag_of(bytes));
  EXPECT_FALSE(is_stun(stun::test::from_hex("16fefd00")));
  EXPECT_FALSE(is_stun({}));
}

TEST(IceTypes, PrioritiesAreThoseOfTheRfc) {
  // RFC 8445 §5.1.2.1 with the values that it recommends.
  EXPECT_EQ(candidate_priority(CandidateType::host, 65535), 2130706431U);
  EXPECT_EQ(candidate_priority(CandidateType::server_reflexive, 65535), 1694498815U);
  EXPECT_EQ(candidate_priority(CandidateType::relayed, 65535), 16777215U);
  // RFC 8445 §6.1.2.3.
  EXPECT_EQ(pair_priority(2, 1), (std::uint64_t{1} << 32) + 4 + 1);
  EXPECT_EQ(pair_priority(1, 2), (std::uint64_t{1} << 32) + 4);
}

TEST(IceTypes, CredentialsAreLongEnoughAndDiffer) {
  base::SeededRandom random(1);
  const Credentials one = make_credentials(random);
  const Credentials two = make_credentials(random);
  EXPECT_EQ(one.ufrag.size(), 8U);
  EXPECT_EQ(one.password.size(), 24U);
  EXPECT_NE(one.ufrag, two.ufrag);
  EXPECT_NE(one.password, two.password);
  EXPECT_EQ(one.ufrag.find('='), std::string::npos);
}

Candidate candidate_at(std::uint16_t port, std::uint32_t priority, std::string foundation) {
  const base::SocketAddress address{base::IpAddress::v4({192, 0, 2, 1}), port};
  return {.address = address, .base = address, .priority = priority, .foundation = std::move(foundation)};
}

TEST(IceChecklist, ChecksTheBestOfEachFoundationFirst) {
  Checklist list;
  const Candidate mine = candidate_at(1, 10, "1");
  list.add(mine, candidate_at(11, 100, "a"), Role::controlling);
  list.add(mine, candidate_at(12, 90, "a"), Role::controlling);
  list.add(mine, candidate_at(13, 80, "b"), Role::controlling);
  std::vector<int> order;
  const auto take = [&] {
    Pair* pair = list.next();
    if (!pair) return order.push_back(0);
    pair->state = PairState::in_progress;
    order.push_back(pair->remote.port);
  };
  take();
  take();
  take();  // the other of "a" waits for what becomes of the first
  EXPECT_EQ(order, (std::vector{11, 13, 0}));
  list.find(1)->state = PairState::failed;
  take();
  EXPECT_EQ(order.back(), 12);
}

TEST(IceChecklist, WhereOneOfAFoundationWorksTheOthersAreTried) {
  Checklist list;
  const Candidate mine = candidate_at(1, 10, "1");
  list.add(mine, candidate_at(11, 100, "a"), Role::controlling);
  list.add(mine, candidate_at(12, 90, "a"), Role::controlling);
  Pair* first = list.next();
  first->state = PairState::succeeded;
  list.unfreeze(first->foundation);
  EXPECT_EQ(list.find(2)->state, PairState::waiting);
}

TEST(IceChecklist, WhatWasTriggeredComesBeforeWhatIsBetter) {
  Checklist list;
  const Candidate mine = candidate_at(1, 10, "1");
  list.add(mine, candidate_at(11, 100, "a"), Role::controlling);
  Pair* other = list.add(mine, candidate_at(12, 5, "b"), Role::controlling);
  list.trigger(*other);
  list.trigger(*other);
  EXPECT_EQ(list.next()->remote.port, 12);
  list.find(2)->state = PairState::in_progress;
  EXPECT_EQ(list.next()->remote.port, 11);
}

TEST(IceChecklist, OnePairOfABaseAndAnAddress) {
  Checklist list;
  const Candidate mine = candidate_at(1, 10, "1");
  Candidate reflexive = mine;
  reflexive.type = CandidateType::server_reflexive;
  reflexive.address.port = 999;
  EXPECT_TRUE(list.add(mine, candidate_at(11, 100, "a"), Role::controlling));
  EXPECT_FALSE(list.add(reflexive, candidate_at(11, 100, "a"), Role::controlling));
}

TEST(IceChecklist, LinkLocalAddressesPairWithTheirLikeOnly) {
  const auto at = [](const char* text) {
    const base::SocketAddress address = *base::SocketAddress::parse(text);
    return Candidate{.address = address, .base = address, .priority = 1, .foundation = text};
  };
  Checklist list;
  EXPECT_FALSE(list.add(at("[fe80::1]:1"), at("[2001:db8::1]:1"), Role::controlling));
  EXPECT_FALSE(list.add(at("[2001:db8::2]:1"), at("[fe80::2]:1"), Role::controlling));
  EXPECT_FALSE(list.add(at("192.0.2.1:1"), at("[2001:db8::1]:1"), Role::controlling));
  EXPECT_TRUE(list.add(at("[fe80::1]:1"), at("[fe80::2]:1"), Role::controlling));
}

TEST(IceChecklist, ANominationEndsWhatIsWorseAndWasNotChecked) {
  Checklist list;
  const Candidate mine = candidate_at(1, 10, "1");
  list.add(mine, candidate_at(11, 100, "a"), Role::controlling)->state = PairState::succeeded;
  list.add(mine, candidate_at(12, 200, "b"), Role::controlling);
  list.add(mine, candidate_at(13, 50, "c"), Role::controlling);
  list.add(mine, candidate_at(14, 40, "d"), Role::controlling)->state = PairState::succeeded;
  list.remove_unchecked_worse_than(1);
  std::vector<int> left;
  for (const Pair& pair : list.pairs()) left.push_back(pair.remote.port);
  EXPECT_EQ(left, (std::vector{11, 12, 14}));
}

}  // namespace
}  // namespace parlor::ice
