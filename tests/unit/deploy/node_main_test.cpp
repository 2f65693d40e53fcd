#include "deploy/node_main.hpp"

#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perdure {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct shop final : agent_handler {
  static runtime::agent_description description() {
    return {"shop", "", {{"Buy", runtime::operation_kind::workflow, "shop.v1.Gone", "", ""}}};
  }
};

TEST(node_main, an_agent_that_cannot_be_offered_ends_the_program_with_code_1_and_its_name) {
  std::string name = "node";
  std::array<char*, 2> arguments = {name.data(), nullptr};
  testing::internal::CaptureStderr();
  const int code =
      node_main(1, arguments.data(), [](registry& offered) { offered.add_agent<shop>(); });
  EXPECT_THAT(
      testing::internal::GetCapturedStderr(),
      AllOf(HasSubstr("cannot be offered"), HasSubstr("`shop`"), HasSubstr("shop.v1.Gone")));
  EXPECT_EQ(code, 1);
}

TEST(node_main, flags_that_do_not_fit_end_the_program_with_code_2) {
  std::string name = "node", flag = "--no-such-flag";
  std::array<char*, 3> arguments = {name.data(), flag.data(), nullptr};
  testing::internal::CaptureStderr();
  const int code = node_main(2, arguments.data(), [](registry&) {});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("no-such-flag"));
  EXPECT_EQ(code, 2);
}

}  // namespace
}  // namespace perdure
