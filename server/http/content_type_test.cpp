#include "http/content_type.hpp"

#include <gtest/gtest.h>

namespace parlor::http {
namespace {

TEST(ContentType, KnowsWhatAPageOfWasmIsMadeOf) {
  EXPECT_EQ(content_type("/index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type("/a/cubes.wasm"), "application/wasm");
  EXPECT_EQ(content_type("/a.mjs"), "text/javascript; charset=utf-8");
  EXPECT_EQ(content_type("/a.JS"), "text/javascript; charset=utf-8");
  EXPECT_EQ(content_type("/a.svg"), "image/svg+xml");
  EXPECT_EQ(content_type("/a.webmanifest"), "application/manifest+json");
  EXPECT_EQ(content_type("/a.js.map"), "application/json");
}

TEST(ContentType, CallsTheUnknownBytes) {
  for (const char* path : {"/a", "/a.exe", "/a.", "/a.b/c", "", "/html"}) {
    EXPECT_EQ(content_type(path), "application/octet-stream") << path;
  }
}

TEST(HashedName, NeedsEightHexadecimalDigitsBetweenDots) {
  EXPECT_TRUE(has_hashed_name("/a/cubes.0123abcd.wasm"));
  EXPECT_TRUE(has_hashed_name("x.0123456789abcdef.js"));
  for (const char* path : {"/room.controller.js", "/cubes.wasm", "/cubes.0123abc.wasm", "/.0123abcd.js",
                           "/0123abcd.js", "/x.0123abcd.d/cubes.js", "/x.0123ABCD.js", "/a.0123abcd"}) {
    EXPECT_FALSE(has_hashed_name(path)) << path;
  }
}

}  // namespace
}  // namespace parlor::http
