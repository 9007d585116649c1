// What the two ends of a link tell each other when a way is in doubt or given up.

#include <algorithm>
#include <deque>

#include "room/link/link_test.hpp"

namespace parlor::room::testing {
namespace {

class DoubtTest : public LinkTest {
 protected:
  DoubtTest() {
    channels_.push_back({"doors", Delivery::latest});
    channels_.back().of_host = true;
    channels_.push_back({"orders", Delivery::reliable});
    channels_.back().of_host = true;
    make(true, true);
    open();
    (void)drained<CarrierSend>();
  }
  /// The other end asks, and promises to be heard again within 200 ms.
  void hear_ping(bool doubts = false) {
    Control control;
    control.ping = Ping{next_id_++, 0, 10, doubts, 0};
    hear_control(control);
  }
  /// What was said by either way since it was asked last.
  struct Told {
    std::vector<Control> rtc;
    std::vector<Control> relay;
    std::vector<RelaySend> frames;  // of the game, by the relay
  };
  Told told() {
    Told told;
    while (auto transmit = outbox_->poll_transmit()) {
      if (auto* send = std::get_if<CarrierSend>(&*transmit)) {
        if (send->channel == channels_.size()) told.rtc.push_back(*parse_control(send->payload.view()));
      } else if (auto* relayed = std::get_if<RelaySend>(&*transmit)) {
        if (relayed->lane == relay::Lane::control) {
          told.relay.push_back(*parse_control(relayed->payload.view()));
        } else {
          told.frames.push_back(std::move(*relayed));
        }
      }
    }
    return told;
  }
  /// Nothing is heard by WebRTC until it is given up.
  void give_up() {
    hear_ping();
    pass(seconds(3));
    ASSERT_EQ(link_->path(), Path::relay);
    (void)told();
  }
  void hear_relayed(Channel channel, FrameHeader header, std::size_t size) {
    header.from_life = header.to_life = 1;
    const HeaderBytes written = write_header(header, RelayMark{channel, 0});
    Bytes bytes(written.view().begin(), written.view().end());
    bytes.resize(bytes.size() + size);
    link_->handle_relayed(now_, false, bytes);
  }
  static FrameHeader ordered(std::uint16_t number, std::optional<std::uint8_t> term = {}) {
    FrameHeader header;
    header.number = number;
    header.term = term;
    return header;
  }

  static constexpr Channel kDoors = 2;
  static constexpr Channel kOrders = 3;
  std::uint16_t next_id_ = 0;
};

TEST_F(DoubtTest, AnEndThatHearsNothingSaysSoForAsLongAsItDoes) {
  give_up();
  pass(seconds(5));
  for (const Control& control : told().rtc) {
    ASSERT_TRUE(control.ping);
    EXPECT_TRUE(control.ping->doubts) << "or the other end would use what carries nothing to this one";
  }
  hear_ping();
  pass(Link::kAskEvery);
  const auto after = told().rtc;
  ASSERT_FALSE(after.empty());
  EXPECT_TRUE(!after.back().ping || !after.back().ping->doubts);
}

TEST_F(DoubtTest, WhatIsAcknowledgedInADoubtIsToldByTheWayThatIsNotInDoubt) {
  hear_ping();
  pass(milliseconds(600));
  (void)told();
  for (std::uint16_t i = 0; i < 8; ++i) {  // whenever, between its questions
    hear_relayed(kReliable, ordered(i), 10);
    pass(Link::kAckDelay);
    std::uint16_t by_relay = 0;
    for (const Control& control : told().relay) {
      for (const Ack& ack : control.acks) by_relay = std::max(by_relay, ack.number);
    }
    EXPECT_EQ(by_relay, i + 1);
  }
}

TEST_F(DoubtTest, InADoubtAMessageByWebRtcAloneTakesNoAcknowledgementAlong) {
  hear_ping();
  pass(milliseconds(600));
  hear_relayed(kReliable, ordered(0), 10);
  now_ += Link::kAckDelay * 9 / 10;
  (void)told();
  EXPECT_EQ(send(kReliable, 5), SendResult::queued);
  const auto frames = told().frames;
  ASSERT_EQ(frames.size(), 1u);
  const auto frame = parse_frame(frames[0].recipients[0].header.view().subspan(1), false);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->header.ack, (Ack{kReliable, 1}));
}

TEST_F(DoubtTest, AValueThatIsSaidAgainKeepsTheTermInWhichItWasSet) {
  give_up();
  EXPECT_EQ(send(kDoors, 4), SendResult::queued);
  context_->term = 3;  // host again, after another
  pass(seconds(1));
  const auto frames = told().frames;
  ASSERT_GT(frames.size(), 1u);
  for (const RelaySend& one : frames) {
    const auto frame = parse_frame(one.recipients[0].header.view().subspan(1), true);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->header.term, 1);
  }
}

TEST_F(DoubtTest, WhatWaitsForItsTermIsNotAcknowledged) {
  context_->host = PeerId{2};
  for (std::uint16_t i = 0; i < 3; ++i) hear_relayed(kOrders, ordered(i, std::uint8_t{2}), 10);
  hear_ping();
  for (const Control& control : told().rtc) {
    for (const Ack& ack : control.acks) EXPECT_EQ(ack, (Ack{kOrders, 0}));
  }
  EXPECT_FALSE(link_->poll_message());
  context_->term = 2;
  link_->handle_context(now_);
  int heard = 0;
  while (link_->poll_message()) ++heard;
  EXPECT_EQ(heard, 3);
  hear_ping();
  const auto rtc = told().rtc;
  ASSERT_EQ(rtc.size(), 1u);
  EXPECT_EQ(rtc[0].acks, (std::vector<Ack>{{kOrders, 3}}));
}

TEST_F(DoubtTest, AnHonestHostCannotSayMoreThanIsHeldUntilItsTermIsKnown) {
  context_->host = PeerId{2};
  Outbox out;
  LinkContext host{out, channels_, 1, PeerId{2}, PeerId{2}, 2, true, 0, false, {}};
  Link from(now_, host, PeerId{1}, 1, CarrierId{9}, false);
  const auto pass_on = [&](Outbox& outbox, Link& to) {
    while (auto transmit = outbox.poll_transmit()) {
      const auto* send = std::get_if<RelaySend>(&*transmit);
      if (send == nullptr) continue;
      Bytes frame(send->recipients[0].header.view().begin(), send->recipients[0].header.view().end());
      frame.insert(frame.end(), send->payload.view().begin(), send->payload.view().end());
      to.handle_relayed(now_, send->lane == relay::Lane::control, frame);
    }
  };
  std::size_t said = 0;
  for (int i = 0; i < 400; ++i) {
    const auto bytes = std::make_shared<const Bytes>(kMaxReliableMessage);
    if (from.send(now_, kOrders, bytes, 0) == SendResult::queued) said += bytes->size();
    pass_on(out, *link_);
    pass(milliseconds(250));
    from.handle_timeout(now_);
    pass_on(*outbox_, from);
  }
  EXPECT_FALSE(link_->end());
  EXPECT_GT(said, Link::kMaxQueuedBytes / 2);
  EXPECT_LE(said, Link::kMaxQueuedBytes);
}

TEST_F(DoubtTest, AWayWithARoundTripOfSecondsIsMeasuredAndUsedAgain) {
  give_up();
  std::deque<std::pair<base::Time, std::uint16_t>> under_way;
  for (int i = 0; i < 40 && link_->path() == Path::relay; ++i) {
    for (const Control& control : told().rtc) {
      if (control.ping) under_way.emplace_back(now_ + seconds(4), control.ping->id);
    }
    for (; !under_way.empty() && under_way.front().first <= now_; under_way.pop_front()) {
      Control control;
      control.pong = Pong{under_way.front().second, 0};
      hear_control(control);
    }
    pass(Link::kAskEvery);
  }
  EXPECT_EQ(link_->path(), Path::direct);
  ASSERT_TRUE(link_->stats(now_).round_trip);
  EXPECT_GE(*link_->stats(now_).round_trip, seconds(4));
  EXPECT_LE(*link_->stats(now_).round_trip, seconds(4) + Link::kAskEvery);
}

TEST_F(DoubtTest, WhatMayHaveWaitedInTheTransportForAMinuteIsDropped) {
  const auto hear_state = [&] {
    FrameHeader header;
    header.kind = FrameKind::unreliable;
    header.from_life = header.to_life = 1;
    const HeaderBytes written = write_header(header);
    link_->handle_frame(now_, kUnreliable, Bytes(written.view().begin(), written.view().end()));
    bool heard = false;
    while (link_->poll_message()) heard = true;
    return heard;
  };
  EXPECT_TRUE(hear_state());
  pass(Link::kLongSilence);
  EXPECT_TRUE(hear_state());
  pass(Link::kLongSilence + milliseconds(1));
  EXPECT_FALSE(hear_state());
  pass(Link::kStaleFor - milliseconds(1));
  EXPECT_FALSE(hear_state());
  pass(milliseconds(1));
  EXPECT_TRUE(hear_state());
}

TEST_F(DoubtTest, WhatARelayWasGivenThatIsSwitchedOffGoesByWebRtc) {
  make(true, true);
  EXPECT_EQ(send(kReliable, 3), SendResult::queued);
  EXPECT_EQ(told().frames.size(), 1u);
  context_->relay_on = false;
  link_->handle_relay_off(now_);
  link_->handle_open(now_);
  EXPECT_EQ(sends().size(), 1u);
}

}  // namespace
}  // namespace parlor::room::testing
