#include <gmock/gmock.h>

#include "tests/nodes/whole_node.hpp"

namespace perdure::testing {
namespace {

using runtime::control_verb;
using runtime::errc;
using runtime::run_status;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

inline constexpr step<std::string(std::string)> work{"work"};
inline constexpr step<std::string(std::string)> waits{"waits"};

workflow<std::string> busy(context& ctx, script_run& run, std::string input) {
  for (int i = 0; i < 200; ++i) {
    input = co_await ctx.step(work, input);
    run.shown = std::to_string(i + 1);
  }
  co_return run.shown;
}
workflow<std::string> stuck(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.step(waits, input);
}
workflow<std::string> words(context& ctx, script_run& run, std::string) {
  for (int i = 0; i < 3; ++i) run.shown += co_await ctx.signal<std::string>("word");
  co_return run.shown;
}
workflow<std::string> tidy(context& ctx, script_run& run, std::string input) {
  auto word = co_await ctx.signal<std::string>("word").outcome();
  if (!word) {
    run.shown = co_await ctx.shielded([](context& c, std::string text) -> task<std::string> {
      co_return co_await c.step(work, text);
    }(ctx, input));
    throw word.error();
  }
  co_return *word;
}
std::atomic<bool> mended = false;  // as by a new build
workflow<std::string> throws_at_first(context& ctx, script_run&, std::string) {
  co_await ctx.step(work, std::string("x"));
  if (!mended) throw std::out_of_range("a bug");
  co_return "mended";
}

class operators : public ::testing::Test {
 protected:
  void SetUp() override {
    add_script(*world_.offered, {{"busy", &busy},
                                 {"stuck", &stuck},
                                 {"words", &words},
                                 {"tidy", &tidy},
                                 {"throws_at_first", &throws_at_first}});
    world_.offered->add_step(work, [](const std::string& in) { return in; });
    world_.offered->add_step(waits, [this](step_context& ctx, const std::string& in) {
      ++running_;
      while (!ctx.is_cancelled() && !let_go_) std::this_thread::sleep_for(1ms);
      --running_;
      return in;
    });
    world_.start();
  }
  void wait_for_running(int count) {
    while (running_ != count) std::this_thread::sleep_for(1ms);
  }

  std::unique_ptr<whole_node> made_ = whole_node::make();
  whole_node& world_ = *made_;
  std::atomic<int> running_ = 0;
  std::atomic<bool> let_go_ = false;
};

TEST_F(operators, rule_6_5_terminate_ends_a_run_and_tells_its_attempts) {
  ASSERT_TRUE(world_.client().start("stuck", "a"));
  wait_for_running(1);
  ASSERT_TRUE(world_.client().control("a", control_verb::terminate));
  EXPECT_THAT(world_.client().end_of("a"), StartsWith("terminated"));
  wait_for_running(0);
  EXPECT_EQ(world_.client().control("a", control_verb::terminate).error().code, errc::failed_state);
}

TEST_F(operators, terminate_at_any_moment_of_a_busy_run) {
  for (int i = 0; i < 60; ++i) {
    const auto id = fmt::format("w{}", i);
    ASSERT_TRUE(world_.client().start("busy", id));
    std::this_thread::sleep_for(std::chrono::microseconds(i * 137));
    const auto ended = world_.client().control(id, control_verb::terminate);
    if (!ended) EXPECT_EQ(ended.error().code, errc::failed_state) << "it was faster";
    const auto status = world_.client().result(id)->status;
    EXPECT_TRUE(status == run_status::terminated || status == run_status::completed);
  }
}

TEST_F(operators, pause_and_resume_at_any_moment_lose_nothing) {
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back(fmt::format("w{}", i));
    ASSERT_TRUE(world_.client().start("busy", ids.back(), "x"));
  }
  for (int round = 0; round < 15; ++round) {
    for (const auto& id : ids) {
      const auto verb = round % 2 == 0 ? control_verb::pause : control_verb::resume;
      const auto given = world_.client().control(id, verb);
      if (!given) EXPECT_EQ(given.error().code, errc::failed_state);
    }
  }
  for (const auto& id : ids) {
    const auto resumed = world_.client().control(id, control_verb::resume);
    if (!resumed) EXPECT_EQ(resumed.error().code, errc::failed_state);
    EXPECT_EQ(world_.client().end_of(id), "200");
  }
}

TEST_F(operators, rule_6_8_a_paused_run_takes_nothing_but_keeps_everything) {
  ASSERT_TRUE(world_.client().start("words", "a"));
  world_.wait_for_condition("a", "waiting");  // else its start waits in the queue, too
  ASSERT_TRUE(world_.client().control("a", control_verb::pause));
  world_.wait_for_condition("a", "paused");
  for (const auto* word : {"1", "2", "3"}) ASSERT_TRUE(world_.client().signal("a", "word", word));
  EXPECT_EQ(world_.client().result("a", {})->status, run_status::paused);
  EXPECT_EQ(world_.client().describe("a")->queued_data, 3u);
  ASSERT_TRUE(world_.client().control("a", control_verb::resume));
  EXPECT_EQ(world_.client().end_of("a"), "123");
}

TEST_F(operators, rule_6_8_a_running_attempt_of_a_paused_run_finishes_and_its_result_waits) {
  ASSERT_TRUE(world_.client().start("stuck", "a", "x"));
  wait_for_running(1);
  ASSERT_TRUE(world_.client().control("a", control_verb::pause));
  world_.wait_for_condition("a", "paused");
  let_go_ = true;
  while (world_.client().describe("a")->queued_data == 0) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(world_.client().result("a", {})->status, run_status::paused);
  ASSERT_TRUE(world_.client().control("a", control_verb::resume));
  EXPECT_EQ(world_.client().end_of("a"), "x");
}

TEST_F(operators, rule_6_4_cancel_runs_the_cleaning_up) {
  ASSERT_TRUE(world_.client().start("tidy", "a", "tidied"));
  ASSERT_TRUE(world_.client().control("a", control_verb::cancel));
  EXPECT_THAT(world_.client().end_of("a"), StartsWith("cancelled"));
  const auto events = world_.client().history("a");
  EXPECT_TRUE(std::ranges::any_of(
      *events, [](const auto& event) { return event.kind == "step_completed"; }));
}

TEST_F(operators, cancel_ends_what_a_step_does) {
  ASSERT_TRUE(world_.client().start("stuck", "a"));
  wait_for_running(1);
  ASSERT_TRUE(world_.client().control("a", control_verb::cancel));
  EXPECT_THAT(world_.client().end_of("a"), StartsWith("cancelled"));
  wait_for_running(0);
}

TEST_F(operators, rule_2_5_cancel_waits_while_a_run_is_paused_and_terminate_does_not) {
  for (const auto* id : {"a", "b"}) {
    ASSERT_TRUE(world_.client().start("words", id));
    ASSERT_TRUE(world_.client().control(id, control_verb::pause));
    world_.wait_for_condition(id, "paused");
  }
  ASSERT_TRUE(world_.client().control("a", control_verb::cancel));
  ASSERT_TRUE(world_.client().control("b", control_verb::terminate));
  EXPECT_THAT(world_.client().end_of("b"), StartsWith("terminated"));
  EXPECT_EQ(world_.client().result("a", {})->status, run_status::paused);
  ASSERT_TRUE(world_.client().control("a", control_verb::resume));
  EXPECT_THAT(world_.client().end_of("a"), StartsWith("cancelled"));
}

TEST_F(operators, a_control_with_a_key_has_its_effect_once) {
  ASSERT_TRUE(world_.client().start("words", "a"));
  EXPECT_FALSE(world_.client().control("a", control_verb::pause, "key")->duplicate);
  ASSERT_TRUE(world_.client().control("a", control_verb::resume));
  EXPECT_TRUE(world_.client().control("a", control_verb::pause, "key")->duplicate);
  for (const auto* word : {"1", "2", "3"}) ASSERT_TRUE(world_.client().signal("a", "word", word));
  EXPECT_EQ(world_.client().end_of("a"), "123");
}

TEST_F(operators, a_delayed_run_can_be_paused_terminated_and_cancelled) {
  const auto delayed = [&](const std::string& id, runtime::duration delay) {
    auto request = world_.client().request("words", id);
    request.delay = delay;
    ASSERT_TRUE(world_.client().start(request));
  };
  delayed("terminated", runtime::seconds(1'000));
  ASSERT_TRUE(world_.client().control("terminated", control_verb::terminate));
  EXPECT_THAT(world_.client().end_of("terminated"), StartsWith("terminated"));
  delayed("cancelled", runtime::seconds(1'000));
  ASSERT_TRUE(world_.client().control("cancelled", control_verb::cancel));
  EXPECT_THAT(world_.client().end_of("cancelled"), StartsWith("cancelled"));
  delayed("paused", runtime::milliseconds(50));
  ASSERT_TRUE(world_.client().control("paused", control_verb::pause));
  world_.wait_for_condition("paused", "paused");
  while (world_.client().describe("paused")->queued_data == 0) std::this_thread::sleep_for(1ms);
  ASSERT_TRUE(world_.client().control("paused", control_verb::resume));
  for (const auto* word : {"1", "2", "3"})
    ASSERT_TRUE(world_.client().signal("paused", "word", word));
  EXPECT_EQ(world_.client().end_of("paused"), "123");
}

TEST_F(operators, rule_6_4_an_exception_parks_the_run_and_resume_tries_again) {
  ASSERT_TRUE(world_.client().start("throws_at_first", "a"));
  EXPECT_THAT(world_.wait_for_condition("a", "parked"), HasSubstr("a bug"));
  EXPECT_FALSE(world_.client().query("a"));
  mended = true;
  ASSERT_TRUE(world_.client().control("a", control_verb::resume));
  EXPECT_EQ(world_.client().end_of("a"), "mended");
}

TEST_F(operators, controls_of_nobody_are_not_found) {
  for (const auto verb :
       {control_verb::pause, control_verb::resume, control_verb::cancel, control_verb::terminate}) {
    EXPECT_EQ(world_.client().control("nobody", verb).error().code, errc::not_found);
  }
}

TEST_F(operators, a_result_asked_for_with_a_wait_comes_when_the_wait_is_over) {
  ASSERT_TRUE(world_.client().start("words", "a"));
  EXPECT_EQ(world_.client().result("a", runtime::milliseconds(30))->status, run_status::open);
  EXPECT_EQ(world_.client().result("a", {})->status, run_status::open);
  EXPECT_EQ(world_.client().result("nobody").error().code, errc::not_found);
}

}  // namespace
}  // namespace perdure::testing
