#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/world.hpp"

namespace perdure::runtime {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

void finish(script_turn& t) { t.complete(t.given(thing_number(1))); }

TEST(owner_step, rule_2_7_results_that_wake_nobody_get_records_the_last_is_enclosed) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait(3, {t.step("a"), t.step("b"), t.step("c")}); },
               [](script_turn& t) {
                 t.complete(t.given(thing_number(1)) + t.given(thing_number(2)) +
                            t.given(thing_number(3)));
               }});
  const auto run = w.start("w");
  w.go();
  w.end(run, 2, "B");
  w.end(run, 1, "A");
  w.read();
  EXPECT_TRUE(w.process->activations.empty());
  w.end(run, 3, "C");
  w.go();
  EXPECT_EQ(w.result(run), "ABC");
  EXPECT_EQ(w.count(record_kind::step_result), 2u);
}

TEST(owner_step, rule_2_7_results_that_come_while_a_turn_is_in_flight_are_held_and_enclosed) {
  world w;
  w.code("w",
         {[](script_turn& t) {
            t.step("a");
            t.step("b");
            t.step("c");
            t.wait(1, {thing_number(1)});
          },
          [](script_turn& t) { t.wait(2, {thing_number(2), thing_number(3)}); },
          [](script_turn& t) { t.complete(t.given(thing_number(2)) + t.given(thing_number(3))); }});
  const auto run = w.start("w");
  w.go();
  w.end(run, 1, "A");
  w.end(run, 2, "B");
  w.run_code();
  w.end(run, 3, "C");
  w.go();
  EXPECT_EQ(w.result(run), "BC");
  EXPECT_EQ(w.count(record_kind::step_result), 0u);
}

TEST(owner_step, rule_5_2_a_retry_waits_from_the_time_of_the_failure) {
  world w;
  w.code("w",
         {[](script_turn& t) { t.step("a", {.retry = {seconds(10), 1'000, seconds(10), 0, {}}}); },
          finish});
  const auto run = w.start("w");
  w.go();
  w.now = w.now + seconds(100);  // the log's time lags: nothing was written meanwhile
  w.fail(run, 1);
  w.read();
  EXPECT_EQ(w.count(record_kind::clock), 1u);
  const auto due = w.run(run)->things[0].due - w.now;
  EXPECT_GE(due.us, seconds(7).us);
  EXPECT_LE(due.us, seconds(10).us);
  w.pass(seconds(10));
  w.read();
  EXPECT_TRUE(w.attempts(run, 1));
  w.end(run, 1, "page");
  w.go();
  EXPECT_EQ(w.result(run), "page");
}

TEST(owner_step, rule_5_2_at_most_once_is_recorded_before_it_starts_and_never_repeated) {
  world w;
  w.code("w", {[](script_turn& t) { t.step("pay", {.mode = step_mode::at_most_once}); }, finish});
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.count(record_kind::started), 1u);
  ASSERT_TRUE(w.attempts(run, 1));
  w.crash_and_claim(std::vector<run_key>{run});
  w.go();
  EXPECT_FALSE(w.attempts(run, 1));
  EXPECT_EQ(w.heard("settled: outcome_unknown"), 1);
  EXPECT_EQ(w.status(run), run_status::completed);
}

/// Asks for so many steps at once and waits for all of them.
void ask_for(script_turn& t, int steps, step_mode mode = step_mode::at_least_once) {
  std::vector<thing_number> all;
  for (int i = 0; i < steps; ++i) all.push_back(t.step("a", {.mode = mode}));
  t.wait(static_cast<std::uint32_t>(all.size()), all);
}

TEST(owner_step, rule_3_5_no_more_attempts_are_handed_out_than_the_window_takes) {
  for (const auto mode : {step_mode::at_least_once, step_mode::at_most_once}) {
    world w({.owner = {.attempts = 2}});
    w.code("older", {[mode](script_turn& t) { ask_for(t, 4, mode); }});
    w.code("newer", {[mode](script_turn& t) { ask_for(t, 2, mode); }});
    const auto older = w.start("older");
    w.go();
    const auto newer = w.start("newer");
    w.go();
    EXPECT_EQ(w.process->attempts.size(), 2u);
    EXPECT_EQ(w.condition(older), "queued");
    EXPECT_EQ(w.condition(newer), "queued");
    w.end(older, 2, "B");
    w.go();
    EXPECT_EQ(w.process->attempts.size(), 2u);
    EXPECT_TRUE(w.attempts(older, 3)) << "who came first";
    w.end(older, 1, "x");
    w.go();
    EXPECT_EQ(w.process->attempts.size(), 2u);
    EXPECT_TRUE(w.attempts(newer, 1)) << "and then runs take turns";
    w.end(newer, 1, "x");
    w.go();
    EXPECT_TRUE(w.attempts(older, 4));
    EXPECT_EQ(w.condition(older), "waiting");
    EXPECT_EQ(w.condition(newer), "queued");
    for (const auto step : {3U, 4U}) w.end(older, step, "x");
    w.go();
    EXPECT_EQ(w.status(older), run_status::completed);
    EXPECT_EQ(w.condition(newer), "waiting");
    w.end(newer, 2, "x");
    w.go();
    EXPECT_EQ(w.status(newer), run_status::completed);
  }
}

TEST(owner_step, rule_3_5_a_turn_that_cancels_a_step_and_asks_again_waits_in_line) {
  world w({.owner = {.attempts = 1}});
  w.code("polls", {[](script_turn& t) {
                     t.step("a");
                     t.wait_for_signal();
                   },
                   [](script_turn& t) {
                     t.cancel(thing_number(1));
                     t.step("a");
                   }});
  w.code("other", {[](script_turn& t) { ask_for(t, 1); }});
  const auto polls = w.start("polls"), other = w.start("other");
  w.go();
  ASSERT_TRUE(w.attempts(polls, 1));
  w.signal("polls", "again");
  w.go();
  EXPECT_TRUE(w.attempts(other, 1));
  EXPECT_EQ(w.condition(polls), "queued");
}

TEST(owner_step, rule_3_5_runs_take_turns_when_the_next_owner_begins) {
  world w({.owner = {.attempts = 2}});
  w.code("older", {[](script_turn& t) { ask_for(t, 3); }});
  w.code("newer", {[](script_turn& t) { ask_for(t, 1); }});
  const auto older = w.start("older"), newer = w.start("newer");
  w.go();
  EXPECT_EQ(w.condition(newer), "queued");
  w.crash_and_claim(std::vector<run_key>{});
  w.go();
  EXPECT_TRUE(w.attempts(older, 1));
  EXPECT_TRUE(w.attempts(newer, 1));
  EXPECT_EQ(w.acts().postponed(), 2u);
}

TEST(owner_step, rule_3_5_runs_take_turns_after_a_hold_too) {
  world w({.owner = {.attempts = 1}});
  w.code("older", {[](script_turn& t) { ask_for(t, 3); }});
  w.code("newer", {[](script_turn& t) { ask_for(t, 1); }});
  const auto older = w.start("older");
  w.go();
  const auto newer = w.start("newer");
  w.go();
  w.acts().hold(true, w.now);
  w.end(older, 1, "x");
  w.go();
  EXPECT_TRUE(w.process->attempts.empty());
  w.acts().hold(false, w.now);
  w.process->collect(w.at());
  ASSERT_TRUE(w.attempts(older, 2)) << "its turn had come";
  w.end(older, 2, "x");
  w.go();
  EXPECT_TRUE(w.attempts(newer, 1));
}

TEST(owner_step, rule_3_5_steps_of_a_paused_run_do_not_wait_for_the_window) {
  world w({.owner = {.attempts = 1}});
  w.code("w", {[](script_turn& t) { ask_for(t, 3); }});
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.acts().postponed(run), 2u);
  w.control("w", control_verb::pause);
  w.go();
  EXPECT_EQ(w.acts().postponed(), 0u);
  w.control("w", control_verb::resume);
  w.go();
  EXPECT_EQ(w.acts().postponed(run), 2u);
}

TEST(owner_step, rule_3_5_what_waits_for_the_window_is_paused_ended_and_taken_over_like_all_else) {
  world w({.owner = {.attempts = 1}});
  for (const auto* id : {"first", "paused", "ended"})
    w.code(id, {[](script_turn& t) { ask_for(t, 1); }});
  const auto first = w.start("first"), paused = w.start("paused"), ended = w.start("ended");
  w.go();
  w.control("paused", control_verb::pause);
  w.control("ended", control_verb::terminate);
  w.go();
  w.end(first, 1, "x");
  w.go();
  EXPECT_TRUE(w.process->attempts.empty()) << "none of the two may start";
  EXPECT_EQ(w.status(ended), run_status::terminated);
  w.control("paused", control_verb::resume);
  w.go();
  EXPECT_TRUE(w.attempts(paused, 1));
  const auto last = w.start("first");
  w.go();
  w.crash_and_claim(std::vector<run_key>{});
  w.go();
  EXPECT_EQ(w.process->attempts.size(), 1u);
  w.end(paused, 1, "x");
  w.go();
  w.end(last, 1, "x");
  w.go();
  EXPECT_EQ(w.status(last), run_status::completed);
}

TEST(owner_step, the_key_of_a_step_is_the_same_for_every_attempt) {
  world w;
  w.code("w", {[](script_turn& t) {
           t.step("a");
           t.step("b");
         }});
  const auto run = w.start("w");
  w.go();
  const auto first = w.process->attempts.front().what.key;
  EXPECT_NE(w.process->attempts.back().what.key, first);
  w.crash_and_claim(std::vector<run_key>{});
  EXPECT_EQ(w.process->attempts.front().what.key, first);
  EXPECT_EQ(w.process->attempts.front().what.run, run);
}

TEST(owner_step, rule_6_8_paused_no_new_attempt_starts_and_running_ones_finish) {
  world w;
  w.code("w", {[](script_turn& t) {
                 t.step("a", {.retry = {milliseconds(1), 1'000, milliseconds(1), 0, {}}});
                 t.step("b");
                 t.timer(milliseconds(5));
                 t.wait(3, {thing_number(1), thing_number(2), thing_number(3)});
               },
               [](script_turn& t) { t.complete(fmt::format("{} items", t.data().size())); }});
  const auto run = w.start("w");
  w.go();
  w.fail(run, 1);
  w.control("w", control_verb::pause, "lunch");
  w.go();
  EXPECT_EQ(w.condition(run), "paused");
  w.end(run, 2, "B");
  w.pass(seconds(1));
  w.go();
  EXPECT_FALSE(w.attempts(run, 1));
  EXPECT_EQ(w.run(run)->data.size(), 2u);
  w.control("w", control_verb::resume);
  w.go();
  ASSERT_TRUE(w.attempts(run, 1));
  w.end(run, 1, "A");
  w.go();
  EXPECT_EQ(w.result(run), "3 items");
}

TEST(owner_step, a_cancelled_step_is_told_to_stop_and_its_result_ignored) {
  world w;
  w.code("w", {[](script_turn& t) {
                 t.step("a");
                 t.step("b");
               },
               [](script_turn& t) {
                 t.cancel(thing_number(1));
                 t.timer(seconds(1));
               }});
  const auto run = w.start("w");
  w.go();
  w.end(run, 2, "B");
  w.go();
  ASSERT_TRUE(w.process->attempts.front().stopped);
  w.end(run, 1, "late");
  w.read();
  EXPECT_EQ(w.count(record_kind::step_result), 0u);
  EXPECT_EQ(w.run(run)->things.size(), 1u);
  EXPECT_TRUE(w.acts().silent());
}

TEST(owner_step, steps_that_end_in_the_turn_that_opened_them_never_start) {
  world w;
  w.code("w", {[](script_turn& t) {
           t.cancel(t.step("a"));
           t.step("b");
           t.complete("early");
         }});
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.result(run), "early");
  EXPECT_TRUE(w.process->attempts.empty());
}

TEST(owner_step, retry_policies_go_with_their_steps) {
  world w;
  w.code("w", {[](script_turn& t) {
                 for (int i = 1; i <= 50; ++i)
                   t.step("a", {.retry = {milliseconds(i), 2'000, seconds(60), 0, {}}});
                 t.cancel(thing_number(50));
               },
               [](script_turn& t) { t.timer(seconds(1)); }});
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.folded().policies(), 49u);
  w.end(run, 1, "A");
  w.go();
  EXPECT_EQ(w.folded().policies(), 48u);
  w.control("w", control_verb::terminate);
  w.go();
  EXPECT_EQ(w.folded().policies(), 0u);
}

TEST(owner_step, rule_7_6_many_large_results_do_not_park_the_run_that_waits_for_them) {
  world w({.owner = {.append_bytes = 4'000, .record_bytes = 16'000}});
  w.code("w", {[](script_turn& t) {
                 std::vector<thing_number> all;
                 for (int i = 0; i < 10; ++i) all.push_back(t.step("a"));
                 t.wait(1, {all[0]});
               },
               [](script_turn& t) {
                 std::vector<thing_number> all;
                 for (const auto& [number, kind] : t.frame().open) all.push_back(number);
                 t.wait(static_cast<std::uint32_t>(all.size()), all);
               },
               [](script_turn& t) { t.complete("all"); }});
  const auto run = w.start("w");
  w.go();
  w.end(run, 1, "first");
  w.run_code();
  for (std::uint32_t step = 2; step <= 10; ++step) w.end(run, step, std::string(3'000, 'x'));
  w.go();
  w.go();
  EXPECT_EQ(w.result(run), "all");
}

TEST(owner_step, rule_7_6_a_result_that_no_record_can_hold_fails_its_step) {
  world w({.owner = {.append_bytes = 4'000, .record_bytes = 16'000}});
  w.code("w", {[](script_turn& t) { t.wait(2, {t.step("a"), t.step("b")}); },
               [](script_turn& t) { t.complete("told"); }});
  const auto run = w.start("w");
  w.go();
  for (const std::uint32_t step : {1U, 2U}) {
    w.end(run, step, std::string(20'000, 'x'));
    w.run_code();
    for (const auto& append : w.process->appends) EXPECT_LE(append.what.bytes.size(), 16'000u);
    w.go();
  }
  w.go();
  EXPECT_EQ(w.result(run), "told");
}

TEST(owner_step, rule_7_6_no_append_is_larger_than_the_log_takes) {
  world w({.owner = {.append_bytes = 4'000, .record_bytes = 16'000}});
  std::size_t expected = 0;
  for (const std::size_t size : {3'000, 15'000, 500, 3'000, 3'000}) {
    const auto id = fmt::format("run-{}", ++expected);
    w.code(id, {[size](script_turn& t) { t.complete(std::string(size, 'x')); }});
    w.start(id);
  }
  w.read();
  w.run_code();
  std::size_t turns = 0;
  for (const auto& append : w.process->appends) {
    EXPECT_LE(append.what.bytes.size(), 16'000u);
    turns += append.what.entries.size();
  }
  EXPECT_EQ(turns, expected);
}

TEST(owner_step, rule_7_6_a_turn_over_the_limit_parks_its_run) {
  world w({.owner = {.record_bytes = 16'000}});
  w.code("w", {[](script_turn& t) { t.complete(std::string(20'000, 'x')); }});
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.condition(run), "parked");
  EXPECT_THAT(*w.run(run)->detail, HasSubstr("the limit is 16000"));
}

}  // namespace
}  // namespace perdure::runtime
