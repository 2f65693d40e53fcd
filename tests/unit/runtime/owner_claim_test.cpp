#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/world.hpp"

namespace perdure::runtime {
namespace {

using ::testing::HasSubstr;

constexpr session_id first_session{1};

void one_step(script_turn& t) { t.step("fetch", {.arguments = "url"}); }
void finish(script_turn& t) { t.complete(t.given(thing_number(1))); }

std::size_t attempts_of(world& w, run_key run) {
  return static_cast<std::size_t>(std::ranges::count_if(
      w.process->attempts,
      [&](const node::attempt& attempt) { return attempt.what.run == run && !attempt.stopped; }));
}

TEST(owner_claim, rule_5_1_open_steps_start_again_from_their_recorded_arguments) {
  world w;
  w.code("w", {one_step, finish});
  const auto run = w.start("w");
  w.go();
  w.crash_and_claim(std::vector<run_key>{});
  ASSERT_EQ(attempts_of(w, run), 1u);
  EXPECT_EQ(w.process->attempts.front().what.attempt, attempt_number(2));
  EXPECT_EQ(w.process->attempts.front().what.arguments.view(), "url");
  w.end(run, 1, "page");
  w.go();
  EXPECT_EQ(w.result(run), "page");
}

TEST(owner_claim, an_attempt_that_a_claim_opened_starts_once) {
  world w;
  w.code("w", {one_step, finish});
  const auto run = w.start("w");
  w.go();
  w.crash_and_claim(std::vector<run_key>{});
  w.control("w", control_verb::pause);
  w.control("w", control_verb::resume);
  w.go();
  EXPECT_EQ(attempts_of(w, run), 1u);
}

TEST(owner_claim, rule_5_1_what_was_runnable_runs) {
  world w;
  const auto run = w.start("w");
  w.crash_and_claim(std::vector<run_key>{});
  w.go();
  EXPECT_EQ(w.status(run), run_status::completed);
}

TEST(owner_claim, rule_2_3_what_never_reached_the_log_never_happened) {
  world w;
  w.code("w", {one_step, finish});
  const auto run = w.start("w");
  w.read();
  w.run_code();  // the turn is written, not read back
  EXPECT_TRUE(w.process->attempts.empty());
  w.crash_and_claim(std::vector<run_key>{});
  w.go();
  EXPECT_EQ(w.run(run)->seq, turn_seq(1));
  EXPECT_EQ(attempts_of(w, run), 1u);
}

TEST(owner_claim, rule_5_4_a_session_that_claims_again_begins_anew) {
  world w({.atomic = false});
  w.code("w", {one_step, finish});
  const auto run = w.start("w");
  w.read();
  w.run_code();
  w.process->appends.clear();  // its outcome is unknown to the owner
  w.acts().claim(first_session, std::vector<run_key>{}, w.now);
  w.process->collect(w.at());
  w.go();
  EXPECT_EQ(w.heard(", clean"), 1);
  ASSERT_EQ(attempts_of(w, run), 1u);
  w.end(run, 1, "page");
  w.go();
  EXPECT_EQ(w.result(run), "page");
}

TEST(owner_claim, rule_5_4_a_clock_that_was_lost_is_written_again) {
  world w({.atomic = false});
  w.code("w", {[](script_turn& t) { t.timer(seconds(1)); }});
  const auto run = w.start("w");
  w.go();
  w.pass(seconds(2));
  w.process->appends.clear();
  w.acts().claim(first_session, std::vector<run_key>{}, w.now);
  w.process->collect(w.at());
  w.go();
  EXPECT_EQ(w.status(run), run_status::completed);
}

TEST(owner_claim, the_end_of_an_attempt_that_was_told_to_stop_is_no_result) {
  world w({.atomic = false});
  w.code("w", {one_step, finish});
  const auto run = w.start("w");
  w.go();
  w.acts().claim(first_session, std::vector<run_key>{}, w.now);
  w.process->collect(w.at());
  w.read();
  ASSERT_TRUE(w.process->attempts.front().stopped);
  w.end(run, 1, "stopped", outcome::cancelled);
  w.go();
  EXPECT_FALSE(w.run(run)->things[0].settled);
  w.end(run, 1, "page");
  w.go();
  EXPECT_EQ(w.result(run), "page");
}

TEST(owner_claim, rule_2_7_results_at_hand_are_not_thrown_away_with_the_epoch) {
  world w({.atomic = false});
  w.code("w", {[](script_turn& t) {
                 t.step("a");
                 t.step("b");
                 t.wait(1, {thing_number(2)});
               },
               [](script_turn& t) { t.wait(1, {thing_number(1)}); }, finish});
  const auto run = w.start("w");
  w.go();
  w.end(run, 2, "b");
  w.run_code();
  w.end(run, 1, "paid");  // held: a turn is in flight
  w.process->appends.clear();
  w.acts().claim(first_session, std::vector<run_key>{}, w.now);
  w.process->collect(w.at());
  w.go();
  EXPECT_TRUE(w.run(run)->things[0].settled);
}

TEST(owner_claim, rule_2_4_a_void_turn_of_another_owner_leaves_ours_in_flight) {
  world w({.atomic = false});
  w.code("w", {one_step, finish});
  const auto run = w.start("w");
  w.read();
  w.run_code();
  wire::Turn late;
  late.set_epoch(1);
  set_key(*late.mutable_run(), run);
  late.set_seq(1);
  late.set_status(static_cast<std::uint32_t>(run_status::open));
  auto ours = std::move(w.process->appends);
  w.process->appends.clear();
  w.put(encoded(record_kind::turn, late, w.now));
  w.put(encoded(record_kind::turn, late, w.now));
  w.read();
  EXPECT_TRUE(w.process->activations.empty());
  w.process->appends = std::move(ours);
  w.go();
  EXPECT_EQ(w.run(run)->seq, turn_seq(1));
  EXPECT_EQ(attempts_of(w, run), 1u);
}

TEST(owner_claim, rule_2_2_an_owner_that_reads_another_s_claim_stops) {
  world w({.atomic = false});
  w.code("w", {one_step, finish});
  const auto run = w.start("w");
  w.go();
  node other(w.log, w.where);
  auto& rival = other.add(partition_index(0), {.node = "rival", .atomic_batches = false});
  while (rival.has_more()) rival.read_one(w.now);
  rival.acts.claim(session_id(9), std::nullopt, w.now);
  other.collect(rival);
  const auto& request = other.appends.front().what;
  w.put(request.bytes);
  w.read();
  while (rival.has_more()) rival.read_one(w.now);
  other.collect(rival);
  EXPECT_FALSE(w.acts().rules());
  EXPECT_EQ(w.acts().resident(), 0u);
  EXPECT_TRUE(w.process->attempts.front().stopped);
  EXPECT_TRUE(rival.acts.rules());
  ASSERT_EQ(other.attempts.size(), 1u);
  EXPECT_EQ(other.attempts.front().what.attempt, attempt_number(2));
  w.end(run, 1, "late");
  ASSERT_EQ(w.process->appends.size(), 1U) << "rule 2.7: paid work, whoever did it";
  w.put(w.process->appends.front().what.bytes);
  w.read();
  EXPECT_TRUE(w.run(run)->things[0].settled);
}

TEST(owner_claim, rule_2_2_an_owner_that_lost_sets_no_clock_in_the_epoch_of_its_successor) {
  world w({.atomic = false});
  w.code("w", {[](script_turn& t) {
                 t.step("a", {.mode = step_mode::at_most_once});
                 t.step("b");
                 t.wait(1, {thing_number(2)});
               },
               [](script_turn& t) { t.wait(1, {thing_number(1)}); }, finish});
  const auto run = w.start("w");
  w.go();
  w.end(run, 2, "b");
  w.run_code();
  w.fail(run, 1);  // held: a turn is in flight
  w.process->appends.clear();
  wire::Claim claim;
  claim.set_session(9);
  claim.set_replaces(w.folded().current().value);
  w.put(encoded(record_kind::claim, claim, w.now));
  const auto time = w.folded().time();
  w.now = w.now + seconds(600);  // its clock is wrong
  w.read();
  EXPECT_TRUE(w.run(run)->things[0].settled);
  EXPECT_EQ(w.folded().time(), time);
}

TEST(owner_claim, a_claim_that_lost_leaves_a_reader) {
  world w({.atomic = false});
  node other(w.log, w.where);
  auto& rival = other.add(partition_index(0), {.node = "rival", .atomic_batches = false});
  while (rival.has_more()) rival.read_one(w.now);
  rival.acts.claim(session_id(9), std::nullopt, w.now);
  other.collect(rival);
  w.acts().claim(first_session, std::nullopt, w.now);
  w.process->collect(w.at());
  w.read();
  w.put(other.appends.front().what.bytes);
  while (rival.has_more()) rival.read_one(w.now);
  EXPECT_TRUE(w.acts().rules());
  EXPECT_FALSE(rival.acts.rules());
}

TEST(owner_claim, rule_5_1_handing_over_makes_the_next_claim_clean) {
  world w;
  w.code("w", {one_step, finish});
  const auto run = w.start("w");
  w.go();
  w.acts().drain();
  EXPECT_FALSE(w.acts().quiet());
  ASSERT_TRUE(w.acts().settled_down());
  w.acts().hand_over(w.now);
  w.process->collect(w.at());
  w.read();
  w.crash_and_claim(std::nullopt);
  EXPECT_EQ(w.heard(", clean"), 1);
  EXPECT_EQ(w.run(run)->suspect, 0);
}

TEST(owner_claim, a_draining_owner_starts_nothing_and_records_what_ends) {
  world w;
  w.code("w", {one_step, finish});
  const auto run = w.start("w");
  w.go();
  w.acts().drain();
  w.start("other");
  w.end(run, 1, "page");
  w.read();
  EXPECT_TRUE(w.process->activations.empty());
  EXPECT_EQ(w.count(record_kind::step_result), 1u);
  EXPECT_TRUE(w.acts().quiet());
}

TEST(owner_claim, an_at_most_once_attempt_that_is_recorded_as_started_starts_while_draining) {
  world w;
  w.code("w", {[](script_turn& t) { t.step("pay", {.mode = step_mode::at_most_once}); }, finish});
  const auto run = w.start("w");
  w.read();
  w.run_code();
  // The turn lands and comes back; `started` is written, then the owner drains.
  while (!w.process->appends.empty()) {
    const auto bytes = w.process->appends.front().what.bytes;
    w.process->appends.pop_front();
    w.put(bytes);
  }
  while (w.at().has_more()) w.at().read_one(w.now);
  w.process->collect(w.at());
  ASSERT_EQ(w.process->appends.size(), 1u);
  w.acts().drain();
  EXPECT_FALSE(w.acts().settled_down());
  w.read();
  EXPECT_EQ(attempts_of(w, run), 1u);
  EXPECT_TRUE(w.acts().settled_down());
}

}  // namespace
}  // namespace perdure::runtime
