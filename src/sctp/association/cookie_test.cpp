#include "sctp/association/cookie.hpp"

#include <gtest/gtest.h>

namespace parlor::sctp {
namespace {

Cookie cookie() {
  return {.made = base::time_from(base::seconds(77)),
          .local_tag = 1,
          .peer_tag = 2,
          .local_tsn = Tsn(3),
          .peer_tsn = Tsn(4),
          .peer_window = 5,
          .outbound_streams = 6,
          .inbound_streams = 7,
          .extensions = {.reset = true},
          .local_tie_tag = 8,
          .peer_tie_tag = 9};
}

TEST(Cookie, ComesBackAsItWas) {
  const base::Bytes bytes = write_cookie(cookie());
  const auto read = read_cookie(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->made, cookie().made);
  EXPECT_EQ(read->local_tag, 1U);
  EXPECT_EQ(read->peer_tag, 2U);
  EXPECT_EQ(read->local_tsn, Tsn(3));
  EXPECT_EQ(read->peer_tsn, Tsn(4));
  EXPECT_EQ(read->peer_window, 5U);
  EXPECT_EQ(read->outbound_streams, 6);
  EXPECT_EQ(read->inbound_streams, 7);
  EXPECT_EQ(read->extensions, cookie().extensions);
  EXPECT_EQ(read->local_tie_tag, 8U);
  EXPECT_EQ(read->peer_tie_tag, 9U);
}

TEST(Cookie, ThatWasNotWrittenHereIsRefused) {
  base::Bytes bytes = write_cookie(cookie());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(read_cookie(base::BytesView(bytes).first(size)));
  bytes.push_back(std::byte{});
  EXPECT_FALSE(read_cookie(bytes));
  bytes.pop_back();
  bytes[0] ^= std::byte{1};
  EXPECT_FALSE(read_cookie(bytes));
  Cookie none = cookie();
  none.peer_tag = 0;
  EXPECT_FALSE(read_cookie(write_cookie(none)));
  none = cookie();
  none.inbound_streams = 0;
  EXPECT_FALSE(read_cookie(write_cookie(none)));
}

}  // namespace
}  // namespace parlor::sctp
