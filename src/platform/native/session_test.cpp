// A room and its carriers, with a port that the test plays, and a server that is none.

#include "native/session.hpp"

#include "native/native_test.hpp"

namespace parlor::platform::native {
namespace {

/// Keeps what it is asked; the test says the rest.
struct FakePort final : CarrierPort {
  FakePort(CarrierOwner& to, std::size_t channel_count) : owner(&to), channels(channel_count) {
    current = this;
  }
  ~FakePort() override { current = nullptr; }
  void open(const room::OpenCarrier& open) override {
    asked += "open;";
    carrier = open.carrier;
    offers = open.offers;
  }
  void set_polite(const room::SetPolite&) override { asked += "polite;"; }
  void take(const room::CarrierSignal&) override { asked += "signal;"; }
  void send(const room::CarrierSend&) override { asked += "send;"; }
  void restart(const room::RestartCarrier&) override { asked += "restart;"; }
  void close(const room::CloseCarrier&) override { asked += "close;"; }
  [[nodiscard]] std::size_t buffered(room::CarrierId, Channel) const override { return 0; }
  void flush() override { ++flushes; }

  CarrierOwner* owner;
  std::size_t channels;
  std::string asked;
  room::CarrierId carrier{};
  bool offers = false;
  int flushes = 0;
  static inline FakePort* current = nullptr;
};

std::unique_ptr<CarrierPort> make_fake(Loop&, CarrierOwner& owner,
                                       const std::vector<ChannelOptions>& channels) {
  return std::make_unique<FakePort>(owner, channels.size());
}

RoomOptions joining(const std::string& server) {
  RoomOptions options;
  options.server = server;
  options.game = "test";
  options.name = "Ada";
  options.entry = Join{"kamo-ridun"};
  options.ice_servers = {{{"stun:192.0.2.1"}, "", ""}};
  return options;
}

TEST(Session, OpensACarrierBeforeItsServerHasAnswered) {
  const auto loop = Loop::of_this_thread();
  TestServer server(*loop);
  Session session(joining("ws://127.0.0.1:" + std::to_string(server.port())), make_fake);
  ASSERT_NE(FakePort::current, nullptr);
  EXPECT_EQ(FakePort::current->asked, "open;");
  EXPECT_TRUE(FakePort::current->offers);
  EXPECT_EQ(FakePort::current->channels, 2U);
  EXPECT_GE(FakePort::current->flushes, 1) << "whatever is asked goes out";
  EXPECT_TRUE(run_until(*loop, [&] { return server.heard().find("join=kamo") != std::string::npos; }))
      << server.heard();
}

TEST(Session, OneThatFailsBeforeTheRoomIsEnteredIsClosed) {
  const auto loop = Loop::of_this_thread();
  TestServer server(*loop);
  Session session(joining("ws://127.0.0.1:" + std::to_string(server.port())), make_fake);
  FakePort& port = *FakePort::current;
  port.owner->on_signal(port.carrier, room::Description{room::Description::Type::offer, "v=0"});
  EXPECT_EQ(port.asked, "open;");
  port.owner->on_state(port.carrier, room::CarrierState::failed, "no sockets");
  EXPECT_EQ(port.asked, "open;close;");
  port.owner->on_message(port.carrier, 0, {});  // of one that is not known any more
  port.owner->on_open(room::CarrierId{77});
  EXPECT_EQ(session.machine().state(), RoomState::entering);
}

TEST(Session, ARoomThatIsLeftClosesItsCarriersAndSaysSoOnce) {
  const auto loop = Loop::of_this_thread();
  TestServer server(*loop);
  {
    Session session(joining("ws://127.0.0.1:" + std::to_string(server.port())), make_fake);
    session.machine().leave();
    session.pump();
    EXPECT_EQ(FakePort::current->asked, "open;close;");
    EXPECT_TRUE(loop->wait(base::seconds(60)));
    EXPECT_TRUE(std::holds_alternative<Ended>(*session.machine().poll_event()));
  }
  EXPECT_EQ(FakePort::current, nullptr);
  loop->turn();
  EXPECT_EQ(loop->kept(), 0U) << "a socket that never opened is not waited for";
}

TEST(Session, IsToldWhyItsServerCannotBeReached) {
  const auto loop = Loop::of_this_thread();
  Session session(joining("ws://127.0.0.1:1"), make_fake);
  ASSERT_TRUE(loop->wait(base::seconds(60)));
  const auto event = session.machine().poll_event();
  const auto* ended = std::get_if<Ended>(&*event);
  ASSERT_NE(ended, nullptr);
  EXPECT_EQ(ended->reason, Reason::no_server);
  EXPECT_TRUE(
      ended->message.starts_with("The server could not be reached. Nothing listens at 127.0.0.1:1: check"))
      << ended->message;
}

}  // namespace
}  // namespace parlor::platform::native
