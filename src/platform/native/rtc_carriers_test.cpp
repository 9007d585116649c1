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
  bool run(Done&& done, base::Duration most = base::seconds(5)) {
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

TEST(RtcCarriers, AChannelThatAPeerOpensByItselfIsClosed) {
  TwoRooms two;
  Stranger stranger(*two.loop);
  two.alice.other = nullptr;
  two.alice.change = [&](room::Signal& signal) { stranger.take(signal); };
  const auto run = [&](auto&& done) {
    return two.run([&] {
      stranger.drain(*two.a);
      return done();
    });
  };
  two.a->open({.carrier = kCarrier, .offers = true, .polite = true, .ice_servers = {}});
  // Those of the room, its link's own with them; what is opened without a number gets another.
  for (datachannel::ChannelId id = 0; id <= two.channels.size(); ++id)
    (void)stranger.connection.open_channel(now(), {.negotiated = id});
  ASSERT_TRUE(run([&] { return stranger.connection.state() == rtc::State::connected; }));
  const auto mine = stranger.connection.open_channel(now(), {.label = "mine"});
  ASSERT_TRUE(mine && *mine);
  (void)stranger.connection.send(now(), 0, base::as_bytes("hello"));
  EXPECT_TRUE(run([&] { return !stranger.closed.empty() && !two.alice.said.empty(); }));
  EXPECT_EQ(stranger.closed, std::vector{**mine});
  EXPECT_EQ(two.alice.said, "0:hello;") << "one that a room has stays";
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

/// The other side of a carrier, which is no room's.
struct Stranger {
  Stranger(Loop& loop, RtcCarriers& carriers_) : carriers(carriers_) {
    options.fingerprint = context->fingerprint();
    connection.emplace(now(), options, dtls::make_transport(context), random);
    const auto local = by_turns(host_addresses(interface_addresses()));
    auto opened = UdpSocket::open(loop, {local.at(0), 0},
                                  [this](const base::SocketAddress& from, std::span<std::byte> bytes) {
                                    connection->handle_datagram(now(), socket->local(), from, bytes);
                                  });
    if (opened) socket = std::move(*opened);
    connection->add_address(now(), socket->local(), 65535);
    connection->finish_gathering(now());
    for (datachannel::ChannelId id = 0; id < 3; ++id)
      (void)connection->open_channel(now(), {.negotiated = id});
  }
  void take(const room::Signal& signal) {
    if (const auto* description = std::get_if<room::Description>(&signal)) {
      const bool offer = description->type == room::Description::Type::offer;
      EXPECT_FALSE(connection->handle_description(now(), offer, description->sdp));
    } else if (const auto* candidate = std::get_if<room::IceCandidate>(&signal)) {
      (void)connection->handle_candidate(now(), candidate->candidate, candidate->ufrag);
    }
  }
  void pump() {
    const auto due = connection->poll_timeout();
    if (due && *due <= now()) connection->handle_timeout(now());
    while (const auto event = connection->poll_event()) {
      if (std::holds_alternative<rtc::ChannelOpened>(*event)) ++channels;
      if (const auto* made = std::get_if<rtc::DescriptionMade>(&*event)) {
        const auto type = made->offer ? room::Description::Type::offer : room::Description::Type::answer;
        carriers.take({.carrier = kCarrier, .signal = room::Description{.type = type, .sdp = made->sdp}});
      }
    }
    std::array<std::byte, rtc::Connection::kLargestDatagram> datagram;
    while (const auto out = connection->poll_transmit(now(), datagram))
      socket->send(out->remote, std::span(datagram).first(out->size));
    socket->flush();
  }

  RtcCarriers& carriers;
  std::shared_ptr<const dtls::Context> context = dtls::Context::make();
  crypto::SystemRandom random;
  rtc::ConnectionOptions options;
  std::optional<rtc::Connection> connection;
  std::unique_ptr<UdpSocket> socket;
  int channels = 0;  // that are open
};

TEST(RtcCarriers, AreOverWhenTheOtherSideClosesAChannelOfTheRoomAlone) {
  TwoRooms two;
  Stranger stranger(*two.loop, *two.a);
  two.alice.other = nullptr;
  two.alice.change = [&](room::Signal& signal) { stranger.take(signal); };
  two.a->open({.carrier = kCarrier, .offers = true, .polite = true, .ice_servers = {}});
  const auto run = [&](auto&& done) { return two.run([&] { return stranger.pump(), done(); }); };
  ASSERT_TRUE(run([&] { return two.alice.opened == 1 && stranger.channels == 3; }));
  stranger.connection->close_channel(now(), 0);
  EXPECT_TRUE(run([&] { return two.alice.states.back() == room::CarrierState::closed; }));
  EXPECT_EQ(two.alice.details, "The other side has closed a channel.");
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
