// DESIGN 7.6: over a limit, a typed failure in the workflow, before anything is recorded.

#include "runtime/author/limits.hpp"

#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure::testing {
namespace {

using namespace std::chrono_literals;

TEST(limits, rule_7_6_a_payload_over_one_mebibyte_is_too_large) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto fits = ctx.step(alpha, std::string(largest_payload, 'x'));
    const auto step = co_await ctx.step(alpha, std::string(largest_payload + 1, 'x')).outcome();
    const auto call =
        co_await ctx.call<void>({"", "a.B", "C"}, std::string(largest_payload + 1, 'x')).outcome();
    std::string signal;
    try {
      ctx.signal_workflow("", "w", "s", std::string(largest_payload + 1, 'x'));
    } catch (const failure& why) {
      signal = why.type();
    }
    fits.cancel();
    co_await ctx.step(nothing);
    co_return step.error().message() + "; " + call.error().type() + "; " + signal;
  });
  run.start();
  EXPECT_EQ(run.commands(), "step alpha; cancel 1; step nothing");
  run.gives(2);
  EXPECT_EQ(run.value<std::string>(),
            "step `alpha`: its input has 1048577 bytes, over the limit of 1048576; too_large; "
            "too_large");
}

TEST(limits, rule_7_6_a_turn_has_at_most_10_000_commands) {
  code_run run([](context& ctx) -> workflow<std::string> {
    std::vector<pending<void>> timers;
    for (std::size_t i = 0; i < most_commands_in_turn; ++i) {
      timers.push_back(ctx.sleep(1s));
    }
    const auto over = co_await ctx.step(nothing).outcome();
    const auto alarm = co_await ctx.signal<int>("s", 1h).outcome();
    std::string signal;
    try {
      ctx.signal_workflow("", "w", "s", 1);
    } catch (const failure& why) {
      signal = why.type();
    }
    timers.clear();
    co_await ctx.signal<int>("go");
    co_await ctx.step(nothing);  // the next turn has room again
    co_return over.error().message() + "; " + alarm.error().type() + "; " + signal;
  });
  run.start();
  EXPECT_EQ(run.last().commands.size(), most_commands_in_turn) << run.detail();
  run.signals("go", 1);
  EXPECT_EQ(run.commands(), "step nothing");
  run.gives(10'001);
  EXPECT_EQ(run.value<std::string>(),
            "step `nothing`: a turn has at most 10000 commands: await some of them before you ask "
            "for more; too_large; too_large");
}

TEST(limits, rule_7_6_the_inputs_of_a_turn_are_limited_together) {
  code_run run([](context& ctx) -> workflow<std::size_t> {
    const std::string large(largest_payload, 'x');
    std::size_t accepted = 0;
    std::vector<pending<std::string>> steps;
    for (int i = 0; i < 20; ++i) {
      steps.push_back(ctx.step(alpha, large));
      accepted += steps.back().is_settled() ? 0 : 1;
    }
    co_return accepted;
  });
  run.start();
  EXPECT_EQ(run.value<std::size_t>(), largest_turn / largest_payload);
}

TEST(limits, rule_7_6_names_have_at_most_256_bytes) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const std::string name(longest_id + 1, 'n');
    const auto signal = co_await ctx.signal<int>(name).outcome();
    const auto call = co_await ctx.call<void>({"", "a.B", "C"}, 1, {.workflow_id = name}).outcome();
    const auto agent = co_await ctx.call<void>({"", name, "C"}, 1).outcome();
    co_return signal.error().type() + call.error().type() + agent.error().type();
  });
  run.start();
  EXPECT_EQ(run.value<std::string>(), "too_largetoo_largetoo_large");
}

TEST(limits, rule_7_6_a_result_over_one_mebibyte_fails_the_run) {
  code_run run(
      [](context&) -> workflow<std::string> { co_return std::string(largest_payload + 1, 'x'); });
  run.start();
  EXPECT_EQ(run.status(), "failed");
  EXPECT_EQ(run.why().kind, outcome::too_large);
}

TEST(limits, cancelling_more_things_than_a_turn_has_commands_is_no_problem) {
  code_run run([](context& ctx) -> workflow<std::string> {
    std::vector<pending<void>> timers;
    for (int turn = 0; turn < 2; ++turn) {
      for (std::size_t i = 0; i < 9'000; ++i) {
        timers.push_back(ctx.sleep(1h));
      }
      co_await ctx.signal<int>("go");
    }
    const auto ended = co_await all_settled(timers);
    co_await ctx.shielded([](context& c) -> task<void> { co_await c.signal<int>("end"); }(ctx));
    co_return ended.back().error().type();
  });
  run.start();
  run.signals("go", 1);
  run.signals("go", 2);
  run.cancel();
  EXPECT_EQ(run.last().commands.size(), most_commands_in_turn);
  run.signals("end", 1);
  EXPECT_EQ(run.value<std::string>(), "cancelled");
}

}  // namespace
}  // namespace perdure::testing
