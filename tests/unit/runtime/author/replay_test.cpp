// DESIGN 6.6: a run that is brought back must ask for the same, or it is parked with the
// difference.

#include "runtime/author/replay_difference.hpp"
#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure::testing {
namespace {

using namespace std::chrono_literals;

/// What the second code makes of the first one's journal of `start`, then result 1.
template <class Old, class New>
std::string difference(Old before, New after) {
  code_run run(before);
  run.start();
  run.gives(1, std::string("one"));
  EXPECT_EQ(run.status(), "open");
  const auto offered = registry_with(after);
  const auto result = run.replay_with(*offered);
  if (result.status == run_status::open) {
    return "none";
  }
  EXPECT_EQ(result.status, run_status::parked);
  EXPECT_EQ(result.parked, runtime::park_reason::nondeterminism);
  EXPECT_TRUE(result.commands.empty());
  return result.detail;
}

const auto original = [](context& ctx) -> workflow<void> {
  co_await ctx.step(alpha, "x");
  co_await ctx.step(beta, "y");
  co_await ctx.step(nothing);
};

TEST(replay, rule_6_6_the_same_code_agrees) {
  EXPECT_EQ(difference(original,
                       [](context& ctx) -> workflow<void> {
                         co_await ctx.step(alpha, "x");
                         co_await ctx.step(beta, "y");
                         ctx.log.info("new code behind where it stands is safe");
                         co_await ctx.sleep(3s);
                       }),
            "none");
}

TEST(replay, rule_6_6_another_command_is_named) {
  EXPECT_EQ(difference(original,
                       [](context& ctx) -> workflow<void> {
                         co_await ctx.step(alpha, "x");
                         co_await ctx.sleep(3s);
                       }),
            "event 2 (turn 2): the journal has step `beta`, the code now asks for a timer of 3 s");
}

TEST(replay, rule_6_6_a_difference_in_an_input_alone_says_so) {
  EXPECT_EQ(difference(original,
                       [](context& ctx) -> workflow<void> {
                         co_await ctx.step(alpha, "x");
                         co_await ctx.step(beta, "z");
                       }),
            "event 2 (turn 2): step `beta` is the same, but the code now gives it another input "
            "than the journal has");
}

TEST(replay, rule_6_6_a_missing_command_is_named) {
  EXPECT_EQ(difference(original,
                       [](context& ctx) -> workflow<void> {
                         co_await ctx.step(alpha, "x");
                         co_await ctx.signal<int>("s");
                       }),
            "event 2 (turn 2): the journal has step `beta`, the code now asks for nothing more");
}

TEST(replay, rule_6_6_a_command_too_many_is_named) {
  EXPECT_EQ(difference(original,
                       [](context& ctx) -> workflow<void> {
                         auto timer = ctx.spawn([](context& c) -> task<void> {
                           co_await c.call<void>({"there", "a.B", "C"}, 1, {.workflow_id = "w"});
                         }(ctx));
                         co_await ctx.step(alpha, "x");
                         co_await ctx.step(beta, "y");
                       }),
            "event 2 (turn 1): the journal has nothing more in this turn, the code now asks for a "
            "call of a.B/C to there/w");
}

TEST(replay, rule_6_6_an_end_that_comes_too_early_is_named) {
  EXPECT_EQ(
      difference(original, [](context& ctx) -> workflow<void> { co_await ctx.step(alpha, "x"); }),
      "turn 2: the journal goes on, the code now ends the run here as completed");
}

TEST(replay, rule_6_6_another_workflow_id_is_another_target) {
  const auto calls = [](context& ctx) -> workflow<void> {
    co_await ctx.step(alpha, "x");
    co_await ctx.call<void>({"there", "a.B", "C"}, 1, {.workflow_id = "w"});
  };
  EXPECT_EQ(difference(calls,
                       [](context& ctx) -> workflow<void> {
                         co_await ctx.step(alpha, "x");
                         co_await ctx.call<void>({"there", "a.B", "C"}, 1, {.workflow_id = "v"});
                       }),
            "event 2 (turn 2): the journal has a call of a.B/C to there/w, the code now asks for a "
            "call of a.B/C to there/v");
}

TEST(replay, an_exception_during_it_parks_as_exception) {
  code_run run(original);
  run.start();
  run.gives(1, std::string("one"));
  const auto offered = registry_with([](context& ctx) -> workflow<void> {
    co_await ctx.step(alpha, "x");
    throw std::logic_error("a bug of the new build");
  });
  const auto result = run.replay_with(*offered);
  EXPECT_EQ(result.parked, runtime::park_reason::exception);
  EXPECT_EQ(result.detail, "std::logic_error: a bug of the new build");
}

TEST(replay, an_exception_of_a_spawned_task_during_it_parks_too) {
  code_run run(original);
  run.start();
  run.gives(1, std::string("one"));
  const auto offered = registry_with([](context& ctx) -> workflow<void> {
    auto broken = ctx.spawn([]() -> task<void> {
      throw std::logic_error("a bug of the new build");
      co_return;
    }());
    co_await ctx.step(alpha, "x");
  });
  EXPECT_EQ(run.replay_with(*offered).detail,
            "a spawned task threw std::logic_error: a bug of the new build");
}

TEST(replay, rule_6_6_a_journal_that_was_changed_is_noticed) {
  code_run run(original);
  run.start();
  runtime::activation work;
  work.journal = run.journal();
  work.journal[0].after = runtime::digest(work.journal[0].after.value + 1);
  run.gives(1, std::string());
  const auto offered = registry_with(original);
  coroutine_host host(*offered);
  const auto result = host.open(run.description()).value()->activate(work);
  EXPECT_EQ(result.parked, runtime::park_reason::nondeterminism);
  EXPECT_EQ(result.detail,
            "turn 1: the commands agree with the journal, but its digest does not: the journal is "
            "not the one that was written");
}

TEST(replay, turns_that_ran_no_code_are_passed_over) {
  code_run run(original);
  run.start();
  runtime::activation work;
  work.journal = run.journal();
  auto paused = work.journal[0];
  paused.seq = runtime::turn_seq(2);
  paused.before = paused.after;
  paused.after = runtime::digest(99);
  paused.data.clear();
  paused.commands.clear();
  work.journal.push_back(paused);
  work.before = paused.after;
  const auto offered = registry_with(original);
  coroutine_host host(*offered);
  const auto result = host.open(run.description()).value()->activate(work);
  EXPECT_EQ(result.status, run_status::open) << result.detail;
  EXPECT_EQ(result.after, runtime::digest(99));
}

TEST(replay, a_journal_may_come_in_pieces) {
  code_run run(original);
  run.start();
  run.gives(1, std::string("one"));
  run.gives(2, std::string("two"));
  const auto offered = registry_with(original);
  coroutine_host host(*offered);
  const auto again = host.open(run.description()).value();
  const auto all = run.journal();
  for (const auto& past : all) {
    runtime::activation work;
    work.journal = {past};
    work.before = past.after;
    EXPECT_EQ(again->activate(work).status, run_status::open);
  }
}

TEST(replay, nothing_but_the_start_is_nothing_to_bring_back) {
  const auto offered = registry_with(original);
  coroutine_host host(*offered);
  const auto result = host.open({"r", "s", "w", "test.Agent", "Run", "", {}, 1})
                          .value()
                          ->activate(runtime::activation());
  EXPECT_EQ(result.status, run_status::open);
  EXPECT_TRUE(result.waits.empty());
}

TEST(replay, lengths_of_time_are_written_as_people_do) {
  const auto timer = [](std::int64_t us) {
    return detail::describe({"timer", "", fmt::format("{}us", us), {}});
  };
  EXPECT_EQ(timer(0), "a timer of 0 s");
  EXPECT_EQ(timer(1), "a timer of 1 us");
  EXPECT_EQ(timer(250'000), "a timer of 250 ms");
  EXPECT_EQ(timer(90'000'000), "a timer of 90 s");
  EXPECT_EQ(timer(120'000'000), "a timer of 2 min");
  EXPECT_EQ(timer(259'200'000'000), "a timer of 3 d");
  EXPECT_EQ(detail::describe({"cancel", "", "4", {}}), "a cancel of thing 4");
  EXPECT_EQ(detail::describe({"signal", "News", "there/w", {}}), "signal `News` to there/w");
  EXPECT_EQ(detail::describe({"timer", "", "soon", {}}), "a timer of soon");
  EXPECT_EQ(detail::describe({"later", "n", "t", {}}), "later `n` t");
}

}  // namespace
}  // namespace perdure::testing
