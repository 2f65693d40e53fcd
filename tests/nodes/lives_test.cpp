#include <gmock/gmock.h>

#include "tests/nodes/whole_node.hpp"

namespace perdure::testing {
namespace {

using runtime::control_verb;
using runtime::errc;
using runtime::id_policy;
using runtime::run_status;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

inline constexpr step<std::string(std::string)> work{"work"};
inline constexpr step<std::string(std::string)> flaky{"flaky", backoff(1ms, 2.0, 10ms)};
inline constexpr step<std::string(std::string)> hopeless{"hopeless", retries(3), backoff(1ms)};
inline constexpr step<std::string(std::string)> once{"once", at_most_once};
inline constexpr step<std::string(std::string)> slow{"slow", attempt_timeout(30ms), retries(2),
                                                     backoff(1ms)};
inline constexpr step<std::string(std::string)> unknown{"unknown"};

workflow<std::string> echo(context&, script_run&, std::string input) { co_return input; }
workflow<std::string> ten_steps(context& ctx, script_run& run, std::string input) {
  for (int i = 0; i < 10; ++i) run.shown = input = co_await ctx.step(work, input);
  co_return input;
}
template <auto& Step>
workflow<std::string> one(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.step(Step, input);
}
workflow<std::string> sleeps(context& ctx, script_run&, std::string) {
  const auto before = ctx.now();
  co_await ctx.sleep(20ms);
  const auto passed = ctx.now() - before;
  co_return passed.us >= 20'000 ? "slept" : fmt::format("only {} us", passed.us);
}
workflow<std::string> sleeps_until_the_past(context& ctx, script_run&, std::string) {
  co_await ctx.sleep_until(timestamp{0});
  co_await ctx.sleep_until(timestamp{-5});
  co_await ctx.sleep_until(timestamp{7});
  co_await ctx.sleep(-1h);
  co_return "up";
}
workflow<std::string> waits_ever(context& ctx, script_run&, std::string) {
  auto never = ctx.sleep(std::chrono::hours(24 * 365 * 200));
  auto far = ctx.sleep_until(timestamp{INT64_MAX});
  auto word = ctx.signal<std::string>("word");
  co_await perdure::any(never, far, word);
  co_return co_await word;
}
workflow<std::string> words(context& ctx, script_run& run, std::string) {
  for (int i = 0; i < 3; ++i) run.shown += co_await ctx.signal<std::string>("word");
  co_return run.shown;
}
workflow<std::string> impatient(context& ctx, script_run&, std::string) {
  auto word = co_await ctx.signal<std::string>("word", 10ms).outcome();
  co_return word ? *word : std::string(name(word.error().kind()));
}
workflow<std::string> fan_out(context& ctx, script_run&, std::string input) {
  std::vector<std::string> items(50, input);
  const auto all = co_await ctx.for_each(
      items, 10, [](context& c, std::string item) { return c.step(work, item); });
  co_return fmt::format("{}", all.size());
}

class lives : public ::testing::Test {
 protected:
  void SetUp() override {
    auto& offered = *world_.offered;
    add_script(offered, {{"echo", &echo},
                         {"ten_steps", &ten_steps},
                         {"flaky", &one<flaky>},
                         {"hopeless", &one<hopeless>},
                         {"once", &one<once>},
                         {"slow", &one<slow>},
                         {"unknown", &one<unknown>},
                         {"sleeps", &sleeps},
                         {"past", &sleeps_until_the_past},
                         {"waits_ever", &waits_ever},
                         {"words", &words},
                         {"impatient", &impatient},
                         {"fan_out", &fan_out}});
    offered.add_step(work, [](const std::string& in) { return in + "+"; });
    offered.add_step(flaky, [this](step_context& ctx, const std::string& in) {
      keys_.insert(std::string(ctx.idempotency_key()));
      if (ctx.attempt() < 4) throw std::runtime_error("not yet");
      return fmt::format("{} {}", in, ctx.attempt());
    });
    offered.add_step(hopeless, [this](step_context&, const std::string&) -> std::string {
      ++attempts_;
      throw std::runtime_error("never");
    });
    offered.add_step(once, [this](step_context&, const std::string&) -> std::string {
      ++attempts_;
      throw std::runtime_error("it may have happened");
    });
    offered.add_step(slow, [this](step_context& ctx, const std::string& in) {
      ++attempts_;
      while (!ctx.is_cancelled()) std::this_thread::sleep_for(1ms);
      return in;
    });
    world_.start();
  }

  std::unique_ptr<whole_node> made_ = whole_node::make();
  whole_node& world_ = *made_;
  std::atomic<int> attempts_ = 0;
  std::set<std::string> keys_;
};

TEST_F(lives, a_run_starts_steps_and_completes) {
  EXPECT_EQ(world_.client().run("ten_steps", "a", "x"), "x++++++++++");
  EXPECT_EQ(world_.client().run("fan_out", "b", "x"), "50");
}

TEST_F(lives, rule_5_2_failed_attempts_are_tried_again_with_one_key) {
  EXPECT_EQ(world_.client().run("flaky", "a", "attempt"), "attempt 4");
  EXPECT_EQ(keys_.size(), 1u);
}

TEST_F(lives, rule_5_2_retries_end_with_the_policy) {
  EXPECT_THAT(world_.client().run("hopeless", "a"), HasSubstr("never"));
  EXPECT_EQ(attempts_, 3);
  EXPECT_EQ(world_.client().result("a")->status, run_status::failed);
}

TEST_F(lives, rule_5_2_an_at_most_once_step_is_never_tried_again) {
  EXPECT_THAT(world_.client().run("once", "a"), HasSubstr("it may have happened"));
  EXPECT_EQ(attempts_, 1);
}

TEST_F(lives, an_attempt_over_its_time_is_tried_again_and_then_fails) {
  world_.client().run("slow", "a");
  EXPECT_EQ(attempts_, 2);
  const auto result = world_.client().result("a");
  EXPECT_EQ(result->status, run_status::failed);
  EXPECT_EQ(runtime::decode_failure(result->body.view())->kind, runtime::outcome::timed_out);
}

TEST_F(lives, an_unregistered_step_fails_by_name) {
  EXPECT_THAT(world_.client().run("unknown", "a"), HasSubstr("`unknown`"));
}

TEST_F(lives, rule_2_8_timers_fire_when_they_are_due) {
  EXPECT_EQ(world_.client().run("sleeps", "a"), "slept");
}

TEST_F(lives, timers_of_the_past_fire_at_once_even_of_the_year_1970) {
  EXPECT_EQ(world_.client().run("past", "a"), "up");
}

TEST_F(lives, timers_beyond_every_calendar_only_never_fire) {
  ASSERT_TRUE(world_.client().start("waits_ever", "a"));
  EXPECT_EQ(world_.client().run("sleeps", "b"), "slept") << "and nothing else is disturbed";
  ASSERT_TRUE(world_.client().signal("a", "word", "go"));
  EXPECT_EQ(world_.client().end_of("a"), "go");
}

TEST_F(lives, signals_arrive_in_order_also_before_they_are_asked_for) {
  ASSERT_TRUE(world_.client().start("words", "a"));
  for (const auto* word : {"1", "2", "3"}) ASSERT_TRUE(world_.client().signal("a", "word", word));
  EXPECT_EQ(world_.client().end_of("a"), "123");
}

TEST_F(lives, a_signal_with_a_key_is_taken_once) {
  ASSERT_TRUE(world_.client().start("words", "a"));
  EXPECT_FALSE(world_.client().signal("a", "word", "1", "key")->duplicate);
  EXPECT_TRUE(world_.client().signal("a", "word", "1", "key")->duplicate);
  EXPECT_EQ(world_.client().signal("a", "word", "2", "key").error().code, errc::already_exists);
  for (const auto* word : {"2", "3"}) ASSERT_TRUE(world_.client().signal("a", "word", word));
  EXPECT_EQ(world_.client().end_of("a"), "123");
  EXPECT_EQ(world_.client().signal("a", "word", "4").error().code, errc::failed_state);
  EXPECT_EQ(world_.client().signal("nobody", "word", "4").error().code, errc::not_found);
}

TEST_F(lives, a_wait_for_a_signal_can_time_out) {
  EXPECT_EQ(world_.client().run("impatient", "a"), "timed_out");
}

TEST_F(lives, a_start_can_be_delayed) {
  auto request = world_.client().request("echo", "a", "late");
  request.delay = runtime::milliseconds(300);
  ASSERT_TRUE(world_.client().start(request));
  EXPECT_EQ(world_.client().describe("a")->summary.condition, "delayed");
  EXPECT_EQ(world_.client().end_of("a"), "late");
}

TEST_F(lives, a_deadline_ends_a_run_as_timed_out) {
  auto request = world_.client().request("words", "a");
  request.timeout = runtime::milliseconds(20);
  ASSERT_TRUE(world_.client().start(request));
  EXPECT_THAT(world_.client().end_of("a"), ::testing::StartsWith("timed_out"));
}

TEST_F(lives, rule_2_9_id_policies_decide_about_an_id_in_use) {
  auto request = world_.client().request("words", "a");
  const auto first = world_.client().start(request);
  EXPECT_EQ(world_.client().start(request).error().code, errc::already_exists);
  request.policy = id_policy::attach;
  const auto attached = world_.client().start(request);
  EXPECT_TRUE(attached->attached);
  EXPECT_EQ(attached->run_id, first->run_id);
  ASSERT_TRUE(world_.client().control("a", control_verb::terminate));
  world_.client().end_of("a");
  EXPECT_EQ(world_.client().start(request)->run_id, first->run_id) << "also when it has closed";
  request.policy = id_policy::reject_ever;
  EXPECT_EQ(world_.client().start(request).error().code, errc::already_exists);
  request.policy = id_policy::reject_running;
  EXPECT_NE(world_.client().start(request)->run_id, first->run_id);
}

TEST_F(lives, rule_2_9_a_start_without_an_id_gets_one_that_its_key_decides) {
  auto request = world_.client().request("echo", "", "x");
  request.request_key = "order 7";
  const auto first = world_.client().start(request), again = world_.client().start(request);
  EXPECT_FALSE(first->workflow_id.empty());
  EXPECT_EQ(first->run_id, again->run_id);
  EXPECT_TRUE(again->duplicate);
  request.request_key = "order 8";
  EXPECT_NE(world_.client().start(request)->workflow_id, first->workflow_id);
}

TEST_F(lives, the_history_tells_what_happened_in_order) {
  world_.client().run("flaky", "a", "x");
  const auto events = world_.client().history("a");
  ASSERT_TRUE(events);
  std::vector<std::string> kinds;
  for (const auto& event : *events) kinds.push_back(event.kind);
  EXPECT_THAT(kinds, ElementsAre("started", "step_scheduled", "step_completed", "completed"));
  EXPECT_EQ((*events)[2].attempt, 4u);
  EXPECT_EQ((*events)[2].name, "flaky");
  EXPECT_EQ(decode<std::string>((*events)[2].body), "x 4");
  EXPECT_EQ((*events)[0].build, "test build");
}

TEST_F(lives, what_is_described_is_there) {
  ASSERT_TRUE(world_.client().start("words", "a", "input"));
  world_.wait_for_condition("a", "waiting");
  const auto details = world_.client().describe("a");
  EXPECT_EQ(details->summary.agent, "test.Agent");
  EXPECT_EQ(details->summary.operation, "words");
  EXPECT_THAT(details->summary.detail, HasSubstr("a signal"));
  EXPECT_EQ(decode<std::string>(details->input), "input");
  EXPECT_EQ(world_.client().describe("nobody").error().code, errc::not_found);
  EXPECT_EQ(world_.client("legal").describe("a").error().code, errc::not_found);
}

}  // namespace
}  // namespace perdure::testing
