#include <gtest/gtest.h>

#include <set>

#include "signaling/messages.hpp"

namespace parlor::signaling {
namespace {

TEST(ErrorCode, EveryCodeHasATextASentenceAndACloseCodeOfItsOwn) {
  std::set<std::string_view> texts;
  std::set<std::uint16_t> closings;
  for (std::size_t i = 0; i < kErrorCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    texts.insert(to_string(code));
    closings.insert(close_code(code));
    EXPECT_EQ(error_code_from(to_string(code)), code);
    EXPECT_EQ(error_code_from_close(close_code(code)), code);
    EXPECT_EQ(sentence(code).back(), '.') << to_string(code);
    EXPECT_LE(sentence(code).size(), kMaxErrorText);
  }
  EXPECT_EQ(texts.size(), kErrorCodes);
  EXPECT_EQ(closings.size(), kErrorCodes);
}

TEST(ErrorCode, CloseCodesAreFixedOnTheWire) {
  EXPECT_EQ(close_code(ErrorCode::bad_json), 4000);
  EXPECT_EQ(close_code(ErrorCode::unsupported_version), 4003);
  EXPECT_EQ(close_code(ErrorCode::hello_first), 4004);
  EXPECT_EQ(close_code(ErrorCode::bad_name), 4005);
  EXPECT_EQ(close_code(ErrorCode::rate_limited), 4012);
  EXPECT_EQ(close_code(ErrorCode::server_full), 4013);
  EXPECT_EQ(close_code(ErrorCode::server_shutdown), 1001);
  EXPECT_EQ(close_code(ErrorCode::replaced), 4015);
  EXPECT_EQ(close_code(ErrorCode::slow_reader), 4016);
  EXPECT_EQ(close_code(ErrorCode::too_large), 4017);
  EXPECT_EQ(close_code(ErrorCode::not_text), 4018);
  EXPECT_EQ(close_code(ErrorCode::timed_out), 4019);
  EXPECT_EQ(close_code(ErrorCode::kicked), 4020);
  EXPECT_EQ(close_code(ErrorCode::banned), 4021);
}

TEST(ErrorCode, OnlyWhatCannotGoOnCloses) {
  for (std::size_t i = 0; i < kErrorCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    const std::set<std::string_view> closing = {
        "bad_json",    "unsupported_version", "hello_first", "server_shutdown", "replaced",
        "slow_reader", "too_large",           "not_text",    "timed_out",       "kicked",
        "banned"};
    EXPECT_EQ(closes(code), closing.count(to_string(code)) == 1) << to_string(code);
  }
}

TEST(ErrorCode, UnknownTextsAndCloseCodesGiveNothing) {
  EXPECT_FALSE(error_code_from("no_such_code"));
  EXPECT_FALSE(error_code_from(""));
  for (int close : {1000, 1006, 3999, 4014, 4024}) {
    EXPECT_FALSE(error_code_from_close(static_cast<std::uint16_t>(close))) << close;
  }
}

}  // namespace
}  // namespace parlor::signaling
