#include "nexus/api/value_json.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <google/protobuf/api.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include "perdure/record/v1/record.pb.h"
#include "runtime/author/codec_json.hpp"

namespace perdure::nexus {
namespace {

using testing::HasSubstr;

using runtime::message_type;
using form = runtime::value_type::form;

std::string json_of(const runtime::value_type& type, std::string_view bytes) {
  json_writer out;
  append_value(out, type, bytes);
  return out.take();
}
std::string json_of(std::string_view type, std::string_view bytes) {
  return json_of(message_type(std::string(type)), bytes);
}
/// A value as a step's argument or result.
template <class... T>
std::string shown(const T&... values) {
  return json_of(type_of_arguments<T...>(), encode_arguments(values...).view());
}

std::string bytes_of(std::string_view type, std::string_view json) {
  const auto value = encode_value("input", message_type(std::string(type)), json);
  return value ? std::string(value->bytes.view()) : "error: " + value.error().message;
}

TEST(value_json, messages_are_protobufs_own_json) {
  record::v1::RunKey key;
  key.set_created(18'446'744'073'709'551'615U);
  EXPECT_EQ(json_of("perdure.record.v1.RunKey", key.SerializeAsString()),
            R"({"created":"18446744073709551615","command":0})");
  EXPECT_EQ(bytes_of("perdure.record.v1.RunKey", R"({"created": "18446744073709551615"})"),
            key.SerializeAsString());
  EXPECT_EQ(bytes_of("perdure.record.v1.RunKey", R"({"created":18446744073709551615})"),
            key.SerializeAsString())
      << "no number passes through a double on its way";
  EXPECT_EQ(json_of("google.protobuf.StringValue", "\x0A\x01x"), "\"x\"");
}

TEST(value_json, field_names_are_taken_as_written_in_the_schema_too) {
  google::protobuf::Method method;
  method.set_request_type_url("w");
  EXPECT_EQ(bytes_of("google.protobuf.Method", R"({"requestTypeUrl":"w"})"),
            method.SerializeAsString());
  EXPECT_EQ(bytes_of("google.protobuf.Method", R"({"request_type_url":"w"})"),
            method.SerializeAsString());
}

TEST(value_json, an_absent_message_is_an_empty_one) {
  EXPECT_EQ(bytes_of("perdure.record.v1.RunKey", ""), "");
  EXPECT_EQ(bytes_of("perdure.record.v1.RunKey", "{}"), "");
}

TEST(value_json, json_that_does_not_fit_says_where) {
  const std::string type = "perdure.record.v1.RunKey";
  EXPECT_THAT(bytes_of(type, R"({"creatd":1})"), HasSubstr("creatd"));
  EXPECT_THAT(bytes_of(type, R"({"created":"x"})"), HasSubstr("\"input\" is no " + type));
  EXPECT_THAT(bytes_of(type, R"({"created":-1})"), HasSubstr("error"));
  EXPECT_THAT(bytes_of(type, "[1]"), HasSubstr("error"));
  EXPECT_THAT(bytes_of(type, "7"), HasSubstr("error"));
}

TEST(value_json, the_same_json_gives_the_same_bytes) {
  std::string json = "{";
  for (int i = 0; i < 50; ++i) json += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
  json += "}";
  const std::string first = bytes_of("google.protobuf.Struct", json);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(bytes_of("google.protobuf.Struct", json), first);
}

TEST(value_json, without_a_type_a_value_is_bytes) {
  EXPECT_EQ(bytes_of("", "\"a\\u0000b\""), std::string("a\0b", 3));
  EXPECT_EQ(bytes_of("", R"({"base64":"/wA="})"), std::string("\xFF\0", 2));
  EXPECT_EQ(bytes_of("", "null"), "");
  EXPECT_EQ(bytes_of("", ""), "");
  EXPECT_EQ(bytes_of("", "1.50"), "1.50");
  EXPECT_EQ(bytes_of("", R"({"a": [true]})"), R"({"a": [true]})");
  EXPECT_EQ(bytes_of("no.such.Type", "\"x\""), "x");
  EXPECT_THAT(bytes_of("", R"({"base64":"?"})"), HasSubstr("error"));
}

TEST(value_json, bytes_are_shown_as_text_if_they_are_text) {
  EXPECT_EQ(json_of("", "grün"), "\"grün\"");
  EXPECT_EQ(json_of("", ""), "\"\"");
  EXPECT_EQ(json_of("", "\xFF"), R"({"base64":"/w=="})");
  EXPECT_EQ(json_of("no.such.Type", "x"), "\"x\"");
}

TEST(value_json, bytes_that_are_not_of_their_type_are_shown_as_bytes) {
  EXPECT_EQ(json_of("perdure.record.v1.RunKey", "\xFF\xFF"), R"({"base64":"//8="})");
}

TEST(value_json, values_of_steps_are_what_they_are) {
  EXPECT_EQ(shown(std::string("a\nb")), R"("a\nb")");
  EXPECT_EQ(shown(-42), "-42");
  EXPECT_EQ(shown(18'446'744'073'709'551'615U), "18446744073709551615");
  EXPECT_EQ(shown(1e300), "1e+300");
  EXPECT_EQ(shown(true), "true");
  EXPECT_EQ(shown(nlohmann::json{{"a", {1, nullptr}}}), R"({"a":[1,null]})");
  EXPECT_EQ(shown(std::vector<int>{}), "[]");
  EXPECT_EQ(shown(std::vector<std::string>{"x", ""}), R"(["x",""])");
  EXPECT_EQ(shown(std::optional<int>()), "null");
  EXPECT_EQ(shown(std::vector<std::optional<int>>{7, std::nullopt}), "[7,null]");
  EXPECT_EQ(shown(std::string("x"), 2, false), R"(["x",2,false])");
  record::v1::RunKey key;
  key.set_command(3);
  EXPECT_EQ(shown(key, std::string("x")), R"([{"created":"0","command":3},"x"])");
}

TEST(value_json, what_json_cannot_say_is_shown_as_bytes) {
  EXPECT_EQ(shown(std::numeric_limits<double>::quiet_NaN()), "\"nan\"");
  EXPECT_EQ(shown(std::string("\xFF")), R"({"base64":"/w=="})");
  EXPECT_EQ(shown(std::string("name"), std::string("\xFF")), R"(["name",{"base64":"/w=="}])")
      << "one part that is no text does not hide the others";
}

TEST(value_json, bytes_that_are_not_of_the_type_of_a_step_are_shown_as_bytes) {
  for (const auto* text : {"", "1,2", "1}", "1}, {", "1,\"a\":2", "[1", "x"}) {
    EXPECT_EQ(json_of({.kind = form::number}, text), json_of("", text));
    EXPECT_EQ(json_of({.kind = form::json}, text), json_of("", text));
  }
  const auto three = encode_arguments(1, 2, 3);
  const auto bytes = three.view();
  EXPECT_EQ(json_of(type_of_arguments<int, int, int>(), bytes), "[1,2,3]");
  EXPECT_EQ(json_of(type_of_arguments<int, int>(), bytes), json_of("", bytes));
  EXPECT_EQ(json_of(type_of_arguments<int, int, int, int>(), bytes), json_of("", bytes));
  EXPECT_EQ(json_of(type_of<std::vector<int>>(), bytes.substr(0, 5)),
            json_of("", bytes.substr(0, 5)))
      << "cut off";
  EXPECT_EQ(json_of(type_of<std::optional<int>>(), "7"), "\"7\"");
  EXPECT_EQ(json_of(type_of<std::vector<int>>(), encode(std::vector<std::string>{"no"}).view()),
            R"(["no"])");
}

TEST(value_json, every_shown_value_can_be_sent_back) {
  for (const std::string bytes : {"plain", "\xFF\x01", ""}) {
    EXPECT_EQ(bytes_of("", json_of("", bytes)), bytes);
  }
}

}  // namespace
}  // namespace perdure::nexus
