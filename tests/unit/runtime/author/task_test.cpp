// task<T>: awaited, spawned, nested, dropped.

#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure::testing {
namespace {

task<std::string> twice(context& ctx, std::string text) {
  const auto once = co_await ctx.step(alpha, text);
  co_return co_await ctx.step(beta, once);
}

TEST(task, awaited_it_runs_in_place_and_gives_its_value) {
  code_run run([](context& ctx) -> workflow<std::string> {
    co_return co_await twice(ctx, "x") + co_await twice(ctx, "y");
  });
  run.start();
  EXPECT_EQ(run.commands(), "step alpha");
  run.gives(1, std::string("1"));
  EXPECT_EQ(run.commands(), "step beta");
  run.gives(2, std::string("2"));
  run.gives(3, std::string("3"));
  run.gives(4, std::string("4"));
  EXPECT_EQ(run.value<std::string>(), "24");
}

TEST(task, spawned_it_runs_beside) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto x = ctx.spawn(twice(ctx, "x"));
    auto y = ctx.spawn(twice(ctx, "y"));
    co_return co_await x + co_await y;
  });
  run.start();
  EXPECT_EQ(run.commands(), "step alpha; step alpha");
  EXPECT_EQ(run.waits(), "1 of 1; 1 of 2");
  run.gives(2, std::string("b"));
  run.gives(3, std::string("B"));
  EXPECT_EQ(run.waits(), "1 of 1");
  run.gives(1, std::string("a"));
  run.gives(4, std::string("A"));
  EXPECT_EQ(run.value<std::string>(), "AB");
}

TEST(task, rule_6_4_its_failure_reaches_who_awaits_it) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const auto direct = co_await twice(ctx, "x").outcome();
    auto spawned = ctx.spawn(twice(ctx, "y"));
    const auto beside = co_await spawned.outcome();
    try {
      co_await twice(ctx, "z");
    } catch (const failure& why) {
      co_return direct.error().type() + beside.error().type() + why.type();
    }
    co_return "no failure";
  });
  run.start();
  run.fails(1, outcome::failed, "a");
  run.fails(2, outcome::failed, "b");
  run.fails(3, outcome::failed, "c");
  EXPECT_EQ(run.value<std::string>(), "abc");
}

TEST(task, outcome_of_one_that_succeeds_is_its_value) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const auto empty =
        co_await [](context& c) -> task<void> { co_await c.step(nothing); }(ctx).outcome();
    co_return empty.has_value() ? *co_await twice(ctx, "x").outcome() : "";
  });
  run.start();
  run.gives(1);
  run.gives(2, std::string("1"));
  run.gives(3, std::string("2"));
  EXPECT_EQ(run.value<std::string>(), "2");
}

TEST(task, rule_6_4_any_other_exception_of_a_spawned_one_parks) {
  code_run run([](context& ctx) -> workflow<void> {
    auto spawned = ctx.spawn([](context& c) -> task<void> {
      co_await c.step(nothing);
      throw std::logic_error("a bug");
    }(ctx));
    co_await ctx.step(alpha, "x");
    co_await spawned;
  });
  run.start();
  run.gives(2);
  EXPECT_EQ(run.detail(), "a spawned task threw std::logic_error: a bug");
}

TEST(task, other_exceptions_pass_through_an_awaited_one) {
  code_run run([](context& ctx) -> workflow<std::string> {
    try {
      co_await [](context& c) -> task<void> {
        co_await c.step(nothing);
        throw std::logic_error("a bug");
      }(ctx);
    } catch (const std::logic_error& why) {
      co_return why.what();
    }
    co_return "nothing thrown";
  });
  run.start();
  run.gives(1);
  EXPECT_EQ(run.value<std::string>(), "a bug");
}

TEST(task, dropped_it_never_runs) {
  code_run run([](context& ctx) -> workflow<void> {
    {
      auto dropped = twice(ctx, "x");
    }
    auto moved = twice(ctx, "y");
    moved = twice(ctx, "z");
    co_await std::move(moved);
  });
  run.start();
  EXPECT_EQ(run.opened<runtime::run_step>(1).arguments.view(), "z");
  run.gives(1, std::string());
  run.gives(2, std::string());
  EXPECT_EQ(run.status(), "completed");
}

TEST(task, whose_pending_is_dropped_goes_on) {
  code_run run([](context& ctx) -> workflow<void> {
    {
      auto dropped = ctx.spawn(twice(ctx, "x"));
    }
    co_await ctx.step(nothing);
  });
  run.start();
  EXPECT_EQ(run.commands(), "step nothing; step alpha");
  run.gives(2, std::string("1"));
  EXPECT_EQ(run.commands(), "step beta");
  run.gives(1);
  EXPECT_EQ(run.status(), "completed");
}

TEST(task, used_twice_is_a_bug_that_parks) {
  code_run run([](context& ctx) -> workflow<void> {
    auto once = twice(ctx, "x");
    auto pending = ctx.spawn(std::move(once));
    co_await std::move(once);
  });
  run.start();
  EXPECT_EQ(run.detail(), "std::logic_error: a task was awaited or spawned twice");
}

TEST(task, a_moved_pending_is_a_bug_that_parks) {
  code_run run([](context& ctx) -> workflow<void> {
    auto one = ctx.step(nothing);
    auto other = std::move(one);
    co_await one;
  });
  run.start();
  EXPECT_EQ(run.detail(),
            "std::logic_error: co_await of a pending that is empty: it was moved from");
}

TEST(task, values_that_cannot_be_copied_come_through_once) {
  using boxed = std::unique_ptr<int>;
  code_run run([](context& ctx) -> workflow<int> {
    const auto make = [](context& c) -> task<boxed> {
      co_return std::make_unique<int>(co_await c.step(add, 1, 2));
    };
    auto spawned = ctx.spawn(make(ctx));
    const auto direct = co_await make(ctx);
    const auto beside = co_await spawned;
    co_return *direct * 10 + *beside;
  });
  run.start();
  run.deliver({run.given(1, 3), run.given(2, 4)});
  EXPECT_EQ(run.value<int>(), 34);
}

TEST(task, a_value_taken_twice_is_a_bug_that_parks) {
  code_run run([](context& ctx) -> workflow<void> {
    auto spawned = ctx.spawn([](context& c) -> task<std::unique_ptr<int>> {
      co_await c.step(nothing);
      co_return nullptr;
    }(ctx));
    const auto first = co_await spawned;
    const auto second = co_await spawned;
  });
  run.start();
  run.gives(1);
  EXPECT_EQ(run.detail(),
            "std::logic_error: the value of a task was taken before, and it cannot be copied");
}

TEST(task, coroutines_that_await_each_other_park_with_a_reason) {
  code_run run([](context& ctx) -> workflow<void> {
    std::vector<pending<void>> tasks;
    const auto wait = [](std::vector<pending<void>>* all, std::size_t which) -> task<void> {
      co_await (*all)[which];
    };
    tasks.push_back(ctx.spawn(wait(&tasks, 1)));
    tasks.push_back(ctx.spawn(wait(&tasks, 0)));
    co_await tasks[0];
  });
  run.start();
  EXPECT_EQ(run.detail(),
            "the code waits for nothing that can ever come: its coroutines await each other");
}

task<int> countdown(context& ctx, int depth) {
  if (depth == 0) {
    co_await ctx.step(nothing);
    co_return 0;
  }
  co_return 1 + co_await countdown(ctx, depth - 1);
}

TEST(task, a_deep_recursion_neither_overflows_nor_leaks_where_it_is_cut_off) {
  code_run run([](context& ctx) -> workflow<int> { co_return co_await countdown(ctx, 100'000); });
  run.start();
  EXPECT_EQ(run.waits(), "1 of 1");
  run.gives(1);
  EXPECT_EQ(run.value<int>(), 100'000);
}

TEST(task, many_awaits_that_need_not_wait_do_not_overflow) {
  code_run run([](context& ctx) -> workflow<int> {
    const auto one = [](context&) -> task<int> { co_return 1; };
    auto settled = ctx.step(nothing);
    co_await settled;
    int sum = 0;
    for (int i = 0; i < 50'000; ++i) {
      sum += co_await one(ctx);
      co_await settled;
    }
    co_return sum;
  });
  run.start();
  run.gives(1);
  EXPECT_EQ(run.value<int>(), 50'000);
}

task<int> tree(context& ctx, int depth) {
  if (depth == 0) {
    co_await ctx.step(nothing);
    co_return 1;
  }
  auto below = ctx.spawn(tree(ctx, depth - 1));
  co_return 1 + co_await below;
}

TEST(task, a_long_chain_of_spawned_ones_neither_overflows_nor_leaks) {
  code_run run([](context& ctx) -> workflow<int> { co_return co_await tree(ctx, 5'000); });
  run.start();
  run.gives(1);
  EXPECT_EQ(run.value<int>(), 5'001);
}

}  // namespace
}  // namespace perdure::testing
