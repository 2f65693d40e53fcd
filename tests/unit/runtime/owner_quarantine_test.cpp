#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/world.hpp"

namespace perdure::runtime {
namespace {

using ::testing::HasSubstr;

using runs = std::vector<run_key>;

/// Its run was suspected twice: it goes on alone, or not at all.
run_key suspected(world& w, const std::string& id) {
  const auto run = w.start(id);
  w.go();
  w.crash_and_claim(runs{run});
  w.crash();
  w.claim(runs{run});
  return run;
}

TEST(owner_quarantine, rule_5_3_an_activation_runs_alone_after_its_start_was_recorded) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait_for_signal(); }});
  const auto run = suspected(w, "w");
  EXPECT_EQ(w.condition(run), "quarantined");
  w.code("other", {[](script_turn& t) { t.wait_for_signal(); }});
  w.signal("w", "go");
  w.start("other");
  while (w.at().has_more()) w.at().read_one(w.now);
  w.process->collect(w.at());
  ASSERT_EQ(w.process->activations.size(), 1u);  // the other's, before the node was asked
  while (w.process->move_alone(w.now)) {
  }
  EXPECT_TRUE(w.process->appends.empty());
  w.go();
  EXPECT_EQ(w.count(record_kind::started), 1u);
  EXPECT_EQ(w.status(run), run_status::completed);
  EXPECT_FALSE(w.process->somebody_alone());
}

TEST(owner_quarantine, rule_5_3_nobody_else_runs_meanwhile) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait_for_signal(); }});
  const auto run = suspected(w, "w");
  w.signal("w", "go");
  w.read();
  ASSERT_EQ(w.process->activations.size(), 1u);
  EXPECT_EQ(w.process->activations.front().what.run, run);
  const auto other = w.start("other");
  w.read();
  EXPECT_EQ(w.process->activations.size(), 1u);
  EXPECT_EQ(w.condition(other), "runnable");
  w.go();
  EXPECT_EQ(w.status(other), run_status::completed);
}

TEST(owner_quarantine, rule_5_3_an_attempt_runs_alone_too) {
  world w;
  w.code("w", {[](script_turn& t) { t.step("a"); },
               [](script_turn& t) { t.complete(t.given(thing_number(1))); }});
  const auto run = suspected(w, "w");
  EXPECT_EQ(w.count(record_kind::started), 1u);
  ASSERT_TRUE(w.attempts(run, 1));
  const auto other = w.start("other");
  w.read();
  EXPECT_TRUE(w.process->activations.empty());
  w.end(run, 1, "survived");
  w.go();
  EXPECT_EQ(w.result(run), "survived");
  EXPECT_EQ(w.status(other), run_status::completed);
}

TEST(owner_quarantine, rule_5_3_a_run_whose_code_is_elsewhere_does_not_go_alone) {
  world_options options;
  options.owner.hosted.emplace();  // nothing
  world w(options);
  w.code("w", {[](script_turn& t) { t.wait_for_signal(); }});
  const auto run = suspected(w, "w");
  w.signal("w", "go");
  w.go();
  EXPECT_EQ(w.condition(run), "no_handler");
  EXPECT_EQ(w.count(record_kind::started), 0u)
      << "it would stand open if another run ends the node";
  EXPECT_FALSE(w.process->somebody_alone());
}

TEST(owner_quarantine, rule_6_9_a_query_of_a_run_with_nothing_to_do_puts_it_to_its_trial) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait(1, {t.step("a")}); },
               [](script_turn& t) { t.complete(t.given(thing_number(1))); }});
  const auto run = w.start("w");
  w.go();
  w.fail(run, 1);  // it waits for its next attempt
  w.go();
  w.crash_and_claim(runs{run});
  w.crash_and_claim(runs{run});
  ASSERT_EQ(w.condition(run), "quarantined");
  w.acts().query(run, 7, w.now);
  w.process->collect(w.at());
  EXPECT_TRUE(w.process->answered.empty()) << "its code comes back alone";
  w.go();
  EXPECT_EQ(w.count(record_kind::started), 1u);
  EXPECT_EQ(w.condition(run), "waiting") << "it survived";
  EXPECT_FALSE(w.process->somebody_alone());
  ASSERT_EQ(w.process->answered.size(), 1u);
  EXPECT_EQ(w.process->answered.front().token, 7u);
  EXPECT_TRUE(w.process->refused.empty());
  w.pass(seconds(100));
  w.go();
  w.end(run, 1, "done");
  w.go();
  EXPECT_EQ(w.result(run), "done");
}

TEST(owner_quarantine, rule_6_9_a_query_that_ends_the_process_convicts) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait_for_signal(); }});
  const auto run = suspected(w, "w");
  w.acts().query(run, 7, w.now);
  w.process->collect(w.at());
  w.read();
  ASSERT_EQ(w.process->activations.size(), 1u) << "its code comes back";
  EXPECT_TRUE(w.process->answered.empty());
  w.run_code();
  ASSERT_EQ(w.process->answered.size(), 1u);
  ASSERT_EQ(w.run(run)->seq, turn_seq(1)) << "no turn yet says that it survived the query";
  w.crash_and_claim(runs{run});
  w.go();
  EXPECT_EQ(w.condition(run), "parked");
}

TEST(owner_quarantine, rule_5_3_a_query_waits_while_another_run_is_alone) {
  world w;
  w.code("bystander", {[](script_turn& t) { t.wait_for_signal(); }});
  const auto bystander = w.start("bystander");
  w.go();
  w.acts().hold(true, w.now);
  w.acts().query(bystander, 7, w.now);
  w.process->collect(w.at());
  EXPECT_TRUE(w.process->answered.empty()) << "its code would run beside";
  w.acts().hold(false, w.now);
  w.process->collect(w.at());
  EXPECT_EQ(w.process->answered.size(), 1u);
}

TEST(owner_quarantine, rule_6_9_a_query_of_a_paused_run_is_refused) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait_for_signal(); }});
  const auto run = w.start("w");
  w.go();
  w.control("w", control_verb::pause);
  w.go();
  w.crash_and_claim(runs{run});
  w.crash_and_claim(runs{run});
  w.acts().query(run, 7, w.now);
  w.process->collect(w.at());
  ASSERT_EQ(w.process->refused.size(), 1u);
  EXPECT_THAT(w.process->refused.front().why.message, HasSubstr("in quarantine: resume it"));
  EXPECT_FALSE(w.process->somebody_alone());
}

TEST(owner_quarantine, code_that_parks_while_it_is_alone_frees_the_node) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait_for_signal(); },
               [](script_turn& t) { t.park(park_reason::exception, "it threw"); }});
  const auto run = suspected(w, "w");
  w.signal("w", "go");
  w.go();
  EXPECT_EQ(w.condition(run), "parked");
  EXPECT_FALSE(w.process->somebody_alone());
  EXPECT_EQ(w.acts().remembered(), 0u);
  const auto other = w.start("other");
  w.go();
  EXPECT_EQ(w.status(other), run_status::completed);
}

TEST(owner_quarantine, rule_5_3_a_third_crash_parks_it_and_resume_moves_it) {
  world w;
  w.code("w", {[](script_turn& t) { t.step("a"); }});
  const auto run = suspected(w, "w");
  ASSERT_TRUE(w.attempts(run, 1));
  w.crash_and_claim(runs{run});
  w.go();
  EXPECT_EQ(w.condition(run), "parked");
  EXPECT_EQ(w.run(run)->parked, park_reason::poison);
  EXPECT_FALSE(w.attempts(run, 1));
  EXPECT_FALSE(w.process->somebody_alone());
  w.control("w", control_verb::resume, "it is mended");
  w.go();
  EXPECT_TRUE(w.attempts(run, 1));
}

TEST(owner_quarantine, rule_5_3_two_suspects_run_one_after_the_other) {
  world w;
  for (const auto* id : {"a", "b"})
    w.code(id, {[](script_turn& t) {
                  t.step("x");
                  t.step("y");
                  t.wait(2, {thing_number(1), thing_number(2)});
                },
                [](script_turn& t) { t.complete("done"); }});
  const auto a = w.start("a"), b = w.start("b");
  w.go();
  w.crash_and_claim(runs{a, b});
  w.crash_and_claim(runs{a, b});
  int ended = 0;
  for (; ended < 10 && !w.process->attempts.empty(); ++ended) {
    ASSERT_EQ(w.process->attempts.size(), 1u);
    const auto& attempt = w.process->attempts.front().what;
    w.end(attempt.run, attempt.step.value, "ok");
    w.go();
  }
  EXPECT_EQ(ended, 4);
  EXPECT_EQ(w.status(a), run_status::completed);
  EXPECT_EQ(w.status(b), run_status::completed);
}

TEST(owner_quarantine, a_control_ends_the_quarantine_and_the_attempt_that_is_alone_goes_on) {
  world w;
  w.code("w", {[](script_turn& t) { t.step("a"); },
               [](script_turn& t) { t.complete(t.given(thing_number(1))); }});
  const auto run = suspected(w, "w");
  ASSERT_TRUE(w.attempts(run, 1));
  w.control("w", control_verb::resume);
  w.go();
  EXPECT_FALSE(in_quarantine(*w.run(run)));
  w.end(run, 1, "done");
  w.go();
  EXPECT_EQ(w.result(run), "done");
  EXPECT_FALSE(w.process->somebody_alone());
}

TEST(owner_quarantine, a_control_between_the_record_of_the_start_and_its_reading_back) {
  world w;
  w.code("w", {[](script_turn& t) { t.step("a"); },
               [](script_turn& t) { t.complete(t.given(thing_number(1))); }});
  const auto run = w.start("w");
  w.go();
  w.crash_and_claim(runs{run});
  w.crash();
  // As `claim`, but stops when `started` was written.
  while (w.at().has_more()) w.at().read_one(w.now);
  w.acts().claim(session_id(77), runs{run}, w.now);
  w.process->collect(w.at());
  w.put(w.process->appends.front().what.bytes);
  w.process->appends.clear();
  while (w.at().has_more()) w.at().read_one(w.now);
  w.process->collect(w.at());
  while (w.process->move_alone(w.now)) {
  }
  ASSERT_EQ(w.process->appends.size(), 1u);
  w.control("w", control_verb::resume);
  while (w.at().has_more()) w.at().read_one(w.now);
  w.process->collect(w.at());
  w.go();
  ASSERT_TRUE(w.attempts(run, 1));
  w.end(run, 1, "done");
  w.go();
  EXPECT_EQ(w.result(run), "done");
  EXPECT_FALSE(w.process->somebody_alone());
}

TEST(owner_quarantine, terminating_what_runs_alone_frees_the_node) {
  world w;
  w.code("w", {[](script_turn& t) { t.step("a"); }});
  const auto run = suspected(w, "w");
  w.control("w", control_verb::terminate);
  w.go();
  EXPECT_EQ(w.status(run), run_status::terminated);
  w.process->attempts.clear();
  w.go();
  EXPECT_FALSE(w.process->somebody_alone());
}

TEST(owner_quarantine, an_agent_that_nobody_hosts_does_not_hold_the_node) {
  world w;
  const auto run = w.start("w");
  w.crash_and_claim(runs{run});
  w.crash_and_claim(runs{run});
  w.read();
  ASSERT_EQ(w.process->activations.size(), 1u);
  const auto order = w.process->activations.front().what;
  w.process->activations.clear();
  w.acts().on_no_handler(order.run, order.work.seq);
  w.process->collect(w.at());
  const auto other = w.start("other");
  w.go();
  EXPECT_EQ(w.condition(run), "no_handler");
  EXPECT_EQ(w.status(other), run_status::completed);
}

TEST(owner_quarantine, what_ends_while_the_node_is_held_is_recorded) {
  world w;
  w.code("w", {[](script_turn& t) { t.step("a"); }});
  w.code("bystander", {[](script_turn& t) { t.step("b"); }});
  const auto bystander = w.start("bystander");
  w.go();
  w.acts().hold(true, w.now);
  w.end(bystander, 1, "paid");
  w.read();
  EXPECT_EQ(w.count(record_kind::step_result), 1u);
  w.acts().hold(false, w.now);
  w.process->collect(w.at());
  w.go();
  EXPECT_EQ(w.status(bystander), run_status::completed);
}

TEST(owner_quarantine, what_wanted_to_run_alone_does_not_once_the_owner_drains) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait_for_signal(); }});
  const auto run = suspected(w, "w");
  w.signal("w", "go");
  while (w.at().has_more()) w.at().read_one(w.now);
  w.acts().drain();
  w.process->collect(w.at());
  w.go();
  EXPECT_EQ(w.count(record_kind::started), 0u);
  EXPECT_EQ(w.condition(run), "quarantined");
  EXPECT_TRUE(w.acts().quiet());
}

}  // namespace
}  // namespace perdure::runtime
