// docs/signaling.md and tests/signaling/messages.txt against the code. tests/signaling/schema.test.mjs holds
// the JSON Schema against the same texts.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "signaling/messages.hpp"

namespace parlor::signaling {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(std::string(PARLOR_SOURCE_DIR) + '/' + path);
  EXPECT_TRUE(file) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

/// The code of the refusal, or "" for a good message.
std::string refusal(bool from_client, std::string_view text) {
  if (from_client) {
    const auto message = parse_client_message(text);
    return message ? "" : std::string(to_string(message.error().code));
  }
  const auto message = parse_server_message(text);
  return message ? "" : std::string(to_string(message.error().code));
}

TEST(SignalingDocs, EveryExampleOfThePageIsAMessage) {
  int examples = 0;
  std::string fence;
  for (const std::string& line : lines_of("docs/signaling.md")) {
    if (line.rfind("```", 0) == 0) {
      fence = fence.empty() ? line : "";
    } else if (fence == "```json client" || fence == "```json server") {
      EXPECT_EQ(refusal(fence == "```json client", line), "") << line;
      ++examples;
    }
  }
  EXPECT_GE(examples, 30);
}

TEST(SignalingDocs, EveryQueryOfThePageIsAnUpgradeRequest) {
  int queries = 0;
  for (std::string line : lines_of("docs/signaling.md")) {
    if (line.rfind("GET ", 0) == 0) line = line.substr(4, line.rfind(' ') - 4);
    if (line.rfind("/v1?", 0) != 0) continue;
    const auto request = parse_upgrade_query(line.substr(4));
    ASSERT_TRUE(request) << line;
    EXPECT_TRUE(request->create || request->join);
    ++queries;
  }
  EXPECT_EQ(queries, 4);
}

/// The cells of a table's row without the blanks and code marks around them; empty for other lines.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  if (line.rfind("| `", 0) != 0) return cells;
  for (std::size_t at = 1; at < line.size();) {
    const std::size_t end = std::min(line.find('|', at), line.size());
    const std::string cell = line.substr(at, end - at);
    const std::size_t first = cell.find_first_not_of(" `");
    const std::size_t last = cell.find_last_not_of(" `");
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    at = end + 1;
  }
  return cells;
}

TEST(SignalingDocs, TheTableOfErrorsIsTheCodesOwn) {
  std::size_t rows = 0;
  for (const std::string& line : lines_of("docs/signaling.md")) {
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() != 4 || cells[1].find_first_not_of("0123456789") != std::string::npos) continue;
    const auto code = error_code_from(cells[0]);
    ASSERT_TRUE(code) << line;
    EXPECT_EQ(static_cast<std::size_t>(*code), rows) << "in the order of their numbers";
    EXPECT_EQ(std::to_string(close_code(*code)), cells[1]) << line;
    EXPECT_EQ(closes(*code), cells[2] == "yes") << line;
    ++rows;
  }
  EXPECT_EQ(rows, kErrorCodes);
}

TEST(SignalingDocs, GoodMessagesAreReadAndBadOnesAreNot) {
  int messages = 0;
  for (const std::string& line : lines_of("tests/signaling/messages.txt")) {
    if (line.empty() || line[0] == '#') continue;
    const bool good = line.substr(7, 3) == "yes";
    const std::string text = line.substr(good ? 11 : 10);
    EXPECT_EQ(refusal(line.rfind("client", 0) == 0, text).empty(), good) << line;
    ++messages;
  }
  EXPECT_GT(messages, 100);
}

}  // namespace
}  // namespace parlor::signaling
