#pragma once
// For the tests of a link by itself: it, with what goes in and comes out.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "room/link/link.hpp"

namespace parlor::room::testing {

using base::milliseconds;
using base::seconds;

/// A link of the side that restarts first (or not), with what came out of it.
class LinkTest : public ::testing::Test {
 protected:
  LinkTest() { make(true); }
  void make(bool restarts_first, bool relay = false) {
    outbox_ = std::make_unique<Outbox>();
    context_.reset(new LinkContext{*outbox_, channels_, 1, PeerId{1}, PeerId{1}, 1, relay, 0, false, {}});
    link_ = std::make_unique<Link>(now_, *context_, PeerId{2}, 1, CarrierId{7}, restarts_first);
    heard_ = 0;
  }
  void pass(base::Duration time) {
    const base::Time until = now_ + time;
    while (const auto at = link_->poll_timeout()) {
      if (*at > until) break;
      now_ = *at;
      link_->handle_timeout(now_);
      ASSERT_TRUE(!link_->poll_timeout() || *link_->poll_timeout() > now_);
    }
    now_ = until;
  }
  void open() {
    link_->handle_open(now_);
    drain_events();
  }
  SendResult send(Channel channel, std::size_t size) {
    return link_->send(now_, channel, std::make_shared<const Bytes>(size), 0);
  }
  /// A reliable message of the other end comes in; how many come out.
  std::size_t hear(std::size_t size) {
    FrameHeader header;
    header.number = heard_++;
    header.from_life = header.to_life = 1;
    const HeaderBytes written_head = write_header(header);
    const BytesView head = written_head.view();
    Bytes bytes(head.begin(), head.end());
    bytes.resize(bytes.size() + size);
    link_->handle_frame(now_, kReliable, bytes);
    std::size_t count = 0;
    while (link_->poll_message()) ++count;
    return count;
  }
  void hear_bye(Bye why) {
    Control control;
    control.bye = why;
    hear_control(control);
  }
  void hear_control(const Control& control) {
    FrameHeader header;
    header.kind = FrameKind::control;
    header.from_life = header.to_life = 1;
    const HeaderBytes written_head = write_header(header);
    const BytesView head = written_head.view();
    Bytes bytes(head.begin(), head.end());
    const Bytes payload = write_control(control);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    link_->handle_frame(now_, static_cast<Channel>(channels_.size()), bytes);
  }
  /// Frames of the game, without those of the link itself.
  std::vector<CarrierSend> sends() {
    auto all = drained<CarrierSend>();
    all.erase(
        std::remove_if(all.begin(), all.end(), [](const auto& send) { return send.channel > kUnreliable; }),
        all.end());
    return all;
  }
  template <class T>
  std::vector<T> drained() {
    std::vector<T> all;
    while (auto transmit = outbox_->poll_transmit()) {
      if (auto* one = std::get_if<T>(&*transmit)) all.push_back(std::move(*one));
    }
    return all;
  }
  std::vector<Event> drain_events() {
    std::vector<Event> all;
    while (auto event = outbox_->events().pop()) all.push_back(*std::move(event));
    return all;
  }
  std::size_t restarts() { return drained<RestartCarrier>().size(); }
  void expect_path(const Event& event, Path from, Path to) {
    const auto* changed = std::get_if<PathChanged>(&event);
    ASSERT_NE(changed, nullptr);
    EXPECT_EQ(changed->peer, PeerId{2});
    EXPECT_EQ(changed->from, from);
    EXPECT_EQ(changed->to, to);
  }

  static constexpr Channel kReliable = 0;
  static constexpr Channel kUnreliable = 1;
  std::vector<ChannelOptions> channels_ = {{"events", Delivery::reliable}, {"state", Delivery::unreliable}};
  base::Time now_ = base::time_from(seconds(100));
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<LinkContext> context_;
  std::uint16_t heard_ = 0;
  std::unique_ptr<Link> link_;
};

}  // namespace parlor::room::testing
