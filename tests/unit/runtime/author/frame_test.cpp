// DESIGN 6.4: what happens while frames are destroyed, and when the context is misused.

#include <thread>

#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure::testing {
namespace {

using namespace std::chrono_literals;

/// Asks the context for everything when it ends, as a careless author's guard would.
struct greedy_guard {
  context& ctx;
  int* ended;
  greedy_guard(context& c, int* e) : ctx(c), ended(e) {}
  ~greedy_guard() {
    ++*ended;
    auto step = ctx.step(alpha, "from a destructor");
    auto timer = ctx.sleep(1h);
    auto call = ctx.call<int>({"", "a.B", "C"}, 1);
    auto signal = ctx.signal<int>("s", 1h);
    auto spawned = ctx.spawn([](context& c) -> task<void> { co_await c.step(nothing); }(ctx));
    auto scope = ctx.scope();
    scope.cancel();
    step.cancel();
    ctx.signal_workflow("", "w", "s", 1);
    ctx.log.info("from a destructor {}", ctx.uuid());
  }
};

int ended_guards = 0;

task<void> guarded(context& ctx, int depth) {
  const greedy_guard guard(ctx, &ended_guards);
  if (depth > 0) {
    co_await guarded(ctx, depth - 1);
  }
  co_await ctx.step(nothing);
}

TEST(frame, rule_6_4_while_it_is_destroyed_the_context_ignores_every_call) {
  const auto offered = registry_with([](context& ctx) -> workflow<void> {
    const greedy_guard guard(ctx, &ended_guards);
    auto beside = ctx.spawn(guarded(ctx, 2));
    co_await guarded(ctx, 3);
  });
  ended_guards = 0;
  coroutine_host host(*offered, {.double_check = false});
  {
    auto execution = host.open({"r", "s", "w", "test.Agent", "Run", "", {}, 1}).value();
    runtime::activation start;
    start.seq = runtime::turn_seq(1);
    start.data.emplace_back();
    const auto result = execution->activate(start);
    EXPECT_EQ(result.status, run_status::open) << result.detail;
    EXPECT_EQ(result.commands.size(), 2U);
    EXPECT_EQ(ended_guards, 0);
  }
  EXPECT_EQ(ended_guards, 1 + 3 + 4);
}

TEST(frame, a_guard_that_ends_in_the_normal_way_may_ask) {
  code_run run([](context& ctx) -> workflow<void> {
    struct guard {
      context& ctx;
      ~guard() { auto dropped = ctx.step(undo, "guard"); }
    };
    {
      const guard one(ctx);
      co_await ctx.step(nothing);
    }
    co_await ctx.step(alpha, "x");
  });
  run.start();
  run.gives(1);
  EXPECT_EQ(run.commands(), "step undo; step alpha");
  run.gives(3, std::string());
  EXPECT_EQ(run.status(), "completed");
}

/// Stands wherever a workflow can stand; the driver ends it at each of these places.
TEST(frame, rule_6_4_is_destroyed_without_a_trace_at_every_suspension) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const std::string local(100, 'l');
    auto waiting = ctx.signal<std::string>("never", 100h);
    compensations undoing(ctx);
    undoing.add(undo, local);
    auto scope = ctx.scope();
    auto work = scope.spawn(guarded(ctx, 2));
    co_await ctx.step(undo, local);
    auto sleeping = ctx.sleep(1s);
    co_await all_settled(ctx.step(alpha, local), sleeping);
    co_await any(ctx.step(alpha, local), ctx.signal<int>("any"));
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): this frame keeps it
    const auto each = [local](context& c, std::string text) -> task<std::string> {
      co_return co_await c.step(alpha, local + text);
    };
    co_await ctx.for_each(std::vector<std::string>{"a", "b", "c"}, 2, each);
    scope.cancel();
    co_await ctx.shielded(guarded(ctx, 0));
    co_await undoing.run();
    co_return local.substr(0, 1);
  });
  run.start();
  run.gives(3);
  run.gives(2);
  run.gives(5, std::string());
  run.fires(4);
  run.signals("any", 1);
  for (std::uint32_t thing = 8; thing < 40 && run.status() == "open"; ++thing) {
    run.deliver({run.given(thing, std::string())});
  }
  EXPECT_EQ(run.value<std::string>(), "l");
}

TEST(frame, members_that_hold_pendings_end_after_it) {
  struct holder final : agent_handler {
    static runtime::agent_description description() {
      return {"holder", "", {{"Run", runtime::operation_kind::workflow, "", "", ""}}};
    }
    workflow<void> run(context& ctx) {
      kept.push_back(ctx.signal<int>("a", 1h));
      kept.push_back(ctx.signal<int>("b"));
      kept.push_back(
          ctx.spawn([](context& c) -> task<int> { co_return co_await c.step(add, 1, 2); }(ctx)));
      co_await ctx.step(nothing);
    }
    workflow_body dispatch_workflow(std::string_view, context& ctx, const payload&) override {
      return run(ctx).body();
    }
    std::vector<pending<int>> kept;
  };
  auto offered = std::make_unique<registry>("test build");
  offered->add_agent<holder>();
  run_driver run(std::move(offered), "holder", "Run");
  run.start();
  run.gives(2);
  EXPECT_EQ(run.status(), "completed");
}

context* leaked_context = nullptr;
std::vector<pending<int>>* leaked_pendings = nullptr;

TEST(frame, a_pending_that_outlives_its_run_is_harmless_but_useless) {
  std::vector<pending<int>> kept;
  leaked_pendings = &kept;
  {
    const auto offered = registry_with([](context& ctx) -> workflow<void> {
      leaked_pendings->push_back(ctx.signal<int>("a", 1h));
      leaked_pendings->push_back(ctx.step(add, 1, 2));
      leaked_pendings->push_back(
          ctx.spawn([](context& c) -> task<int> { co_return co_await c.step(add, 3, 4); }(ctx)));
      co_await ctx.step(nothing);
    });
    coroutine_host host(*offered, {.double_check = false});
    auto execution = host.open({"r", "s", "w", "test.Agent", "Run", "", {}, 1}).value();
    runtime::activation start;
    start.seq = runtime::turn_seq(1);
    start.data.emplace_back();
    EXPECT_EQ(execution->activate(start).status, run_status::open);
  }
  ASSERT_EQ(kept.size(), 3U);
  for (auto& lost : kept) {
    EXPECT_FALSE(lost.is_settled());
    lost.cancel();
  }
  code_run run([](context&) -> workflow<void> { co_await leaked_pendings->front(); });
  run.start();
  EXPECT_EQ(run.detail(), "std::logic_error: co_await of something that another run asked for");
}

TEST(frame, a_context_used_outside_of_its_activation_throws_and_parks) {
  const auto offered = registry_with([](context& ctx) -> workflow<void> {
    leaked_context = &ctx;
    co_await ctx.step(nothing);
  });
  coroutine_host host(*offered, {.double_check = false});
  auto execution = host.open({"r", "s", "w", "test.Agent", "Run", "", {}, 1}).value();
  runtime::activation work;
  work.seq = runtime::turn_seq(1);
  work.data.emplace_back();
  EXPECT_EQ(execution->activate(work).status, run_status::open);
  EXPECT_THROW(leaked_context->sleep(1s).is_settled(), std::logic_error);
  work.data[0].kind = runtime::item_kind::step_result;
  work.data[0].thing = thing_number(1);
  const auto result = execution->activate(work);
  EXPECT_EQ(result.parked, runtime::park_reason::exception);
  EXPECT_EQ(result.detail,
            "the context was used outside of the run's activation, or by another thread");
}

TEST(frame, a_context_used_by_another_thread_throws_there_and_parks) {
  code_run run([](context& ctx) -> workflow<void> {
    std::jthread([&ctx] { EXPECT_THROW(ctx.step(nothing).is_settled(), std::logic_error); }).join();
    co_await ctx.step(nothing);
  });
  run.start();
  EXPECT_EQ(run.detail(),
            "the context was used outside of the run's activation, or by another thread");
}

TEST(frame, rule_6_1_activations_may_come_from_one_thread_after_the_other) {
  code_run run([](context& ctx) -> workflow<int> {
    int sum = 0;
    for (int i = 0; i < 5; ++i) {
      sum += co_await ctx.step(add, i, i);
    }
    co_return sum;
  });
  run.start();
  for (std::uint32_t thing = 1; thing <= 5; ++thing) {
    std::jthread([&] { run.gives(thing, 10); }).join();
  }
  EXPECT_EQ(run.value<int>(), 50);
}

}  // namespace
}  // namespace perdure::testing
