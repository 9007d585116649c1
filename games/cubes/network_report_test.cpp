#include "cubes/network_report.hpp"

#include <gtest/gtest.h>

#include "cubes/fake_room.hpp"

namespace parlor::cubes {
namespace {

using base::milliseconds;

constexpr PeerId kAlice{1};
constexpr PeerId kBob{2};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Alice is in her room with Bob, whose cube was told once.
class NetworkReport : public testing::Test {
 protected:
  NetworkReport() {
    session_.create("Alice", Create{});
    push(Joined{.code = "c", .ticket = "", .title = "", .me = kAlice, .host = kAlice, .term = 1, .size = 8});
    push(PeerJoined{{kBob, "Bob"}});
    const auto state = write_state({netcode::Stamp(1), {{3, 0, 4}, {}, 0, false}});
    push(Message{kBob, kStates, Bytes(state.begin(), state.end())});
    update();
  }
  void push(Event event) { FakeRoom::current->events.push_back(std::move(event)); }
  void update() {
    now_ += milliseconds(16);
    session_.update(now_);
    world_.advance(now_, 0.016F, {});
  }
  std::string report(PlayerId explained = 0) {
    return network_report(world_, session_, now_, session_.take_path_changes(), explained);
  }

  World world_;
  Session session_{world_};
  base::Time now_{};
};

TEST_F(NetworkReport, SaysOfAMemberWhatIsMeasuredAndLeavesOutWhatIsNot) {
  PeerStats& stats = FakeRoom::current->stats[kBob];
  stats.path = Path::relay;
  stats.queued_bytes = 77;
  EXPECT_TRUE(has(report(), R"("name":"Bob","away":0,"path":"relay","send_bytes_per_second")")) << report();
  EXPECT_FALSE(has(report(), "round_trip_ms"));
  stats.round_trip = std::chrono::microseconds(12'345);
  stats.loss = 0.02;
  EXPECT_TRUE(has(report(), R"("round_trip_ms":12.35,"loss":0.0200)")) << report();
  EXPECT_TRUE(has(report(), R"("queued_bytes":77)"));
}

TEST_F(NetworkReport, SaysWhatShowingItsCubeCosts) {
  EXPECT_TRUE(has(report(), R"("delay_ms":60.0,"wanted_delay_ms":60.0,"lateness_ms":0.0,"states":1)"))
      << report();
  EXPECT_TRUE(has(report(), R"("corrections":0)"));
}

TEST_F(NetworkReport, TellsEachChangeOfAPathOnce) {
  push(PathChanged{kBob, Path::direct, Path::relay});
  update();
  EXPECT_TRUE(has(report(), R"("path_changes":[{"at_ms":32.0,"id":2,"from":"direct","to":"relay"}])"));
  EXPECT_TRUE(has(report(), R"("path_changes":[])"));
}

TEST_F(NetworkReport, KeepsABoundedNumberOfPathChanges) {
  for (std::size_t i = 0; i < 3 * Session::kMostPathChanges; ++i) {
    push(PathChanged{kBob, Path::direct, i + 1 < 3 * Session::kMostPathChanges ? Path::relay : Path::none});
  }
  update();
  const auto changes = session_.take_path_changes();
  EXPECT_EQ(changes.size(), Session::kMostPathChanges);
  EXPECT_EQ(changes.back().to, Path::none) << "the oldest go first";
}

TEST_F(NetworkReport, HasTheStoryOfTheWayThatIsAskedFor) {
  FakeRoom::current->stats[kBob] = {};
  FakeRoom::current->story = {"+0.000 s began: The link began."};
  EXPECT_TRUE(has(report(2), R"("story":[{"line":"+0.000 s began: The link began."}])"));
  EXPECT_TRUE(has(report(), R"("story":[])"));
}

TEST_F(NetworkReport, AConditionerStaysOnInTheNextRoom) {
  const Conditions conditions{.delay = milliseconds(50), .loss = 0.1};
  EXPECT_EQ(session_.set_conditioner(conditions), ConditionsResult::taken);
  EXPECT_EQ(FakeRoom::current->conditions, conditions);
  EXPECT_TRUE(has(report(), R"("conditions":{"delay_ms":50.000,"jitter_ms":0.000,"loss":0.1000)"))
      << report();
  session_.create("Alice", Create{});
  EXPECT_EQ(FakeRoom::current->conditions, conditions);
  session_.set_conditioner(std::nullopt);
  EXPECT_EQ(FakeRoom::current->conditions, std::nullopt);
  EXPECT_FALSE(has(report(), R"("conditions")"));
}

TEST_F(NetworkReport, ConditionsThatTheRoomRefusesAreNotKept) {
  FakeRoom::current->conditions_answer = ConditionsResult::bad_loss;
  EXPECT_EQ(session_.set_conditioner(Conditions{.loss = 2}), ConditionsResult::bad_loss);
  EXPECT_EQ(session_.conditions(), std::nullopt);
}

TEST_F(NetworkReport, HasNoMembersWhileInNoRoom) {
  session_.leave();
  update();
  EXPECT_TRUE(has(report(2), R"("members":[],"path_changes":[],"story":[])")) << report();
}

TEST(ConditionsReport, HasEveryFigureInItsUnit) {
  const Conditions conditions{
      .delay = milliseconds(25), .jitter = milliseconds(15), .loss = 0.003, .rate = 2'500'000};
  EXPECT_EQ(conditions_report(conditions),
            R"({"delay_ms":25.000,"jitter_ms":15.000,"loss":0.0030,"burst":1.00,"duplicate":0.0000,)"
            R"("rate":2500000,"queue":262144})");
}

}  // namespace
}  // namespace parlor::cubes
