#include "server/send_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace parlor::server {
namespace {

SendQueue::Payload text(std::string value) {
  return std::make_shared<const std::string>(std::move(value));
}
/// Takes at most `limit` bytes off the front, as a socket would.
std::string take(SendQueue& queue, std::size_t limit, std::size_t pieces = 64) {
  std::vector<iovec> out(pieces);
  const std::size_t used = queue.gather(out);
  std::string bytes;
  for (std::size_t i = 0; i < used; ++i)
    bytes.append(static_cast<const char*>(out[i].iov_base), out[i].iov_len);
  bytes.resize(std::min(bytes.size(), limit));
  queue.consume(bytes.size());
  return bytes;
}
std::string header(std::initializer_list<int> bytes) {
  std::string made;
  for (const int byte : bytes) made += static_cast<char>(byte);
  return made;
}

TEST(SendQueue, WritesTheThreeLengthForms) {
  SendQueue queue;
  queue.push_frame(Opcode::text, text(std::string(125, 'a')));
  queue.push_frame(Opcode::text, text(std::string(126, 'b')));
  queue.push_frame(Opcode::text, text(std::string(65535, 'c')));
  queue.push_frame(Opcode::ping, text(std::string(65536, 'd')));
  EXPECT_EQ(take(queue, 2 + 125), header({0x81, 125}) + std::string(125, 'a'));
  EXPECT_EQ(take(queue, 4 + 126), header({0x81, 126, 0, 126}) + std::string(126, 'b'));
  EXPECT_EQ(take(queue, 4 + 65535), header({0x81, 126, 255, 255}) + std::string(65535, 'c'));
  EXPECT_EQ(take(queue, 10 + 65536), header({0x89, 127, 0, 0, 0, 0, 0, 1, 0, 0}) + std::string(65536, 'd'));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(SendQueue, SendsTheSameBytesHoweverSmallThePieces) {
  for (const std::size_t limit : {1U, 2U, 3U, 7U, 100U}) {
    SendQueue queue;
    std::string expected;
    for (int i = 0; i < 300; ++i) {
      const std::string body(static_cast<std::size_t>(i % 5), static_cast<char>('a' + i % 26));
      queue.push_frame(Opcode::text, text(body));
      expected += header({0x81, i % 5}) + body;
    }
    queue.push_bytes(text("end"));
    expected += "end";
    std::string got;
    while (!queue.empty()) {
      const std::size_t before = queue.bytes();
      got += take(queue, limit, 4);
      ASSERT_LT(queue.bytes(), before);
    }
    EXPECT_EQ(got, expected);
  }
}

TEST(SendQueue, CopiesTheSameBytesThatItGathers) {
  SendQueue queue;
  std::string expected;
  for (int i = 0; i < 40; ++i) {
    const std::string body(static_cast<std::size_t>(i % 7), static_cast<char>('a' + i % 26));
    queue.push_frame(Opcode::text, text(body));
    expected += header({0x81, i % 7}) + body;
  }
  std::string got;
  std::string flat(11, '\0');
  while (!queue.empty()) {
    const std::size_t count = queue.copy(flat);
    got.append(flat, 0, count);
    queue.consume(count > 1 ? count - 1 : 1);
    if (count > 1) got.pop_back();
  }
  EXPECT_EQ(got, expected);
}

TEST(SendQueue, KeepsAFrameThatIsPartlyOut) {
  SendQueue queue;
  queue.push_frame(Opcode::text, text("first"));
  queue.push_frame(Opcode::text, text("second"));
  (void)take(queue, 1);
  queue.drop_unsent();
  queue.push_frame(Opcode::close, text("x"));
  EXPECT_EQ(take(queue, 100), header({5}) + "first" + header({0x88, 1}) + "x");

  queue.push_frame(Opcode::text, text("third"));
  queue.drop_unsent();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(SendQueue, SharesThePayloadAndLetsItGo) {
  SendQueue queue;
  const auto shared = text("shared");
  queue.push_frame(Opcode::text, shared);
  EXPECT_EQ(shared.use_count(), 2);
  (void)take(queue, 100);
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(SendQueue, GivesBackTheMemoryOfManyEntriesWhenItIsTrimmed) {
  SendQueue queue;
  const auto fill = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) queue.push_frame(Opcode::binary, text("frame"));
  };
  const auto drain = [&] { take(queue, queue.bytes(), 1024); };
  EXPECT_EQ(queue.spare(), 0U);
  fill(8);
  drain();
  EXPECT_GE(queue.spare(), 7U) << "the next ones need none";
  fill(2);
  queue.trim();
  EXPECT_GE(queue.spare(), 7U) << "it is in use";
  drain();
  queue.trim();
  EXPECT_EQ(queue.spare(), 0U);
  fill(300);
  drain();
  EXPECT_EQ(queue.spare(), 0U) << "of so many it keeps none";
}

TEST(SendQueue, WritesAHeadInFrontOfThePayloadAsOneMessage) {
  SendQueue queue;
  const std::array<std::byte, 3> head{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};
  queue.push_frame(Opcode::binary, head, text("payload"));
  queue.push_frame(Opcode::binary, head, text(std::string(123, 'x')));
  EXPECT_EQ(take(queue, 2 + 10), header({0x82, 10}) + "abcpayload");
  EXPECT_EQ(take(queue, 4 + 126), header({0x82, 126, 0, 126}) + "abc" + std::string(123, 'x'));
  EXPECT_TRUE(queue.empty());
  const std::array<std::byte, SendQueue::kMaxHead> longest{};
  queue.push_frame(Opcode::binary, longest, text(std::string(70'000, 'x')));
  EXPECT_EQ(queue.bytes(), 10 + SendQueue::kMaxHead + 70'000);
}

TEST(SendQueue, CountsBinaryFramesApart) {
  SendQueue queue;
  queue.push_frame(Opcode::text, text("text"));
  queue.push_frame(Opcode::binary, {}, text("binary"));
  queue.push_frame(Opcode::binary, {}, text("more"));
  EXPECT_EQ(queue.binary_entries(), 2U);
  EXPECT_EQ(queue.binary_bytes(), 2U + 6 + 2 + 4);
  (void)take(queue, 6 + 3);
  EXPECT_EQ(queue.binary_bytes(), 2U + 6 + 2 + 4 - 3)
      << "what is out counts no more: never more than bytes()";
  EXPECT_EQ(queue.binary_bytes(), queue.bytes());
  EXPECT_EQ(queue.binary_entries(), 2U);
  (void)take(queue, 5);
  EXPECT_EQ(queue.binary_entries(), 1U);
  queue.drop_unsent();
  EXPECT_EQ(queue.binary_entries(), 0U);
  EXPECT_EQ(queue.binary_bytes(), 0U);
}

}  // namespace
}  // namespace parlor::server
