// Cancel, deadlines, scopes, shielded, compensations (DESIGN 6.4).

#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure::testing {
namespace {

using namespace std::chrono_literals;

task<std::string> two_steps(context& ctx, std::string text) {
  const auto once = co_await ctx.step(alpha, text);
  co_return co_await ctx.step(beta, once);
}

TEST(cancel, rule_6_4_makes_the_awaits_fail_and_ends_the_run_as_cancelled) {
  code_run run(
      [](context& ctx) -> workflow<std::string> { co_return co_await two_steps(ctx, "x"); });
  run.start();
  run.cancel("no longer needed");
  EXPECT_EQ(run.status(), "cancelled");
  EXPECT_EQ(run.why().kind, outcome::cancelled);
  EXPECT_EQ(run.why().message, "the run was cancelled: no longer needed");
  EXPECT_EQ(run.commands(), "");  // the core ends what is open
}

TEST(cancel, rule_6_4_a_deadline_is_the_same_but_timed_out) {
  code_run run(
      [](context& ctx) -> workflow<std::string> { co_return co_await two_steps(ctx, "x"); });
  run.start();
  run.deadline();
  EXPECT_EQ(run.status(), "timed_out");
  EXPECT_EQ(run.why().type, "deadline");
}

TEST(cancel, rule_6_4_is_answered_by_code_that_catches_it) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const auto ended = co_await ctx.step(alpha, "x").outcome();
    const auto after = co_await ctx.step(beta, "y").outcome();
    const auto late = co_await ctx.signal<int>("late").outcome();
    co_return ended.error().what() + std::string("|") + after.error().type() + late.error().type();
  });
  run.start();
  run.cancel();
  EXPECT_EQ(run.value<std::string>(), "cancelled: the run was cancelled|cancelledcancelled");
}

TEST(cancel, another_failure_during_it_fails_the_run) {
  code_run run([](context& ctx) -> workflow<void> {
    if (!co_await ctx.step(nothing).outcome()) {
      throw failure("clean_up", "went wrong");
    }
  });
  run.start();
  run.cancel();
  EXPECT_EQ(run.status(), "failed");
}

TEST(cancel, a_cancelled_callee_fails_a_run_that_was_not_cancelled_itself) {
  code_run run([](context& ctx) -> workflow<void> {
    co_await ctx.call<void>({"", "a.B", "C"}, std::string("q"));
  });
  run.start();
  run.fails(1, outcome::cancelled, "cancelled", "by hand");
  EXPECT_EQ(run.status(), "failed");
  EXPECT_EQ(run.why().kind, outcome::cancelled);
}

TEST(cancel, rule_6_4_shielded_clean_up_runs_outside_of_it) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const auto ended = co_await two_steps(ctx, "x").outcome();
    const auto clean = co_await ctx.shielded(two_steps(ctx, "clean"));
    const auto after = co_await two_steps(ctx, "y").outcome();
    co_return ended.error().type() + clean + after.error().type();
  });
  run.start();
  run.cancel();
  EXPECT_EQ(run.commands(), "cancel 1; step alpha");
  EXPECT_EQ(run.waits(), "1 of 2");
  run.cancel("again");  // one cancel is enough
  run.deadline();
  run.gives(2, std::string("1"));
  run.gives(3, std::string("2"));
  EXPECT_EQ(run.value<std::string>(), "cancelled2cancelled");
}

TEST(cancel, rule_6_4_what_is_shielded_already_goes_on_and_is_waited_for) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto beside = ctx.spawn(ctx.shielded(two_steps(ctx, "beside")));
    const auto inside = co_await ctx.shielded(two_steps(ctx, "inside"));
    const auto after = co_await ctx.step(alpha, "after").outcome();
    // It does not belong to the cancelled scope: this await fails, the task goes on.
    const auto interrupted = co_await beside.outcome();
    co_return inside + after.error().type() + interrupted.error().type();
  });
  run.start();
  run.cancel();
  EXPECT_EQ(run.commands(), "");
  run.gives(1, std::string("1"));
  run.gives(3, std::string("2"));
  EXPECT_EQ(run.value<std::string>(), "2cancelledcancelled");
}

TEST(cancel, rule_6_4_ends_what_is_open_in_the_order_it_was_asked_for) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto step = ctx.step(alpha, "x");
    auto timer = ctx.sleep(1h);
    auto call = ctx.call<void>({"", "a.B", "C"}, std::string("q"), {.workflow_id = "w"});
    auto signal = ctx.signal<int>("s", 2h);
    auto forever = ctx.signal<int>("t");
    const auto spawned = ctx.spawn(two_steps(ctx, "y"));
    const auto all = co_await all_settled(step, timer, call, signal, forever);
    co_await ctx.shielded([](context& c) -> task<void> { co_await c.step(nothing); }(ctx));
    co_return std::string(runtime::name(std::get<3>(all).error().kind()));
  });
  run.start();
  EXPECT_EQ(run.waits(), "4 of 1 2 3 4; 1 of 5; signal");
  run.cancel();
  EXPECT_EQ(run.commands(), "cancel 1; cancel 2; cancel 3; cancel 5; cancel 4; step nothing");
  run.gives(6);
  EXPECT_EQ(run.value<std::string>(), "cancelled");
}

TEST(cancel, rule_6_4_waits_for_the_clean_up_of_the_tasks_it_reaches) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const auto tidy = [](context& c, std::string name) -> task<std::string> {
      const auto ended = co_await c.step(alpha, name).outcome();
      co_await c.shielded(
          [](context& d, std::string n) -> task<void> { co_await d.step(undo, n); }(c, name));
      throw ended.error();
    };
    auto one = ctx.spawn(tidy(ctx, "one"));
    auto two = ctx.spawn(tidy(ctx, "two"));
    co_await all(one, two);
    co_return "not reached";
  });
  run.start();
  run.cancel();
  EXPECT_EQ(run.commands(), "cancel 1; cancel 2; step undo; step undo");
  EXPECT_EQ(run.status(), "open");
  run.gives(3);
  EXPECT_EQ(run.status(), "open");  // the first has failed, the second still cleans up
  run.gives(4);
  EXPECT_EQ(run.status(), "cancelled");
}

TEST(cancel, interrupts_an_any_and_a_for_each) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto outer = ctx.spawn(ctx.shielded(two_steps(ctx, "outer")));
    const auto race = [](context&, pending<std::string>& with) -> task<std::size_t> {
      co_return co_await any(with, with);
    };
    auto racing = co_await race(ctx, outer).outcome();
    const auto items = co_await ctx
                           .for_each(std::vector<int>{1, 2}, 1,
                                     [](context& c, int n) { return c.step(add, n, n); })
                           .outcome();
    co_return racing.error().type() + items.error().type();
  });
  run.start();
  run.cancel();
  EXPECT_EQ(run.value<std::string>(), "cancelledcancelled");
}

TEST(cancel, reaches_a_for_each_under_way) {
  code_run run([](context& ctx) -> workflow<std::size_t> {
    co_return (co_await ctx.for_each(std::vector<std::string>{"a", "b", "c"}, 2,
                                     [](context& c, std::string s) { return two_steps(c, s); }))
        .size();
  });
  run.start();
  run.gives(1, std::string("A"));
  run.cancel();
  EXPECT_EQ(run.status(), "cancelled");
}

TEST(cancel, interrupts_a_for_each_that_waits_for_others) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto outer = ctx.spawn(ctx.shielded(two_steps(ctx, "outer")));
    const auto ended =
        co_await ctx
            .for_each(
                std::vector<int>{1, 2}, 2,
                [&outer](context& c, int) {
                  return c.spawn(c.shielded([](pending<std::string>& on) -> task<std::string> {
                    co_return co_await on;
                  }(outer)));
                })
            .outcome();
    co_return ended.error().type();
  });
  run.start();
  run.cancel();
  EXPECT_EQ(run.value<std::string>(), "cancelled");
}

TEST(cancel, a_signal_after_it_stays_for_the_shielded) {
  code_run run([](context& ctx) -> workflow<int> {
    const auto ended = co_await ctx.signal<int>("go").outcome();
    co_return co_await ctx.shielded(
        [](context& c) -> task<int> { co_return co_await c.signal<int>("go"); }(ctx));
  });
  run.start();
  run.cancel();
  EXPECT_EQ(run.waits(), "signal");
  run.signals("go", 5);
  EXPECT_EQ(run.value<int>(), 5);
}

TEST(cancel_scope, rule_6_4_cancels_its_own_work_and_nothing_else) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto scope = ctx.scope();
    auto inner = scope.spawn(two_steps(ctx, "inner"));
    auto outer = ctx.spawn(two_steps(ctx, "outer"));
    co_await ctx.step(nothing);
    scope.cancel("enough");
    scope.cancel("more than enough");
    const auto ended = co_await inner.outcome();
    const auto late = co_await scope.run(two_steps(ctx, "late")).outcome();
    co_return co_await outer + ended.error().message() + "|" + late.error().message() +
        (scope.is_cancelled() ? "|yes" : "|no");
  });
  run.start();
  EXPECT_EQ(run.commands(), "step nothing; step alpha; step alpha");
  run.gives(1);
  EXPECT_EQ(run.commands(), "cancel 2");
  run.gives(3, std::string("1"));
  run.gives(4, std::string("2"));
  EXPECT_EQ(run.value<std::string>(),
            "2its scope was cancelled: enough|its scope was cancelled: enough|yes");
}

TEST(cancel_scope, rule_6_4_nests) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto outer = ctx.scope();
    const auto nested = [](context& c) -> task<std::string> {
      auto inner = c.scope();
      auto deep = inner.spawn(two_steps(c, "deep"));
      auto beside = c.spawn(two_steps(c, "beside"));
      co_await c.signal<int>("inner");
      inner.cancel();
      auto first = co_await deep.outcome();
      auto second = co_await beside.outcome();
      co_return first.error().type() + "," + second.error().type();
    };
    auto work = outer.spawn(nested(ctx));
    co_await ctx.signal<int>("outer");
    outer.cancel();
    co_return co_await work;
  });
  run.start();
  EXPECT_EQ(run.commands(), "step alpha; step alpha");
  run.signals("inner", 1);
  EXPECT_EQ(run.commands(), "cancel 1");
  run.signals("outer", 1);
  EXPECT_EQ(run.value<std::string>(), "cancelled,cancelled");
}

TEST(cancel_scope, a_cancel_of_the_run_reaches_into_it) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto scope = ctx.scope();
    co_return co_await scope.run(two_steps(ctx, "x"));
  });
  run.start();
  run.cancel();
  EXPECT_EQ(run.status(), "cancelled");
}

TEST(cancel_scope, its_failure_does_not_make_the_run_cancelled) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto scope = ctx.scope();
    auto work = scope.spawn(two_steps(ctx, "x"));
    scope.cancel();
    co_return co_await work;
  });
  run.start();
  EXPECT_EQ(run.status(), "failed");
}

TEST(cancel_scope, ended_without_a_cancel_it_leaves_its_work_alone) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto work = ctx.scope().spawn(two_steps(ctx, "x"));
    co_return co_await work;
  });
  run.start();
  run.gives(1, std::string("1"));
  run.gives(2, std::string("2"));
  EXPECT_EQ(run.value<std::string>(), "2");
}

TEST(pending_cancel, settles_it_now_and_tells_the_thing_to_end) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto step = ctx.step(alpha, "x");
    auto signal = ctx.signal<int>("s", 1h);
    auto call = ctx.call<int>({"", "a.B", "C"}, std::string("q"), {.workflow_id = "w"});
    co_await ctx.step(nothing);
    step.cancel();
    signal.cancel();
    call.cancel();
    call.cancel();
    const auto one = co_await step.outcome();
    const auto two = co_await signal.outcome();
    const auto three = co_await call.outcome();
    co_await ctx.step(nothing);
    co_return one.error().message() + "; " + two.error().message() + "; " + three.error().message();
  });
  run.start();
  run.gives(4);
  EXPECT_EQ(run.commands(), "cancel 1; cancel 2; cancel 3; step nothing");
  run.deliver({run.given(3, 7), run.given(5)});  // the callee's result comes too late
  EXPECT_EQ(
      run.value<std::string>(),
      "step `alpha` was cancelled; signal `s` was cancelled; the call of a.B/C was cancelled");
}

TEST(pending_cancel, of_a_task_cancels_its_awaits) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto work = ctx.spawn([](context& c) -> task<std::string> {
      const auto ended = co_await two_steps(c, "x").outcome();
      co_return "cleaned up after " + ended.error().type();
    }(ctx));
    co_await ctx.step(nothing);
    work.cancel();
    co_return co_await work;
  });
  run.start();
  run.gives(1);
  EXPECT_EQ(run.value<std::string>(), "cleaned up after cancelled");
}

TEST(compensations, rule_6_4_run_in_reverse_outside_of_a_cancel) {
  code_run run([](context& ctx) -> workflow<void> {
    compensations undoing(ctx);
    const auto book = [](context& c, compensations& done) -> task<void> {
      for (const auto* what : {"flight", "hotel", "car"}) {
        co_await c.step(alpha, what);
        done.add(undo, what, retries(3));
      }
      co_await c.step(nothing);
    };
    const auto booked = co_await book(ctx, undoing).outcome();
    if (!booked) {
      co_await undoing.run();
      throw booked.error();
    }
  });
  run.start();
  for (std::uint32_t thing = 1; thing <= 3; ++thing) {
    run.gives(thing, std::string());
  }
  run.cancel();
  EXPECT_EQ(run.commands(), "cancel 4; step undo");
  EXPECT_EQ(run.opened<runtime::run_step>(5).arguments.view(), "car");
  EXPECT_EQ(run.opened<runtime::run_step>(5).retry.maximum_attempts, 3U);
  run.gives(5);
  EXPECT_EQ(run.opened<runtime::run_step>(6).arguments.view(), "hotel");
  run.gives(6);
  EXPECT_EQ(run.opened<runtime::run_step>(7).arguments.view(), "flight");
  run.gives(7);
  EXPECT_EQ(run.status(), "cancelled");
}

TEST(compensations, one_that_fails_does_not_keep_the_others_from_running) {
  code_run run([](context& ctx) -> workflow<std::string> {
    compensations undoing(ctx);
    undoing.add(undo, "first");
    undoing.add(undo, "second");
    undoing.add(undo, "third");
    const auto undone = co_await undoing.run().outcome();
    co_return undone.error().type() + " " + std::to_string(undone.error().causes().size()) +
        undone.error().message() + std::to_string(undoing.size());
  });
  run.start();
  run.fails(1, outcome::failed, "no_third", "gone");
  run.gives(2);
  run.fails(3, outcome::failed, "no_first", "gone");
  EXPECT_EQ(run.value<std::string>(),
            "compensation_failed 2no_third: gone (step `undo`); no_first: gone (step `undo`)0");
}

TEST(compensations, forgotten_they_do_not_run) {
  code_run run([](context& ctx) -> workflow<void> {
    compensations undoing(ctx);
    undoing.add(undo, "first");
    undoing.forget();
    co_await undoing.run();
  });
  run.start();
  EXPECT_EQ(run.status(), "completed");
}

}  // namespace
}  // namespace perdure::testing
