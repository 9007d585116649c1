// What a link gives to the relay: no more than its socket may hold and its budget takes, and again what was
// refused.

#include <map>
#include <string>

#include "room/link/link_test.hpp"

namespace parlor::room::testing {
namespace {

class RefusalTest : public LinkTest {
 protected:
  RefusalTest() { make(true, true); }
  /// The numbers that were given to the relay since, with a + where `again` is said.
  std::string gave() {
    std::string all;
    for (const RelaySend& one : drained<RelaySend>()) {
      if (one.lane != relay::Lane::reliable) continue;
      const HeaderBytes& header = one.recipients.front().header;
      const auto frame = parse_frame(header.view().subspan(1), false);
      given_[frame->header.number] = header;
      all += std::to_string(frame->header.number) + (one.recipients.front().again ? "+ " : " ");
    }
    return all;
  }
  /// Time goes by, as for the room that it is of.
  std::string rest(base::Duration time) {
    pass(time);
    outbox_->socket_told();
    if (context_->relay_pace.handle_timeout(now_)) link_->flush_play(now_);
    return gave();
  }
  void refuse(const HeaderBytes& header) {
    link_->handle_relay_refused(now_, RelayLane::Kind::reliable, header.view(), false, kWait);
  }

  static constexpr base::Duration kWait = milliseconds(50);
  std::map<std::uint16_t, HeaderBytes> given_;  // the header of each, as it was given last
};

TEST_F(RefusalTest, FromBeforeTheRelayBeganAnewIsOneOfAllThatWasGivenSince) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(send(kReliable, 10), SendResult::queued);
  EXPECT_EQ(gave(), "0 1 2 3 ");
  refuse(given_[2]);
  EXPECT_EQ(rest(kWait), "2+ 3 ");
  // These are on their way when the member comes back: refused in its new lane, of which what follows is
  // dropped.
  const HeaderBytes former = given_[2];
  link_->handle_member_back(now_);
  EXPECT_EQ(rest(kWait), "0 1 2 3 ");
  refuse(former);
  EXPECT_EQ(rest(2 * kWait), "0+ 1 2 3 ");
  refuse(given_[3]);
  EXPECT_EQ(rest(2 * kWait), "3+ ");
}

TEST(RelayPace, HasAStepTakeOneFrameOfAnySizeAndElseNoMoreThanFits) {
  const base::Time now = base::time_from(seconds(100));
  RelayPace pace;
  pace.refused(now, milliseconds(40));
  ASSERT_TRUE(pace.handle_timeout(now + milliseconds(40)));
  EXPECT_TRUE(pace.take(now + milliseconds(40), 2 * RelayPace::kStep));
  EXPECT_FALSE(pace.take(now + milliseconds(40), 1));
  ASSERT_TRUE(pace.handle_timeout(now + milliseconds(80)));
  EXPECT_TRUE(pace.take(now + milliseconds(80), 20'000));
  EXPECT_FALSE(pace.take(now + milliseconds(80), 20'000));
  EXPECT_FALSE(pace.has_room()) << "the next one waits for the next step";
  EXPECT_EQ(pace.due(), now + milliseconds(120));
}

TEST_F(RefusalTest, OfWhatWasSaidToAFormerLifeOfTheMemberIsOneOfAllThatWasGivenSince) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(kReliable, 10), SendResult::queued);
  EXPECT_EQ(gave(), "0 1 2 ");
  const HeaderBytes former = given_[2];
  link_ = std::make_unique<Link>(now_, *context_, PeerId{2}, 2, CarrierId{8}, true);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(send(kReliable, 10), SendResult::queued);
  EXPECT_EQ(gave(), "0 1 2 3 ");
  refuse(former);
  EXPECT_EQ(rest(2 * kWait), "0+ 1 2 3 ");
}

TEST_F(RefusalTest, OverBudgetMakesTheMemberSayNoMoreAtOnceThanItsBudgetGivesBack) {
  for (int i = 0; i < 12; ++i) EXPECT_EQ(send(kReliable, 10'000), SendResult::queued);
  EXPECT_EQ(gave(), "0 1 2 3 ") << "what the socket takes at once";
  refuse(given_[0]);
  EXPECT_EQ(rest(kWait - milliseconds(1)), "");
  EXPECT_EQ(rest(milliseconds(1)), "0+ 1 2 ") << "32 KiB";
  EXPECT_EQ(rest(kWait - milliseconds(1)), "");
  EXPECT_EQ(rest(milliseconds(1)), "3 4 5 ");
  EXPECT_EQ(rest(seconds(1)), "6 7 8 9 ") << "nothing was refused for a second: what the socket takes";
  for (int i = 0; i < 6; ++i) {
    outbox_->socket_told();
    EXPECT_EQ(send(kReliable, 10'000), SendResult::queued);
  }
  EXPECT_EQ(gave(), "10 11 12 13 14 15 16 17 ");
}

TEST(RelayPace, ThatIsRefusedThoughItWasKeptSlowsDownByAQuarterOnceAStep) {
  base::Time now = base::time_from(seconds(100));
  RelayPace pace;
  const auto next_step = [&] {
    const base::Time since = now;
    now = *pace.due();
    EXPECT_TRUE(pace.handle_timeout(now));
    EXPECT_TRUE(pace.has_room());
    EXPECT_EQ(pace.due(), std::nullopt);
    return now - since;
  };
  const auto give_all = [&] { EXPECT_TRUE(pace.take(now, RelayPace::kStep)); };
  pace.refused(now, milliseconds(40));
  pace.refused(now, milliseconds(30));  // on another lane
  EXPECT_EQ(next_step(), milliseconds(40));
  give_all();
  pace.refused(now, milliseconds(10));
  pace.refused(now, milliseconds(10));
  EXPECT_EQ(next_step(), milliseconds(50));
  give_all();
  EXPECT_EQ(next_step(), milliseconds(50));
  give_all();
  pace.refused(now, seconds(2));
  EXPECT_EQ(next_step(), seconds(2));
  give_all();
  EXPECT_FALSE(pace.has_room()) << "one step, however long the wait was";
  pace.refused(now, milliseconds(100));
  EXPECT_EQ(next_step(), seconds(2)) << "no faster for being refused";
  give_all();
  EXPECT_EQ(next_step(), seconds(2));
  give_all();
  EXPECT_TRUE(pace.has_room()) << "two steps without a refusal";
}

TEST_F(RefusalTest, NoMoreThanASocketMayHoldIsSaidBeforeThePlatformTellsWhatItHolds) {
  for (int i = 0; i < 12; ++i) EXPECT_EQ(send(kReliable, 10'000), SendResult::queued);
  EXPECT_EQ(gave(), "0 1 2 3 ");
  EXPECT_EQ(send(kReliable, 10), SendResult::queued);
  EXPECT_EQ(gave(), "");
  outbox_->socket_told();
  context_->socket_waits = kSocketHighWater - 1;
  link_->flush_play(now_);
  EXPECT_EQ(gave(), "4 ");
}

TEST_F(RefusalTest, ASocketThatIsFullOfBulkTakesTheRestAndThatIsFullTakesControl) {
  channels_ = {{"level", Delivery::bulk}, {"state", Delivery::unreliable}, {"events", Delivery::reliable}};
  make(true, true);
  drained<RelaySend>();
  const auto lanes = [this] {
    std::vector<relay::Lane> all;
    for (const RelaySend& one : drained<RelaySend>()) all.push_back(one.lane);
    return all;
  };
  using relay::Lane;
  EXPECT_EQ(send(0, 60'000), SendResult::queued);
  EXPECT_EQ(lanes(), std::vector<Lane>{Lane::bulk}) << "a piece of four";
  EXPECT_EQ(send(1, 100), SendResult::queued);
  EXPECT_EQ(send(2, 16'300), SendResult::queued);
  EXPECT_EQ(send(1, 100), SendResult::dropped);
  EXPECT_EQ(lanes(), (std::vector<Lane>{Lane::unreliable, Lane::reliable}));
  link_->say_bye(now_, Bye::left);
  EXPECT_EQ(lanes(), std::vector<Lane>{Lane::control});
}

}  // namespace
}  // namespace parlor::room::testing
