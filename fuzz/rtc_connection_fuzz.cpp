// links: parlor_rtc
// A whole connection after its handshake, and a peer who then says what it likes: in datagrams, in records
// that are in order, in descriptions and in candidates. Output and memory stay bounded, deadlines lie ahead.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/random.hpp"
#include "dtls/fake_transport.hpp"
#include "rtc/connection.hpp"

namespace {

using namespace parlor;
using base::Bytes;
using base::BytesView;
using base::SocketAddress;

constexpr int kMostOutputs = 4000;  // that one input may lead to

void check(bool holds) {
  if (!holds) std::abort();
}

const SocketAddress kHere{base::IpAddress::v4({192, 0, 2, 1}), 1};
const SocketAddress kThere{base::IpAddress::v4({192, 0, 2, 2}), 2};

/// Two of them, connected by hand; then only one is looked at.
class Attacked {
 public:
  Attacked() {
    for (auto& one : transports_) {
      auto made = dtls::make_fake_transport(random_, {});
      one = made.get();
      auto& connection = &one == &transports_[0] ? mine_ : theirs_;
      rtc::ConnectionOptions options;
      options.polite = &one == &transports_[0];
      options.max_message_size = 20'000;
      options.sctp.receive.memory = 50'000;
      options.sctp.send_buffer = 50'000;
      connection = std::make_unique<rtc::Connection>(now_, options, std::move(made), random_);
    }
    mine_->add_address(now_, kHere, 65535);
    theirs_->add_address(now_, kThere, 65535);
    for (auto* one : {mine_.get(), theirs_.get()}) {
      one->finish_gathering(now_);
      (void)one->open_channel(now_, {.label = "game", .negotiated = datachannel::ChannelId{0}});
    }
    theirs_->negotiate(now_);
    for (int i = 0; i < 200 && mine_->state() != rtc::State::connected; ++i) exchange();
    for (int i = 0; i < 20; ++i) exchange();
    check(mine_->state() == rtc::State::connected);
  }

  void datagram(BytesView bytes) {
    Bytes copy(bytes.begin(), bytes.end());
    mine_->handle_datagram(now_, kHere, kThere, copy);
    drain();
  }
  void record(BytesView plain) {
    std::array<std::byte, 2048> out{};
    const std::size_t size = transports_[1]->seal(plain, out);
    mine_->handle_datagram(now_, kHere, kThere, std::span(out).first(size));
    drain();
  }
  void description(bool offer, BytesView text) {
    (void)mine_->handle_description(now_, offer, base::as_text(text));
    drain();
  }
  void candidate(BytesView text) {
    (void)mine_->handle_candidate(now_, base::as_text(text));
    drain();
  }
  void send(std::uint8_t how) {
    (void)mine_->send(now_, how % 4, Bytes(how * 30U), (how & 1) != 0);
    drain();
  }
  void command(std::uint8_t how) {
    switch (how % 8) {
      case 0:
        mine_->restart_ice(now_);
        break;
      case 1:
        mine_->negotiate(now_);
        break;
      case 2:
        (void)mine_->open_channel(now_, {.label = "x"});
        break;
      case 3:
        mine_->close_channel(now_, how % 3);
        break;
      case 4:
        if (how == 0xfc) mine_->close(now_);
        break;
      case 5:
        mine_->handle_too_large(now_, kThere, how * 8U);
        break;
      default:
        mine_->set_buffered_low(0, how);
    }
    drain();
  }
  void wait(std::uint8_t steps) {
    now_ += base::milliseconds(steps * steps);
    if (const auto due = mine_->poll_timeout(); due && *due <= now_) mine_->handle_timeout(now_);
    drain();
    const auto next = mine_->poll_timeout();
    check(!next || *next > now_);
  }

 private:
  void exchange() {
    now_ += base::milliseconds(10);
    for (auto* one : {mine_.get(), theirs_.get()}) {
      if (const auto due = one->poll_timeout(); due && *due <= now_) one->handle_timeout(now_);
    }
    drain_into(*mine_, *theirs_);
    drain_into(*theirs_, *mine_);
  }
  void drain_into(rtc::Connection& from, rtc::Connection& to) {
    std::array<std::byte, rtc::Connection::kLargestDatagram> buffer{};
    for (;;) {
      if (const auto transmit = from.poll_transmit(now_, buffer)) {
        to.handle_datagram(now_, transmit->remote, transmit->local, std::span(buffer).first(transmit->size));
      } else if (const auto event = from.poll_event()) {
        if (const auto* description = std::get_if<rtc::DescriptionMade>(&*event))
          (void)to.handle_description(now_, description->offer, description->sdp);
      } else {
        break;
      }
    }
  }
  void drain() {
    std::array<std::byte, rtc::Connection::kLargestDatagram> buffer{};
    for (int outputs = 0;; ++outputs) {
      check(outputs < kMostOutputs);
      if (const auto transmit = mine_->poll_transmit(now_, buffer)) {
        check(transmit->size > 0 && transmit->size <= 1472 && transmit->local == kHere);
      } else if (!mine_->poll_event()) {
        break;
      }
    }
    check(mine_->stats().buffered <= 50'000);
  }

  base::Time now_ = base::time_from(base::seconds(1));
  base::SeededRandom random_{1};
  std::array<dtls::Transport*, 2> transports_{};
  std::unique_ptr<rtc::Connection> mine_;
  std::unique_ptr<rtc::Connection> theirs_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteReader reader(std::as_bytes(std::span(data, size)));
  Attacked attacked;
  while (const auto what = reader.u8()) {
    const auto how = reader.u8();
    if (!how) break;
    switch (*what % 8) {
      case 0:
        attacked.wait(*how);
        break;
      case 1:
        attacked.send(*how);
        break;
      case 2:
        attacked.command(*how);
        break;
      case 3:
        if (const auto bytes = reader.take(*how)) attacked.datagram(*bytes);
        break;
      case 4:
        if (const auto size_of = reader.u8())
          if (const auto bytes = reader.take(*size_of * 4U)) attacked.description((*how & 1) != 0, *bytes);
        break;
      case 5:
        if (const auto bytes = reader.take(*how)) attacked.candidate(*bytes);
        break;
      default:
        if (const auto bytes = reader.take(*how)) attacked.record(*bytes);
    }
  }
  return 0;
}
