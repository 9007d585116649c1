// The size of datagrams on paths of several MTUs, and on paths whose MTU changes.

#include "rtc/test_peer.hpp"

namespace parlor::rtc {
namespace {

using base::milliseconds;
using base::seconds;
using testing::End;
using testing::Program;
using testing::Signaling;
using testing::Two;

sim::LinkOptions path(std::size_t mtu, bool black_hole = true) {
  sim::LinkOptions options = Two::delay(milliseconds(10));
  options.mtu = mtu;
  options.black_hole = black_hole;
  return options;
}

/// alice sends 32 KiB each time less than that waits.
struct Stream {
  explicit Stream(Two& two) : two_(two) {
    two.b.on_message = [this](const ChannelMessage& message) { bytes += message.bytes.size(); };
  }
  void run_for(base::Duration time) {
    const base::Time until = two_.world.now() + time;
    while (two_.world.now() < until) {
      while (two_.a.connection.buffered(0) < 32'768) two_.a.say(0, std::string(32'768, 'x'));
      two_.world.run_for(milliseconds(10));
    }
  }
  /// How long it is until something comes again.
  base::Duration pause() {
    const base::Time begun = two_.world.now();
    const std::size_t before = bytes;
    while (bytes == before && two_.world.now() < begun + seconds(30)) run_for(milliseconds(10));
    return two_.world.now() - begun;
  }
  std::size_t bytes = 0;

 private:
  Two& two_;
};

TEST(RtcPath, ABulkTransferUsesWhatFifteenHundredBytesCarryAndNoMore) {
  Two two(1, path(0));
  two.open_channel();
  ASSERT_TRUE(two.connect());
  EXPECT_EQ(two.a.connection.stats().datagram, 1197U) << "as many whole words as 1,200 have room for";
  Stream(two).run_for(seconds(2));
  EXPECT_LE(two.a.connection.stats().datagram, 1472U);
  EXPECT_GT(two.a.connection.stats().datagram, 1472U - 4);
}

TEST(RtcPath, LessOverSix) {
  sim::World world(1);
  sim::Network network(world);
  Program alice(network.host("alice", {"2001:db8::1"}, path(0)));
  Program bob(network.host("bob", {"2001:db8::2"}, path(0)));
  Signaling signaling(world);
  End& a = alice.open(1);
  End& b = bob.open(1, {.polite = false});
  signaling.join(a, b);
  for (End* end : {&a, &b}) {
    end->call([](Connection& connection, base::Time now) {
      EXPECT_TRUE(connection.open_channel(now, {.negotiated = datachannel::ChannelId{0}}));
    });
  }
  a.call([](Connection& connection, base::Time now) { connection.negotiate(now); });
  ASSERT_TRUE(world.run_until([&] { return a.is_connected() && b.is_connected(); }, seconds(10)));
  for (int i = 0; i < 20; ++i) {
    a.say(0, std::string(50'000, 'x'));
    world.run_for(milliseconds(50));
  }
  EXPECT_LE(a.connection.stats().datagram, 1452U);
  EXPECT_GT(a.connection.stats().datagram, 1452U - 4);
}

TEST(RtcPath, APathThatShrinksPausesTheTransferForTwoSecondsAtMost) {
  for (const bool black_hole : {true, false}) {
    for (const std::size_t mtu : {1280U, 1000U}) {
      Two two(1, path(1500, black_hole));
      two.open_channel();
      ASSERT_TRUE(two.connect());
      Stream stream(two);
      stream.run_for(seconds(2));
      EXPECT_GT(two.a.connection.stats().datagram, 1400U);
      for (Program* program : {&two.alice, &two.bob}) program->host().interface().set(path(mtu, black_hole));
      stream.run_for(milliseconds(50));  // what was on the way
      if (!black_hole) {
        EXPECT_GT(two.a.connection.stats().datagram + 28 + 24, mtu) << "as it was told";
      }
      EXPECT_LT(stream.pause(), black_hole ? seconds(2) : milliseconds(100)) << mtu;
      stream.run_for(seconds(5));
      EXPECT_LE(two.a.connection.stats().datagram + 28, mtu);
      EXPECT_GT(two.a.connection.stats().datagram + 28 + 24, mtu) << "and not much less than it carries";
      EXPECT_TRUE(two.a.is_connected());
      // And back: found once the raise timer has run out.
      for (Program* program : {&two.alice, &two.bob}) program->host().interface().set(path(1500, black_hole));
      two.world.run_for(seconds(601));
      stream.run_for(seconds(2));
      EXPECT_GT(two.a.connection.stats().datagram, 1400U);
    }
  }
}

TEST(RtcPath, WhatIsTooLargeForSomebodyElseSaysNothing) {
  Two two(1, path(0));
  two.open_channel();
  ASSERT_TRUE(two.connect());
  const std::size_t before = two.a.connection.stats().datagram;
  two.a.connection.handle_too_large(two.world.now(), two.alice.local(), 1100);
  EXPECT_EQ(two.a.connection.stats().datagram, before);
  two.a.connection.handle_too_large(two.world.now(), two.bob.local(), 1100);
  EXPECT_LT(two.a.connection.stats().datagram + 28, 1100U + 1);
}

TEST(RtcPath, AnotherWayBeginsAtTheBase) {
  Two two(1, path(1500));
  two.open_channel();
  ASSERT_TRUE(two.connect());
  Stream(two).run_for(seconds(2));
  EXPECT_GT(two.a.connection.stats().datagram, 1400U);
  two.alice.host().cut();
  two.world.run_for(seconds(15));
  EXPECT_EQ(two.a.connection.state(), State::disconnected);
  two.alice.host().mend();
  ASSERT_TRUE(two.world.run_until([&] { return two.a.is_connected(); }, seconds(10)));
  EXPECT_LE(two.a.connection.stats().datagram, 1200U);
}

TEST(RtcPath, AnotherRouteBeginsAtTheBaseThoughNothingWasSilent) {
  base::Time now = base::time_from(seconds(10));
  base::SeededRandom random(1);
  const auto make = [&](bool polite) {
    ConnectionOptions options;
    options.polite = polite;
    options.fingerprint = testing::fingerprint_of(polite ? "alice" : "bob");
    return std::make_unique<Connection>(
        now, options, dtls::make_fake_transport(random, {.fingerprint = options.fingerprint}), random);
  };
  const auto alice = make(true);
  const auto bob = make(false);
  const auto first = *base::SocketAddress::parse("192.0.2.1:1");
  const auto second = *base::SocketAddress::parse("192.0.2.2:1");
  alice->add_address(now, first, 65535);
  alice->add_address(now, second, 100);
  bob->add_address(now, *base::SocketAddress::parse("192.0.2.3:1"), 65535);
  for (Connection* one : {alice.get(), bob.get()}) {
    one->finish_gathering(now);
    EXPECT_TRUE(one->open_channel(now, {.negotiated = datachannel::ChannelId{0}}));
  }
  alice->negotiate(now);
  std::optional<std::size_t> at_change;
  const auto pump = [&](Connection& from, Connection& to) {
    std::array<std::byte, Connection::kLargestDatagram> buffer{};
    for (;;) {
      if (const auto out = from.poll_transmit(now, buffer)) {
        to.handle_datagram(now, out->remote, out->local, std::span(buffer).first(out->size));
      } else if (auto event = from.poll_event()) {
        if (const auto* said = std::get_if<DescriptionMade>(&*event))
          (void)to.handle_description(now, said->offer, said->sdp);
        if (const auto* said = std::get_if<CandidateMade>(&*event))
          (void)to.handle_candidate(now, said->candidate, said->ufrag);
        const auto* changed = std::get_if<RouteChanged>(&*event);
        if (changed && changed->route && &from == alice.get()) at_change = from.stats().datagram;
      } else {
        return;
      }
    }
  };
  const auto run = [&](base::Duration time) {
    for (const base::Time until = now + time; now < until; now += milliseconds(5)) {
      for (Connection* one : {alice.get(), bob.get()}) {
        if (const auto due = one->poll_timeout(); due && *due <= now) one->handle_timeout(now);
      }
      pump(*alice, *bob);
      pump(*bob, *alice);
    }
  };
  run(seconds(3));
  ASSERT_EQ(alice->state(), State::connected);
  ASSERT_EQ(alice->route()->local, first);
  EXPECT_EQ(alice->send(now, 0, base::Bytes(200'000)), sctp::SendResult::queued);
  run(seconds(2));
  ASSERT_GT(alice->stats().datagram, 1400U);
  at_change.reset();
  alice->remove_address(now, first);
  run(seconds(10));
  ASSERT_TRUE(alice->route());
  EXPECT_EQ(alice->route()->local, second);
  ASSERT_TRUE(at_change);
  EXPECT_LE(*at_change, 1200U);
}

TEST(RtcPath, NothingIsFoundOutWhereThatIsNotWanted) {
  ConnectionOptions options;
  options.largest_datagram = options.datagram;
  Two two(1, path(0), options);
  two.open_channel();
  ASSERT_TRUE(two.connect());
  Stream(two).run_for(seconds(2));
  EXPECT_LE(two.a.connection.stats().datagram, 1200U);
}

}  // namespace
}  // namespace parlor::rtc
