#include "relay/frames.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>

#include "base/random.hpp"

namespace parlor::relay {
namespace {

base::Bytes bytes_of(std::initializer_list<int> values) {
  base::Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

bool is_good(std::initializer_list<int> values) {
  return parse_client_frame(bytes_of(values)).has_value();
}
FrameError error_of(BytesView bytes) {
  const auto frame = parse_client_frame(bytes);
  EXPECT_FALSE(frame);
  return frame ? FrameError{255} : frame.error();
}
bool is_malformed(std::initializer_list<int> values) {
  return error_of(bytes_of(values)) == FrameError::malformed;
}

ClientFrame frame_to(std::size_t recipients, BytesView header, BytesView payload) {
  ClientFrame frame;
  for (std::size_t i = 0; i < recipients; ++i) {
    frame.recipients.push_back({PeerId{static_cast<std::uint16_t>(i + 1)}, false, header});
  }
  frame.payload = payload;
  return frame;
}

TEST(ClientFrames, AFrameIsRefusedWhereAFieldIsOutOfItsRange) {
  EXPECT_TRUE(is_good({1, 0, 0, 0, 1, 7, 0, 0}));
  EXPECT_TRUE(is_malformed({0, 0, 0, 0, 1, 7, 0, 0})) << "a type that is none";
  EXPECT_TRUE(is_malformed({3, 0, 0, 0, 1, 7, 0, 0})) << "a type of the server";
  EXPECT_TRUE(is_malformed({1, 4, 0, 0, 1, 7, 0, 0})) << "a lane that is none";
  EXPECT_TRUE(is_malformed({1, 0, 0, 0, 1, 0, 0, 0})) << "to nobody";
  EXPECT_TRUE(is_malformed({1, 0, 0, 0, 1, 7, 0, 0x40})) << "a bit that is reserved";
  EXPECT_TRUE(is_malformed({1, 0, 0, 0, 2, 7, 0, 0})) << "a recipient less than it says";
  EXPECT_TRUE(is_malformed({1, 0, 0, 0, 1, 7, 0, 2, 9})) << "a header shorter than it says";
}

TEST(ClientFrames, TheLongestHeaderIsReadAndOneByteMoreIsNot) {
  base::Bytes bytes = bytes_of({1, 0, 0, 0, 1, 7, 0, 32});
  bytes.resize(bytes.size() + 33);
  const auto frame = parse_client_frame(bytes);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->recipients[0].header.size(), 32U);
  EXPECT_EQ(frame->payload.size(), 1U);
  bytes[7] = std::byte{33};
  EXPECT_EQ(error_of(bytes), FrameError::malformed);
}

TEST(ClientFrames, TheMostRecipientsAreReadAndOneMoreIsNot) {
  base::Bytes bytes = write(frame_to(kMaxRecipients, {}, {}));
  const auto frame = parse_client_frame(bytes);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->recipients.size(), 63U);
  bytes[4] = std::byte{64};
  const base::Bytes one_more = bytes_of({64, 0, 0});
  bytes.insert(bytes.end(), one_more.begin(), one_more.end());
  EXPECT_EQ(error_of(bytes), FrameError::malformed);
}

TEST(ClientFrames, TheLongestPayloadIsReadAndOneByteMoreIsTooLarge) {
  const base::Bytes payload(kMaxPayload);
  base::Bytes bytes = write(frame_to(1, {}, payload));
  EXPECT_TRUE(parse_client_frame(bytes));
  bytes.push_back({});
  EXPECT_EQ(error_of(bytes), FrameError::too_large);
}

TEST(ClientFrames, ControlHoldsFewBytesOnly) {
  base::Bytes bytes = bytes_of({2, 1, 7, 0, 0});
  bytes.resize(bytes.size() + 256);
  const auto frame = parse_client_frame(bytes);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->lane, Lane::control);
  bytes.push_back({});
  EXPECT_EQ(error_of(bytes), FrameError::too_large);
}

TEST(ClientFrames, AFrameAboveTheLimitIsTooLargeWhateverItHolds) {
  EXPECT_EQ(error_of(base::Bytes(kMaxFrame + 1)), FrameError::too_large);
  EXPECT_EQ(error_of(base::Bytes(kMaxFrame)), FrameError::malformed);
}

TEST(ClientFrames, TheLargestFrameFits) {
  const base::Bytes header(kMaxHeader);
  const base::Bytes payload(kMaxPayload);
  ClientFrame frame = frame_to(kMaxRecipients, header, payload);
  frame.lane = Lane::latest;
  const base::Bytes bytes = write(frame);
  EXPECT_EQ(bytes.size(), 9 + 63 * 35 + kMaxPayload);
  EXPECT_LE(bytes.size(), kMaxFrame);
  EXPECT_TRUE(parse_client_frame(bytes));
}

TEST(ClientFrames, OnlyLatestHasAKey) {
  EXPECT_TRUE(is_malformed({1, 2, 0, 0, 1, 2, 3, 4})) << "the key, and no count";
  EXPECT_TRUE(is_malformed({1, 2, 0, 0, 0, 0})) << "half a key, which could be read as a count and a header";
  const auto latest = parse_client_frame(bytes_of({1, 2, 0, 0, 1, 2, 3, 4, 0, 0}));
  ASSERT_TRUE(latest);
  EXPECT_EQ(latest->key, 0x04030201U);
  const auto reliable = parse_client_frame(bytes_of({1, 0, 0, 0, 0, 0, 1, 2, 3, 4}));
  ASSERT_TRUE(reliable);
  EXPECT_EQ(reliable->payload.size(), 4U);
}

TEST(ClientFrames, WhatIsWrittenIsReadAgain) {
  base::SeededRandom random(3);
  for (int i = 0; i < 2000; ++i) {
    base::Bytes noise(random.below(300));
    random.fill(noise);
    const BytesView header = BytesView(noise).first(std::min<std::size_t>(noise.size(), random.below(33)));
    ClientFrame frame;
    frame.lane = Lane{static_cast<std::uint8_t>(random.below(5))};
    if (frame.lane == Lane::latest) frame.key = static_cast<std::uint32_t>(random.next_u64());
    if (frame.lane != Lane::control) frame.age_ms = static_cast<std::uint16_t>(random.below(65536));
    for (std::uint32_t n = random.below(5); n > 0; --n) {
      const PeerId peer{static_cast<std::uint16_t>(1 + random.below(65535))};
      frame.recipients.push_back({peer, random.below(2) == 0, header});
    }
    if (frame.recipients.empty()) frame.to_all = {kNobody, random.below(2) == 0, header};
    frame.payload = BytesView(noise).first(std::min<std::size_t>(noise.size(), kMaxControlPayload));

    const base::Bytes bytes = write(frame);
    const auto back = parse_client_frame(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->lane, frame.lane);
    EXPECT_EQ(back->age_ms, frame.age_ms);
    EXPECT_EQ(back->key, frame.key);
    ASSERT_EQ(back->recipients.size(), frame.recipients.size());
    const auto same = [](const Recipient& a, const Recipient& b) {
      return a.peer == b.peer && a.again == b.again &&
             std::equal(a.header.begin(), a.header.end(), b.header.begin(), b.header.end());
    };
    for (std::size_t r = 0; r < frame.recipients.size(); ++r) {
      EXPECT_TRUE(same(back->recipients[r], frame.recipients[r]));
    }
    EXPECT_TRUE(same(back->to_all, frame.to_all));
    EXPECT_TRUE(
        std::equal(back->payload.begin(), back->payload.end(), frame.payload.begin(), frame.payload.end()));
  }
}

TEST(ServerFrames, TheLongestHeadFits) {
  const base::Bytes header(kMaxHeader, std::byte{1});
  EXPECT_EQ(write_head(Lane::latest, PeerId{65535}, header).size(), 36U);
  const Head refused = write(Refused{Refusal::over_budget, PeerId{65535}, Lane::bulk, 65535, header});
  EXPECT_EQ(refused.size(), 39U);
  EXPECT_LE(refused.size(), kMaxHead);
}

TEST(ServerFrames, WhatIsMalformedIsNothing) {
  const auto read = [](std::initializer_list<int> values) {
    return parse_server_frame(bytes_of(values)).has_value();
  };
  EXPECT_TRUE(read({1, 0, 7, 0}));
  EXPECT_FALSE(read({1, 4, 7, 0})) << "a lane that is none";
  EXPECT_FALSE(read({1, 0, 0, 0})) << "from nobody";
  EXPECT_FALSE(read({5, 0, 7, 0})) << "a type of later";
  EXPECT_FALSE(read({3, 0, 7, 0, 5, 0, 0})) << "refused on a lane that is none";
  EXPECT_TRUE(read({4, 3, 7, 0, 1}));
  EXPECT_FALSE(read({4, 1, 7, 0, 1})) << "a window on a lane that has none";
  EXPECT_FALSE(read({4, 3, 0, 0, 1})) << "to nobody";
  EXPECT_FALSE(read({4, 3, 7, 0, 2})) << "neither open nor closed";
  EXPECT_FALSE(read({4, 3, 7, 0, 1, 0})) << "a byte too many";
}

TEST(ServerFrames, ABodyIsAtMostTheLongestHeaderAndPayload) {
  base::Bytes data = bytes_of({1, 0, 7, 0});
  data.resize(4 + kMaxHeader + kMaxPayload);
  EXPECT_TRUE(parse_server_frame(data));
  data.push_back({});
  EXPECT_FALSE(parse_server_frame(data));
  base::Bytes control = bytes_of({2, 7, 0});
  control.resize(3 + kMaxHeader + kMaxControlPayload);
  EXPECT_TRUE(parse_server_frame(control));
  control.push_back({});
  EXPECT_FALSE(parse_server_frame(control));
  base::Bytes refusal = bytes_of({3, 4, 7, 0, 0, 1, 0});
  refusal.resize(7 + kMaxHeader);
  EXPECT_TRUE(parse_server_frame(refusal));
  refusal.push_back({});
  EXPECT_FALSE(parse_server_frame(refusal));
}

}  // namespace
}  // namespace parlor::relay
