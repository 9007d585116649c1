#include "stun/stream_framer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stun/test_support.hpp"

namespace parlor::stun {
namespace {

using test::from_hex;

const base::Bytes kEmptyRequest = from_hex("00010000 2112a442 000000000000000000000001");
const base::Bytes kUsernameRequest = from_hex("00010008 2112a442 000000000000000000000002 00060004 61626364");

void feed(StreamFramer& framer, base::BytesView bytes) {
  const auto space = framer.space();
  ASSERT_GE(space.size(), bytes.size());
  std::copy(bytes.begin(), bytes.end(), space.begin());
  framer.commit(bytes.size());
}

/// The sizes of the messages that come out now.
std::vector<std::size_t> sizes(StreamFramer& framer) {
  std::vector<std::size_t> all;
  while (const auto message = framer.next()) all.push_back(message->size());
  return all;
}

base::Bytes both() {
  base::Bytes stream = kUsernameRequest;
  stream.insert(stream.end(), kEmptyRequest.begin(), kEmptyRequest.end());
  return stream;
}

TEST(StreamFramer, GivesMessagesThatArriveTogether) {
  StreamFramer framer;
  feed(framer, both());
  const auto first = framer.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(base::to_hex(*first), base::to_hex(kUsernameRequest));
  const auto second = framer.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(base::to_hex(*second), base::to_hex(kEmptyRequest));
  EXPECT_FALSE(framer.next());
  EXPECT_FALSE(framer.is_inside_message());
}

TEST(StreamFramer, GivesMessagesThatArriveByteByByte) {
  StreamFramer framer;
  std::vector<std::size_t> all;
  for (const std::byte byte : both()) {
    feed(framer, base::BytesView(&byte, 1));
    for (const std::size_t size : sizes(framer)) all.push_back(size);
  }
  EXPECT_EQ(all, (std::vector<std::size_t>{28, 20}));
  EXPECT_FALSE(framer.is_broken());
}

TEST(StreamFramer, GivesMessagesCutAnywhere) {
  const base::Bytes stream = both();
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    StreamFramer framer;
    feed(framer, base::BytesView(stream).first(cut));
    std::size_t count = sizes(framer).size();
    feed(framer, base::BytesView(stream).subspan(cut));
    count += sizes(framer).size();
    EXPECT_EQ(count, 2u) << cut;
  }
}

TEST(StreamFramer, KnowsWhenItIsInsideAMessage) {
  StreamFramer framer;
  EXPECT_FALSE(framer.is_inside_message());
  feed(framer, base::BytesView(kEmptyRequest).first(19));
  EXPECT_FALSE(framer.next());
  EXPECT_TRUE(framer.is_inside_message());
}

TEST(StreamFramer, IsBrokenByWhatIsNotStunAsEarlyAsPossible) {
  {
    StreamFramer framer;
    feed(framer, base::as_bytes("G"));  // ET / HTTP/1.1
    EXPECT_FALSE(framer.next());
    EXPECT_TRUE(framer.is_broken());
    EXPECT_TRUE(framer.space().empty());
  }
  {
    StreamFramer framer;
    feed(framer, from_hex("16030100 c8010000"));  // a TLS ClientHello: the two top bits fit
    EXPECT_FALSE(framer.next());
    EXPECT_TRUE(framer.is_broken());
  }
  {
    StreamFramer framer;
    feed(framer, from_hex("00010002 2112a442"));  // a length that no message has
    EXPECT_FALSE(framer.next());
    EXPECT_TRUE(framer.is_broken());
  }
}

TEST(StreamFramer, TakesMessagesUpToItsLimitAndIsBrokenBeyond) {
  const auto header_for = [](std::size_t size) {
    base::Bytes header = kEmptyRequest;
    header[2] = static_cast<std::byte>((size - kHeaderSize) >> 8);
    header[3] = static_cast<std::byte>((size - kHeaderSize) & 255);
    return header;
  };
  {
    StreamFramer framer;
    base::Bytes message = header_for(StreamFramer::kMaxMessage);
    message.resize(StreamFramer::kMaxMessage);
    feed(framer, message);
    EXPECT_EQ(sizes(framer), std::vector<std::size_t>{StreamFramer::kMaxMessage});
    EXPECT_FALSE(framer.space().empty());
  }
  {
    StreamFramer framer;
    feed(framer, header_for(StreamFramer::kMaxMessage + 4));
    EXPECT_FALSE(framer.next());
    EXPECT_TRUE(framer.is_broken());
  }
}

TEST(StreamFramer, GivesWhatCameBeforeTheBreak) {
  base::Bytes stream = kEmptyRequest;
  stream.push_back(std::byte{0xff});
  StreamFramer framer;
  feed(framer, stream);
  EXPECT_EQ(sizes(framer).size(), 1u);
  EXPECT_TRUE(framer.is_broken());
}

TEST(StreamFramer, AlwaysHasSpaceAfterItWasDrained) {
  base::Bytes stream;  // much longer than the buffer, and fed in pieces that end anywhere
  for (int i = 0; i < 500; ++i) {
    const base::Bytes more = both();
    stream.insert(stream.end(), more.begin(), more.end());
  }
  StreamFramer framer;
  std::size_t count = 0;
  for (std::size_t at = 0; at < stream.size(); at += 31) {
    feed(framer, base::BytesView(stream).subspan(at, std::min<std::size_t>(31, stream.size() - at)));
    count += sizes(framer).size();
    ASSERT_GE(framer.space().size(), StreamFramer::kMaxMessage - 28);
  }
  EXPECT_EQ(count, 1000u);
}

}  // namespace
}  // namespace parlor::stun
