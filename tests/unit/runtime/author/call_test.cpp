// Calls of other agents.

#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure::testing {
namespace {

using namespace std::chrono_literals;

constexpr call_target planner{"planning", "planning.v1.Planner", "Plan"};

TEST(call, carries_everything_that_its_options_say) {
  code_run run([](context& ctx) -> workflow<std::string> {
    co_return co_await ctx.call<std::string>(planner, std::string("query"),
                                             {.workflow_id = "plan/7",
                                              .policy = id_policy::attach,
                                              .on_close = close_policy::terminate,
                                              .timeout = 30min});
  });
  run.start();
  EXPECT_EQ(run.commands(), "call planning.v1.Planner/Plan planning/plan/7");
  EXPECT_EQ(run.waits(), "1 of 1");
  const auto& call = run.opened<runtime::call_agent>(1);
  EXPECT_EQ(call.policy, id_policy::attach);
  EXPECT_EQ(call.on_close, close_policy::terminate);
  EXPECT_EQ(call.timeout, runtime::seconds(1'800));
  EXPECT_EQ(call.input.view(), "query");
  run.gives(1, std::string("plan"));
  EXPECT_EQ(run.value<std::string>(), "plan");
}

TEST(call, rule_2_9_without_a_workflow_id_gets_a_hash_of_run_turn_and_place) {
  code_run run([](context& ctx) -> workflow<void> {
    auto one = ctx.call<void>({"", "a.B", "C"}, std::string("q"));
    auto two = ctx.call<void>({"", "a.B", "C"}, std::string("q"));
    co_await all(one, two);
  });
  run.start();
  const auto& one = run.opened<runtime::call_agent>(1);
  const auto& two = run.opened<runtime::call_agent>(2);
  EXPECT_EQ(one.target_namespace, "space");  // the caller's own, written out
  EXPECT_EQ(one.workflow_id.size(), 32U);
  EXPECT_NE(one.workflow_id, two.workflow_id);
}

TEST(call, rule_6_4_a_failure_carries_its_chain_of_causes) {
  code_run run(
      [](context& ctx) -> workflow<void> { co_await ctx.call<void>(planner, std::string("q")); });
  run.start();
  run.deliver({run.settled(
      1, outcome::failed,
      runtime::encode_failure({outcome::failed,
                               "no_map",
                               "no map of the moon",
                               "planning.v1.Planner/Plan, workflow plan/7: step `draw`, attempt 3",
                               {}}))});
  EXPECT_EQ(run.status(), "failed");
  const auto why = run.why();
  EXPECT_EQ(why.type, "no_map");  // the stable word goes through
  EXPECT_EQ(why.message, "the call of planning.v1.Planner/Plan failed: no map of the moon");
  EXPECT_EQ(why.origin,
            "test.Agent/Run, workflow workflow-1: the call of planning.v1.Planner/Plan");
  ASSERT_EQ(why.causes.size(), 1U);
  EXPECT_EQ(why.causes[0].message, "no map of the moon");
  EXPECT_EQ(why.causes[0].origin,
            "planning.v1.Planner/Plan, workflow plan/7: step `draw`, attempt 3");
}

TEST(call, a_refusal_says_what_it_is) {
  for (const auto [kind, text] :
       {std::pair{outcome::denied, "is not allowed by the target's namespace"},
        std::pair{outcome::not_found, "found nobody there"},
        std::pair{outcome::rejected, "was rejected: there is or was a run of that workflow id"},
        std::pair{outcome::terminated, "was terminated"},
        std::pair{outcome::timed_out, "timed out"}, std::pair{outcome::cancelled, "was cancelled"},
        std::pair{outcome::too_large, "is over a limit of size"},
        std::pair{outcome::failed, "failed"}}) {
    code_run run(
        [](context& ctx) -> workflow<void> { co_await ctx.call<void>(planner, std::string("q")); });
    run.start();
    run.deliver({run.settled(1, kind, {})});
    EXPECT_EQ(run.status(), "failed");
    EXPECT_EQ(run.why().kind, kind);
    EXPECT_EQ(run.why().type, runtime::name(kind));
    EXPECT_EQ(run.why().message, std::string("the call of planning.v1.Planner/Plan ") + text);
  }
}

}  // namespace
}  // namespace perdure::testing
