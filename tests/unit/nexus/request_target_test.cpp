#include "nexus/api/request_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nexus/api/route.hpp"

namespace perdure::nexus {
namespace {

using testing::HasSubstr;
using transport::http_method;

TEST(request_target, is_split_before_it_is_decoded) {
  const auto target = request_target::parse("/v1/a%2Fb/c%20d?x=1&y=a+b%2Bc&z");
  ASSERT_TRUE(target) << target.error().message;
  ASSERT_EQ(target->path.size(), 3U);
  EXPECT_EQ(target->path[1].raw, "a%2Fb");
  EXPECT_EQ(target->path[1].decoded, "a/b");
  EXPECT_EQ(target->path[2].decoded, "c d");
  ASSERT_EQ(target->query.size(), 3U);
  EXPECT_EQ(target->query[1].value, "a b+c");
  EXPECT_EQ(target->query[2].name, "z");
}

TEST(request_target, whatever_could_be_read_differently_is_refused) {
  for (const char* text : {"",
                           "v1",
                           "http://localhost/healthz",
                           "*",
                           "//healthz",
                           "/healthz/",
                           "/v1//agents",
                           "/v1/./agents",
                           "/v1/../healthz",
                           "/v1/%2e%2E/healthz",
                           "/v1/%2e/x",
                           "/v1/a%",
                           "/v1/%zz",
                           "/v1/a%00b",
                           "/v1/a%0d%0ab",
                           "/v1/%ff",
                           "/v1/%c0%af",
                           "/v1/agents#x",
                           "/v1?a=%1",
                           "/v1?a=1&a=2",
                           "/v1?a=%00",
                           "/v1?%ff=1"}) {
    const auto target = request_target::parse(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().status, 400U) << text;
  }
}

TEST(request_target, the_query_has_a_limit) {
  std::string text = "/v1?";
  for (int i = 0; i < 33; ++i) text += std::to_string(i) + "=1&";
  EXPECT_THAT(request_target::parse(text).error().message, HasSubstr("more than 32"));
}

struct route_test : testing::Test {
  static void none(std::shared_ptr<api_call>) {}
  api_result<found_route> find(http_method method, std::string text) {
    text_ = std::move(text);
    return find_route(routes, method, request_target::parse(text_).value());
  }
  const std::vector<route> routes{{http_method::get, "/healthz", none},
                                  {http_method::get, "/v1/things/{id}", none},
                                  {http_method::post, "/v1/things/{id}", none},
                                  {http_method::post, "/v1/things/{id}/cancel", none}};

 private:
  std::string text_;
};

TEST_F(route_test, parameters_take_any_one_segment) {
  const auto found = find(http_method::post, "/v1/things/a%2Fb%2F..%2Fc/cancel");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->which, &routes[3]);
  ASSERT_EQ(found->parameters.size(), 1U);
  EXPECT_EQ(found->parameters[0].first, "id");
  EXPECT_EQ(found->parameters[0].second, "a/b/../c");
}

TEST_F(route_test, literal_segments_match_byte_for_byte) {
  for (const char* text :
       {"/", "/Healthz", "/health%7A", "/healthz;x", "/healthz%2F", "/healthz%2Fx", "/healthz/x",
        "/v1/things", "/v1/things/a/Cancel", "/v1/things/a%2Fcancel/x", "/v1%2Fthings/a",
        "/v1/things/a/cancel/healthz"}) {
    const auto found = find(http_method::get, text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().status, 404U) << text;
  }
}

TEST_F(route_test, other_methods_are_named) {
  const auto found = find(http_method::put, "/v1/things/a");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().status, 405U);
  EXPECT_EQ(found.error().allow, "GET, POST");
  EXPECT_EQ(find(http_method::other, "/healthz").error().status, 405U);
}

TEST_F(route_test, head_is_answered_as_get) {
  EXPECT_EQ(find(http_method::head, "/healthz")->which, &routes[0]);
}

TEST_F(route_test, parameters_have_a_limit) {
  EXPECT_TRUE(find(http_method::get, "/v1/things/" + std::string(256, 'a')));
  const auto found = find(http_method::get, "/v1/things/" + std::string(257, 'a'));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().status, 413U);
}

}  // namespace
}  // namespace perdure::nexus
