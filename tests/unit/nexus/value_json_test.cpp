#include "nexus/api/value_json.hpp"

#include <gmock/gmock.h>
#include <google/protobuf/api.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include "perdure/record/v1/record.pb.h"

namespace perdure::nexus {
namespace {

using testing::HasSubstr;

std::string json_of(std::string_view type, std::string_view bytes) {
  json_writer out;
  append_value(out, type, bytes);
  return out.take();
}

std::string bytes_of(std::string_view type, std::string_view json) {
  const auto value = encode_value("input", type, json);
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

TEST(value_json, every_shown_value_can_be_sent_back) {
  for (const std::string bytes : {"plain", "\xFF\x01", ""}) {
    EXPECT_EQ(bytes_of("", json_of("", bytes)), bytes);
  }
}

}  // namespace
}  // namespace perdure::nexus
