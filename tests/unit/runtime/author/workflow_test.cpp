// A workflow from its start to its end, one await after the other.

#include <stdexcept>

#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure::testing {
namespace {

TEST(workflow, steps_run_one_after_the_other_and_its_value_is_the_result) {
  code_run run([](context& ctx, std::string in) -> workflow<std::string> {
    const auto one = co_await ctx.step(alpha, in);
    const auto sum = co_await ctx.step(add, 20, 22);
    co_await ctx.step(nothing);
    co_return one + std::to_string(sum);
  });
  run.start(std::string("in"));
  EXPECT_EQ(run.commands(), "step alpha");
  EXPECT_EQ(run.waits(), "1 of 1");
  EXPECT_EQ(run.opened<runtime::run_step>(1).arguments.view(), "in");
  run.gives(1, std::string("A"));
  EXPECT_EQ(run.commands(), "step add");
  EXPECT_EQ(run.waits(), "1 of 2");
  run.gives(2, 42);
  EXPECT_EQ(run.commands(), "step nothing");
  run.gives(3);
  EXPECT_EQ(run.value<std::string>(), "A42");
  EXPECT_EQ(run.commands(), "");
  EXPECT_EQ(run.waits(), "");
}

TEST(workflow, without_an_await_it_ends_with_its_first_turn) {
  code_run run([](context&) -> workflow<void> { co_return; });
  run.start();
  EXPECT_EQ(run.status(), "completed");
  EXPECT_TRUE(run.last().result.empty());
}

TEST(workflow, rule_6_4_an_await_throws_the_failure_of_a_step) {
  code_run run([](context& ctx) -> workflow<std::string> {
    try {
      co_await ctx.step(alpha, "x");
    } catch (const failure& why) {
      co_return why.type() + "/" + why.message() + "/" + why.origin();
    }
    co_return "no failure";
  });
  run.start();
  run.fails(1, outcome::failed, "card_declined", "no money");
  EXPECT_EQ(run.value<std::string>(), "card_declined/no money/step `alpha`");
}

TEST(workflow, rule_6_4_outcome_gives_an_expected_instead_of_a_throw) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const auto good = co_await ctx.step(alpha, "x").outcome();
    auto kept = ctx.step(nothing);
    const auto bad = co_await kept.outcome();
    co_return *good + (bad ? "" : std::string(runtime::name(bad.error().kind())));
  });
  run.start();
  run.gives(1, std::string("A"));
  run.fails(2, outcome::timed_out);
  EXPECT_EQ(run.value<std::string>(), "Atimed_out");
}

TEST(workflow, rule_6_4_a_failure_that_escapes_fails_the_run) {
  code_run run([](context& ctx) -> workflow<void> {
    co_await ctx.step(nothing);
    throw failure("no_stock", "nothing left");
  });
  run.start();
  run.gives(1);
  EXPECT_EQ(run.status(), "failed");
  EXPECT_EQ(run.why().type, "no_stock");
  EXPECT_EQ(run.why().origin, "test.Agent/Run, workflow workflow-1");
}

TEST(workflow, rule_6_4_any_other_exception_parks_the_run_and_consumes_nothing) {
  code_run run([](context& ctx) -> workflow<void> {
    co_await ctx.step(nothing);
    ctx.step(alpha, "never recorded").is_settled();
    std::vector<int>().at(3);
  });
  run.start();
  const auto before = run.last().after;
  run.gives(1);
  EXPECT_EQ(run.status(), "parked");
  EXPECT_EQ(run.last().parked, runtime::park_reason::exception);
  EXPECT_TRUE(run.detail().starts_with("std::out_of_range: vector::")) << run.detail();
  EXPECT_NE(run.last().after, before);
  // The frame is of no use any more: a new execution moves the run on.
  run.gives(1);
  EXPECT_EQ(run.status(), "parked");
}

TEST(workflow, an_exception_of_no_known_type_parks_too) {
  code_run run([](context& ctx) -> workflow<void> {
    co_await ctx.step(nothing);
    throw 42;
  });
  run.start();
  run.gives(1);
  EXPECT_EQ(run.detail(), "int: an exception that is not a std::exception");
}

TEST(workflow, a_result_that_cannot_be_read_parks_for_a_fixed_build) {
  code_run run([](context& ctx) -> workflow<int> { co_return co_await ctx.step(add, 1, 2); });
  run.start();
  run.gives(1, std::string("three"));
  EXPECT_EQ(run.status(), "parked");
  EXPECT_EQ(
      run.detail(),
      "perdure::codec_error: the result of step `add` cannot be read: 5 bytes that start with "
      "\"three\" are not a number");
}

TEST(workflow, an_input_that_cannot_be_read_fails_the_run) {
  code_run run(
      [](context& ctx, int n) -> workflow<int> { co_return co_await ctx.step(add, n, n); });
  run.start(std::string("one"));
  EXPECT_EQ(run.status(), "failed");
  EXPECT_EQ(run.why().type, "invalid_input");
}

TEST(workflow, a_failure_without_words_gets_some) {
  code_run run([](context& ctx) -> workflow<std::string> {
    std::string all;
    for (int i = 0; i < 3; ++i) {
      all += (co_await ctx.step(nothing).outcome()).error().what() + std::string("|");
    }
    co_return all;
  });
  run.start();
  run.deliver({run.settled(1, outcome::outcome_unknown, {})});
  run.deliver({run.settled(2, outcome::timed_out, {})});
  run.deliver({run.settled(3, outcome::failed, payload("not a failure"))});
  EXPECT_EQ(
      run.value<std::string>(),
      "outcome_unknown: step `nothing` was lost with its owner: it may have happened (step "
      "`nothing`)|timed_out: step `nothing` timed out (step `nothing`)|failed: step `nothing` "
      "failed (these 13 bytes are not an encoded failure) (step `nothing`)|");
}

TEST(workflow, starts_once) {
  code_run run(
      [](context& ctx, int n) -> workflow<int> { co_return co_await ctx.step(add, n, n); });
  run.start(1);
  run.start(2);
  EXPECT_EQ(run.commands(), "");
  run.gives(1, 7);
  EXPECT_EQ(run.value<int>(), 7);
}

TEST(workflow, a_run_that_has_ended_takes_no_more) {
  code_run run([](context& ctx) -> workflow<int> { co_return co_await ctx.step(add, 1, 2); });
  run.start();
  run.deliver({run.given(1, 3), run.signalled("late", 1)});
  EXPECT_EQ(run.value<int>(), 3);
  run.signals("later", 1);
  EXPECT_EQ(run.detail(), "the run has ended: its code takes nothing more");
}

TEST(workflow, what_ends_with_the_run_is_not_asked_for) {
  code_run run([](context& ctx) -> workflow<void> {
    auto dropped = ctx.step(alpha, "x");
    auto timer = ctx.sleep(std::chrono::seconds(3));
    timer.cancel();
    auto ended = ctx.call<void>({"", "other.Agent", "Run"}, std::string("a"), {.workflow_id = "a"});
    auto left = ctx.call<void>({"", "other.Agent", "Run"}, std::string("b"),
                               {.workflow_id = "b", .on_close = close_policy::abandon});
    ctx.signal_workflow("", "w", "News", std::string("n"));
    co_return;
  });
  run.start();
  EXPECT_EQ(run.status(), "completed");
  EXPECT_EQ(run.commands(), "call other.Agent/Run space/b; signal News space/w");
  EXPECT_EQ(run.opened<runtime::call_agent>(1).workflow_id, "b");
}

TEST(workflow, members_of_the_object_are_the_state_and_come_back_with_it) {
  struct counter final : agent_handler {
    static runtime::agent_description description() {
      return {"counter",
              "",
              {{"Run", runtime::operation_kind::workflow, "", "", ""},
               {"Count", runtime::operation_kind::query, "", "", ""},
               {"Odd", runtime::operation_kind::query, "", "", ""}}};
    }
    workflow<void> run(context& ctx) {
      for (; count < 3; ++count) {
        co_await ctx.step(nothing);
      }
    }
    workflow_body dispatch_workflow(std::string_view, context& ctx, const payload&) override {
      return run(ctx).body();
    }
    payload dispatch_query(std::string_view name, const query_context& ctx,
                           const payload& input) const override {
      if (name == "Odd") {
        throw failure("odd", "no answer");
      }
      return encode(ctx.info().workflow_id + (ctx.now() < ctx.info().started ? "-" : ":") +
                    std::to_string(count + decode<int>(input)));
    }
    int count = 0;
  };
  auto offered = std::make_unique<registry>("test build");
  offered->add_agent<counter>();
  run_driver run(std::move(offered), "counter", "Run");
  EXPECT_EQ(run.query("Count", encode(0))->view(), "workflow-1-0");  // no turn yet
  run.start();
  run.gives(1);
  EXPECT_EQ(run.query("Count", encode(10))->view(), "workflow-1:11");
  run.bring_back();
  EXPECT_EQ(run.query("Count", encode(10))->view(), "workflow-1:11");
  run.gives(2);
  run.gives(3);
  EXPECT_EQ(run.status(), "completed");
  EXPECT_EQ(run.query("Count", encode(0))->view(), "workflow-1:3");
  EXPECT_EQ(run.query("Unknown").error().code, runtime::errc::not_found);
  EXPECT_EQ(run.query("Run").error().code, runtime::errc::not_found);
  EXPECT_EQ(run.query("Count", payload("x")).error().code, runtime::errc::invalid_argument);
  EXPECT_EQ(run.query("Odd").error(),
            (runtime::error{runtime::errc::failed_state, "query `Odd` threw odd: no answer"}));
}

TEST(workflow, a_constructor_that_throws_parks_the_run) {
  struct broken final : agent_handler {
    static runtime::agent_description description() {
      return {"broken", "", {{"Run", runtime::operation_kind::workflow, "", "", ""}}};
    }
    broken() { throw std::runtime_error("no such file"); }
  };
  auto offered = std::make_unique<registry>("test build");
  offered->add_agent<broken>();
  run_driver run(std::move(offered), "broken", "Run");
  run.start();
  EXPECT_EQ(run.detail(),
            "the constructor of the agent's object threw std::runtime_error: no such file");
  EXPECT_EQ(run.query("Run").error().code, runtime::errc::not_found);
}

TEST(workflow, a_plain_function_is_a_run_of_one_step) {
  struct decider final : agent_handler {
    static runtime::agent_description description() {
      return {"legal.Policy", "", {{"Decide", runtime::operation_kind::function, "", "", ""}}};
    }
    payload dispatch_function(std::string_view, step_context& ctx, const payload& input) override {
      return encode(decode<std::string>(input) + " allowed, attempt " +
                    std::to_string(ctx.attempt()));
    }
  };
  auto offered = std::make_unique<registry>("test build");
  offered->add_agent<decider>();
  auto& steps = offered->steps();
  run_driver run(std::move(offered), "legal.Policy", "Decide");
  run.start(std::string("MIT"));
  EXPECT_EQ(run.commands(), "step legal.Policy/Decide");
  const auto& asked = run.opened<runtime::run_step>(1);
  runtime::step_attempt attempt;
  attempt.name = asked.name;
  attempt.attempt = runtime::attempt_number(1);
  attempt.arguments = asked.arguments;
  run.deliver({run.settled(1, outcome::ok, steps.run(attempt, {}).body)});
  EXPECT_EQ(run.value<std::string>(), "MIT allowed, attempt 1");
}

TEST(workflow, a_plain_function_that_fails_fails_its_run) {
  struct decider final : agent_handler {
    static runtime::agent_description description() {
      return {"legal.Policy", "", {{"Decide", runtime::operation_kind::function, "", "", ""}}};
    }
  };
  auto offered = std::make_unique<registry>("test build");
  offered->add_agent<decider>();
  run_driver run(std::move(offered), "legal.Policy", "Decide");
  run.start(std::string("MIT"));
  run.fails(1, outcome::failed, "unknown_licence", "what is MIT?");
  EXPECT_EQ(run.status(), "failed");
  EXPECT_EQ(run.why().type, "unknown_licence");
}

}  // namespace
}  // namespace perdure::testing
