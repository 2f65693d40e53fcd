// DESIGN 6.3: in which order data is handed over and coroutines go on.

#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure::testing {
namespace {

using namespace std::chrono_literals;

task<void> say(context& ctx, std::string* to, std::string text) {
  co_await ctx.step(undo, text);
  *to += text;
  co_await ctx.step(undo, text + "!");
  *to += text + "!";
}

TEST(order, rule_6_3_data_is_handed_over_one_item_at_a_time_in_consumed_order) {
  const auto code = [](context& ctx) -> workflow<std::string> {
    std::string said;
    auto a = ctx.spawn(say(ctx, &said, "a"));
    auto b = ctx.spawn(say(ctx, &said, "b"));
    co_await a;
    co_await b;
    co_return said;
  };
  code_run run(code);
  run.start();
  EXPECT_EQ(run.commands(), "step undo; step undo");
  // b goes on before a's result is seen, although both arrived for the same activation.
  run.deliver({run.given(2), run.given(1)});
  EXPECT_EQ(run.opened<runtime::run_step>(3).arguments.view(), "b!");
  EXPECT_EQ(run.opened<runtime::run_step>(4).arguments.view(), "a!");
  run.deliver({run.given(4), run.given(3)});
  EXPECT_EQ(run.value<std::string>(), "baa!b!");
}

TEST(order, rule_6_3_ready_coroutines_run_first_in_first_out) {
  code_run run([](context& ctx) -> workflow<std::string> {
    std::string order;
    auto gate = ctx.step(nothing);
    const auto wait = [](context& c, pending<void>& on, std::string* to, char name) -> task<void> {
      co_await on;
      *to += name;
      co_await c.step(nothing);
    };
    std::vector<pending<void>> tasks;
    for (const char name : {'a', 'b', 'c'}) {
      tasks.push_back(ctx.spawn(wait(ctx, gate, &order, name)));
    }
    co_await all_settled(tasks);
    co_return order;
  });
  run.start();
  run.gives(1);
  EXPECT_EQ(run.commands(), "step nothing; step nothing; step nothing");
  run.deliver({run.given(2), run.given(3), run.given(4)});
  EXPECT_EQ(run.value<std::string>(), "abc");
}

TEST(order, rule_6_3_thousands_of_ready_coroutines_keep_their_order) {
  code_run run([](context& ctx) -> workflow<bool> {
    const auto note = [](context& c, std::vector<int>* to, int n) -> task<void> {
      to->push_back(n);
      co_await c.spawn([](std::vector<int>* also, int m) -> task<void> {
        also->push_back(m);
        co_return;
      }(to, n + 5'000));
    };
    std::vector<int> noted;
    std::vector<pending<void>> tasks;
    for (int n = 0; n < 5'000; ++n) {
      tasks.push_back(ctx.spawn(note(ctx, &noted, n)));
    }
    co_await all(tasks);
    co_return noted.size() == 10'000 && std::ranges::is_sorted(noted);
  });
  run.start();
  EXPECT_TRUE(run.value<bool>());
}

TEST(order, rule_6_3_what_settles_while_nobody_awaits_it_keeps_its_value) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto early = ctx.step(alpha, "x");
    co_await ctx.step(nothing);
    co_return co_await early;
  });
  run.start();
  EXPECT_EQ(run.waits(), "1 of 2");
  run.deliver({run.given(1, std::string("early")), run.given(2)});
  EXPECT_EQ(run.value<std::string>(), "early");
}

TEST(order, rule_6_3_data_for_something_already_settled_is_ignored) {
  code_run run([](context& ctx) -> workflow<int> {
    const auto one = co_await ctx.step(add, 1, 1);
    const auto two = co_await ctx.step(add, 2, 2);
    co_return one * 100 + two;
  });
  run.start();
  run.gives(1, 7);
  run.gives(1, 8);
  EXPECT_EQ(run.status(), "open");
  EXPECT_EQ(run.waits(), "1 of 2");
  run.deliver({run.given(2, 1), run.given(1, 9)});
  EXPECT_EQ(run.value<int>(), 701);
}

TEST(order, rule_6_3_data_for_what_was_never_asked_for_parks) {
  code_run run([](context& ctx) -> workflow<int> { co_return co_await ctx.step(add, 1, 1); });
  run.start();
  run.gives(2, 1);
  EXPECT_EQ(run.last().parked, runtime::park_reason::nondeterminism);
  EXPECT_EQ(run.detail(),
            "turn 2 hands over a result for thing 2, but the code has asked for only 1 things");
}

TEST(order, a_pending_can_be_awaited_twice) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto step = ctx.step(alpha, "x");
    auto spawned = ctx.spawn(
        [](context& c) -> task<std::string> { co_return co_await c.step(beta, "y"); }(ctx));
    const auto once = co_await step + co_await spawned;
    co_return once + co_await step + co_await spawned;
  });
  run.start();
  run.deliver({run.given(1, std::string("a")), run.given(2, std::string("b"))});
  EXPECT_EQ(run.value<std::string>(), "abab");
}

TEST(order, rule_6_3_a_call_that_started_wakes_nobody) {
  code_run run([](context& ctx) -> workflow<std::string> {
    co_return co_await ctx.call<std::string>({"", "a.B", "C"}, std::string("q"));
  });
  run.start();
  auto started = run.item(runtime::item_kind::call_started);
  started.thing = thing_number(1);
  run.deliver({started});
  EXPECT_EQ(run.waits(), "1 of 1");
  run.gives(1, std::string("r"));
  EXPECT_EQ(run.value<std::string>(), "r");
}

TEST(order, things_are_numbered_in_the_order_the_code_asked) {
  code_run run([](context& ctx) -> workflow<void> {
    auto a = ctx.step(nothing);
    auto b = ctx.sleep(3s);
    auto c = ctx.call<void>({"there", "a.B", "C"}, std::string("q"), {.workflow_id = "w"});
    auto d = ctx.signal<int>("s", 1h);
    auto e = ctx.step(add, 1, 2);
    co_await all(a, b, c, d, e);
  });
  run.start();
  EXPECT_EQ(run.commands(),
            "step nothing; timer 3000000us; call a.B/C there/w; timer 3600000000us; step add");
  EXPECT_EQ(run.waits(), "5 of 1 2 3 4 5; signal");
}

}  // namespace
}  // namespace perdure::testing
