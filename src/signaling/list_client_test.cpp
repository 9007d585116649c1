#include "signaling/list_client.hpp"

#include <gtest/gtest.h>

#include "base/machine.hpp"
#include "sim/machine_contract.hpp"

namespace parlor::signaling {
namespace {

using base::seconds;
static_assert(base::Machine<ListClient>);

class ListClientTest : public ::testing::Test {
 protected:
  ListClientTest() : client(made(), now) {}
  static ListClientConfig made() { return {"ws://127.0.0.1:8080/", {1, "cubes", "b1", "Guest"}}; }
  void hear(const ServerMessage& message) { client.handle_frame(now, write(message)); }
  template <class T>
  T sent() {
    auto out = client.poll_transmit();
    EXPECT_TRUE(out && std::holds_alternative<T>(*out));
    return out && std::holds_alternative<T>(*out) ? std::get<T>(*out) : T{};
  }
  template <class T>
  T told() {
    auto event = client.poll_event();
    EXPECT_TRUE(event && std::holds_alternative<T>(*event));
    return event && std::holds_alternative<T>(*event) ? std::get<T>(*event) : T{};
  }
  [[nodiscard]] bool quiet() { return !client.poll_transmit() && !client.poll_event(); }
  void open() {
    client.ask(now, {});
    EXPECT_EQ(sent<OpenSocket>().url, "ws://127.0.0.1:8080/v1?version=1&game=cubes&build=b1&name=Guest");
    client.handle_open(now);
    EXPECT_EQ(sent<SendFrame>().text, write(ClientMessage(ListRooms{})));
    hear(Welcome{});
  }
  static inline const RoomsFound kFound{{{"kamo-ridun", "Friday", 1, 4, false, {}}}, 7};

  base::Time now = base::time_from(seconds(100));
  ListClient client;
};

TEST_F(ListClientTest, OpensAConnectionWhenItIsAskedAndKeepsItForTheNextTime) {
  EXPECT_TRUE(quiet());
  EXPECT_FALSE(client.poll_timeout());
  open();
  hear(kFound);
  EXPECT_EQ(told<RoomsFound>(), kFound);
  EXPECT_FALSE(client.poll_timeout());
  ListQuery other;
  other.has_space = true;
  client.ask(now, other);
  EXPECT_EQ(sent<SendFrame>().text, write(ClientMessage(ListRooms{other})));
  EXPECT_TRUE(quiet());
}

TEST_F(ListClientTest, OfTwoQuestionsAnswersTheLatest) {
  open();
  ListQuery later;
  later.limit = 3;
  client.ask(now, later);
  EXPECT_TRUE(quiet());
  hear(kFound);
  EXPECT_EQ(sent<SendFrame>().text, write(ClientMessage(ListRooms{later})));
  EXPECT_TRUE(quiet());
  hear(RoomsFound{});
  told<RoomsFound>();
}

TEST_F(ListClientTest, SaysWhyThereIsNoAnswer) {
  open();
  hear(Error{ErrorCode::rate_limited, "Too often.", "list"});
  EXPECT_EQ(told<RoomsNotFound>().reason, Reason::rate_limited);
  client.ask(now, {});
  sent<SendFrame>();
  client.handle_close(now, 1006, "");
  const RoomsNotFound lost = told<RoomsNotFound>();
  EXPECT_EQ(lost.reason, Reason::no_server);
  EXPECT_FALSE(lost.message.empty());
}

TEST_F(ListClientTest, WhereItAskedTooSoonItAsksAgainWhenTheServerTakesIt) {
  open();
  hear(Error{ErrorCode::rate_limited, "Too often.", "list", 3000});
  EXPECT_TRUE(quiet());
  EXPECT_EQ(client.poll_timeout(), now + seconds(3));
  now += seconds(2);
  client.handle_timeout(now);
  EXPECT_TRUE(quiet());
  ListQuery later;
  later.limit = 3;
  client.ask(now, later);
  EXPECT_TRUE(quiet()) << "that would be too soon, too";
  now += seconds(1);
  client.handle_timeout(now);
  EXPECT_EQ(sent<SendFrame>().text, write(ClientMessage(ListRooms{later})));
  hear(kFound);
  EXPECT_EQ(told<RoomsFound>(), kFound);
}

TEST_F(ListClientTest, SaysWhenToAskAgainWhereThatIsTooLongToWait) {
  open();
  hear(Error{ErrorCode::rate_limited, "Too often.", "list", 12'000});
  RoomsNotFound refused = told<RoomsNotFound>();
  EXPECT_EQ(refused.reason, Reason::rate_limited);
  EXPECT_EQ(refused.retry_after, seconds(12));
  EXPECT_NE(refused.message.find("12 seconds"), std::string::npos) << refused.message;
  now += seconds(1);
  client.ask(now, {});
  refused = told<RoomsNotFound>();
  EXPECT_EQ(refused.retry_after, seconds(11)) << "the server was not asked";
  EXPECT_TRUE(quiet());
  now += seconds(1);
  client.ask(now, {});
  EXPECT_TRUE(quiet()) << "ten seconds are not too long";
  now += seconds(10);
  client.handle_timeout(now);
  sent<SendFrame>();
}

TEST_F(ListClientTest, OpensAnotherConnectionWhereTheFirstWasLostInSilence) {
  open();
  hear(kFound);
  told<RoomsFound>();
  client.handle_close(now, 1006, "");
  EXPECT_TRUE(quiet());
  open();
}

TEST_F(ListClientTest, GivesUpWhenTheServerIsSilent) {
  client.ask(now, {});
  sent<OpenSocket>();
  now += seconds(10);
  client.handle_timeout(now);
  EXPECT_EQ(told<RoomsNotFound>().reason, Reason::no_server);
  sent<CloseSocket>();
  open();
  now += seconds(10);
  client.handle_timeout(now);
  EXPECT_EQ(told<RoomsNotFound>().reason, Reason::timed_out);
  sent<CloseSocket>();
}

TEST_F(ListClientTest, IsSilentOnceItIsClosed) {
  open();
  client.close();
  sent<CloseSocket>();
  hear(kFound);
  EXPECT_TRUE(quiet());
  EXPECT_FALSE(client.poll_timeout());
}

/// A client and whether its socket is there.
struct ListRig {
  ListRig(ListClientConfig config, base::Time now) : client(std::move(config), now) {}
  void handle_timeout(base::Time now) { client.handle_timeout(now); }
  std::optional<ClientTransmit> poll_transmit() { return client.poll_transmit(); }
  std::optional<ListClientEvent> poll_event() { return client.poll_event(); }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const { return client.poll_timeout(); }
  ListClient client;
};

TEST(ListClientContract, Holds) {
  sim::ContractSubject<ListRig> subject;
  subject.make = [](base::Time now, std::uint64_t) {
    return std::make_shared<ListRig>(ListClientConfig{"ws://server", {1, "cubes", "", "Ada"}}, now);
  };
  subject.command = [](ListRig& rig, base::Time now, base::Random& random) {
    switch (random.below(6)) {
      case 0:
        return rig.client.ask(now, {});
      case 1:
        return rig.client.handle_open(now);
      case 2:
        return rig.client.handle_close(now, 1006, "");
      case 3:
        return rig.client.handle_frame(
            now, write(ServerMessage(Error{ErrorCode::rate_limited, "E.", "list", random.below(15'000)})));
      default:
        return rig.client.handle_frame(now, write(ServerMessage(RoomsFound{})));
    }
  };
  subject.describe = [](const ClientTransmit& transmit) { return std::to_string(transmit.index()); };
  subject.describe_event = [](const ListClientEvent& event) { return std::to_string(event.index()); };
  EXPECT_EQ(sim::check_contract(subject, 1, 10), "");
}

}  // namespace
}  // namespace parlor::signaling
