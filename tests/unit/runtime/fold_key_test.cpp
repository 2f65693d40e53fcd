#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/lone_fold.hpp"

namespace perdure::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

void close(lone_fold& f, run_key run, std::int64_t us) {
  auto turn = f.consuming(run);
  turn.set_status(static_cast<std::uint32_t>(run_status::completed));
  f.put(turn, {}, us);
}

TEST(fold_key, rule_3_7_the_same_key_gets_the_first_answer_again) {
  lone_fold f;
  EXPECT_THAT(f.put(start_record({})), HasSubstr("answer accepted (run 3)"));
  EXPECT_THAT(f.put(start_record({})), HasSubstr("answer accepted again (run 3)"));
  EXPECT_THAT(f.put(start_record({.input = "other"})), HasSubstr("answer conflict again (run 3)"));
  EXPECT_THAT(f.put(start_record({.agent = "other"})), HasSubstr("answer conflict again (run 3)"));
  EXPECT_THAT(f.put(signal_record("w", "a", "k", "1")), HasSubstr("answer accepted (run 3)"));
  EXPECT_THAT(f.put(signal_record("w", "a", "k", "2")), HasSubstr("answer conflict again"));
  EXPECT_THAT(f.put(control_record("w", control_verb::pause, "k")), HasSubstr("answer accepted"));
  EXPECT_THAT(f.put(control_record("w", control_verb::resume, "k")), HasSubstr("conflict again"));
  EXPECT_EQ(f.folded.runs().size(), 1u);
}

TEST(fold_key, rule_3_7_not_found_is_an_outcome_and_is_kept) {
  lone_fold f;
  EXPECT_THAT(f.put(signal_record("w", "a", "k")), HasSubstr("answer not_found (run 0)"));
  f.start();
  EXPECT_THAT(f.put(signal_record("w", "a", "k")), HasSubstr("answer not_found again"));
}

TEST(fold_key, an_input_to_a_closed_run_says_so) {
  lone_fold f;
  const auto run = f.start();
  close(f, run, 1);
  EXPECT_THAT(f.put(signal_record("w", "a", "k1")), HasSubstr("answer closed (run 3)"));
  EXPECT_THAT(f.put(signal_record("w", "a", "k1")), HasSubstr("answer closed again (run 3)"));
  EXPECT_THAT(f.put(control_record("w", control_verb::cancel, "k2")), HasSubstr("answer closed"));
}

TEST(fold_key, rule_2_9_the_id_policies_of_a_start) {
  lone_fold f;
  const auto run = f.start();
  EXPECT_THAT(f.put(start_record({.key = "2"})), HasSubstr("answer rejected (run 3)"));
  EXPECT_THAT(f.put(start_record({.key = "3", .policy = id_policy::attach})),
              HasSubstr("answer attached (run 3)"));
  close(f, run, 1);
  EXPECT_THAT(f.put(start_record({.key = "4", .policy = id_policy::reject_ever})),
              HasSubstr("answer rejected (run 3)"));
  EXPECT_THAT(f.put(start_record({.key = "5", .policy = id_policy::attach})),
              HasSubstr("answer attached (run 3)"));
  EXPECT_THAT(f.put(start_record({.key = "2"})), HasSubstr("answer rejected again"));
  EXPECT_THAT(f.put(start_record({.key = "6"})), HasSubstr("answer accepted (run 10)"));
}

TEST(fold_key, inputs_without_what_they_need_are_void) {
  lone_fold f;
  EXPECT_THAT(f.put(start_record({.key = ""})), HasSubstr("nothing: a start needs"));
  EXPECT_THAT(f.put(start_record({.workflow_id = ""})), HasSubstr("nothing: a start needs"));
  EXPECT_THAT(f.put(signal_record("w", "a", "")), HasSubstr("nothing: a signal needs"));
  EXPECT_THAT(f.put(control_record("w", control_verb::pause, "")), HasSubstr("nothing: a control"));
  EXPECT_THAT(f.put(control_record("w", static_cast<control_verb>(9), "k")),
              HasSubstr("nothing: a control"));
}

TEST(fold_key, rule_7_4_a_closed_run_is_kept_for_the_retention) {
  lone_fold f;
  f.put(config_record({.version = 1, .retention_seconds = 10}));
  const auto run = f.start();
  close(f, run, 1'000'000);
  auto other = f.start({.workflow_id = "other", .key = "o", .delay = seconds(11)});
  f.clock(11'000'000);
  EXPECT_NE(f.folded.find_closed(run), nullptr);
  f.clock(11'000'001);
  EXPECT_EQ(f.folded.find_closed(run), nullptr);
  EXPECT_EQ(f.folded.newest("w"), run_key{});
  EXPECT_NE(f.folded.find(other), nullptr);
}

TEST(fold_key, rule_7_4_at_most_so_many_closed_runs_are_kept) {
  lone_fold f;
  f.put(config_record({.version = 1, .retention_runs = 2}));
  std::vector<run_key> runs;
  for (const auto* id : {"a", "b", "c"}) {
    runs.push_back(f.start({.workflow_id = id}));
    close(f, runs.back(), 1);
  }
  EXPECT_EQ(f.folded.find_closed(runs[0]), nullptr);
  EXPECT_NE(f.folded.find_closed(runs[1]), nullptr);
  EXPECT_EQ(f.folded.closed().size(), 2u);
}

// The one who appended it may have a clock that is ahead of the owner's.
TEST(fold_key, rule_2_1_a_copy_of_a_forgotten_start_changes_nothing) {
  lone_fold f;
  f.put(config_record({.version = 1, .retention_runs = 1}));
  f.put(start_record({.workflow_id = "a"}, {9'000'000}));
  const auto start = f.last();
  f.put(signal_record("a", "s", "k", {}, {9'500'000}));
  const auto signal = f.last();
  close(f, {start, {}}, 1'000);
  f.put(signal_record("a", "s", "late", {}, {9'700'000}));
  const auto late = f.last();
  close(f, f.start({.workflow_id = "b"}), 2'000);  // and "a" goes
  EXPECT_EQ(f.folded.find_closed({start, {}}), nullptr);
  for (const auto which : {start, signal, late}) {
    EXPECT_THAT(f.copy(which), HasSubstr("answer too_late"));
  }
  EXPECT_TRUE(f.folded.runs().empty());
}

TEST(fold_key, rule_3_7_a_key_without_a_run_is_held_for_a_day) {
  lone_fold f;
  f.put(signal_record("nobody", "s", "k", {}, {1'000'000}));
  const auto first = f.last();
  const auto day = seconds(24 * 3'600).us;
  f.start({.delay = seconds(48 * 3'600)});
  auto turn = f.turn(system_run);
  f.put(turn, {}, day + 1'000'000);
  f.put(signal_record("nobody", "s", "k2", {}, {day + 1'000'000}));
  EXPECT_THAT(f.copy(first), HasSubstr("answer not_found again"));
  f.put(f.turn(system_run), {}, day + 1'000'001);
  f.put(signal_record("nobody", "s", "k3", {}, {day + 1'000'001}));
  EXPECT_THAT(f.copy(first), HasSubstr("answer too_late"));
  EXPECT_THAT(f.put(signal_record("nobody", "s", "k4", {}, {1'000'001})),
              Not(HasSubstr("too_late")));
}

/// The clock of whoever appended it was a day behind.
TEST(fold_key, rule_3_7_a_key_that_is_too_old_to_be_held_at_once_is_answered_all_the_same) {
  lone_fold f;
  f.clock(seconds(48 * 3'600).us);
  EXPECT_THAT(f.put(signal_record("nobody", "s", "k", {}, {1'000'000})),
              HasSubstr("answer not_found"));
  EXPECT_THAT(f.copy(f.last()), HasSubstr("answer too_late"));
  EXPECT_THAT(f.put(signal_record("nobody", "s", "k2", {}, {1'000'001})),
              HasSubstr("answer not_found"));
}

TEST(fold_key, text_that_is_no_utf8_is_kept_as_it_is) {
  lone_fold f;
  EXPECT_THAT(f.put(start_record({.workflow_id = "caf\xE9", .agent = "\xFF", .key = "\xC0"})),
              HasSubstr("answer accepted"));
  EXPECT_NE(f.folded.newest("caf\xE9"), run_key{});
}

}  // namespace
}  // namespace perdure::runtime
