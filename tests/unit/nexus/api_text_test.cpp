#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nexus/api/base64.hpp"
#include "nexus/api/json_syntax.hpp"
#include "nexus/api/json_writer.hpp"
#include "nexus/api/percent_encoding.hpp"
#include "nexus/api/time_text.hpp"

namespace perdure::nexus {
namespace {

using runtime::duration;
using testing::HasSubstr;

TEST(percent_encoding, gives_back_what_it_encoded) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(percent_encode("a/b c~1"), "a%2Fb%20c~1");
}

TEST(percent_encoding, refuses_what_is_no_encoding) {
  for (const char* text : {"%", "a%", "%2", "%zz", "%2g", "%-1", "% 2"}) {
    EXPECT_FALSE(percent_decode(text)) << text;
  }
}

TEST(base64, gives_back_what_it_encoded) {
  for (const char* text : {"", "a", "ab", "abc", "\xFF\xFE", "four"}) {
    EXPECT_EQ(base64_decode(base64_encode(text)), text);
  }
  EXPECT_EQ(base64_encode("abcd"), "YWJjZA==");
}

TEST(base64, refuses_what_is_no_encoding) {
  for (const char* text : {"YWJjZA", "YWJjZA=", "YWJj ZA==", "YWJjZB==", "*", "=", "YQ==YQ=="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

TEST(time_text, times_are_rfc_3339_in_utc_with_microseconds) {
  EXPECT_EQ(to_text(runtime::timestamp{0}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_text(runtime::timestamp{1'700'000'000'000'001}), "2023-11-14T22:13:20.000001Z");
}

TEST(time_text, durations_have_a_number_and_a_unit) {
  EXPECT_EQ(parse_duration("250us"), duration{250});
  EXPECT_EQ(parse_duration("500ms"), duration{500'000});
  EXPECT_EQ(parse_duration("30s"), duration{30'000'000});
  EXPECT_EQ(parse_duration("0.000001s"), duration{1});
  EXPECT_EQ(parse_duration("1.5m"), duration{90'000'000});
  EXPECT_EQ(parse_duration("72h"), duration{72LL * 3600 * 1'000'000});
  EXPECT_EQ(parse_duration("7d"), duration{7LL * 86400 * 1'000'000});
  EXPECT_EQ(parse_duration("0s"), duration{});
}

TEST(time_text, anything_else_is_no_duration) {
  for (const char* text :
       {"", "5", "s", "-5s", "+5s", "5 s", "5S", "1h30m", "1.s", ".5s", "1e3s", "1.5us",
        "0.0000001s", "9223372036854775807s", "400000d", "99999999999999999999s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(json_writer, puts_commas_where_they_belong) {
  json_writer out;
  out.begin_object().member("a", 1).key("b").begin_array();
  out.value("x").value(true).value(std::uint64_t{18446744073709551615U}).begin_object();
  out.end_object().end_array().optional_member("c", "").member("d\n", "\"").end_object();
  EXPECT_EQ(out.take(), R"({"a":1,"b":["x",true,18446744073709551615,{}],"d\n":"\""})");
}

TEST(json_syntax, gives_the_members_as_they_were_sent) {
  const auto members = split_json_object(
      " { \"a\" : [1, {\"x\":\"]}\"}] ,\"\\u0062\":1.50e+1,\"c\":\"\\\"}\" , \"d\":{ }\n} \n");
  ASSERT_TRUE(members) << members.error().message;
  ASSERT_EQ(members->size(), 4U);
  EXPECT_EQ((*members)[0].value, "[1, {\"x\":\"]}\"}]");
  EXPECT_EQ((*members)[1].name, "b");
  EXPECT_EQ((*members)[1].value, "1.50e+1");
  EXPECT_EQ((*members)[2].value, "\"\\\"}\"");
  EXPECT_EQ(decode_json_string((*members)[2].value), "\"}");
  EXPECT_EQ((*members)[3].value, "{ }");
  EXPECT_TRUE(split_json_object("{}").value().empty());
}

TEST(json_syntax, refuses_what_is_not_one_json_object) {
  const auto message_of = [](std::string_view text) {
    const auto members = split_json_object(text);
    return members ? std::string("accepted") : members.error().message;
  };
  for (const char* text :
       {"", "{", "{\"a\":}", "{'a':1}", "{a:1}", "{\"a\":1,}", "{\"a\":01}", "{\"a\":NaN}",
        "{\"a\":1 // no\n}", "\xEF\xBB\xBF{}", "{\"a\":\"\n\"}", "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\xFF\"}", "{\"a\":\"\xC0\x80\"}", "nul"}) {
    EXPECT_THAT(message_of(text), HasSubstr("is not JSON")) << text;
  }
  EXPECT_THAT(message_of("{} {}"), HasSubstr("more behind"));
  EXPECT_THAT(message_of("[1]"), HasSubstr("must be a JSON object"));
  EXPECT_THAT(message_of("\"a\""), HasSubstr("must be a JSON object"));
  EXPECT_THAT(message_of(R"({"a":1,"\u0061":2})"), HasSubstr("\"a\" twice"));
}

TEST(json_syntax, nesting_has_a_limit) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(split_json_object(nested(deepest_json)));
  for (const std::size_t depth : {deepest_json + 1, std::size_t{100'000}}) {
    const auto members = split_json_object(nested(depth));
    ASSERT_FALSE(members);
    EXPECT_THAT(members.error().message, HasSubstr("nested more than 64 deep"));
  }
}

}  // namespace
}  // namespace perdure::nexus
