#include "proto/plugin/cpp_names.hpp"

namespace perdure::plugin {
namespace {

TEST(cpp_names, camel_case_becomes_snake_case) {
  EXPECT_EQ(snake_case("Research"), "research");
  EXPECT_EQ(snake_case("FetchPage"), "fetch_page");
  EXPECT_EQ(snake_case("fetchPage"), "fetch_page");
  EXPECT_EQ(snake_case("GetURL"), "get_url");
  EXPECT_EQ(snake_case("HTTPFetch"), "http_fetch");
  EXPECT_EQ(snake_case("ABTest"), "ab_test");
  EXPECT_EQ(snake_case("V2Search"), "v2_search");
  EXPECT_EQ(snake_case("A"), "a");
}

TEST(cpp_names, snake_case_stays) {
  EXPECT_EQ(snake_case("fetch_page"), "fetch_page");
  EXPECT_EQ(snake_case("Fetch_Page"), "fetch_page");
  EXPECT_EQ(snake_case("FETCH_PAGE"), "fetch_page");
}

TEST(cpp_names, words_of_the_language_are_known) {
  for (const auto* word : {"alignas", "delete", "co_await", "requires", "char8_t", "xor_eq"}) {
    EXPECT_TRUE(is_cpp_keyword(word)) << word;
  }
  EXPECT_FALSE(is_cpp_keyword("research"));
  EXPECT_FALSE(is_cpp_keyword(""));
}

TEST(cpp_names, packages_are_namespaces) {
  EXPECT_EQ(cpp_namespace("research.v1"), "research::v1");
  EXPECT_EQ(cpp_namespace("research"), "research");
}

TEST(cpp_names, text_is_escaped_in_literals) { EXPECT_EQ(cpp_literal(R"(a"b\c)"), R"("a\"b\\c")"); }

}  // namespace
}  // namespace perdure::plugin
