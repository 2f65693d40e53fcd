#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/lone_fold.hpp"

namespace perdure::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto is_void = "is void: ";

TEST(fold_turn, rule_2_2_a_decision_of_another_epoch_is_void) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  f.claim(2);
  EXPECT_THAT(f.put(turn), HasSubstr("void: of another epoch"));
  EXPECT_EQ(f.run(run).seq, turn_seq(0));
  EXPECT_EQ(f.run(run).data.size(), 1u);
}

TEST(fold_turn, rule_2_6_a_turn_out_of_its_run_s_order_is_void) {
  lone_fold f;
  const auto run = f.start();
  auto late = f.turn(run);
  late.set_seq(3);
  EXPECT_THAT(f.put(late), HasSubstr("void: not the run's next turn"));
  f.put(f.consuming(run));
  auto forked = f.turn(run);
  forked.set_before(99);
  EXPECT_THAT(f.put(forked), HasSubstr("void: it follows another turn"));
  auto of_nobody = f.turn(run);
  of_nobody.mutable_run()->set_created(999);
  EXPECT_THAT(f.put(of_nobody), HasSubstr("void: no such open run"));
}

TEST(fold_turn, rule_2_5_data_is_consumed_as_a_prefix) {
  lone_fold f;
  const auto run = f.start();
  f.put(signal_record("w", "hello", "k1"));
  auto second_only = f.consuming(run);
  second_only.mutable_consumed()->DeleteSubrange(0, 1);
  EXPECT_THAT(f.put(second_only), HasSubstr("void: what it consumes is not a prefix"));
  auto too_much = f.consuming(run);
  *too_much.add_consumed() = too_much.consumed(1);
  EXPECT_THAT(f.put(too_much), HasSubstr("void: it consumes more than waits"));
  auto first_only = f.consuming(run);
  first_only.mutable_consumed()->DeleteSubrange(1, 1);
  EXPECT_THAT(f.put(first_only), HasSubstr("turn 1 of run 3 recorded"));
  EXPECT_EQ(f.run(run).data.size(), 1u);
}

TEST(fold_turn, rule_2_5_controls_wait_apart_from_the_data) {
  lone_fold f;
  const auto run = f.start();
  f.put(control_record("w", control_verb::pause, "k1"));
  auto pause = f.turn(run);
  pause.set_controls(1);
  pause.set_status(static_cast<std::uint32_t>(run_status::paused));
  EXPECT_THAT(f.put(pause), Not(HasSubstr(is_void)));
  EXPECT_EQ(f.run(run).status, run_status::paused);
  EXPECT_EQ(f.run(run).data.size(), 1u);
  EXPECT_TRUE(f.run(run).controls.empty());
  EXPECT_THAT(f.put(pause), HasSubstr("void"));
}

TEST(fold_turn, rule_2_7_the_first_final_result_wins_from_any_attempt) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  add_step(turn, 1);
  f.put(turn);
  f.claim(2);  // ends attempt 1
  EXPECT_EQ(f.run(run).things[0].attempt, attempt_number(2));
  EXPECT_THAT(f.put(step_result_record({run, 1, 1, outcome::ok, false, "early"})),
              HasSubstr("settled: ok"));
  EXPECT_THAT(f.put(step_result_record({run, 1, 2, outcome::failed, false, "late"})),
              HasSubstr("nothing: the step is not open, or has its final result"));
}

TEST(fold_turn, rule_2_7_an_enclosed_result_counts_even_if_its_turn_is_void) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  add_step(turn, 1);
  add_step(turn, 2);
  add_wait(turn, 1, {1});
  f.put(turn);
  auto lost = f.turn(run);
  add_result(lost, 1);
  f.claim(2);
  EXPECT_THAT(f.put(lost), AllOf(HasSubstr("void: of another epoch"),
                                 HasSubstr("1 of run 3 settled: ok"), HasSubstr("wakes it")));
  EXPECT_TRUE(f.run(run).woken);
  auto again = f.turn(run);
  add_result(again, 2);
  add_result(again, 1);
  EXPECT_THAT(f.put(again), AllOf(HasSubstr("void: it encloses a result that lost"),
                                  HasSubstr("2 of run 3 settled: ok"),
                                  HasSubstr("nothing: the step is not open")));
}

TEST(fold_turn, rule_2_7_waits_are_counted_down) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  for (std::uint32_t step = 1; step <= 4; ++step) add_step(turn, step);
  add_wait(turn, 2, {1, 2, 3});
  f.put(turn);
  f.put(step_result_record({run, 4}));
  f.put(step_result_record({run, 1}));
  EXPECT_FALSE(f.run(run).woken);
  f.put(step_result_record({run, 3}));
  EXPECT_TRUE(f.run(run).woken);
}

TEST(fold_turn, rule_2_7_a_failure_meets_a_wait_at_once) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  add_step(turn, 1);
  add_step(turn, 2);
  add_wait(turn, 2, {1, 2});
  f.put(turn);
  f.put(step_result_record({run, 1, 1, outcome::failed}));
  EXPECT_TRUE(f.run(run).woken);
}

TEST(fold_turn, results_that_came_before_the_turn_that_waits_for_them_wake_the_run) {
  lone_fold f;
  const auto run = f.start();
  auto first = f.consuming(run);
  add_step(first, 1);
  add_step(first, 2);
  f.put(first);
  f.put(step_result_record({run, 1}));
  EXPECT_FALSE(f.run(run).woken);
  auto second = f.turn(run);  // began before the result was there
  add_wait(second, 2, {1, 2});
  f.put(second);
  EXPECT_FALSE(f.run(run).woken);
  f.put(step_result_record({run, 2}));
  EXPECT_TRUE(f.run(run).woken);
}

TEST(fold_turn, rule_6_5_a_close_ends_attempts_timers_and_calls) {
  lone_fold f;
  const auto run = f.start({.timeout = seconds(9)});
  auto turn = f.consuming(run);
  add_step(turn, 1);
  add_timer(turn, 2, 5'000'000);
  add_call(turn, 3, 1, close_policy::cancel);
  add_call(turn, 4, 1, close_policy::terminate);
  add_call(turn, 5, 1, close_policy::abandon);
  f.put(turn);
  EXPECT_EQ(f.folded.due().size(), 2u);
  auto close = f.turn(run);
  close.set_status(static_cast<std::uint32_t>(run_status::completed));
  EXPECT_THAT(f.put(close), HasSubstr("attempt 1 of step 1 of run 3 ends"));
  EXPECT_TRUE(f.folded.due().empty());
  ASSERT_EQ(f.folded.owed_messages().size(), 2u);
  EXPECT_EQ(f.folded.owed_messages()[0].body.command(), 3u);
  EXPECT_FALSE(f.folded.owed_messages()[0].body.terminate());
  EXPECT_EQ(f.folded.owed_messages()[1].body.command(), 4u);
  EXPECT_TRUE(f.folded.owed_messages()[1].body.terminate());
}

TEST(fold_turn, a_turn_that_no_owner_writes_is_void) {
  lone_fold f;
  const auto run = f.start();
  auto first = f.consuming(run);
  add_step(first, 1);
  f.put(first);

  auto status = f.turn(run);
  status.set_status(99);
  EXPECT_THAT(f.put(status), HasSubstr("void: malformed"));
  auto twice = f.turn(run);
  add_result(twice, 1);
  add_result(twice, 1);
  EXPECT_THAT(f.put(twice), HasSubstr("void: malformed"));
}

TEST(fold_turn, a_turn_may_not_give_a_number_twice) {
  lone_fold f;
  const auto run = f.start();
  auto first = f.consuming(run);
  add_timer(first, 1, 100);
  add_timer(first, 1, 200);
  EXPECT_THAT(f.put(first), HasSubstr("void: malformed"));
  auto second = f.consuming(run);
  add_timer(second, 1, 100);
  f.put(second);
  auto third = f.turn(run);
  add_step(third, 1);
  EXPECT_THAT(f.put(third), HasSubstr("void: malformed"));
  f.clock(1'000);
  EXPECT_TRUE(f.folded.due().empty());
}

TEST(fold_turn, times_beyond_all_time_stop_at_its_end) {
  lone_fold f;
  wire::Start start;
  start.set_workflow_id("w");
  start.set_request_key("k");
  start.set_timeout_us(UINT64_MAX);
  start.set_delay_us(INT64_MAX);
  f.put(encoded(record_kind::start, start, {5}));
  const run_key run{f.last(), {}};
  EXPECT_EQ(f.run(run).deadline.us, INT64_MAX);
  const auto other = f.start({.workflow_id = "other", .key = "other"});
  auto turn = f.consuming(other);
  add_step(turn, 1, step_mode::at_least_once, {{-1}, 10'000, {-1}, 0, {INT64_MAX}});
  f.put(turn, {}, INT64_MAX - 5);
  EXPECT_THAT(f.put(step_result_record({other, 1, 1, outcome::failed, true})),
              HasSubstr("is due at 9223372036854775807"));
}

}  // namespace
}  // namespace perdure::runtime
