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
constexpr auto kHeard = ice::AddressValidation::claimed;
constexpr auto kAnswered = ice::AddressValidation::validated;
const ice::Credentials kPeer{"peer", "peer-password-012345678"};

base::Bytes check_for(std::string_view ufrag, std::byte id = {}) {
  stun::TransactionId transaction{};
  transaction[0] = id;
  return ice::write_request(transaction, kPeer, {std::string(ufrag), "some-password-012345678"},
                            {.priority = 1});
}
std::vector<ConnectionId> whom(Demultiplexer& demultiplexer, const base::SocketAddress& local,
                               const base::SocketAddress& remote, base::BytesView datagram) {
  const auto found = demultiplexer.find(local, remote, datagram);
  return {found.begin(), found.end()};
}
const base::Bytes kRecord{std::byte{23}, std::byte{0xfe}, std::byte{0xfd}};

TEST(Demultiplexer, AChecksUfragSaysWhoseItIs) {
  Demultiplexer demultiplexer;
  EXPECT_TRUE(demultiplexer.add(7, "aaaa"));
  EXPECT_TRUE(demultiplexer.add(8, "bbbb"));
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, check_for("aaaa")), std::vector<ConnectionId>{7});
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, check_for("bbbb")), std::vector<ConnectionId>{8});
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, check_for("cccc")).empty());
  EXPECT_FALSE(demultiplexer.add(9, "aaaa")) << "it is somebody's";
  EXPECT_TRUE(demultiplexer.add(7, "aaaa"));
}

TEST(Demultiplexer, AfterRestartsTheFirstUfragAndTheLatestOnesHold) {
  Demultiplexer demultiplexer;
  for (const char* ufrag : {"2222", "1111", "4444", "5555", "3333"}) EXPECT_TRUE(demultiplexer.add(7, ufrag));
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, check_for("1111")).empty());
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, check_for("2222")), std::vector<ConnectionId>{7});
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, check_for("3333")), std::vector<ConnectionId>{7});
}

TEST(Demultiplexer, RecordsGoWhereTheAddressesAreKnown) {
  Demultiplexer demultiplexer;
  demultiplexer.add(7, "aaaa");
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, kRecord).empty());
  demultiplexer.learn(7, kHere, kThere, kHeard);
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, kRecord), std::vector<ConnectionId>{7});
  EXPECT_TRUE(demultiplexer.find(kHere, kElse, kRecord).empty());
  EXPECT_TRUE(demultiplexer.find(kElse, kThere, kRecord).empty());
  // The program over there was started anew with the same port, or somebody introduces the two once more.
  demultiplexer.add(8, "bbbb");
  demultiplexer.learn(8, kHere, kThere, kHeard);
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, kRecord), (std::vector<ConnectionId>{7, 8}))
      << "each finds its own";
  demultiplexer.add(9, "cccc");
  demultiplexer.learn(9, kHere, kThere, kHeard);
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, kRecord), (std::vector<ConnectionId>{7, 9}))
      << "the first keeps its place";
  demultiplexer.remove(8);
  demultiplexer.remove(7);
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, kRecord), std::vector<ConnectionId>{9});
  demultiplexer.remove(9);
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, kRecord).empty());
  EXPECT_EQ(demultiplexer.pairs(), 0U);
}

TEST(Demultiplexer, ThoseWhoTakeTurnsAtAPairTakeItFromNobody) {
  Demultiplexer demultiplexer;
  for (const ConnectionId id : {7U, 8U, 9U}) demultiplexer.add(id, "ufrag" + std::to_string(id));
  demultiplexer.learn(7, kHere, kThere, kHeard);
  for (ConnectionId i = 0; i < 1000; ++i) demultiplexer.learn(8 + i % 2, kHere, kThere, kHeard);
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, kRecord), (std::vector<ConnectionId>{7, 9}));
  EXPECT_EQ(demultiplexer.pairs(), 1U);
}

TEST(Demultiplexer, OneThatWasAnsweredFromThereKeepsThePairWhoeverComes) {
  Demultiplexer demultiplexer;
  for (const ConnectionId id : {6U, 7U, 8U, 9U}) demultiplexer.add(id, "ufrag" + std::to_string(id));
  const auto owners = [&] { return whom(demultiplexer, kHere, kThere, kRecord); };
  using Ids = std::vector<ConnectionId>;
  demultiplexer.learn(6, kHere, kThere, ice::AddressValidation::unknown);
  EXPECT_EQ(owners(), Ids{});
  EXPECT_EQ(demultiplexer.pairs(), 0U);
  demultiplexer.learn(6, kHere, kThere, kHeard);
  demultiplexer.learn(7, kHere, kThere, kHeard);
  demultiplexer.learn(7, kHere, kThere, kAnswered);
  for (ConnectionId i = 0; i < 1000; ++i) demultiplexer.learn(8 + i % 2, kHere, kThere, kHeard);
  EXPECT_EQ(owners(), (Ids{7, 9})) << "who was only heard gives way, though it was there first";
  demultiplexer.learn(8, kHere, kThere, kAnswered);
  EXPECT_EQ(owners(), (Ids{7, 8}));
  for (const auto how : {kHeard, kAnswered}) demultiplexer.learn(9, kHere, kThere, how);
  demultiplexer.learn(7, kHere, kThere, kHeard);
  demultiplexer.learn(6, kHere, kThere, kHeard);
  EXPECT_EQ(owners(), (Ids{7, 8}));
  demultiplexer.remove(7);
  for (const ConnectionId id : {6U, 9U}) demultiplexer.learn(id, kHere, kThere, kHeard);
  EXPECT_EQ(owners(), (Ids{8, 9})) << "and keeps it when the other one is gone";
  for (const ConnectionId id : {6U, 8U, 9U}) demultiplexer.remove(id);
  EXPECT_EQ(demultiplexer.pairs(), 0U);
}

TEST(Demultiplexer, APairThatIsUsedIsNotPushedOut) {
  Demultiplexer demultiplexer;
  demultiplexer.add(7, "aaaa");
  demultiplexer.learn(7, kHere, kThere, kHeard);
  for (std::uint16_t port = 100; port < 1000; ++port) {
    demultiplexer.learn(7, kHere, {kThere.ip, port}, kHeard);
    EXPECT_EQ(whom(demultiplexer, kHere, kThere, kRecord), std::vector<ConnectionId>{7}) << port;
  }
  EXPECT_EQ(demultiplexer.pairs(), Demultiplexer::kMostPairs);
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
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, answer(one)), std::vector<ConnectionId>{7});
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, answer(two)), std::vector<ConnectionId>{8});
  const auto error = ice::write_error(*stun::Message::parse(two), "password", 487, "Role Conflict");
  EXPECT_EQ(whom(demultiplexer, kHere, kThere, error), std::vector<ConnectionId>{8});
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, answer(check_for("peer", std::byte{3}))).empty());
  demultiplexer.handle_transmit(8, answer(check_for("peer", std::byte{4})));
  demultiplexer.remove(7);
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, answer(one)).empty()) << "who asked is gone";
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, answer(check_for("peer", std::byte{4}))).empty())
      << "was an answer";
}

TEST(Demultiplexer, WhatOneConnectionMayHoldIsBounded) {
  Demultiplexer demultiplexer;
  demultiplexer.add(7, "aaaa");
  for (std::uint16_t port = 1; port <= 1000; ++port) demultiplexer.learn(7, kHere, {kThere.ip, port}, kHeard);
  EXPECT_EQ(demultiplexer.pairs(), Demultiplexer::kMostPairs);
  EXPECT_EQ(whom(demultiplexer, kHere, {kThere.ip, 1000}, kRecord), std::vector<ConnectionId>{7});
  EXPECT_TRUE(demultiplexer.find(kHere, {kThere.ip, 1}, kRecord).empty()) << "the oldest is gone";
  base::Bytes first;
  for (std::size_t i = 0; i <= Demultiplexer::kMostTransactions; ++i) {
    stun::TransactionId id{};
    base::ByteWriter(id).u32(static_cast<std::uint32_t>(i));
    const base::Bytes request = ice::write_server_request(id);
    if (i == 0) first = request;
    demultiplexer.handle_transmit(7, request);
  }
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, ice::write_success(*stun::Message::parse(first), "p", kHere))
                  .empty());
}

TEST(Demultiplexer, WhatIsNeitherIsForNobody) {
  Demultiplexer demultiplexer;
  demultiplexer.add(7, "aaaa");
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, {}).empty());
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, base::Bytes(1)).empty());
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, base::Bytes(20)).empty());
  base::Bytes cut = check_for("aaaa");
  cut.resize(19);
  EXPECT_TRUE(demultiplexer.find(kHere, kThere, cut).empty());
}

}  // namespace
}  // namespace parlor::rtc
