// The frames of docs/link.md against the code: each is read as the page says, and written again to the same
// bytes.

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "room/link/frames.hpp"

namespace parlor::room {
namespace {

std::string describe(const Frame& frame) {
  static constexpr const char* kKinds[] = {"ordered",         "ordered_more", "unreliable",
                                           "unreliable_copy", "latest",       "control"};
  const FrameHeader& header = frame.header;
  std::string text = kKinds[static_cast<std::size_t>(header.kind)];
  text += " from " + std::to_string(header.from_life) + " to " + std::to_string(header.to_life);
  const auto add = [&](const char* name, std::uint32_t value) {
    text += std::string(" ") + name + " " + std::to_string(value);
  };
  if (header.kind <= FrameKind::ordered_more || header.kind == FrameKind::latest)
    add("number", header.number);
  if (header.kind == FrameKind::unreliable || header.kind == FrameKind::unreliable_copy)
    add("stamp", header.stamp);
  if (header.kind == FrameKind::unreliable_copy) add("copy", header.copy);
  if (header.kind == FrameKind::latest) add("key", header.key);
  if (header.term) add("term", *header.term);
  if (header.ack)
    text += " ack " + std::to_string(header.ack->channel) + " " + std::to_string(header.ack->number);
  return text + " payload " + (frame.payload.empty() ? "-" : base::to_hex(frame.payload));
}

std::string describe(const Control& control) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : " ") + part; };
  if (control.hello)
    add("hello " + std::to_string(control.hello->version) + " " + std::to_string(control.hello->channels));
  if (control.ping) {
    add("ping " + std::to_string(control.ping->id) + " " + std::to_string(control.ping->time) + " " +
        std::to_string(control.ping->promise) + (control.ping->doubts ? " doubts " : " ") +
        std::to_string(control.ping->unreliable_sent));
  }
  if (control.pong)
    add("pong " + std::to_string(control.pong->id) + " " + std::to_string(control.pong->time));
  if (!control.acks.empty()) add("acks");
  for (const Ack& ack : control.acks) add(std::to_string(ack.channel) + ":" + std::to_string(ack.number));
  if (!control.latest_acks.empty()) add("latest_acks");
  for (const LatestAck& ack : control.latest_acks) {
    add(std::to_string(ack.channel) + ":" + std::to_string(ack.key) + ":" + std::to_string(ack.number));
  }
  if (control.bye) {
    add(*control.bye == Bye::left           ? "bye left"
        : *control.bye == Bye::program_ends ? "bye program_ends"
                                            : "bye given_up");
  }
  return text;
}

struct Example {
  bool control = false;
  bool of_host = false;
  Bytes bytes;
  std::string meaning;
};

std::vector<Example> examples() {
  std::ifstream file(std::string(PARLOR_SOURCE_DIR) + "/docs/link.md");
  EXPECT_TRUE(file);
  std::vector<Example> all;
  std::string fence;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("```", 0) == 0) {
      fence = fence.empty() ? line : "";
      continue;
    }
    if (fence != "```frames" && fence != "```control") continue;
    const std::size_t bar = line.find('|');
    EXPECT_NE(bar, std::string::npos) << line;
    Example example;
    example.control = fence == "```control";
    std::string digits;
    for (const char c : line.substr(0, bar)) {
      example.of_host = example.of_host || c == '!';
      if (std::string(" -!").find(c) == std::string::npos) digits += c;
    }
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
      example.bytes.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    example.meaning = line.substr(bar + 2);
    all.push_back(std::move(example));
  }
  return all;
}

TEST(LinkDocs, EveryFrameOfThePageIsReadAsItSays) {
  int frames = 0;
  int controls = 0;
  for (const Example& example : examples()) {
    if (example.control) {
      const auto control = parse_control(example.bytes);
      ASSERT_TRUE(control) << example.meaning;
      EXPECT_EQ(describe(*control), example.meaning);
      const bool later = example.bytes[0] == std::byte{0x7f};  // a section that this version does not write
      EXPECT_EQ(write_control(*control) == example.bytes, !later) << example.meaning;
      ++controls;
      continue;
    }
    const auto frame = parse_frame(example.bytes, example.of_host);
    ASSERT_TRUE(frame) << example.meaning;
    EXPECT_EQ(describe(*frame), example.meaning);
    const HeaderBytes written_head = write_header(frame->header);
    const BytesView head = written_head.view();
    Bytes again(head.begin(), head.end());
    again.insert(again.end(), frame->payload.begin(), frame->payload.end());
    EXPECT_EQ(again, example.bytes) << example.meaning;
    ++frames;
  }
  EXPECT_EQ(frames, 11);
  EXPECT_EQ(controls, 9);
}

}  // namespace
}  // namespace parlor::room
