#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "nexus/api/api_error.hpp"
#include "nexus/api/route.hpp"

namespace perdure::nexus {
namespace {

/// A file of the checkout that ctest names, or of the current folder.
std::string content_of(const std::string& path) {
  const char* root = std::getenv("PERDURE_SOURCE_DIR");
  std::ifstream file(std::string(root ? root : ".") + "/" + path);
  std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_FALSE(text.empty()) << path << " is not there";
  return text;
}
std::string documentation() { return content_of("docs/api.md"); }

/// What stands between two texts; the second is looked for behind the first.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin);
  const auto to = text.find(end, from);
  if (from == text.npos || to == text.npos) {
    ADD_FAILURE() << "no text from \"" << begin << "\" to \"" << end << "\"";
    return {};
  }
  return text.substr(from + begin.size(), to - from - begin.size());
}

/// All that `pattern` finds, as its first two groups.
std::set<std::string> found(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern, std::regex::ECMAScript | std::regex::multiline);
  std::set<std::string> all;
  for (std::sregex_iterator match(text.begin(), text.end(), expression), end; match != end;
       ++match) {
    all.insert((*match)[1].str() + " " + (*match)[2].str());
  }
  return all;
}

TEST(api_documentation, has_a_section_for_every_route_and_no_other) {
  std::set<std::string> routes;
  for (const route& route : all_routes()) {
    routes.insert(fmt::format("{} {}", transport::name(route.method), route.pattern));
  }
  EXPECT_EQ(found(documentation(), "^### ([A-Z]+) (/\\S*)$"), routes);
}

TEST(api_documentation, has_every_error_code_with_its_status_and_no_other) {
  std::set<std::string> codes{"internal 500"};
  for (int code = 1; code <= static_cast<int>(runtime::errc::failed_state); ++code) {
    const auto known = static_cast<runtime::errc>(code);
    codes.insert(fmt::format("{} {}", runtime::name(known), http_status(known)));
  }
  EXPECT_EQ(found(documentation(), "^\\| `([a-z_]+)` \\| (\\d+) \\|"), codes);
}

/// The words are literals of one function: so that each is given somewhere, it is read.
TEST(api_documentation, names_the_conditions_that_runs_are_given_and_no_other) {
  const auto code = between(content_of("runtime/owner.cpp"), "owner::condition(", "\n}\n");
  const auto given = found(code, "return \"([a-z_]+)\"()");
  EXPECT_GT(given.size(), 5U);
  EXPECT_EQ(found(between(documentation(), "`condition` is", "of a closed one"), "`([a-z_]+)`()"),
            given);
  const auto operators =
      between(content_of("docs/operations.md"), "| state | means | what to do |", "| `parked:`");
  EXPECT_EQ(found(operators, "^\\| `([a-z_]+)` \\|()"), given);
}

TEST(api_documentation, every_route_begins_its_own_way) {
  std::set<std::string> seen;
  for (const route& route : all_routes()) {
    EXPECT_TRUE(
        seen.insert(fmt::format("{} {}", transport::name(route.method), route.pattern)).second)
        << route.pattern << " is there twice";
    EXPECT_NE(route.handle, nullptr);
  }
}

}  // namespace
}  // namespace perdure::nexus
