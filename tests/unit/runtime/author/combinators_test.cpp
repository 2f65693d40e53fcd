// all, all_settled, any, for_each (DESIGN 6.4), and what they make a turn wait for.

#include "perdure/record/v1/failure.pb.h"
#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure::testing {
namespace {

using namespace std::chrono_literals;

std::vector<pending<std::string>> three(context& ctx) {
  std::vector<pending<std::string>> steps;
  for (const auto* name : {"a", "b", "c"}) {
    steps.push_back(ctx.step(alpha, name));
  }
  return steps;
}

task<std::string> one_step(context& ctx, std::string text) {
  co_return co_await ctx.step(beta, text);
}

TEST(all_of, rule_6_4_gives_the_values_in_the_order_of_the_arguments) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto [text, number, unit] =
        co_await all(ctx.step(alpha, "x"), ctx.step(add, 1, 2), ctx.step(nothing));
    static_assert(std::is_same_v<decltype(unit), std::monostate>);
    co_return text + std::to_string(number);
  });
  run.start();
  EXPECT_EQ(run.waits(), "3 of 1 2 3");
  run.gives(3);
  EXPECT_EQ(run.waits(), "2 of 1 2");
  run.gives(2, 7);
  EXPECT_EQ(run.waits(), "1 of 1");
  run.gives(1, std::string("A"));
  EXPECT_EQ(run.value<std::string>(), "A7");
}

TEST(all_of, rule_6_4_a_vector_gives_a_vector) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto steps = three(ctx);
    const auto values = co_await all(steps);
    co_return values[0] + values[1] + values[2] + co_await steps[1];
  });
  run.start();
  EXPECT_EQ(run.waits(), "3 of 1 2 3");
  run.deliver({run.given(3, std::string("C")), run.given(1, std::string("A")),
               run.given(2, std::string("B"))});
  EXPECT_EQ(run.value<std::string>(), "ABCB");
}

TEST(all_of, rule_6_4_fails_on_the_first_failure_and_the_rest_go_on) {
  for (const std::uint32_t first : {1, 2, 3}) {
    code_run run([](context& ctx) -> workflow<std::string> {
      auto steps = three(ctx);
      std::string failed;
      try {
        co_await all(steps);
      } catch (const failure& why) {
        failed = why.type();
      }
      for (auto& step : steps) {
        const auto ended = co_await step.outcome();
        failed += ended ? *ended : "-";
      }
      co_return failed;
    });
    run.start();
    run.fails(first, outcome::failed, "first");
    EXPECT_EQ(run.status(), "open");
    std::vector<runtime::data_item> rest;
    for (std::uint32_t thing = 1; thing <= 3; ++thing) {
      if (thing != first) {
        rest.push_back(run.given(thing, std::to_string(thing)));
      }
    }
    run.deliver(rest);
    std::string expected = "123";
    expected[first - 1] = '-';
    EXPECT_EQ(run.value<std::string>(), "first" + expected);
  }
}

TEST(all_of, the_first_failure_in_time_counts_not_in_order) {
  code_run run([](context& ctx) -> workflow<void> {
    auto steps = three(ctx);
    co_await all(steps);
  });
  run.start();
  run.deliver({run.failed(3, outcome::failed, "third"), run.failed(1, outcome::failed, "first")});
  EXPECT_EQ(run.why().type, "third");
}

TEST(all_of, those_that_have_settled_before_count) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto steps = three(ctx);
    auto value = co_await steps[2];
    const auto values = co_await all(steps);
    co_return value + values[0] + values[1] + values[2];
  });
  run.start();
  run.deliver({run.given(1, std::string("A")), run.given(3, std::string("C"))});
  EXPECT_EQ(run.waits(), "1 of 2");
  run.gives(2, std::string("B"));
  EXPECT_EQ(run.value<std::string>(), "CABC");
}

TEST(all_of, nothing_is_settled_at_once) {
  code_run run([](context&) -> workflow<std::size_t> {
    std::vector<pending<std::string>> none;
    const auto outcomes = co_await all_settled(none);
    co_return (co_await all(none)).size() + outcomes.size();
  });
  run.start();
  EXPECT_EQ(run.value<std::size_t>(), 0U);
}

TEST(all_of, tasks_are_spawned_and_wait_for_themselves) {
  code_run run([](context& ctx) -> workflow<std::string> {
    std::vector<task<std::string>> tasks;
    tasks.push_back(one_step(ctx, "x"));
    tasks.push_back(one_step(ctx, "y"));
    const auto values = co_await all(std::move(tasks));
    const auto [task, step] = co_await all(one_step(ctx, "z"), ctx.step(alpha, "w"));
    co_return values[0] + values[1] + task + step;
  });
  run.start();
  EXPECT_EQ(run.waits(), "1 of 1; 1 of 2");
  run.deliver({run.given(1, std::string("X")), run.given(2, std::string("Y"))});
  // Of the all itself only the step can wake it; the task's step is a group of its own.
  EXPECT_EQ(run.waits(), "1 of 3; 1 of 4");
  run.deliver({run.given(3, std::string("W")), run.given(4, std::string("Z"))});
  EXPECT_EQ(run.value<std::string>(), "XYZW");
}

TEST(all_of, the_same_pending_twice_is_no_problem) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto step = ctx.step(alpha, "x");
    const auto [one, two] = co_await all(step, step);
    co_return one + two;
  });
  run.start();
  run.gives(1, std::string("A"));
  EXPECT_EQ(run.value<std::string>(), "AA");
}

TEST(all_settled_of, rule_6_4_gives_every_outcome) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto steps = three(ctx);
    std::string text;
    for (const auto& ended : co_await all_settled(steps)) {
      text += ended ? *ended : ended.error().type();
    }
    auto [one, two] = co_await all_settled(ctx.step(nothing), ctx.step(add, 1, 1));
    co_return text + (one ? "+" : "-") + (two ? "+" : "-");
  });
  run.start();
  run.fails(2, outcome::failed, "broken");
  EXPECT_EQ(run.waits(), "2 of 1 3");
  run.deliver({run.given(3, std::string("C")), run.given(1, std::string("A"))});
  EXPECT_EQ(run.waits(), "2 of 4 5");
  run.deliver({run.failed(4), run.given(5, 2)});
  EXPECT_EQ(run.value<std::string>(), "AbrokenC-+");
}

TEST(any_of, rule_6_4_gives_the_index_of_the_first) {
  for (const std::uint32_t first : {1, 2, 3}) {
    code_run run([](context& ctx) -> workflow<std::string> {
      auto steps = three(ctx);
      const auto index = co_await any(steps);
      co_return std::to_string(index) + co_await steps[index];
    });
    run.start();
    EXPECT_EQ(run.waits(), "1 of 1 2 3");
    run.gives(first, std::string("v"));
    EXPECT_EQ(run.value<std::string>(), std::to_string(first - 1) + "v");
  }
}

TEST(any_of, a_failure_is_a_first_too) {
  code_run run([](context& ctx) -> workflow<std::size_t> {
    co_return co_await any(ctx.step(alpha, "x"), one_step(ctx, "y"), ctx.sleep(1h));
  });
  run.start();
  EXPECT_EQ(run.waits(), "1 of 1 2; 1 of 3");
  run.fails(3);
  EXPECT_EQ(run.value<std::size_t>(), 1U);
}

TEST(any_of, losers_go_on_and_can_be_cancelled) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto work = ctx.spawn(one_step(ctx, "x"));
    auto timeout = ctx.sleep(5min);
    if (co_await any(work, timeout) == 1) {
      work.cancel();
    }
    const auto ended = co_await work.outcome();
    co_return ended ? *ended : ended.error().what();
  });
  run.start();
  EXPECT_EQ(run.waits(), "1 of 1; 1 of 2");
  run.fires(1);
  EXPECT_EQ(run.value<std::string>(), "cancelled: a task was cancelled (a task)");
}

TEST(any_of, what_has_settled_before_wins_at_once) {
  code_run run([](context& ctx) -> workflow<std::size_t> {
    auto steps = three(ctx);
    co_await steps[2];
    co_return co_await any(steps);
  });
  run.start();
  run.deliver({run.given(2, std::string("B")), run.given(3, std::string("C"))});
  EXPECT_EQ(run.value<std::size_t>(), 1U);
}

TEST(any_of, nothing_would_wait_for_ever) {
  code_run run([](context&) -> workflow<std::size_t> {
    std::vector<pending<void>> none;
    co_return co_await any(none);
  });
  run.start();
  EXPECT_EQ(run.detail(), "std::invalid_argument: any() of nothing would wait for ever");
}

const auto letters = [] { return std::vector<std::string>{"a", "b", "c", "d", "e"}; };

TEST(for_each, rule_6_4_keeps_the_limit_and_the_order_of_the_range) {
  code_run run([](context& ctx) -> workflow<std::string> {
    std::string all;
    for (const auto& one : co_await ctx.for_each(
             letters(), 2, [](context& c, std::string text) { return c.step(alpha, text); })) {
      all += one;
    }
    co_return all;
  });
  run.start();
  EXPECT_EQ(run.commands(), "step alpha; step alpha");
  EXPECT_EQ(run.waits(), "1 of 1 2");
  run.gives(2, std::string("B"));
  EXPECT_EQ(run.commands(), "step alpha");
  EXPECT_EQ(run.waits(), "1 of 1 3");
  run.deliver({run.given(3, std::string("C")), run.given(1, std::string("A"))});
  EXPECT_EQ(run.commands(), "step alpha; step alpha");
  // Nothing is left to begin: both are needed.
  EXPECT_EQ(run.waits(), "2 of 4 5");
  run.gives(5, std::string("E"));
  EXPECT_EQ(run.waits(), "1 of 4");
  run.gives(4, std::string("D"));
  EXPECT_EQ(run.value<std::string>(), "ABCDE");
}

TEST(for_each, takes_tasks_and_lambdas_that_hold_something) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const std::string prefix = "a prefix that is too long to lie in the string itself: ";
    std::string all;
    const auto both = [prefix](context& c, std::string text) -> task<std::string> {
      const auto one = co_await c.step(alpha, prefix + text);
      co_return prefix.substr(0, 2) + one;
    };
    for (const auto& one : co_await ctx.for_each(letters(), 4, both)) {
      all += one + ";";
    }
    co_return all;
  });
  run.start();
  EXPECT_EQ(run.waits(), "1 of 1; 1 of 2; 1 of 3; 1 of 4");
  for (std::uint32_t thing = 1; thing <= 5; ++thing) {
    run.gives(thing, std::to_string(thing));
  }
  EXPECT_EQ(run.value<std::string>(), "a 1;a 2;a 3;a 4;a 5;");
}

TEST(for_each, rule_6_4_fails_with_the_first_failure_and_begins_no_more) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const auto ended = co_await ctx
                           .for_each(letters(), 2,
                                     [](context& c, std::string text) -> task<std::string> {
                                       auto one = co_await c.step(alpha, text);
                                       co_return co_await c.step(beta, one);
                                     })
                           .outcome();
    co_await ctx.step(nothing);
    co_return ended.error().type();
  });
  run.start();
  run.fails(2, outcome::failed, "second");
  EXPECT_EQ(run.commands(), "step nothing");
  run.gives(1, std::string("A"));  // goes on, its lambda is still there
  EXPECT_EQ(run.commands(), "step beta");
  run.gives(3);
  EXPECT_EQ(run.value<std::string>(), "second");
}

TEST(for_each, void_items_empty_ranges_and_a_limit_of_nothing) {
  code_run run([](context& ctx) -> workflow<std::size_t> {
    const std::map<int, std::string> items{{1, "x"}, {2, "y"}};
    co_await ctx.for_each(items, 0, [](context& c, std::pair<int, std::string> item) {
      return c.step(undo, item.second);
    });
    const auto none = co_await ctx.for_each(std::vector<int>(), 3,
                                            [](context& c, int n) { return c.step(add, n, n); });
    co_return none.size();
  });
  run.start();
  EXPECT_EQ(run.commands(), "step undo");
  run.gives(1);
  EXPECT_EQ(run.commands(), "step undo");
  run.gives(2);
  EXPECT_EQ(run.value<std::size_t>(), 0U);
}

TEST(for_each, takes_repeated_fields_of_messages) {
  code_run run([](context& ctx) -> workflow<std::string> {
    record::v1::Failure message;
    message.add_causes()->set_type("a");
    message.add_causes()->set_type("b");
    std::string all;
    for (const auto& one : co_await ctx.for_each(
             message.causes(), 5,
             [](context& c, record::v1::Failure cause) { return c.step(alpha, cause.type()); })) {
      all += one;
    }
    co_return all;
  });
  run.start();
  run.deliver({run.given(1, std::string("A")), run.given(2, std::string("B"))});
  EXPECT_EQ(run.value<std::string>(), "AB");
}

TEST(for_each, an_exception_of_the_function_comes_out) {
  code_run run([](context& ctx) -> workflow<void> {
    co_await ctx.for_each(letters(), 2, [](context& c, std::string text) {
      if (text == "c") {
        throw failure("no_c", "not this one");
      }
      return c.step(alpha, text);
    });
  });
  run.start();
  run.gives(1, std::string("A"));
  EXPECT_EQ(run.why().type, "no_c");
}

TEST(for_each, items_that_settle_at_once_do_not_stop_it) {
  code_run run([](context& ctx) -> workflow<int> {
    const std::vector<int> items(1'000, 1);
    int sum = 0;
    for (const int one :
         co_await ctx.for_each(items, 3, [](context&, int n) -> task<int> { co_return n; })) {
      sum += one;
    }
    co_return sum;
  });
  run.start();
  EXPECT_EQ(run.value<int>(), 1'000);
}

}  // namespace
}  // namespace perdure::testing
