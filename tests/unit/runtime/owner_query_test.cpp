#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/world.hpp"

namespace perdure::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void wait(script_turn& t) { t.wait_for_signal(); }
void wait_for_a_step(script_turn& t) { t.wait(1, {t.step("a")}); }
void wait_on(script_turn& t) { t.wait(1, {thing_number(1)}); }

void ask(world& w, run_key run, std::uint64_t token) {
  w.acts().query(run, token, w.now);
  w.process->collect(w.at());
}

std::vector<std::uint64_t> answers(world& w) {
  std::vector<std::uint64_t> tokens;
  for (const auto& answer : w.process->answered) tokens.push_back(answer.token);
  w.process->answered.clear();
  return tokens;
}

std::string refusal(world& w) {
  const auto text = w.process->refused.empty() ? "" : w.process->refused.front().why.message;
  w.process->refused.clear();
  return text;
}

TEST(owner_query, rule_6_9_is_answered_when_all_data_before_is_consumed) {
  world w;
  w.code("w", {wait_for_a_step, wait_on, wait_on});
  const auto run = w.start("w");
  w.go();
  ask(w, run, 1);
  EXPECT_THAT(answers(w), ElementsAre(1u));
  w.signal("w", "s");  // wakes nobody
  w.read();
  ask(w, run, 2);
  EXPECT_THAT(answers(w), IsEmpty());
  w.run_code();
  EXPECT_THAT(answers(w), IsEmpty());
  w.read();
  EXPECT_THAT(answers(w), ElementsAre(2u));
  EXPECT_TRUE(w.run(run)->data.empty());
}

TEST(owner_query, rule_6_9_an_owner_that_gives_up_refuses_what_it_was_about_to_answer) {
  world w;
  w.code("w", {wait_for_a_step, wait_on});
  const auto run = w.start("w");
  w.go();
  w.acts().query(run, 1, w.now);
  w.acts().give_up(w.now);
  w.process->collect(w.at());
  EXPECT_THAT(answers(w), IsEmpty());
  EXPECT_EQ(refusal(w), "the run is moving: ask again");
}

TEST(owner_query, rule_6_9_an_evicted_run_comes_back_to_answer) {
  world w;
  w.code("w", {wait});
  const auto run = w.start("w");
  w.go();
  w.pass(seconds(100));
  ask(w, run, 1);
  EXPECT_THAT(answers(w), IsEmpty());
  w.go();
  EXPECT_THAT(answers(w), ElementsAre(1u));
  EXPECT_EQ(w.run(run)->seq, turn_seq(1));
}

TEST(owner_query, rule_6_9_paused_as_of_its_last_turn_parked_not_at_all) {
  world w;
  w.code("w", {wait, [](script_turn& t) { t.park(park_reason::exception, "no"); }});
  const auto run = w.start("w");
  w.go();
  w.control("w", control_verb::pause);
  w.signal("w", "s");
  w.go();
  ask(w, run, 1);
  EXPECT_THAT(answers(w), ElementsAre(1u));
  w.control("w", control_verb::resume);
  w.read();
  ask(w, run, 2);
  w.go();
  EXPECT_THAT(refusal(w), HasSubstr("parked"));
  ask(w, run, 3);
  EXPECT_THAT(refusal(w), HasSubstr("parked"));
}

TEST(owner_query, what_cannot_be_answered_says_why) {
  world w;
  ask(w, {offset(99), {}}, 1);
  EXPECT_THAT(refusal(w), HasSubstr("no such open run"));
  const auto delayed = w.start({.workflow_id = "delayed", .delay = seconds(5)});
  w.go();
  ask(w, delayed, 2);
  EXPECT_THAT(refusal(w), HasSubstr("has not begun"));
}

TEST(owner_query, a_run_that_closes_or_an_owner_that_leaves_refuses_what_waits) {
  world w;
  w.code("w", {wait_for_a_step});
  const auto run = w.start("w");
  w.go();
  w.signal("w", "s");
  w.read();
  ask(w, run, 1);
  w.control("w", control_verb::terminate);
  w.go();
  EXPECT_THAT(refusal(w), HasSubstr("closed"));

  w.code("x", {wait_for_a_step});
  const auto other = w.start("x");
  w.go();
  w.signal("x", "s");
  w.read();
  ask(w, other, 2);
  w.acts().claim(session_id(1), std::nullopt, w.now);
  w.process->collect(w.at());
  EXPECT_THAT(refusal(w), HasSubstr("another owner"));
}

TEST(owner_query, a_draining_owner_brings_no_code_back) {
  world w;
  w.code("w", {wait});
  const auto run = w.start("w");
  w.go();
  w.pass(seconds(100));
  w.acts().drain();
  ask(w, run, 1);
  EXPECT_THAT(refusal(w), HasSubstr("being handed over"));
  EXPECT_TRUE(w.acts().settled_down());
  w.acts().hand_over(w.now);
  ask(w, run, 2);
  EXPECT_THAT(refusal(w), HasSubstr("being handed over"));
}

TEST(owner_query, data_that_came_after_the_question_does_not_delay_the_answer) {
  world w;
  w.code("w", {wait_for_a_step, wait_on, wait_on, wait_on});
  const auto run = w.start("w");
  w.go();
  w.signal("w", "before");
  w.read();
  ask(w, run, 1);
  w.run_code();
  w.signal("w", "after");
  w.read();
  EXPECT_THAT(answers(w), ElementsAre(1u));
}

}  // namespace
}  // namespace perdure::runtime
