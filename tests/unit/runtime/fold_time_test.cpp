#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/lone_fold.hpp"

namespace perdure::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

run_key with_timers(lone_fold& f, std::uint32_t count, std::int64_t due_us) {
  const auto run = f.start();
  auto turn = f.consuming(run);
  for (std::uint32_t i = 1; i <= count; ++i) add_timer(turn, i, due_us);
  f.put(turn, {}, 1);
  return run;
}

TEST(fold_time, rule_2_8_only_a_clock_fires_what_is_due_in_order) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  add_timer(turn, 1, 300);
  add_timer(turn, 2, 100);
  add_timer(turn, 3, 200);
  f.put(turn, {}, 1);
  const auto other = f.start({.workflow_id = "other", .key = "o"});
  f.put(f.consuming(other), {}, 250);
  EXPECT_EQ(f.folded.time().us, 250);
  EXPECT_TRUE(f.run(run).data.empty());
  f.clock(250);
  ASSERT_EQ(f.run(run).data.size(), 2u);
  EXPECT_EQ(f.run(run).data[0].thing, thing_number(2));
  EXPECT_EQ(f.run(run).data[1].thing, thing_number(3));
}

TEST(fold_time, rule_2_8_a_clock_that_is_early_or_has_nothing_due_is_void) {
  lone_fold f;
  const auto run = with_timers(f, 1, 500);
  EXPECT_THAT(f.clock(100), HasSubstr("log time 100"));
  EXPECT_THAT(f.clock(99), HasSubstr("nothing: "));
  EXPECT_THAT(f.clock(100), HasSubstr("nothing: "));
  EXPECT_EQ(f.run(run).data.size(), 0u);
  EXPECT_THAT(f.clock(500), HasSubstr("timer_fired arrived"));
}

TEST(fold_time, rule_2_8_a_thousand_at_a_time_and_a_copy_fires_nothing) {
  lone_fold f;
  const auto run = with_timers(f, 2'500, 500);
  f.clock(600);
  const auto clock = f.last();
  EXPECT_EQ(f.run(run).data.size(), 1'000u);
  EXPECT_THAT(f.copy(clock), HasSubstr("nothing: "));
  EXPECT_EQ(f.run(run).data.size(), 1'000u);
  f.clock(601);
  f.clock(602);
  EXPECT_EQ(f.run(run).data.size(), 2'500u);
}

TEST(fold_time, rule_5_2_a_retryable_failure_opens_the_next_attempt_after_its_wait) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  add_step(turn, 1, step_mode::at_least_once, {milliseconds(100), 2'000, seconds(1), 3, {}});
  f.put(turn, {}, 1'000'000);
  EXPECT_THAT(f.put(step_result_record({run, 1, 1, outcome::failed, true})),
              HasSubstr("attempt 2 of step 1 of run 3 is due at"));
  const auto first = f.run(run).things[0].due - timestamp{1'000'000};
  EXPECT_GE(first.us, 75'000);
  EXPECT_LE(first.us, 100'000);
  EXPECT_THAT(f.put(step_result_record({run, 1, 1, outcome::failed, true})),
              HasSubstr("nothing: a failure that may be retried"));
  EXPECT_THAT(f.clock(1'100'000), HasSubstr("attempt 2 of step 1 of run 3 may start"));
  f.put(step_result_record({run, 1, 2, outcome::timed_out, true}));
  const auto second = f.run(run).things[0].due - timestamp{1'100'000};
  EXPECT_GE(second.us, 150'000);
  EXPECT_LE(second.us, 200'000);
  f.clock(1'300'000);
  EXPECT_THAT(f.put(step_result_record({run, 1, 3, outcome::failed, true})),
              HasSubstr("1 of run 3 settled: failed"));
}

TEST(fold_time, rule_5_2_no_retry_is_due_after_the_total_time) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  add_step(turn, 1, step_mode::at_least_once,
           {milliseconds(100), 2'000, seconds(60), 0, milliseconds(250)});
  f.put(turn, {}, 1'000'000);
  EXPECT_THAT(f.put(step_result_record({run, 1, 1, outcome::failed, true})), HasSubstr("is due"));
  f.clock(1'150'000);
  EXPECT_THAT(f.put(step_result_record({run, 1, 2, outcome::failed, true})),
              HasSubstr("settled: failed"));
}

TEST(fold_time, a_late_success_of_an_earlier_attempt_ends_the_wait_for_the_next) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  add_step(turn, 1);
  f.put(turn, {}, 1);
  f.claim(2);
  f.put(step_result_record({run, 1, 2, outcome::failed, true}));
  EXPECT_EQ(f.folded.due().size(), 1u);
  f.put(step_result_record({run, 1, 1, outcome::ok}));
  EXPECT_TRUE(f.folded.due().empty());
  EXPECT_TRUE(f.run(run).things[0].settled);
}

TEST(fold_time, rule_2_8_a_deadline_joins_the_data) {
  lone_fold f;
  const auto run = f.start({.timeout = seconds(1)});
  f.put(f.consuming(run), {}, 1);
  EXPECT_THAT(f.clock(1'000'001), HasSubstr("deadline arrived for run 3, wakes it"));
  EXPECT_EQ(f.run(run).status, run_status::open);
}

TEST(fold_time, a_delayed_start_waits_for_the_clock) {
  lone_fold f;
  EXPECT_THAT(f.put(start_record({.delay = seconds(1)})), Not(HasSubstr("start arrived")));
  const run_key run{f.last(), {}};
  EXPECT_FALSE(f.run(run).has_start);
  f.put(signal_record("w", "s", "k1"));
  EXPECT_FALSE(f.run(run).woken);
  EXPECT_THAT(f.clock(1'000'001), HasSubstr("start arrived for run 3, wakes it"));
  EXPECT_EQ(f.run(run).data.size(), 2u);
}

TEST(fold_time, cancel_of_a_delayed_run_starts_it_now) {
  lone_fold f;
  const auto run = f.start({.delay = seconds(1)});
  EXPECT_THAT(f.put(control_record("w", control_verb::cancel, "k1")),
              AllOf(HasSubstr("cancel arrived"), HasSubstr("start arrived")));
  EXPECT_TRUE(f.run(run).has_start);
  ASSERT_EQ(f.run(run).data.size(), 2u);
  EXPECT_EQ(f.run(run).data[0].kind, item_kind::cancel);
  EXPECT_TRUE(f.folded.due().empty());
}

TEST(fold_time, terminate_of_a_delayed_run_leaves_nothing_due) {
  lone_fold f;
  const auto run = f.start({.delay = seconds(1), .timeout = seconds(3)});
  f.put(control_record("w", control_verb::terminate, "k1"));
  auto turn = f.turn(run);
  turn.set_controls(1);
  turn.set_status(static_cast<std::uint32_t>(run_status::terminated));
  f.put(turn);
  EXPECT_TRUE(f.folded.due().empty());
  EXPECT_NE(f.folded.find_closed(run), nullptr);
}

}  // namespace
}  // namespace perdure::runtime
