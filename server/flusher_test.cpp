#include "server/flusher.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>

namespace parlor::server {
namespace {

using base::milliseconds;

class FakeSession final : public Session {
 public:
  void sweep(base::Time) override {}
  void shut_down(base::Time) override {}
  void flush() override { ++flushes; }
  void abort() override {}
  void on_sent() override {}
  void on_closed() override {}
  int flushes = 0;
};

class FlusherTest : public testing::Test {
 protected:
  /// Events in a row, each behind those that are ready when the one before it runs: as frames that were read
  /// in one piece come one after the other.
  void events(int count, const std::function<void()>& event) {
    if (count == 0) return;
    net::post(io_, [this, count, event] {
      event();
      events(count - 1, event);
    });
  }
  void run() {
    io_.restart();
    io_.poll();
  }
  /// A round of writes that takes so long.
  void write_for(base::Duration time) {
    write_takes_ = time;
    flusher_.soon(*alice_);
    run();
    write_takes_ = {};
    alice_->flushes = 0;
  }

  net::io_context io_;
  base::Time now_ = base::time_from(base::seconds(100));
  base::Duration write_takes_{};
  int rounds_ = 0;
  Flusher flusher_{io_,
                   {[this] { return now_; }, [this] { ++rounds_; },
                    [this](Session& session) {
                      now_ += write_takes_;
                      session.flush();
                    }}};
  std::shared_ptr<FakeSession> alice_ = std::make_shared<FakeSession>();
  std::shared_ptr<FakeSession> bob_ = std::make_shared<FakeSession>();
};

TEST_F(FlusherTest, WhatEventsThatAreReadyAddGoesOutTogether) {
  net::post(io_, [this] { flusher_.soon(*alice_); });
  net::post(io_, [this] {
    flusher_.soon(*bob_);
    flusher_.soon(*alice_);
  });
  run();
  EXPECT_EQ(alice_->flushes, 1);
  EXPECT_EQ(bob_->flushes, 1);
  EXPECT_EQ(rounds_, 1);
}

TEST_F(FlusherTest, WritesThatTookNoTimeAreNotPutOff) {
  events(5, [this] { flusher_.soon(*alice_); });
  run();
  EXPECT_EQ(alice_->flushes, 5);
}

TEST_F(FlusherTest, AsLongAsMoreComesTheNextWritesWaitAsLongAsTheLastTook) {
  write_for(milliseconds(4));
  events(10, [this] {
    flusher_.soon(*alice_);
    now_ += milliseconds(1);
  });
  run();
  EXPECT_EQ(alice_->flushes, 7) << "4 of 10 at once, then each, since the last took no time";
}

TEST_F(FlusherTest, WritesAreNotPutOffWhenNothingMoreComes) {
  write_for(milliseconds(4));
  flusher_.soon(*alice_);
  run();
  EXPECT_EQ(alice_->flushes, 1);
}

TEST_F(FlusherTest, HoweverLongWritesTookTheNextWaitForABoundedTime) {
  write_for(base::seconds(10));
  int events_before = 0;
  events(1000, [&] {
    flusher_.soon(*alice_);
    now_ += milliseconds(1);
    if (alice_->flushes == 0) ++events_before;
  });
  run();
  EXPECT_EQ(events_before, Flusher::kLongestWait / milliseconds(1));
}

TEST_F(FlusherTest, ASessionThatHasGoneIsNotFlushed) {
  flusher_.soon(*alice_);
  flusher_.soon(*bob_);
  flusher_.forget(*alice_);
  run();
  EXPECT_EQ(alice_->flushes, 0);
  EXPECT_EQ(bob_->flushes, 1);
  flusher_.soon(*alice_);
  run();
  EXPECT_EQ(alice_->flushes, 1) << "it may come back";
}

}  // namespace
}  // namespace parlor::server
