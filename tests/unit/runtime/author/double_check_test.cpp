// DESIGN 6.10: a debug build finds what workflow code must not use.

#include <random>

#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure::testing {
namespace {

using namespace std::chrono_literals;

/// What a double-checking host says of one activation of this code.
template <class F>
turn_result checked(F code) {
  const auto offered = registry_with(code);
  coroutine_host host(*offered, {.double_check = true});
  runtime::activation start;
  start.seq = runtime::turn_seq(1);
  start.data.emplace_back();
  return host.open({"r", "s", "w", "test.Agent", "Run", "", {}, 1}).value()->activate(start);
}

int calls_of_this_process = 0;

TEST(double_check, rule_6_10_finds_chance_in_an_input) {
  const auto result = checked([](context& ctx) -> workflow<void> {
    static std::minstd_rand chance;
    co_await ctx.step(add, static_cast<int>(chance() % 1'000'000), 0);
  });
  EXPECT_EQ(result.status, run_status::parked);
  EXPECT_EQ(result.parked, runtime::park_reason::nondeterminism);
  EXPECT_EQ(
      result.detail,
      "turn 1: run twice on the same data, the code asked for the same with other inputs or "
      "gave another result: it uses a clock, chance, an address or a variable that is not the "
      "run's");
}

TEST(double_check, rule_6_10_finds_a_variable_that_decides_what_is_asked_for) {
  const auto result = checked([](context& ctx) -> workflow<void> {
    if (++calls_of_this_process % 2 == 1) {
      co_await ctx.sleep(3s);
    }
    co_await ctx.step(alpha, "x");
  });
  EXPECT_TRUE(
      result.detail.starts_with("turn 1: run twice on the same data, the code asked for a "
                                "timer of 3 s, then for step `alpha`: it uses"))
      << result.detail;
}

TEST(double_check, rule_6_10_finds_an_end_that_depends_on_chance) {
  const auto ends = checked([](context& ctx) -> workflow<void> {
    if (++calls_of_this_process % 2 == 1) {
      co_await ctx.signal<int>("s");
    }
  });
  EXPECT_NE(ends.detail.find("the code ended as open, then as completed"), std::string::npos)
      << ends.detail;
  const auto asks = checked([](context& ctx) -> workflow<void> {
    auto first = ctx.step(alpha, "x");
    if (++calls_of_this_process % 2 == 1) {
      co_await ctx.step(beta, "y");
    }
    co_await first;
  });
  EXPECT_NE(asks.detail.find("the code asked for step `beta`, then for nothing more"),
            std::string::npos)
      << asks.detail;
}

TEST(double_check, leaves_code_alone_that_keeps_the_rules) {
  const auto result = checked([](context& ctx) -> workflow<void> {
    co_await ctx.step(undo, ctx.uuid() + std::to_string(ctx.now().us));
  });
  EXPECT_EQ(result.status, run_status::open);
  EXPECT_EQ(result.commands.size(), 1U);
}

}  // namespace
}  // namespace perdure::testing
