// The frames of docs/relay.md against the code: each is read as the page says, and written again to the same
// bytes.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "relay/frames.hpp"
#include "relay/relay.hpp"

namespace parlor::relay {
namespace {

std::string text_of(PeerId peer) {
  return std::to_string(static_cast<int>(peer));
}
std::string text_of(BytesView bytes) {
  return bytes.empty() ? "-" : base::to_hex(bytes);
}
std::string text_of(Lane lane) {
  return std::string(to_string(lane));
}

std::string describe(const ClientFrame& frame) {
  std::string text = text_of(frame.lane);
  if (frame.age_ms > 0) text += " age " + std::to_string(frame.age_ms);
  if (frame.lane == Lane::latest) text += " key " + std::to_string(frame.key);
  const auto add = [&](const std::string& whom, const Recipient& recipient) {
    text += " to " + whom + (recipient.again ? " again" : "") + " header " + text_of(recipient.header);
  };
  if (frame.recipients.empty()) add("all", frame.to_all);
  for (const Recipient& recipient : frame.recipients) add(text_of(recipient.peer), recipient);
  return text + " payload " + text_of(frame.payload);
}

std::string describe(const ServerFrame& frame) {
  if (const auto* message = std::get_if<Message>(&frame)) {
    return text_of(message->lane) + " from " + text_of(message->from) + " body " + text_of(message->body);
  }
  if (const auto* window = std::get_if<Window>(&frame)) {
    return "window " + text_of(window->lane) + " to " + text_of(window->peer) +
           (window->open ? " open" : " closed");
  }
  const auto& refused = std::get<Refused>(frame);
  std::string text = "refused " + std::string(to_string(refused.reason));
  if (!refused.lane) return text;
  text += " to " + text_of(refused.peer) + " " + text_of(*refused.lane);
  if (refused.wait_ms > 0) text += " wait " + std::to_string(refused.wait_ms);
  return text + " header " + text_of(refused.header);
}

base::Bytes write_again(const ServerFrame& frame) {
  base::Bytes bytes;
  const auto add = [&](BytesView more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
  if (const auto* message = std::get_if<Message>(&frame)) {
    add(write_head(message->lane, message->from, {}).bytes());
    add(message->body);
  } else if (const auto* window = std::get_if<Window>(&frame)) {
    add(write(*window).bytes());
  } else {
    add(write(std::get<Refused>(frame)).bytes());
  }
  return bytes;
}

base::Bytes from_hex(std::string_view text) {
  base::Bytes bytes;
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != '-') digits += c;
  }
  EXPECT_EQ(digits.size() % 2, 0U) << text;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string without_trailing_blanks(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

struct Example {
  bool from_client = false;
  base::Bytes bytes;
  std::string meaning;
};

std::vector<Example> examples() {
  std::ifstream file(std::string(PARLOR_SOURCE_DIR) + "/docs/relay.md");
  EXPECT_TRUE(file);
  std::vector<Example> all;
  std::string fence;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("```", 0) == 0) {
      fence = fence.empty() ? line : "";
    } else if (fence.rfind("```frames", 0) == 0) {
      const std::size_t bar = line.find('|');
      EXPECT_NE(bar, std::string::npos) << line;
      all.push_back({fence == "```frames client", from_hex(line.substr(0, bar)),
                     without_trailing_blanks(line.substr(bar + 2))});
    }
  }
  return all;
}

TEST(RelayDocs, EveryFrameOfThePageIsReadAsItSays) {
  int clients = 0;
  int servers = 0;
  for (const Example& example : examples()) {
    if (example.from_client) {
      const auto frame = parse_client_frame(example.bytes);
      ASSERT_TRUE(frame) << example.meaning;
      EXPECT_EQ(describe(*frame), example.meaning);
      EXPECT_EQ(write(*frame), example.bytes) << example.meaning;
      ++clients;
    } else {
      const auto frame = parse_server_frame(example.bytes);
      ASSERT_TRUE(frame) << example.meaning;
      EXPECT_EQ(describe(*frame), example.meaning);
      const bool later = example.bytes[1] == std::byte{0x63};  // a reason that no server has yet
      EXPECT_EQ(write_again(*frame) == example.bytes, !later) << example.meaning;
      ++servers;
    }
  }
  EXPECT_EQ(clients, 8);
  EXPECT_EQ(servers, 14);
}

std::string size_text(std::size_t bytes) {
  return bytes % (1 << 20) == 0 ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes >> 10) + " KiB";
}
std::string rate_text(const Rate& rate) {
  return size_text(rate.burst) + " at once, then " + size_text(rate.per_second) + " per second";
}

TEST(RelayDocs, TheLimitsOfThePageAreTheDefaults) {
  std::ifstream file(std::string(PARLOR_SOURCE_DIR) + "/docs/relay.md");
  std::stringstream page;
  page << file.rdbuf();
  const RelayConfig config;
  const auto queue = [&](Lane lane, const char* what) {
    const QueueSize& size = config.queues[index_of(lane)];
    return size_text(size.bytes) + " or " + std::to_string(size.frames) + " " + what + " |";
  };
  for (const std::string& text :
       {"member sends | " + rate_text(config.sender_rate),
        "within a room | " + rate_text(config.room_rate),
        "one site send | " + rate_text(config.site_rate),
        "one IPv6 /48 send | " + rate_text(config.neighbourhood_rate),
        "all send | " + rate_text(config.server_rate),
        "reliable | " + queue(Lane::reliable, "frames"),
        "bulk | " + queue(Lane::bulk, "frames"),
        "latest | " + queue(Lane::latest, "keys"),
        "unreliable | " + queue(Lane::unreliable, "frames"),
        "control | " + queue(Lane::control, "frames"),
        size_text(config.sender_waiting) + ", " + size_text(config.room_waiting) + ", " +
            size_text(config.site_waiting) + ", " + size_text(config.neighbourhood_waiting) + ", " +
            size_text(config.server_waiting),
        "over_budget with a wait of " + std::to_string(kMemoryWait / base::milliseconds(1)) + " ms",
        std::string("each lane | ") + (kReceiverShare == 4 ? "four" : "?") + " times that from one sender",
        "at most " + size_text(config.bulk_burst) + " and then a pause of " +
            std::to_string(config.bulk_pause / base::milliseconds(1)) + " ms",
        "payload and " + std::to_string(kFrameCost) + " bytes for its handling",
        "takes none | " + std::to_string(config.patience / base::seconds(1)) + " seconds",
        "Frames alone may wait for " + std::to_string(config.patience / base::seconds(1)) + " seconds",
        "control (" + size_text(static_cast<std::size_t>(kControlBurst)) + ", beyond them",
        "Then " + size_text(kWorthWaitingFor),
        "at most " + std::to_string(kMaxAbsent) + " of them"}) {
    EXPECT_NE(page.str().find(text), std::string::npos) << text;
  }
}

TEST(RelayDocs, NoFrameOfThePageIsWholeWithoutItsFixedPart) {
  // What stands in front of the payload or the body cannot be left out; how much that is, is found by
  // leaving off one byte more each time.
  for (const Example& example : examples()) {
    bool was_whole = true;
    for (std::size_t size = example.bytes.size(); size-- > 0;) {
      const BytesView part = BytesView(example.bytes).first(size);
      const bool whole =
          example.from_client ? parse_client_frame(part).has_value() : parse_server_frame(part).has_value();
      EXPECT_TRUE(was_whole || !whole) << example.meaning << ": " << size << " bytes";
      was_whole = whole;
    }
    EXPECT_FALSE(was_whole) << "no bytes at all";
  }
}

}  // namespace
}  // namespace parlor::relay
