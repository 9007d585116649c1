// The WebRTC connections of two rooms over real sockets, with owners that the test plays.

#include "native/rtc_carriers.hpp"

#include <sys/socket.h>

#include <array>

#include "dtls/openssl_transport.hpp"
#include "native/interfaces.hpp"
#include "native/native_test.hpp"

namespace parlor::platform::native {
namespace {

constexpr room::CarrierId kCarrier{1};

/// What a room hears of its carriers, and says to the other one.
struct Owner final : CarrierOwner {
  void on_signal(room::CarrierId carrier, room::Signal signal) override {
    if (change) change(signal);
    if (other) (*other)->take({.carrier = carrier, .signal = std::move(signal)});
  }
  void on_open(room::CarrierId) override { ++opened; }
  void on_message(room::CarrierId, Channel channel, BytesView bytes) override {
    said += std::to_string(channel) + ":" + std::string(base::as_text(bytes)) + ";";
    if (inside) std::exchange(inside, nullptr)();
  }
  void on_state(room::CarrierId, room::CarrierState state, std::string_view detail) override {
    states.push_back(state);
    details = detail;
    if (state == room::CarrierState::connected && connected_inside)
      std::exchange(connected_inside, nullptr)();
  }
  void on_buffered(room::CarrierId, Channel, std::size_t) override {}
  void on_stats(room::CarrierId, const room::CarrierStats& stats) override { path = stats.path; }

  std::unique_ptr<RtcCarriers>* other = nullptr;
  std::function<void(room::Signal&)> change;
  std::function<void()> inside;
  std::function<void()> connected_inside;
  int opened = 0;
  std::string said;
  std::vector<room::CarrierState> states;
  std::string details;
  Path path = Path::none;
};

struct TwoRooms {
  TwoRooms() {
    alice.other = &b;
    bob.other = &a;
  }
  void open() {
    a->open({.carrier = kCarrier, .offers = true, .polite = true, .ice_servers = {}});
    b->open({.carrier = kCarrier, .offers = false, .polite = false, .ice_servers = {}});
  }
  bool connect() {
    open();
    return run([this] { return alice.opened == 1 && bob.opened == 1; });
  }
  template <class Done>
  bool run(Done&& done, base::Duration most = base::seconds(20)) {
    const base::Time until = now() + most;
    while (!done() && now() < until) loop->turn(base::milliseconds(20));
    return done();
  }
  static void say(std::unique_ptr<RtcCarriers>& from, std::string_view text) {
    const BytesView bytes = base::as_bytes(text);
    from->send({.carrier = kCarrier,
                .channel = 0,
                .header = {},
                .payload = room::Slice(std::make_shared<const base::Bytes>(bytes.begin(), bytes.end()))});
    from->flush();
  }

  std::shared_ptr<Loop> loop = Loop::of_this_thread();
  std::vector<ChannelOptions> channels{{"events", Delivery::reliable}, {"state", Delivery::unreliable}};
  Owner alice;
  Owner bob;
  std::unique_ptr<RtcCarriers> a = std::make_unique<RtcCarriers>(*loop, alice, channels);
  std::unique_ptr<RtcCarriers> b = std::make_unique<RtcCarriers>(*loop, bob, channels);
};

/// A peer that is no room: one connection at a port of its own.
struct Stranger {
  explicit Stranger(Loop& loop)
      : context(dtls::Context::make()),
        connection(now(), {.fingerprint = context->fingerprint()}, dtls::make_transport(context), random) {
    const base::SocketAddress local{host_addresses(interface_addresses()).front(), 0};
    auto opened =
        UdpSocket::open(loop, local, [this](const base::SocketAddress& from, std::span<std::byte> bytes) {
          connection.handle_datagram(now(), socket->local(), from, bytes);
        });
    socket = std::move(*opened);
    connection.add_address(now(), socket->local(), 65535);
    connection.finish_gathering(now());
  }
  void take(const room::Signal& signal) {
    if (const auto* description = std::get_if<room::Description>(&signal))
      (void)connection.handle_description(now(), description->type == room::Description::Type::offer,
                                          description->sdp);
  }
  /// Its answers go to `room`.
  void drain(RtcCarriers& room) {
    connection.handle_timeout(now());
    std::array<std::byte, rtc::Connection::kLargestDatagram> datagram{};
    while (const auto out = connection.poll_transmit(now(), datagram))
      socket->send(out->remote, std::span(datagram).first(out->size));
    socket->flush();
    while (auto event = connection.poll_event()) {
      if (auto* made = std::get_if<rtc::DescriptionMade>(&*event)) {
        room.take({.carrier = kCarrier,
                   .signal = room::Description{room::Description::Type::answer, std::move(made->sdp)}});
      } else if (const auto* gone = std::get_if<rtc::ChannelClosed>(&*event)) {
        closed.push_back(gone->id);
      }
    }
  }

  crypto::SystemRandom random;
  std::shared_ptr<const dtls::Context> context;
  rtc::Connection connection;
  std::unique_ptr<UdpSocket> socket;
  std::vector<datachannel::ChannelId> closed;
};

TEST(RtcCarriers, TwoRoomsOfOneThreadAreConnected) {
  TwoRooms two;
  ASSERT_TRUE(two.connect());
  TwoRooms::say(two.a, "hello");
  TwoRooms::say(two.b, "there");
  EXPECT_TRUE(two.run([&] { return two.bob.said == "0:hello;" && two.alice.said == "0:there;"; }));
  EXPECT_TRUE(two.run([&] { return two.alice.path == Path::direct; })) << "and measured";
}

/// A room's carrier, and its other side.
struct RoomAndStranger {
  RoomAndStranger() {
    two.alice.other = nullptr;
    two.alice.change = [this](room::Signal& signal) { stranger.take(signal); };
    two.a->open({.carrier = kCarrier, .offers = true, .polite = true, .ice_servers = {}});
    // Those of the room, its link's own with them.
    for (datachannel::ChannelId id = 0; id <= two.channels.size(); ++id)
      (void)stranger.connection.open_channel(now(), {.negotiated = id});
  }
  template <class Done>
  bool run(Done&& done) {
    return two.run([&] {
      stranger.drain(*two.a);
      return done();
    });
  }
  bool connect() {
    return run(
        [this] { return two.alice.opened == 1 && stranger.connection.state() == rtc::State::connected; });
  }

  TwoRooms two;
  Stranger stranger{*two.loop};
};

TEST(RtcCarriers, AChannelThatAPeerOpensByItselfIsClosed) {
  RoomAndStranger both;
  ASSERT_TRUE(both.connect());
  Stranger& stranger = both.stranger;
  const Owner& alice = both.two.alice;
  const auto mine = stranger.connection.open_channel(now(), {.label = "mine"});
  ASSERT_TRUE(mine && *mine);
  (void)stranger.connection.send(now(), 0, base::as_bytes("hello"));
  EXPECT_TRUE(both.run([&] { return !stranger.closed.empty() && !alice.said.empty(); }));
  EXPECT_EQ(stranger.closed, std::vector{**mine});
  EXPECT_EQ(alice.said, "0:hello;") << "one that a room has stays";
}

TEST(RtcCarriers, AreOverWhenAPeerClosesAChannelOfTheRoom) {
  RoomAndStranger both;
  ASSERT_TRUE(both.connect());
  both.stranger.connection.close_channel(now(), 0);
  const Owner& alice = both.two.alice;
  EXPECT_TRUE(both.run([&] { return alice.states.back() == room::CarrierState::closed; }));
  EXPECT_EQ(alice.details, "The other side has closed a channel.");
}

TEST(RtcCarriers, NothingIsToldOfThoseThatAreGoneWhateverStillComes) {
  TwoRooms two;
  ASSERT_TRUE(two.connect());
  two.alice.said.clear();
  for (int i = 0; i < 50; ++i) TwoRooms::say(two.b, "still on its way");
  two.a.reset();
  two.alice.other = nullptr;
  EXPECT_TRUE(two.run([&] {
    return !two.bob.states.empty() && two.bob.states.back() == room::CarrierState::closed;
  })) << "its last words";
  EXPECT_EQ(two.alice.said, "");
}

TEST(RtcCarriers, MayBeClosedOrDestroyedFromInside) {
  for (const bool destroy : {false, true}) {
    TwoRooms two;
    ASSERT_TRUE(two.connect());
    two.bob.inside = [&] {
      if (destroy) {
        two.b.reset();
        two.bob.other = nullptr;
        two.alice.other = nullptr;
      } else {
        two.b->close({kCarrier});
      }
    };
    for (int i = 0; i < 20; ++i) TwoRooms::say(two.a, "x");
    EXPECT_TRUE(two.run([&] { return two.alice.states.back() == room::CarrierState::closed; }));
    EXPECT_EQ(two.bob.said, "0:x;");
  }
}

TEST(RtcCarriers, WhatNoRestartCanMendIsOver) {
  TwoRooms two;
  two.bob.change = [](room::Signal& signal) {
    auto* description = std::get_if<room::Description>(&signal);
    if (!description) return;
    const std::size_t at = description->sdp.find("a=fingerprint:sha-256 ");
    ASSERT_NE(at, std::string::npos);
    description->sdp.replace(at + 22, 5, "00:00");
  };
  two.open();
  EXPECT_TRUE(two.run(
      [&] { return !two.alice.states.empty() && two.alice.states.back() == room::CarrierState::closed; }));
  EXPECT_FALSE(two.alice.details.empty());
}

}  // namespace
}  // namespace parlor::platform::native
