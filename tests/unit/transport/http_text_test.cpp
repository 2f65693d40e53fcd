#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "transport/http_endpoint.hpp"
#include "transport/http_error.hpp"
#include "transport/http_json_text.hpp"
#include "transport/http_response_writer.hpp"

namespace perdure::transport {
namespace {

std::string written(const http_response& response, const http_response_form& form = {}) {
  std::string out;
  append_http_response(out, response, form);
  return out;
}

TEST(http_response_writer, writes_status_headers_and_body) {
  EXPECT_EQ(written({.status = 201,
                     .content_type = "application/json",
                     .headers = {{"X-A", "b"}},
                     .body = "{}"}),
            "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-A: b\r\n"
            "Content-Length: 2\r\n\r\n{}");
}

TEST(http_response_writer, an_answer_to_head_has_the_length_but_not_the_body) {
  EXPECT_EQ(written({.body = "abc"}, {.head = true, .close = true}),
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\n");
}

TEST(http_response_writer, no_data_of_a_handler_begins_another_header) {
  const std::string nul(1, '\0');
  EXPECT_EQ(written({.headers = {{"X\r\nY", "a\r\nSet-Cookie: b" + nul}}}),
            "HTTP/1.1 200 OK\r\nX  Y: a  Set-Cookie: b \r\nContent-Length: 0\r\n\r\n");
}

TEST(http_response_writer, no_content_has_no_length) {
  EXPECT_EQ(written({.status = 204}), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(http_response_writer, dates_are_as_rfc_9110_has_them) {
  EXPECT_EQ(http_date(784887151), "Tue, 15 Nov 1994 08:12:31 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(http_json_text, text_is_escaped_as_json) {
  EXPECT_EQ(json("a\"b\\c\n\r\t\x01\x7f"), R"("a\"b\\c\n\r\t\u0001\u007f")");
  EXPECT_EQ(json("grün 水 🙂"), "\"grün 水 🙂\"");
  EXPECT_EQ(json(""), "\"\"");
}

TEST(http_json_text, what_is_not_utf8_becomes_a_replacement_character) {
  EXPECT_EQ(json("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(json("\xC3"), "\"\xEF\xBF\xBD\"") << "cut off";
  EXPECT_EQ(json("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"") << "overlong";
  EXPECT_EQ(json("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"") << "a surrogate";
  EXPECT_EQ(json("\xF4\x90\x80\x80").size(), 14U) << "above U+10FFFF";
}

TEST(http_json_text, utf8_is_told_from_other_bytes) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("grün 水 🙂"));
  EXPECT_FALSE(is_utf8("gr\xFCn"));
  EXPECT_FALSE(is_utf8("\xE0\x80\x80"));
  EXPECT_FALSE(
      is_utf8("🙂"
              "\xF0\x9F"));
}

TEST(http_error, has_one_shape_and_says_when_to_retry) {
  const http_response error = make_http_error(429, "overloaded", "try \"later\"");
  EXPECT_EQ(error.body,
            "{\"error\":{\"code\":\"overloaded\",\"message\":\"try \\\"later\\\"\"}}\n");
  ASSERT_NE(error.header("Retry-After"), nullptr);
  EXPECT_EQ(make_http_error(404, "not_found", "").header("Retry-After"), nullptr);
}

TEST(http_endpoint, is_read_from_the_usual_forms) {
  EXPECT_EQ(parse_http_endpoint("http://127.0.0.1:7080").value(),
            (http_endpoint{"127.0.0.1", 7080}));
  EXPECT_EQ(parse_http_endpoint("localhost:1/").value(), (http_endpoint{"localhost", 1}));
  EXPECT_EQ(parse_http_endpoint("http://[::1]:8080").value(), (http_endpoint{"::1", 8080}));
  EXPECT_EQ(parse_http_endpoint("node-a.example").value(), (http_endpoint{"node-a.example", 80}));
  EXPECT_EQ(to_string({"::1", 8080}), "[::1]:8080");
  EXPECT_EQ(to_string({"localhost", 80}), "localhost:80");
}

TEST(http_endpoint, anything_else_is_refused_with_an_example) {
  for (const char* text : {"", "https://x", "http://", "x:0", "x:65536", "x:1a", "x:", "x/y",
                           "a@b:1", "[::1", "[x]:1", "x\r\nHost: y"}) {
    const auto endpoint = parse_http_endpoint(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_EQ(endpoint.error().code, runtime::errc::invalid_argument);
    EXPECT_NE(endpoint.error().message.find("http://127.0.0.1:7080"), std::string::npos);
  }
}

}  // namespace
}  // namespace perdure::transport
