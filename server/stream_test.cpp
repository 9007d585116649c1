#include "server/stream.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace parlor::server {
namespace {

/// A stream on one end of a socket pair, a plain descriptor on the other.
class StreamWorld : public ::testing::Test, public StreamOwner {
 protected:
  StreamWorld() {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    peer_ = pair[1];
    stream_ = std::make_unique<Stream>(poller_, pair[0], counters_);
    stream_->set_owner(this);
    poller_.start();
  }
  ~StreamWorld() override {
    if (stream_) stream_->abort();
    poller_.stop();
    other_poller_.stop();
    run();
    close_peer();
  }

  std::shared_ptr<StreamOwner> keep_alive() override { return {std::shared_ptr<void>(), this}; }
  void on_sent() override { ++sent_; }
  void on_closed() override { ++closed_; }

  /// Lets everything happen that is due.
  void run() {
    for (int i = 0; i < 20; ++i) {
      io_.restart();
      io_.poll();
    }
  }
  void close_peer() {
    if (peer_ >= 0) ::close(peer_);
    peer_ = -1;
  }
  void read(std::size_t size) {
    into_.assign(size, '\0');
    stream_->async_read_some(net::buffer(into_), [this](boost::system::error_code error, std::size_t got) {
      read_ = into_.substr(0, got);
      read_error_ = error;
      ++reads_;
    });
  }
  void peer_writes(std::string_view text) {
    ASSERT_EQ(::write(peer_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string peer_reads() {
    std::string all(1 << 20, '\0');
    const ssize_t got = ::read(peer_, all.data(), all.size());
    all.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return all;
  }
  static std::shared_ptr<const std::string> text(std::string value) {
    return std::make_shared<const std::string>(std::move(value));
  }

  net::io_context io_;
  Poller poller_{io_, [this](const char* what) { failure_ = what; }};
  Poller other_poller_{io_, [](const char*) {}};
  std::string failure_;
  StreamCounters counters_;
  std::unique_ptr<Stream> stream_;
  int peer_ = -1;
  std::string into_;
  std::string read_;
  boost::system::error_code read_error_;
  int reads_ = 0;
  int sent_ = 0;
  int closed_ = 0;
};

TEST_F(StreamWorld, ReadsWhatWasThereBeforeAndWhatComesLater) {
  peer_writes("before");
  read(100);
  EXPECT_EQ(reads_, 0) << "never from within the call";
  run();
  EXPECT_EQ(read_, "before");
  read(100);
  run();
  EXPECT_EQ(reads_, 1) << "nothing has come";
  peer_writes("later");
  run();
  EXPECT_EQ(read_, "later");
  EXPECT_EQ(counters_.bytes_in, 11U);
}

TEST_F(StreamWorld, LosesNothingBetweenShortReads) {
  peer_writes("abcdefghij");
  std::string all;
  for (int i = 0; i < 4; ++i) {
    read(3);
    run();
    all += read_;
  }
  EXPECT_EQ(all, "abcdefghij");
}

TEST_F(StreamWorld, SeesTheEndThatCameTogetherWithTheLastBytes) {
  peer_writes("last");
  close_peer();
  read(100);
  run();
  EXPECT_EQ(read_, "last");
  read(100);
  run();
  EXPECT_EQ(reads_, 2);
  EXPECT_EQ(read_error_, net::error::eof);
}

TEST_F(StreamWorld, SeesTheEndThatComesLater) {
  read(100);
  run();
  close_peer();
  run();
  EXPECT_EQ(read_error_, net::error::eof);
}

TEST_F(StreamWorld, TellsACancelledReadSo) {
  read(100);
  run();
  stream_->cancel();
  EXPECT_EQ(reads_, 0);
  run();
  EXPECT_EQ(read_error_, net::error::operation_aborted);
  peer_writes("after");
  read(100);
  run();
  EXPECT_EQ(read_, "after");
}

TEST_F(StreamWorld, TellsAnAbortedReadSo) {
  read(100);
  stream_->abort();
  run();
  EXPECT_EQ(reads_, 1);
  EXPECT_TRUE(read_error_);
  EXPECT_FALSE(stream_->is_open());
}

TEST_F(StreamWorld, SendsWhatIsQueuedAndTheRestWhenThePeerReads) {
  const std::string big(4 << 20, 'x');
  stream_->queue().push_bytes(text(big));
  stream_->queue().push_bytes(text("end"));
  stream_->flush();
  EXPECT_FALSE(stream_->queue().empty());
  EXPECT_TRUE(stream_->take_progress());
  EXPECT_FALSE(stream_->take_progress()) << "the peer does not read";
  std::string all;
  while (all.size() < big.size() + 3) {
    const std::string part = peer_reads();
    all += part;
    run();
    ASSERT_FALSE(part.empty() && stream_->queue().empty() && all.size() < big.size() + 3);
  }
  EXPECT_EQ(all, big + "end");
  EXPECT_GE(sent_, 1) << "the owner is told as it goes";
  EXPECT_EQ(counters_.bytes_out, all.size());
  EXPECT_TRUE(stream_->take_progress());
}

TEST_F(StreamWorld, TakesWhatBeastWritesInOrderWithTheQueue) {
  stream_->queue().push_frame(Opcode::text, text("hi"));
  std::size_t written = 0;
  stream_->async_write_some(net::buffer(std::string_view("pong")),
                            [&](boost::system::error_code, std::size_t size) { written = size; });
  EXPECT_EQ(written, 0U);
  run();
  EXPECT_EQ(written, 4U);
  EXPECT_EQ(peer_reads(), "\x81\x02hipong");
}

TEST_F(StreamWorld, ClosesAfterTheQueueAndWaitsForThePeer) {
  peer_writes("unread");
  stream_->queue().push_bytes(text("bye"));
  stream_->close();
  run();
  EXPECT_EQ(closed_, 0);
  EXPECT_EQ(peer_reads(), "bye");
  char byte = 0;
  EXPECT_EQ(::read(peer_, &byte, 1), 0) << "end of stream, no reset";
  peer_writes("more");
  run();
  EXPECT_EQ(closed_, 0);
  close_peer();
  run();
  EXPECT_EQ(closed_, 1);
}

TEST_F(StreamWorld, ClosesAtOnceWhenThePeerIsGone) {
  close_peer();
  stream_->queue().push_bytes(text("bye"));
  stream_->close();
  run();
  EXPECT_EQ(closed_, 1);
}

TEST_F(StreamWorld, GivesUpReadingFromAPeerThatSendsTooMuch) {
  const std::string chunk(64 * 1024, 'x');
  std::uint64_t fed = 0;
  while (fed <= kReadBurst && !stream_->gave_up_reading()) {
    peer_writes(chunk);
    for (std::size_t got = 0; got < chunk.size(); got += read_.size()) {
      read(chunk.size());
      run();
      if (read_error_) break;
    }
    fed += chunk.size();
  }
  EXPECT_EQ(read_error_, net::error::no_buffer_space);
  EXPECT_GE(fed, kReadBurst);
}

TEST_F(StreamWorld, HasTheBudgetThatItIsGiven) {
  stream_->set_read_budget(1000, 100);
  stream_->charge(1000);
  EXPECT_FALSE(stream_->gave_up_reading());
  stream_->charge(1);
  EXPECT_TRUE(stream_->gave_up_reading());
  stream_->recover_budget();
  EXPECT_FALSE(stream_->gave_up_reading());
  stream_->charge(100);
  EXPECT_TRUE(stream_->gave_up_reading());
}

TEST_F(StreamWorld, ForgivesWithTime) {
  const std::string chunk(64 * 1024, 'x');
  for (std::uint64_t fed = 0; fed < 2 * kReadBurst; fed += chunk.size()) {
    peer_writes(chunk);
    for (std::size_t got = 0; got < chunk.size(); got += read_.size()) {
      read(chunk.size());
      run();
      ASSERT_FALSE(read_error_);
    }
    if (fed % kReadPerSecond == 0) stream_->recover_budget();
  }
  EXPECT_FALSE(stream_->gave_up_reading());
}

TEST_F(StreamWorld, EndsWhenItsReaderThrowsAndLetsOthersGoOn) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
  Stream other(poller_, pair[0], counters_);
  other.set_owner(this);
  std::string got(10, '\0');
  std::size_t size = 0;
  stream_->async_read_some(
      net::buffer(into_ = std::string(10, '\0')),
      [](boost::system::error_code, std::size_t) { throw std::runtime_error("broken"); });
  other.async_read_some(net::buffer(got),
                        [&](boost::system::error_code, std::size_t count) { size = count; });
  run();
  peer_writes("x");
  ASSERT_EQ(::write(pair[1], "yy", 2), 2);
  run();
  EXPECT_EQ(failure_, "broken");
  EXPECT_EQ(closed_, 1);
  EXPECT_EQ(size, 2U);
  other.abort();
  ::close(pair[1]);
}

TEST_F(StreamWorld, GoesOnAtAnotherPoller) {
  other_poller_.start();
  stream_->queue().push_bytes(text("queued"));
  const int descriptor = stream_->release();
  EXPECT_FALSE(stream_->is_open());
  peer_writes("on the way");
  stream_->reseat(other_poller_, descriptor, counters_);
  stream_->flush();
  read(100);
  run();
  EXPECT_EQ(read_, "on the way");
  EXPECT_EQ(peer_reads(), "queued");
  read(100);
  run();
  peer_writes("there");
  run();
  EXPECT_EQ(read_, "there");
}

}  // namespace
}  // namespace parlor::server
