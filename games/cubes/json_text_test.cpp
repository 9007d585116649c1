#include "cubes/json_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace parlor::cubes {
namespace {

TEST(JsonText, WritesNestedValuesWithTheirCommas) {
  JsonText json;
  json.begin_object().field("a", std::int64_t{1}).begin_array("b");
  json.begin_object().field("c", "x").end_object().begin_object().end_object();
  json.end_array()
      .begin_object("d")
      .field("e", -2.5, 2)
      .end_object()
      .field("f", std::int64_t{-7})
      .end_object();
  EXPECT_EQ(json.text(), R"({"a":1,"b":[{"c":"x"},{}],"d":{"e":-2.50},"f":-7})");
}

TEST(JsonText, EscapesWhatWouldEndAStringOrBreakALine) {
  JsonText json;
  json.begin_object().field("a\"b", "\\ \" \n \x01 <é>").end_object();
  EXPECT_EQ(json.text(), "{\"a\\\"b\":\"\\\\ \\\" \\u000a \\u0001 <é>\"}");
}

TEST(JsonText, WritesNumbersThatJsonHas) {
  JsonText json;
  json.begin_object().field("a", 0.0051, 2).field("b", -0.004, 2).field("c", 1.9996, 3).field("d", 3.0, 0);
  json.field("e", std::numeric_limits<double>::quiet_NaN(), 1)
      .field("f", std::numeric_limits<double>::infinity(), 1);
  json.field("g", 1e300, 3).end_object();
  EXPECT_EQ(json.text(), R"({"a":0.01,"b":0.00,"c":2.000,"d":3,"e":null,"f":null,"g":null})");
}

}  // namespace
}  // namespace parlor::cubes
