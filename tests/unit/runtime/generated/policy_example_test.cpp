// The C++ of docs/agents.md is compiled and does what the page says.

#include "tests/unit/runtime/generated/policy_example.hpp"

#include "tests/unit/proto/checkout.hpp"
#include "tests/unit/proto/markdown.hpp"
#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure {
namespace {

using testing::code_run;
using ::testing::HasSubstr;
using testing::run_driver;

TEST(policy_example, is_what_the_page_shows) {
  std::string compiled;
  for (const std::string path : {"policy_example.hpp", "policy_example.cpp"}) {
    compiled += plugin::read_checkout("tests/unit/runtime/generated/" + path);
  }
  const auto shown = plugin::code_blocks(plugin::read_checkout("docs/agents.md"), "cpp");
  ASSERT_EQ(shown.size(), 4U);
  for (const auto& block : shown) EXPECT_THAT(compiled, HasSubstr(block));
}

std::unique_ptr<registry> desks() {
  auto offered = std::make_unique<registry>("test build");
  offered->add_agent<legal::v1::policy_desk>();
  return offered;
}

legal::v1::Licence licence(const std::string& key) {
  legal::v1::Licence result;
  result.set_key(key);
  return result;
}

TEST(policy_example, decides_by_rule_and_by_person) {
  run_driver by_rule(desks(), "legal.v1.Policy", "Decide");
  by_rule.start(licence("mit"));
  EXPECT_TRUE(by_rule.value<legal::v1::Ruling>().allowed());

  run_driver by_person(desks(), "legal.v1.Policy", "Decide");
  by_person.start(licence("sspl"));
  EXPECT_EQ(decode<legal::v1::Licence>(by_person.query("Question").value()).key(), "sspl");
  legal::v1::Ruling no;
  no.set_reason("ask again");
  by_person.signals("Settle", no);
  EXPECT_EQ(by_person.value<legal::v1::Ruling>().reason(), "ask again");
}

TEST(policy_example, is_called_by_others) {
  code_run run([](context& ctx) -> workflow<legal::v1::Ruling> {
    co_return co_await legal::v1::ask_legal(ctx, licence("sspl"));
  });
  run.start();
  const auto& call = run.opened<runtime::call_agent>(1);
  EXPECT_EQ(call.target_namespace, "legal");
  EXPECT_EQ(call.workflow_id, "licence/sspl");
  EXPECT_EQ(call.policy, id_policy::attach);
  legal::v1::Ruling no;
  no.set_reason("never");
  run.gives(1, no);
  EXPECT_EQ(run.value<legal::v1::Ruling>().reason(), "never");
}

}  // namespace
}  // namespace perdure
