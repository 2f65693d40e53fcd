#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/world.hpp"

namespace perdure::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr thing_number one{1};

TEST(owner_run, rule_2_5_an_activation_overtaken_by_a_control_is_thrown_away) {
  world w;
  w.code("w", {[](script_turn& t) { t.step("a"); }});
  const auto run = w.start("w");
  w.read();
  ASSERT_EQ(w.process->activations.size(), 1u);
  w.control("w", control_verb::terminate, "enough");
  w.go();
  EXPECT_EQ(w.status(run), run_status::terminated);
  EXPECT_TRUE(w.process->attempts.empty());
  EXPECT_EQ(w.folded().find_closed(run)->seq, turn_seq(1));
}

TEST(owner_run, an_activation_and_its_end_in_one_breath_are_never_ordered) {
  world w;
  const auto run = w.start("w");
  w.control("w", control_verb::pause);
  while (w.at().has_more()) w.at().read_one(w.now);  // both before the shell looks
  w.process->collect(w.at());
  EXPECT_TRUE(w.process->activations.empty());
  w.go();
  EXPECT_EQ(w.condition(run), "paused");
}

TEST(owner_run, rule_2_4_a_run_has_one_turn_that_is_not_read_back) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait_for_signal(); },
               [](script_turn& t) { t.complete(fmt::format("{}", t.data().size())); }});
  const auto run = w.start("w");
  w.read();
  w.run_code();
  w.signal("w", "a");
  w.signal("w", "b");
  while (w.at().has_more()) w.at().read_one(w.now);
  w.process->collect(w.at());
  EXPECT_TRUE(w.process->activations.empty());
  EXPECT_EQ(w.process->appends.size(), 1u);
  w.go();
  EXPECT_EQ(w.result(run), "2");
}

TEST(owner_run, rule_2_7_a_run_wakes_for_what_came_since_its_activation_began) {
  world w;
  w.code("w", {[](script_turn& t) {
                 t.step("a");
                 t.step("b");
                 t.wait(1, {one});
               },
               [](script_turn& t) { t.wait(1, {thing_number(2)}); },
               [](script_turn& t) { t.complete(t.given(thing_number(2))); }});
  const auto run = w.start("w");
  w.go();
  w.put(step_result_record({run, 1, 1, outcome::ok, false, "A"}, w.now));
  w.read();
  ASSERT_EQ(w.process->activations.size(), 1u);
  w.put(step_result_record({run, 2, 1, outcome::ok, false, "B"}, w.now));
  w.read();
  w.go();
  EXPECT_EQ(w.result(run), "B");
}

TEST(owner_run, rule_2_5_cancel_is_data_and_waits_while_a_run_is_paused) {
  world w;
  w.code("w", {[](script_turn& t) { t.step("a"); },
               [](script_turn& t) {
                 t.end(t.frame().cancelled ? run_status::cancelled : run_status::failed, "");
               }});
  const auto run = w.start("w");
  w.go();
  w.control("w", control_verb::pause);
  w.control("w", control_verb::cancel, "why not");
  w.go();
  EXPECT_EQ(w.condition(run), "paused");
  w.control("w", control_verb::resume);
  w.go();
  EXPECT_EQ(w.status(run), run_status::cancelled);
}

TEST(owner_run, rule_6_6_a_parked_run_says_why_and_resume_moves_it) {
  world w;
  w.code("w", {[](script_turn& t) { t.park(park_reason::exception, "it threw"); }});
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.condition(run), "parked");
  EXPECT_EQ(w.run(run)->parked, park_reason::exception);
  w.control("w", control_verb::pause, "a look");
  w.go();
  EXPECT_EQ(w.condition(run), "parked");
  EXPECT_EQ(*w.run(run)->detail, "it threw");
  w.code("w", {[](script_turn& t) { t.complete("mended"); }});
  w.control("w", control_verb::resume);
  w.go();
  EXPECT_EQ(w.result(run), "mended");
}

TEST(owner_run, rule_7_2_idle_frames_go_by_time_and_come_back_from_the_journal) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait_for_signal(); },
               [](script_turn& t) { t.complete("input " + t.frame().input); }});
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.acts().resident(), 1u);
  EXPECT_EQ(w.acts().next_wake(), w.now + seconds(60));
  w.pass(seconds(60));
  EXPECT_EQ(w.acts().resident(), 0u);
  EXPECT_EQ(w.acts().next_wake(), timestamp{});
  EXPECT_EQ(w.acts().remembered(), 0u);
  w.signal("w", "go");
  w.go();
  EXPECT_EQ(w.result(run), "input in");
}

TEST(owner_run, rule_7_2_idle_frames_go_by_count_the_longest_idle_first) {
  world w({.owner = {.resident_runs = 2}});
  for (const auto* id : {"a", "b", "c"}) {
    w.code(id, {[](script_turn& t) { t.wait_for_signal(); }});
    w.start(id);
    w.go();
  }
  EXPECT_EQ(w.acts().resident(), 2u);
  EXPECT_EQ(w.acts().remembered(), 2u);
  w.signal("a", "go");
  w.go();
  EXPECT_EQ(w.status(w.newest("a")), run_status::completed);
}

TEST(owner_run, a_frame_in_use_does_not_make_the_owner_wake_for_nothing) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait_for_signal(); }});
  w.start("w");
  w.read();
  w.now = w.now + seconds(100);
  EXPECT_EQ(w.acts().next_wake(), timestamp{});
  w.go();
  EXPECT_GT(w.acts().next_wake(), timestamp{});
}

TEST(owner_run, a_clock_that_was_set_back_does_not_make_the_owner_wake_for_nothing) {
  world w;
  for (const auto* id : {"runs", "waits"})
    w.code(id, {[](script_turn& t) { t.wait_for_signal(); }});
  const auto before = w.now;
  w.now = before + seconds(600);
  w.start("runs");
  w.read();
  const auto ordered = std::exchange(w.process->activations, {});
  w.now = before;
  w.start("waits");
  w.go();
  w.now = w.acts().next_wake();
  EXPECT_EQ(w.now, before + seconds(60));
  w.pass({});
  EXPECT_EQ(w.acts().next_wake(), timestamp{}) << "nothing idle is left";
  EXPECT_EQ(w.acts().resident(), 1u);
  w.process->activations = ordered;
  w.go();
}

TEST(owner_run, a_clock_on_its_way_does_not_make_the_owner_wake_for_nothing) {
  world w({.owner = {.resident_runs = 0, .idle = seconds(1'000)}});
  w.code("w", {[](script_turn& t) { t.timer(seconds(1)); }});
  w.start("w");
  w.go();
  EXPECT_EQ(w.acts().next_wake(), w.now + seconds(1));
  w.pass(seconds(1));
  EXPECT_GT(w.acts().next_wake(), w.now);
}

TEST(owner_run, rule_6_7_a_run_without_a_host_waits_by_name) {
  world w;
  const auto run = w.start("w");
  w.read();
  const auto order = w.process->activations.front().what;
  w.process->activations.clear();
  w.acts().on_no_handler(order.run, order.work.seq);
  w.process->collect(w.at());
  EXPECT_EQ(w.condition(run), "no_handler");
  w.signal("w", "a");
  w.go();
  EXPECT_EQ(w.condition(run), "no_handler");
  w.control("w", control_verb::resume);
  w.go();
  EXPECT_EQ(w.status(run), run_status::completed);
}

TEST(owner_run, log_lines_are_shown_when_their_turn_was_read_back) {
  world w;
  w.code("w", {[](script_turn& t) {
           t.log("hello");
           t.wait_for_signal();
         }});
  w.start("w");
  w.read();
  w.run_code();
  EXPECT_TRUE(w.process->lines.empty());
  w.read();
  EXPECT_THAT(w.process->lines, ElementsAre("hello"));
}

TEST(owner_run, rule_7_1_a_body_that_waits_does_not_keep_its_batch_alive) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait(1, {t.step("a")}); }});
  const auto run = w.start("w");
  w.go();
  w.signal("w", "small", "s");
  w.signal("w", "large", std::string(1'000, 'x'));
  w.read();
  EXPECT_EQ(w.run(run)->data[0].body.view(), "s");
  EXPECT_TRUE(w.run(run)->data[1].missing);
}

TEST(owner_run, a_reader_keeps_no_batch_alive_either) {
  world w;
  w.code("w", {[](script_turn& t) { t.wait(1, {t.step("a")}); }});
  const auto run = w.start("w");
  w.go();
  w.signal("w", "large", std::string(1'000, 'x'));
  w.crash();
  while (w.at().has_more()) w.at().read_one(w.now);
  EXPECT_TRUE(w.run(run)->data[0].missing);
}

TEST(owner_run, of_two_items_of_one_record_neither_keeps_it_alive) {
  world w;
  w.code("w", {[](script_turn& t) {
           t.signal("other", "a", std::string(1'000, 'a'));
           t.signal("other", "b", std::string(1'000, 'b'));
           t.complete("");
         }});
  w.code("other", {[](script_turn& t) { t.wait(1, {t.step("s")}); }});
  const auto other = w.start("other");
  w.go();
  w.start("w");
  w.go();
  ASSERT_EQ(w.run(other)->data.size(), 2u);
  EXPECT_TRUE(w.run(other)->data[0].missing);
  EXPECT_TRUE(w.run(other)->data[1].missing);
}

}  // namespace
}  // namespace perdure::runtime
