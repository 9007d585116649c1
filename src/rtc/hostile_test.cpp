// A peer that says what it likes once the handshake is through.

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

#include "base/random.hpp"
#include "dtls/fake_transport.hpp"
#include "rtc/connection.hpp"

namespace parlor::rtc {
namespace {

const base::SocketAddress kAttackedAt{base::IpAddress::v4({192, 0, 2, 1}), 1};
const base::SocketAddress kAttackerAt{base::IpAddress::v4({192, 0, 2, 2}), 2};

/// Two that were connected; then the test speaks in the place of one.
class Attacked {
 public:
  Attacked() {
    for (std::size_t i = 0; i < 2; ++i) {
      auto made = dtls::make_fake_transport(random_, {});
      transports_[i] = made.get();
      ConnectionOptions options;
      options.polite = i == 0;
      ends_[i] = std::make_unique<Connection>(now_, options, std::move(made), random_);
      ends_[i]->add_address(now_, i == 0 ? kAttackedAt : kAttackerAt, 65535);
      ends_[i]->finish_gathering(now_);
      (void)ends_[i]->open_channel(now_, {.label = "game", .negotiated = datachannel::ChannelId{0}});
    }
    ends_[1]->negotiate(now_);
    for (int i = 0; i < 200; ++i) {
      now_ += base::milliseconds(10);
      for (const auto& one : ends_) {
        if (const auto due = one->poll_timeout(); due && *due <= now_) one->handle_timeout(now_);
      }
      pass(*ends_[0], *ends_[1]);
      pass(*ends_[1], *ends_[0]);
    }
  }
  Connection& connection() { return *ends_[0]; }
  base::Random& random() { return random_; }
  [[nodiscard]] base::Time now() const { return now_; }

  /// In a record of the peer's.
  void hear(base::BytesView packet) {
    std::array<std::byte, 2048> record{};
    const std::size_t size = transports_[1]->seal(packet, record);
    ends_[0]->handle_datagram(now_, kAttackedAt, kAttackerAt, std::span(record).first(size));
  }
  /// The packets that it sends in records.
  std::vector<base::Bytes> said() {
    std::vector<base::Bytes> packets;
    std::array<std::byte, Connection::kLargestDatagram> datagram{};
    while (const auto out = ends_[0]->poll_transmit(now_, datagram)) {
      std::span<std::byte> rest = std::span(datagram).first(out->size);
      if (rest.front() < std::byte{20}) continue;
      while (const auto packet = transports_[1]->take(now_, rest))
        packets.emplace_back(packet->begin(), packet->end());
    }
    return packets;
  }

 private:
  void pass(Connection& from, Connection& to) {
    std::array<std::byte, Connection::kLargestDatagram> datagram{};
    while (const auto event = from.poll_event()) {
      if (const auto* made = std::get_if<DescriptionMade>(&*event))
        (void)to.handle_description(now_, made->offer, made->sdp);
    }
    while (const auto out = from.poll_transmit(now_, datagram))
      to.handle_datagram(now_, out->remote, out->local, std::span(datagram).first(out->size));
  }

  base::SeededRandom random_{1};
  base::Time now_ = base::time_from(base::seconds(10));
  std::array<dtls::Transport*, 2> transports_{};
  std::array<std::unique_ptr<Connection>, 2> ends_;
};

TEST(RtcHostile, AnotherLifeOfSctpWithinTheSameDtlsEndsTheConnection) {
  Attacked attacked;
  Connection& connection = attacked.connection();
  ASSERT_EQ(connection.state(), State::connected);
  sctp::Association other({}, attacked.random());
  other.connect(attacked.now());
  for (int i = 0; i < 10; ++i) {
    while (const auto packet = other.poll_transmit()) attacked.hear(*packet);
    for (const base::Bytes& packet : attacked.said()) other.handle_packet(attacked.now(), packet);
  }
  EXPECT_EQ(connection.state(), State::failed);
  EXPECT_EQ(other.state(), sctp::AssociationState::closed) << "and says so";
  bool closed = false;
  bool failed = false;
  while (const auto event = connection.poll_event()) {
    closed = closed || std::holds_alternative<ChannelClosed>(*event);
    const auto* changed = std::get_if<StateChanged>(&*event);
    failed = failed || (changed && changed->reason == Reason::sctp && !changed->detail.empty());
  }
  EXPECT_TRUE(closed && failed);
}

}  // namespace
}  // namespace parlor::rtc
