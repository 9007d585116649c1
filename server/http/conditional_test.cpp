#include "http/conditional.hpp"

#include <gtest/gtest.h>

namespace parlor::http {
namespace {

TEST(IfNoneMatch, ComparesWeaklyWithEveryTagOfTheList) {
  EXPECT_TRUE(if_none_match(R"("a")", R"("a")"));
  EXPECT_TRUE(if_none_match(R"(W/"a")", R"("a")"));
  EXPECT_TRUE(if_none_match(R"("x", W/"y" ,"a")", R"("a")"));
  EXPECT_TRUE(if_none_match("*", R"("a")"));
}

TEST(IfNoneMatch, DoesNotMatchOtherTagsOrNonsense) {
  for (const char* header : {"", R"("b")", "a", R"("a)", R"("b" "a")", R"("b";"a")", R"(w/"a")", R"(")"}) {
    EXPECT_FALSE(if_none_match(header, R"("a")")) << header;
  }
}

TEST(IfNoneMatch, KeepsCommasInsideATagTogether) {
  EXPECT_FALSE(if_none_match(R"("x,"a"")", R"("a")"));
  EXPECT_TRUE(if_none_match(R"("x,y", "a")", R"("a")"));
}

}  // namespace
}  // namespace parlor::http
