#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/lone_fold.hpp"

namespace perdure::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

run_key with_step(lone_fold& f, step_mode mode = step_mode::at_least_once) {
  const auto run = f.start();
  auto turn = f.consuming(run);
  add_step(turn, 1, mode);
  add_wait(turn, 1, {1});
  f.put(turn);
  return run;
}

TEST(fold_claim, rule_2_2_a_claim_names_the_epoch_that_it_replaces) {
  lone_fold f;
  const auto first = f.folded.current();
  wire::Claim late;
  late.set_session(5);
  late.set_replaces(first.value);
  f.claim(2);
  EXPECT_EQ(f.folded.current().value, f.last().value);
  EXPECT_THAT(f.put(encoded(record_kind::claim, late)), HasSubstr("nothing: the claim names"));
  EXPECT_EQ(f.folded.session(), session_id(2));
}

TEST(fold_claim, rule_5_1_a_claim_ends_the_attempts_of_the_owner_before) {
  lone_fold f;
  const auto run = with_step(f);
  EXPECT_THAT(f.claim(2), HasSubstr("attempt 1 of step 1 of run 3 ends"));
  EXPECT_EQ(f.run(run).things[0].attempt, attempt_number(2));
  EXPECT_EQ(f.run(run).things[0].failures, 0u);  // that one does not count against the maximum
}

TEST(fold_claim, rule_5_2_a_lost_at_most_once_attempt_ends_as_outcome_unknown) {
  lone_fold f;
  const auto run = with_step(f, step_mode::at_most_once);
  EXPECT_THAT(f.claim(2), Not(HasSubstr("settled")));  // had not begun: the next owner may
  EXPECT_THAT(f.started(run, 1, 1), HasSubstr("nothing: not the open attempt"));
  EXPECT_THAT(f.started(run, 1, 2), HasSubstr("attempt 2 of step 1 of run 3 begins"));
  EXPECT_THAT(f.started(run, 1, 2), HasSubstr("nothing: not the open attempt, or begun already"));
  EXPECT_THAT(f.claim(3), HasSubstr("settled: outcome_unknown"));
  EXPECT_TRUE(f.run(run).woken);
}

TEST(fold_claim, rule_5_2_an_at_most_once_step_is_never_retried) {
  lone_fold f;
  const auto run = with_step(f, step_mode::at_most_once);
  f.started(run, 1, 1);
  EXPECT_THAT(f.put(step_result_record({run, 1, 1, outcome::failed, true})),
              HasSubstr("settled: failed"));
}

TEST(fold_claim, rule_5_1_a_claim_after_a_hand_over_or_by_the_same_session_is_clean) {
  lone_fold f;
  with_step(f);
  EXPECT_THAT(f.claim(1), HasSubstr(", clean"));
  EXPECT_THAT(f.claim(2), Not(HasSubstr(", clean")));
  wire::HandedOver last;
  last.set_epoch(f.folded.current().value);
  EXPECT_THAT(f.put(encoded(record_kind::handed_over, last)), HasSubstr("handed over"));
  EXPECT_THAT(f.put(encoded(record_kind::handed_over, last)), HasSubstr("nothing: "));
  EXPECT_THAT(f.claim(3), HasSubstr(", clean"));
  EXPECT_THAT(f.put(encoded(record_kind::handed_over, last)), HasSubstr("nothing: "));
  EXPECT_THAT(f.claim(4), Not(HasSubstr(", clean")));
}

TEST(fold_claim, rule_5_3_two_unclean_claims_make_a_suspect_a_third_with_its_code_begun_convicts) {
  lone_fold f;
  const auto run = with_step(f);
  f.claim(2, {run});
  EXPECT_FALSE(in_quarantine(f.run(run)));
  f.claim(3, {run});
  EXPECT_TRUE(in_quarantine(f.run(run)));
  EXPECT_THAT(f.claim(4, {run}), Not(HasSubstr("convicted")));  // nothing of it had begun
  f.started(run, 1, f.run(run).things[0].attempt.value);
  EXPECT_THAT(f.claim(5, {run}), HasSubstr("run 3 is convicted"));
}

TEST(fold_claim, rule_5_3_a_clean_claim_neither_counts_nor_forgives_a_turn_does) {
  lone_fold f;
  const auto run = with_step(f);
  f.claim(2, {run});
  f.claim(2, {run});
  EXPECT_EQ(f.run(run).suspect, 1);
  f.put(f.turn(run));
  EXPECT_EQ(f.run(run).suspect, 0);
}

TEST(fold_claim, rule_5_3_who_was_not_noted_is_no_suspect) {
  lone_fold f;
  const auto run = with_step(f);
  f.claim(2, {});
  EXPECT_EQ(f.run(run).suspect, 0);
  wire::Claim without_page;
  without_page.set_session(3);
  without_page.set_replaces(f.folded.current().value);
  f.put(encoded(record_kind::claim, without_page));
  EXPECT_EQ(f.run(run).suspect, 1);
}

// A query brings code back to life too, and may be what crashes.
TEST(fold_claim, rule_5_3_a_noted_run_without_anything_to_do_is_a_suspect_too) {
  lone_fold f;
  const auto run = f.start();
  f.put(f.consuming(run));
  f.claim(2, {run});
  EXPECT_EQ(f.run(run).suspect, 1);
}

// Its attempts finish, and queries bring its code back.
TEST(fold_claim, rule_5_3_a_paused_run_may_be_what_crashes_too) {
  lone_fold f;
  const auto run = with_step(f);
  f.put(control_record("w", control_verb::pause, "k1"));
  auto pause = f.turn(run);
  pause.set_controls(1);
  pause.set_status(static_cast<std::uint32_t>(run_status::paused));
  f.put(pause);
  f.claim(2, {run});
  f.claim(3, {run});
  EXPECT_TRUE(in_quarantine(f.run(run)));
}

TEST(fold_claim, rule_5_3_an_activation_in_quarantine_begins_once) {
  lone_fold f;
  const auto run = f.start();
  EXPECT_THAT(f.started(run, 0, 2), HasSubstr("nothing: not the next activation"));
  EXPECT_THAT(f.started(run, 0, 1), HasSubstr("activation 1 of run 3 begins"));
  EXPECT_THAT(f.started(run, 0, 1), HasSubstr("nothing: not the next activation, or begun"));
  EXPECT_THAT(f.started({offset(99), {}}, 0, 1), HasSubstr("the run has closed"));
}

TEST(fold_claim, rule_2_1_copies_change_nothing_at_any_later_place) {
  lone_fold f;
  f.put(config_record({.version = 1, .callers = {"beta"}}));
  const auto run = with_step(f, step_mode::at_most_once);
  f.started(run, 1, 1);
  f.put(signal_record("w", "s", "k1"));
  f.put(control_record("w", control_verb::pause, "k2"));
  f.message(1, 1, call_body("other"));
  f.put(step_result_record({run, 1}));
  f.clock(77);
  wire::HandedOver last;
  last.set_epoch(f.folded.current().value);
  f.put(encoded(record_kind::handed_over, last));
  const auto canonical = f.folded.canonical();
  const auto count = f.last();
  for (offset at(1); at <= count; at = offset(at.value + 1)) {
    f.copy(at);
    EXPECT_EQ(f.folded.canonical(), canonical) << at.value;
  }
}

}  // namespace
}  // namespace perdure::runtime
