#include "datachannel/channels.hpp"

#include <gtest/gtest.h>

#include "sctp/association/test_pair.hpp"

namespace parlor::datachannel {
namespace {

using base::milliseconds;
using base::seconds;
using sctp::SendResult;
using sctp::TestPair;

constexpr int kAlice = TestPair::kAlice;  // the DTLS client
constexpr int kBob = TestPair::kBob;

class ChannelsTest : public testing::Test {
 protected:
  explicit ChannelsTest(bool bob_accepts = true)
      : sides_{Channels(pair_.alice()), Channels(pair_.bob(), bob_accepts)} {
    sides_[kAlice].set_client(true);
    sides_[kBob].set_client(false);
  }
  void connect() {
    pair_.alice().connect(pair_.now());
    run(seconds(1));
  }
  void run(base::Duration time) {
    for (const base::Time end = pair_.now() + time; pair_.now() < end;) {
      pair_.run(milliseconds(5));
      for (int side = 0; side < 2; ++side) {
        for (sctp::AssociationEvent& event : pair_.take(side))
          channels(side).handle(pair_.now(), std::move(event));
        channels(side).handle_sent();
        while (auto event = channels(side).poll_event()) events_[side].push_back(std::move(*event));
      }
    }
  }
  Channels& channels(int side) { return sides_[static_cast<std::size_t>(side)]; }
  template <class E>
  std::vector<E> all(int side) {
    std::vector<E> found;
    for (const ChannelEvent& event : events_[side]) {
      if (const auto* one = std::get_if<E>(&event)) found.push_back(*one);
    }
    return found;
  }
  ChannelId open(int side, const ChannelOptions& options) {
    return *channels(side).open(pair_.now(), options);
  }
  SendResult say(int side, ChannelId id, std::string_view text) {
    return channels(side).send(pair_.now(), id, base::as_bytes(text), true);
  }

  TestPair pair_;
  std::array<Channels, 2> sides_;
  std::map<int, std::vector<ChannelEvent>> events_;
};

TEST_F(ChannelsTest, AChannelOpensInBandAndTheFirstMessageGoesAlong) {
  connect();
  const ChannelId id = open(kAlice, {.label = "chat",
                                     .protocol = "v1",
                                     .reliability = {.ordered = false, .max_retransmits = std::uint16_t{2}},
                                     .priority = 128});
  EXPECT_EQ(id, 0) << "the client's numbers are even";
  EXPECT_EQ(channels(kAlice).state(id), ChannelState::opening);
  EXPECT_EQ(say(kAlice, id, "hello"), SendResult::queued);
  run(milliseconds(25));
  ASSERT_EQ(all<ChannelOpened>(kBob).size(), 1U);
  const ChannelOpened opened = all<ChannelOpened>(kBob)[0];
  EXPECT_TRUE(opened.by_peer);
  EXPECT_EQ(opened.how.label, "chat");
  EXPECT_EQ(opened.how.protocol, "v1");
  EXPECT_EQ(opened.how.priority, 128);
  EXPECT_FALSE(opened.how.reliability.ordered);
  ASSERT_EQ(all<ChannelMessage>(kBob).size(), 1U);
  EXPECT_EQ(base::as_text(all<ChannelMessage>(kBob)[0].bytes), "hello");
  run(milliseconds(50));
  ASSERT_EQ(all<ChannelOpened>(kAlice).size(), 1U);
  EXPECT_FALSE(all<ChannelOpened>(kAlice)[0].by_peer);
  EXPECT_EQ(open(kBob, {}), 1) << "the server's are odd";
}

TEST_F(ChannelsTest, AChannelThatBothAgreedOnNeedsNothing) {
  for (const int side : {kAlice, kBob}) EXPECT_EQ(open(side, {.negotiated = ChannelId{7}}), 7);
  EXPECT_EQ(say(kAlice, 7, "early"), SendResult::queued);
  connect();
  for (const int side : {kAlice, kBob}) EXPECT_EQ(all<ChannelOpened>(side).size(), 1U);
  EXPECT_EQ(all<ChannelMessage>(kBob).size(), 1U);
}

TEST_F(ChannelsTest, TextBytesAndNothingArriveAsWhatTheyAre) {
  for (const int side : {kAlice, kBob}) (void)open(side, {.negotiated = ChannelId{0}});
  connect();
  const base::Bytes bytes(3000);
  (void)say(kAlice, 0, "text");
  (void)channels(kAlice).send(pair_.now(), 0, bytes, false);
  (void)say(kAlice, 0, "");
  (void)channels(kAlice).send(pair_.now(), 0, {}, false);
  run(milliseconds(200));
  const auto messages = all<ChannelMessage>(kBob);
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_TRUE(messages[0].text);
  EXPECT_FALSE(messages[1].text);
  EXPECT_EQ(messages[1].bytes, bytes);
  EXPECT_TRUE(messages[2].text && messages[2].bytes.empty());
  EXPECT_TRUE(!messages[3].text && messages[3].bytes.empty());
}

TEST_F(ChannelsTest, AClosedChannelEndsOnBothSidesBehindItsMessagesAndItsNumberIsFree) {
  for (const int closes : {kAlice, kBob}) {
    events_.clear();
    if (closes == kAlice) connect();
    const ChannelId id = open(kAlice, {.label = "x"});
    EXPECT_EQ(id, 0);
    run(milliseconds(100));
    (void)say(closes, id, "last");
    channels(closes).close(pair_.now(), id);
    EXPECT_EQ(say(closes, id, "too late"), SendResult::closed);
    run(seconds(1));
    EXPECT_EQ(all<ChannelMessage>(1 - closes).size(), 1U);
    for (const int side : {kAlice, kBob}) {
      EXPECT_EQ(all<ChannelClosed>(side).size(), 1U) << side;
      EXPECT_FALSE(channels(side).state(id));
    }
  }
}

TEST_F(ChannelsTest, OptionsAndNumbersThatCannotBeAreRefused) {
  const auto error = [this](const ChannelOptions& options) {
    return channels(kAlice).open(pair_.now(), options).error();
  };
  EXPECT_EQ(error({.reliability = {.max_retransmits = std::uint16_t{1}, .max_lifetime = milliseconds(1)}}),
            OpenError::bad_options);
  EXPECT_EQ(error({.reliability = {.max_lifetime = milliseconds(-1)}}), OpenError::bad_options);
  EXPECT_EQ(error({.label = "\xff"}), OpenError::bad_options);
  EXPECT_EQ(error({.label = std::string(70'000, 'x')}), OpenError::bad_options);
  EXPECT_EQ(error({.negotiated = ChannelId{0xffff}}), OpenError::no_number);
  (void)open(kAlice, {.negotiated = ChannelId{4}});
  EXPECT_EQ(error({.negotiated = ChannelId{4}}), OpenError::in_use);
  Channels unknown(pair_.alice());
  EXPECT_EQ(unknown.open(pair_.now(), {}).error(), OpenError::not_connected);
  EXPECT_EQ(channels(kAlice).send(pair_.now(), 99, base::as_bytes("x"), true), SendResult::closed);
}

TEST_F(ChannelsTest, AMessageLargerThanTheOtherSideTakesIsRefused) {
  (void)open(kAlice, {.negotiated = ChannelId{0}});
  channels(kAlice).set_largest_message(1000);
  const base::Bytes bytes(1001);
  EXPECT_EQ(channels(kAlice).send(pair_.now(), 0, bytes, false), SendResult::too_large);
  EXPECT_EQ(channels(kAlice).send(pair_.now(), 0, base::BytesView(bytes).first(1000), false),
            SendResult::queued);
  channels(kAlice).set_largest_message(0);
  EXPECT_EQ(channels(kAlice).send(pair_.now(), 0, bytes, false), SendResult::queued) << "any";
}

TEST_F(ChannelsTest, SaysWhenNoMoreThanTheThresholdIsBuffered) {
  for (const int side : {kAlice, kBob}) (void)open(side, {.negotiated = ChannelId{0}});
  connect();
  channels(kAlice).set_buffered_low(0, 10'000);
  EXPECT_TRUE(all<BufferedLow>(kAlice).empty());
  (void)channels(kAlice).send(pair_.now(), 0, base::Bytes(60'000), false);
  run(milliseconds(5));
  EXPECT_TRUE(all<BufferedLow>(kAlice).empty());
  run(seconds(2));
  EXPECT_EQ(all<BufferedLow>(kAlice).size(), 1U);
}

TEST_F(ChannelsTest, OneThatWasRefusedAsOthersHadFilledTheBufferHearsWhenThereIsRoom) {
  connect();
  const ChannelId bulk = open(kAlice, {.label = "bulk"});
  const ChannelId state = open(kAlice, {.label = "state"});
  run(seconds(1));
  while (say(kAlice, bulk, std::string(60'000, 'x')) == SendResult::queued) continue;
  EXPECT_EQ(say(kAlice, state, std::string(60'000, 'y')), SendResult::would_block);
  EXPECT_EQ(channels(kAlice).buffered(state), 0U);
  events_[kAlice].clear();
  run(seconds(60));
  const auto low = all<BufferedLow>(kAlice);
  EXPECT_EQ(std::count_if(low.begin(), low.end(), [&](const BufferedLow& one) { return one.id == state; }),
            1);
  EXPECT_EQ(say(kAlice, state, "y"), SendResult::queued);
}

TEST_F(ChannelsTest, WhatIsNoChannelIsClosedAndNobodyIsTold) {
  connect();
  const auto raw = [this](sctp::StreamId stream, std::uint32_t ppid, base::BytesView bytes) {
    (void)pair_.alice().send(pair_.now(), stream, ppid, bytes);
    run(milliseconds(300));
  };
  raw(6, kBinary, base::as_bytes("a message on no channel"));
  raw(8, kDcep, base::as_bytes("nonsense"));
  raw(9, kDcep, write_open({.label = "of the wrong parity"}));
  raw(10, kDcep, write_ack());
  EXPECT_TRUE(all<ChannelOpened>(kBob).empty());
  EXPECT_TRUE(all<ChannelMessage>(kBob).empty());
  EXPECT_TRUE(all<ChannelClosed>(kBob).empty());
  EXPECT_EQ(pair_.bob().state(), sctp::AssociationState::established);
}

TEST_F(ChannelsTest, OneWhoseLabelAndProtocolAreTooLongIsClosedAndNobodyIsTold) {
  connect();
  constexpr std::size_t kHalf = Channels::kLongestNames / 2;
  const std::string half(kHalf, 'x');
  const ChannelId fits = open(kAlice, {.label = half, .protocol = half});
  const ChannelId too_long = open(kAlice, {.label = half, .protocol = half + 'x'});
  const ChannelId longest = open(kAlice, {.label = std::string(0xffff, 'x')});
  run(seconds(2));
  ASSERT_EQ(all<ChannelOpened>(kBob).size(), 1U);
  EXPECT_EQ(all<ChannelOpened>(kBob)[0].id, fits);
  EXPECT_TRUE(all<ChannelClosed>(kBob).empty());
  ASSERT_EQ(all<ChannelClosed>(kAlice).size(), 2U);
  EXPECT_EQ(all<ChannelClosed>(kAlice)[0].id, too_long);
  EXPECT_EQ(all<ChannelClosed>(kAlice)[1].id, longest);
}

TEST_F(ChannelsTest, WhatAllOfTheOtherSidesChannelsAreCalledIsBounded) {
  connect();
  constexpr std::size_t kFit = Channels::kMostNames / Channels::kLongestNames;
  const ChannelOptions longest{.label = std::string(Channels::kLongestNames, 'x')};
  for (std::size_t i = 0; i < kFit; ++i) (void)open(kAlice, longest);
  run(seconds(5));
  EXPECT_EQ(all<ChannelOpened>(kBob).size(), kFit);
  const ChannelId one_more = open(kAlice, longest);
  (void)open(kAlice, {});
  run(seconds(1));
  EXPECT_EQ(all<ChannelOpened>(kBob).size(), kFit + 1) << "the one without a name";
  ASSERT_EQ(all<ChannelClosed>(kAlice).size(), 1U);
  EXPECT_EQ(all<ChannelClosed>(kAlice)[0].id, one_more);
  // Those of its own are its own affair.
  (void)open(kBob, longest);
  channels(kAlice).close(pair_.now(), 0);
  run(seconds(1));
  (void)open(kAlice, longest);
  run(seconds(1));
  EXPECT_EQ(all<ChannelOpened>(kBob).size(), kFit + 3) << "its own, and one in the place of the first";
  EXPECT_EQ(all<ChannelClosed>(kAlice).size(), 2U);
}

TEST_F(ChannelsTest, ANumberWhoseEndTheOtherSideRefusesIsNotUsedAgain) {
  connect();
  const ChannelId id = open(kAlice, {.label = "x"});
  run(milliseconds(100));
  channels(kAlice).handle(pair_.now(), sctp::ResetDone{.streams = {id, 99}, .done = false});
  channels(kAlice).handle(pair_.now(), sctp::StreamsReset{{id}});
  run(milliseconds(1));
  EXPECT_EQ(all<ChannelClosed>(kAlice).size(), 1U);
  EXPECT_FALSE(channels(kAlice).state(id));
  EXPECT_EQ(open(kAlice, {.label = "x"}), id + 2);
}

struct AgreedChannelsTest : ChannelsTest {
  AgreedChannelsTest() : ChannelsTest(false) {}
};

TEST_F(AgreedChannelsTest, ThereAreNoOthersWhereNoneAreAccepted) {
  for (const int side : {kAlice, kBob}) (void)open(side, {.negotiated = ChannelId{0}});
  connect();
  const ChannelId theirs = open(kAlice, {.label = "x"});
  (void)say(kAlice, theirs, "hello");
  (void)say(kAlice, 0, "hello");
  run(seconds(1));
  EXPECT_EQ(all<ChannelOpened>(kBob).size(), 1U) << "that which was agreed on";
  EXPECT_EQ(all<ChannelMessage>(kBob).size(), 1U);
  ASSERT_EQ(all<ChannelClosed>(kAlice).size(), 1U);
  EXPECT_EQ(all<ChannelClosed>(kAlice)[0].id, theirs);
  const ChannelId mine = open(kBob, {.label = "x"});
  run(seconds(1));
  EXPECT_EQ(channels(kBob).state(mine), ChannelState::open) << "alice accepts";
}

TEST_F(ChannelsTest, WithTheAssociationAllChannelsEnd) {
  for (const int side : {kAlice, kBob}) (void)open(side, {.negotiated = ChannelId{0}});
  connect();
  pair_.alice().abort(pair_.now(), "");
  run(milliseconds(100));
  for (const int side : {kAlice, kBob}) EXPECT_EQ(all<ChannelClosed>(side).size(), 1U);
  EXPECT_EQ(say(kBob, 0, "x"), SendResult::closed);
}

}  // namespace
}  // namespace parlor::datachannel
