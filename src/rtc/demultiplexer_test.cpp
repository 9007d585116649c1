#include "rtc/demultiplexer.hpp"

#include <gtest/gtest.h>

#include "ice/binding.hpp"
#include "stun/message.hpp"

namespace parlor::rtc {
namespace {

base::SocketAddress at_address(std::string_view text) {
  return *base::SocketAddress::parse(text);
}
const base::SocketAddress kHere = at_address("192.0.2.1:1");
const base::SocketAddress kThere = at_address("192.0.2.2:2");
const base::SocketAddress kElse = at_address("192.0.2.3:3");
const ice::Credentials kPeer{"peer", "peer-password-012345678"};

base::Bytes check_for(std::string_view ufrag, std::byte id = {}) {
  stun::TransactionId transaction{};
  transaction[0] = id;
  return ice::write_request(transaction, kPeer, {std::string(ufrag), "some-password-012345678"},
                            {.priority = 1});
}
const base::Bytes kRecord{std::byte{23}, std::byte{0xfe}, std::byte{0xfd}};

TEST(Demultiplexer, AChecksUfragSaysWhoseItIs) {
  Demultiplexer demultiplexer;
  EXPECT_TRUE(demultiplexer.add(7, "aaaa"));
  EXPECT_TRUE(demultiplexer.add(8, "bbbb"));
  EXPECT_EQ(demultiplexer.find(kHere, kThere, check_for("aaaa")), 7U);
  EXPECT_EQ(demultiplexer.find(kHere, kThere, check_for("bbbb")), 8U);
  EXPECT_FALSE(demultiplexer.find(kHere, kThere, check_for("cccc")));
  EXPECT_FALSE(demultiplexer.add(9, "aaaa")) << "it is somebody's";
  EXPECT_TRUE(demultiplexer.add(7, "aaaa"));
}

TEST(Demultiplexer, AfterARestartTheFormerUfragStillHoldsAndTheOneBeforeDoesNot) {
  Demultiplexer demultiplexer;
  for (const char* ufrag : {"1111", "2222", "3333"}) EXPECT_TRUE(demultiplexer.add(7, ufrag));
  EXPECT_FALSE(demultiplexer.find(kHere, kThere, check_for("1111")));
  EXPECT_EQ(demultiplexer.find(kHere, kThere, check_for("2222")), 7U);
  EXPECT_EQ(demultiplexer.find(kHere, kThere, check_for("3333")), 7U);
}

TEST(Demultiplexer, RecordsGoWhereTheAddressesAreKnown) {
  Demultiplexer demultiplexer;
  demultiplexer.add(7, "aaaa");
  EXPECT_FALSE(demultiplexer.find(kHere, kThere, kRecord));
  demultiplexer.learn(7, kHere, kThere);
  EXPECT_EQ(demultiplexer.find(kHere, kThere, kRecord), 7U);
  EXPECT_FALSE(demultiplexer.find(kHere, kElse, kRecord));
  EXPECT_FALSE(demultiplexer.find(kElse, kThere, kRecord));
  // The program over there was started anew with the same port.
  demultiplexer.add(8, "bbbb");
  demultiplexer.learn(8, kHere, kThere);
  EXPECT_EQ(demultiplexer.find(kHere, kThere, kRecord), 8U);
  demultiplexer.remove(7);
  EXPECT_EQ(demultiplexer.find(kHere, kThere, kRecord), 8U) << "it is not the former one's any more";
  demultiplexer.remove(8);
  EXPECT_FALSE(demultiplexer.find(kHere, kThere, kRecord));
  EXPECT_EQ(demultiplexer.pairs(), 0U);
}

TEST(Demultiplexer, AnAnswerGoesToWhoAsked) {
  Demultiplexer demultiplexer;
  demultiplexer.add(7, "aaaa");
  demultiplexer.add(8, "bbbb");
  const base::Bytes one = check_for("peer", std::byte{1});
  const base::Bytes two = check_for("peer", std::byte{2});
  demultiplexer.handle_transmit(7, one);
  demultiplexer.handle_transmit(8, two);
  // Both from the same place.
  const auto answer = [](const base::Bytes& request) {
    return ice::write_success(*stun::Message::parse(request), "password", kHere);
  };
  EXPECT_EQ(demultiplexer.find(kHere, kThere, answer(one)), 7U);
  EXPECT_EQ(demultiplexer.find(kHere, kThere, answer(two)), 8U);
  const auto error = ice::write_error(*stun::Message::parse(two), "password", 487, "Role Conflict");
  EXPECT_EQ(demultiplexer.find(kHere, kThere, error), 8U);
  EXPECT_FALSE(demultiplexer.find(kHere, kThere, answer(check_for("peer", std::byte{3}))));
  demultiplexer.handle_transmit(8, answer(check_for("peer", std::byte{4})));
  EXPECT_FALSE(demultiplexer.find(kHere, kThere, answer(check_for("peer", std::byte{4})))) << "was an answer";
}

TEST(Demultiplexer, WhatOneConnectionMayHoldIsBounded) {
  Demultiplexer demultiplexer;
  demultiplexer.add(7, "aaaa");
  for (std::uint16_t port = 1; port <= 1000; ++port) demultiplexer.learn(7, kHere, {kThere.ip, port});
  EXPECT_EQ(demultiplexer.pairs(), Demultiplexer::kMostPairs);
  EXPECT_EQ(demultiplexer.find(kHere, {kThere.ip, 1000}, kRecord), 7U);
  EXPECT_FALSE(demultiplexer.find(kHere, {kThere.ip, 1}, kRecord)) << "the oldest is gone";
  base::Bytes first;
  for (std::size_t i = 0; i <= Demultiplexer::kMostTransactions; ++i) {
    stun::TransactionId id{};
    base::ByteWriter(id).u32(static_cast<std::uint32_t>(i));
    const base::Bytes request = ice::write_server_request(id);
    if (i == 0) first = request;
    demultiplexer.handle_transmit(7, request);
  }
  EXPECT_FALSE(
      demultiplexer.find(kHere, kThere, ice::write_success(*stun::Message::parse(first), "p", kHere)));
}

TEST(Demultiplexer, WhatIsNeitherIsForNobody) {
  Demultiplexer demultiplexer;
  demultiplexer.add(7, "aaaa");
  EXPECT_FALSE(demultiplexer.find(kHere, kThere, {}));
  EXPECT_FALSE(demultiplexer.find(kHere, kThere, base::Bytes(1)));
  EXPECT_FALSE(demultiplexer.find(kHere, kThere, base::Bytes(20)));
  base::Bytes cut = check_for("aaaa");
  cut.resize(19);
  EXPECT_FALSE(demultiplexer.find(kHere, kThere, cut));
}

}  // namespace
}  // namespace parlor::rtc
