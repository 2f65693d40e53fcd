#include "runtime/postponed_steps.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace perdure::runtime {
namespace {

constexpr run_key first{offset(1), {}}, second{offset(2), {}}, third{offset(3), {}};

std::vector<std::pair<run_key, thing_number>> drained(postponed_steps& steps) {
  std::vector<std::pair<run_key, thing_number>> all;
  while (const auto next = steps.take()) all.push_back(*next);
  return all;
}

std::pair<run_key, thing_number> of(run_key run, std::uint32_t step) {
  return {run, thing_number(step)};
}

TEST(postponed_steps, rule_3_5_runs_take_turns_in_the_order_in_which_they_came) {
  postponed_steps steps;
  for (const auto step : {3U, 1U, 2U}) steps.add(second, thing_number(step));
  steps.add(first, thing_number(1));
  for (const auto step : {1U, 2U}) steps.add(third, thing_number(step));
  EXPECT_EQ(steps.size(), 6u);
  EXPECT_EQ(drained(steps), (std::vector{of(second, 1), of(first, 1), of(third, 1), of(second, 2),
                                         of(third, 2), of(second, 3)}));
  EXPECT_TRUE(steps.empty());
}

TEST(postponed_steps, rule_3_5_a_run_that_came_later_waits_for_one_step_of_each_other) {
  postponed_steps steps;
  for (std::uint32_t step = 1; step <= 1'000; ++step) steps.add(first, thing_number(step));
  ASSERT_EQ(steps.take(), of(first, 1));
  steps.add(second, thing_number(1));
  EXPECT_EQ(steps.take(), of(first, 2));
  EXPECT_EQ(steps.take(), of(second, 1));
}

TEST(postponed_steps, one_that_waits_is_not_added_again_and_one_that_is_gone_not_taken) {
  postponed_steps steps;
  steps.add(first, thing_number(1));
  steps.add(first, thing_number(1));
  steps.add(first, thing_number(2));
  steps.add(second, thing_number(1));
  EXPECT_EQ(steps.count(first), 2u);
  steps.erase(first, thing_number(1));
  steps.erase(first, thing_number(1));
  steps.erase(second, thing_number(1));
  steps.erase(third, thing_number(1));
  EXPECT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps.count(second), 0u);
  EXPECT_EQ(drained(steps), (std::vector{of(first, 2)}));
  steps.add(first, thing_number(3));
  steps.clear();
  EXPECT_EQ(steps.take(), std::nullopt);
  EXPECT_TRUE(steps.empty());
}

}  // namespace
}  // namespace perdure::runtime
