#include <gmock/gmock.h>

#include "tests/nodes/whole_node.hpp"

namespace perdure::testing {
namespace {

using runtime::control_verb;
using runtime::run_status;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

inline constexpr step<std::string(std::string)> work{"work"};
inline constexpr step<std::string(std::string)> fails_once{"fails_once", backoff(300ms)};
inline constexpr step<std::string(std::string)> once{"once", at_most_once};

workflow<std::string> ten_steps(context& ctx, script_run& run, std::string input) {
  for (int i = 0; i < 10; ++i) run.shown = input = co_await ctx.step(work, input);
  co_return input;
}
workflow<std::string> words(context& ctx, script_run& run, std::string) {
  for (int i = 0; i < 3; ++i) run.shown += co_await ctx.signal<std::string>("word");
  co_return run.shown;
}
workflow<std::string> sleeps(context& ctx, script_run&, std::string) {
  co_await ctx.sleep(500ms);
  co_return "slept";
}
workflow<std::string> retried(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.step(fails_once, input);
}
workflow<std::string> pays(context& ctx, script_run&, std::string input) {
  auto paid = co_await ctx.step(once, input).outcome();
  co_return paid ? *paid : std::string(name(paid.error().kind()));
}
workflow<std::string> calls(context& ctx, script_run&, std::string input) {
  co_return "[" + co_await call_script(ctx, "legal", "words", "", {.workflow_id = "of " + input}) +
      "]";
}
workflow<std::string> chances(context& ctx, script_run& run, std::string) {
  run.shown = fmt::format("{} {} {}", ctx.random(), ctx.uuid(), ctx.now().us);
  co_await ctx.signal<std::string>("word");
  co_return run.shown;
}

class restarts : public ::testing::Test {
 protected:
  void SetUp() override {
    add_script(*world_.offered, {{"ten_steps", &ten_steps},
                                 {"words", &words},
                                 {"sleeps", &sleeps},
                                 {"retried", &retried},
                                 {"pays", &pays},
                                 {"calls", &calls},
                                 {"chances", &chances}});
    world_.offered->add_step(work, [this](step_context& ctx, const std::string& in) {
      while (holds_ && !ctx.is_cancelled()) std::this_thread::sleep_for(1ms);
      return in + "+";
    });
    world_.offered->add_step(fails_once, [](step_context& ctx, const std::string& in) {
      if (ctx.attempt() == 1) throw std::runtime_error("first");
      return in;
    });
    world_.offered->add_step(once, [this](step_context& ctx, const std::string& in) {
      ++paid_;
      while (holds_ && !ctx.is_cancelled()) std::this_thread::sleep_for(1ms);
      return in;
    });
    world_.start();
  }
  enum class kind { clean, crash };
  void restart(kind how) {
    if (how == kind::clean)
      EXPECT_TRUE(world_.stop());
    else
      world_.crash();
    world_.start();
  }
  /// Whatever kind of restart: all sorts of waits go on.
  void everything_goes_on(kind how);

  std::unique_ptr<whole_node> made_ = whole_node::make();
  whole_node& world_ = *made_;
  std::atomic<bool> holds_ = false;
  std::atomic<int> paid_ = 0;
};

void restarts::everything_goes_on(kind how) {
  world_.node_options().drain = runtime::milliseconds(20);
  holds_ = true;
  auto client = world_.client();
  for (const auto* operation : {"ten_steps", "words", "sleeps", "retried", "calls", "chances"})
    ASSERT_TRUE(client.start(operation, operation, operation));
  auto delayed = client.request("words", "delayed");
  delayed.delay = runtime::milliseconds(200);
  ASSERT_TRUE(client.start(delayed));
  ASSERT_TRUE(client.start("words", "paused"));
  ASSERT_TRUE(client.control("paused", control_verb::pause));
  ASSERT_TRUE(client.signal("words", "word", "1"));
  const auto chances = client.query("chances");
  world_.wait_for_condition("paused", "paused");
  while (!world_.client("legal").describe("of calls")) std::this_thread::yield();
  restart(how);
  holds_ = false;
  restart(how);
  auto after = world_.client();
  EXPECT_EQ(after.query("chances"), chances);
  for (const auto* word : {"2", "3"}) ASSERT_TRUE(after.signal("words", "word", word));
  for (const auto* word : {"a", "b", "c"})
    ASSERT_TRUE(world_.client("legal").signal("of calls", "word", word));
  ASSERT_TRUE(after.signal("chances", "word", ""));
  EXPECT_EQ(after.end_of("ten_steps"), "ten_steps++++++++++");
  EXPECT_EQ(after.end_of("words"), "123");
  EXPECT_EQ(after.end_of("sleeps"), "slept");
  EXPECT_EQ(after.end_of("retried"), "retried");
  EXPECT_EQ(after.end_of("calls"), "[abc]");
  EXPECT_EQ(after.end_of("chances"), *chances);
  EXPECT_EQ(after.describe("paused")->summary.condition, "paused");
  ASSERT_TRUE(after.control("paused", control_verb::resume));
  for (const auto* id : {"paused", "delayed"}) {
    for (const auto* word : {"x", "y", "z"}) ASSERT_TRUE(after.signal(id, "word", word));
    EXPECT_EQ(after.end_of(id), "xyz");
  }
}

TEST_F(restarts, rule_5_1_after_a_clean_stop_everything_goes_on) {
  everything_goes_on(kind::clean);
}

TEST_F(restarts, rule_5_1_after_a_crash_everything_goes_on) { everything_goes_on(kind::crash); }

TEST_F(restarts, results_and_answers_to_keys_stay_as_they_were_told) {
  auto request = world_.client().request("words", "a");
  request.request_key = "start";
  const auto started = world_.client().start(request);
  for (const auto* word : {"1", "2", "3"}) world_.client().signal("a", "word", word, word);
  EXPECT_EQ(world_.client().end_of("a"), "123");
  for (const auto how : {kind::clean, kind::crash}) {
    restart(how);
    EXPECT_EQ(world_.client().end_of("a"), "123");
    const auto again = world_.client().start(request);
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(again->run_id, started->run_id);
    EXPECT_TRUE(world_.client().signal("a", "word", "1", "1")->duplicate);
    EXPECT_FALSE(world_.client().signal("a", "word", "9", "1"));
  }
}

TEST_F(restarts, rule_5_2_a_lost_at_most_once_attempt_ends_as_unknown_and_is_never_repeated) {
  holds_ = true;
  ASSERT_TRUE(world_.client().start("pays", "a", "x"));
  while (paid_ == 0) std::this_thread::sleep_for(1ms);
  world_.crash();
  holds_ = false;
  world_.start();
  EXPECT_EQ(world_.client().end_of("a"), "outcome_unknown");
  EXPECT_EQ(paid_, 1);
}

TEST_F(restarts, a_node_that_nobody_uses_can_be_restarted_many_times) {
  ASSERT_TRUE(world_.client().start("words", "a"));
  for (int i = 0; i < 10; ++i) restart(i % 2 ? kind::clean : kind::crash);
  for (const auto* word : {"1", "2", "3"}) ASSERT_TRUE(world_.client().signal("a", "word", word));
  EXPECT_EQ(world_.client().end_of("a"), "123");
}

TEST_F(restarts, rule_7_5_many_runs_at_all_stages_survive_crash_after_crash) {
  std::vector<std::string> ids;
  for (int round = 0; round < 8; ++round) {
    for (int i = 0; i < 25; ++i) {
      ids.push_back(fmt::format("run-{}-{}", round, i));
      ASSERT_TRUE(world_.client().start("ten_steps", ids.back(), ids.back()));
    }
    restart(kind::crash);
  }
  for (const auto& id : ids) EXPECT_EQ(world_.client().end_of(id), id + "++++++++++");
}

/// Eviction: the frames go, the runs do not.
class eviction : public restarts {
 protected:
  void evict(std::size_t resident, runtime::duration idle) {
    world_.node_options().owner.resident_runs = resident;
    world_.node_options().owner.idle = idle;
    restart(kind::clean);
  }
  std::size_t resident() {
    std::size_t all = 0;
    for (const auto& partition : world_.client().status()->partitions)
      all += partition.resident_runs;
    return all;
  }
};

TEST_F(eviction, rule_7_2_runs_over_the_number_lose_their_frames_and_come_back_by_replay) {
  evict(2, runtime::seconds(60));
  std::vector<std::string> ids;
  for (int i = 0; i < 60; ++i) {
    ids.push_back(fmt::format("w{}", i));
    ASSERT_TRUE(world_.client().start(i % 2 ? "words" : "chances", ids.back()));
  }
  for (const auto& id : ids) ASSERT_TRUE(world_.client().query(id));
  EXPECT_LE(resident(), 2u * 4 + 2 * 2 + 2);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i % 2 == 0) {
      const auto shown = world_.client().query(ids[i]);
      ASSERT_TRUE(world_.client().signal(ids[i], "word", ""));
      EXPECT_EQ(world_.client().end_of(ids[i]), *shown);
    } else {
      for (const auto* word : {"1", "2", "3"})
        ASSERT_TRUE(world_.client().signal(ids[i], "word", word));
      EXPECT_EQ(world_.client().end_of(ids[i]), "123");
    }
  }
}

TEST_F(eviction, rule_7_2_idle_runs_lose_their_frames_after_a_while) {
  evict(1'000, runtime::milliseconds(50));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(world_.client().start("words", fmt::format("w{}", i)));
  ASSERT_TRUE(world_.client().query("w19"));
  for (int i = 0; i < 6'000 && resident() != 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(resident(), 0u);
  for (const auto* word : {"1", "2", "3"}) ASSERT_TRUE(world_.client().signal("w7", "word", word));
  EXPECT_EQ(world_.client().end_of("w7"), "123");
}

TEST_F(eviction, rule_7_1_payloads_that_wait_are_read_again_when_they_are_large) {
  evict(1, runtime::seconds(60));
  const std::string large(100'000, 'x');
  for (int i = 0; i < 8; ++i) {
    const auto id = fmt::format("w{}", i);
    ASSERT_TRUE(world_.client().start("words", id, large));
    for (const auto* word : {"1", "2"})
      ASSERT_TRUE(world_.client().signal(id, "word", word + large));
  }
  for (int i = 0; i < 8; ++i) {
    const auto id = fmt::format("w{}", i);
    ASSERT_TRUE(world_.client().signal(id, "word", "3"));
    EXPECT_EQ(world_.client().end_of(id), "1" + large + "2" + large + "3");
  }
}

}  // namespace
}  // namespace perdure::testing
