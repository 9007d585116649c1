#include "http/accept_encoding.hpp"

#include <gtest/gtest.h>

namespace parlor::http {
namespace {

constexpr StoredEncodings kBoth{.gzip = true, .br = true};

TEST(AcceptEncoding, PrefersBrotliAmongEquals) {
  EXPECT_EQ(choose_encoding("gzip, deflate, br, zstd", kBoth), Encoding::br);
  EXPECT_EQ(choose_encoding("BR", kBoth), Encoding::br);
}

TEST(AcceptEncoding, FollowsQualities) {
  EXPECT_EQ(choose_encoding("gzip;q=1.0, br;q=0.8", kBoth), Encoding::gzip);
  EXPECT_EQ(choose_encoding("gzip;q=0.001", kBoth), Encoding::gzip);
  EXPECT_EQ(choose_encoding("br;q=0, gzip", kBoth), Encoding::gzip);
  EXPECT_EQ(choose_encoding("br ; q=0.5 , gzip ; q=0.6", kBoth), Encoding::gzip);
  EXPECT_EQ(choose_encoding("identity, br;q=0.5", kBoth), Encoding::identity);
}

TEST(AcceptEncoding, OffersOnlyWhatIsStored) {
  EXPECT_EQ(choose_encoding("br", {.gzip = true}), Encoding::identity);
  EXPECT_EQ(choose_encoding("br, gzip", {.gzip = true}), Encoding::gzip);
  EXPECT_EQ(choose_encoding("br, gzip", {}), Encoding::identity);
}

TEST(AcceptEncoding, TakesTheStarForWhatIsNotNamed) {
  EXPECT_EQ(choose_encoding("*", kBoth), Encoding::br);
  EXPECT_EQ(choose_encoding("*;q=0", kBoth), Encoding::identity);
  EXPECT_EQ(choose_encoding("br;q=0, *;q=0.1", kBoth), Encoding::gzip);
}

TEST(AcceptEncoding, MakesNothingOfNonsense) {
  for (const char* text :
       {"", ",", ";q=1", "br;q=2", "br;q=1.001", "br;q=", "br;q=0.0001", "br;q=x", "brotli"}) {
    EXPECT_EQ(choose_encoding(text, kBoth), Encoding::identity) << text;
  }
}

}  // namespace
}  // namespace parlor::http
