// Signals and timers.

#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure::testing {
namespace {

using namespace std::chrono_literals;

constexpr signal_name<std::string> approve{"approve"};

TEST(signal, wakes_who_waits_for_its_name) {
  code_run run(
      [](context& ctx) -> workflow<std::string> { co_return co_await ctx.signal(approve); });
  run.start();
  EXPECT_EQ(run.waits(), "signal");
  run.signals("other", std::string("no"));
  EXPECT_EQ(run.status(), "open");
  run.signals("approve", std::string("yes"));
  EXPECT_EQ(run.value<std::string>(), "yes");
}

TEST(signal, rule_6_3_unmatched_ones_stay_by_name_in_order) {
  code_run run([](context& ctx) -> workflow<std::string> {
    co_await ctx.step(nothing);
    const auto first = co_await ctx.signal<std::string>("a");
    const auto other = co_await ctx.signal<std::string>("b");
    const auto second = co_await ctx.signal<std::string>("a");
    co_return first + other + second + co_await ctx.signal<std::string>("a");
  });
  run.start();
  EXPECT_EQ(run.waits(), "1 of 1");
  run.signals("a", std::string("1"));
  run.deliver({run.signalled("a", std::string("2")), run.signalled("b", std::string("B"))});
  run.gives(1);
  EXPECT_EQ(run.waits(), "signal");
  run.signals("a", std::string("3"));
  EXPECT_EQ(run.value<std::string>(), "1B23");
}

TEST(signal, those_who_wait_for_one_name_are_served_in_the_order_they_asked) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto one = ctx.signal<std::string>("a");
    auto two = ctx.signal<std::string>("a");
    const auto later = co_await two;
    co_return co_await one + later;
  });
  run.start();
  run.signals("a", std::string("1"));
  run.signals("a", std::string("2"));
  EXPECT_EQ(run.value<std::string>(), "12");
}

TEST(signal, that_comes_in_time_cancels_its_timer) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const auto came = co_await ctx.signal(approve, 72h);
    co_await ctx.step(nothing);
    co_return came;
  });
  run.start();
  EXPECT_EQ(run.commands(), "timer 259200000000us");
  EXPECT_EQ(run.waits(), "1 of 1; signal");
  run.signals("approve", std::string("yes"));
  EXPECT_EQ(run.commands(), "cancel 1; step nothing");
  run.deliver({run.fired(1), run.given(2)});  // the clock was quicker than the cancel
  EXPECT_EQ(run.value<std::string>(), "yes");
}

TEST(signal, that_does_not_come_in_time_fails_as_timed_out) {
  code_run run([](context& ctx) -> workflow<std::string> {
    const auto came = co_await ctx.signal(approve, 72h).outcome();
    co_await ctx.step(nothing);
    // It has given its place back: the next one goes to the next who asks.
    co_return came.error().what() + std::string("|") + co_await ctx.signal(approve);
  });
  run.start();
  run.fires(1);
  EXPECT_EQ(run.commands(), "step nothing");
  run.signals("approve", std::string("late"));
  run.gives(2);
  EXPECT_EQ(run.value<std::string>(),
            "timed_out: signal `approve` timed out (signal `approve`)|late");
}

TEST(signal, that_is_there_already_needs_no_timer) {
  code_run run(
      [](context& ctx) -> workflow<std::string> { co_return co_await ctx.signal(approve, 72h); });
  run.deliver(
      {run.signalled("approve", std::string("early")), run.item(runtime::item_kind::start)});
  EXPECT_EQ(run.commands(), "");
  EXPECT_EQ(run.value<std::string>(), "early");
}

TEST(signal, whose_pending_is_dropped_gives_its_place_and_its_timer_back) {
  code_run run([](context& ctx) -> workflow<std::string> {
    {
      auto impatient = ctx.signal(approve, 1h);
      auto quiet = ctx.signal(approve);
      co_await ctx.step(nothing);
    }
    co_await ctx.step(nothing);
    co_return co_await ctx.signal(approve);
  });
  run.start();
  run.gives(2);
  EXPECT_EQ(run.commands(), "cancel 1; step nothing");
  run.signals("approve", std::string("yes"));
  run.gives(3);
  EXPECT_EQ(run.value<std::string>(), "yes");
}

TEST(signal, a_value_of_another_type_parks) {
  code_run run([](context& ctx) -> workflow<int> { co_return co_await ctx.signal<int>("n"); });
  run.start();
  run.signals("n", std::string("many"));
  EXPECT_EQ(run.status(), "parked");
}

TEST(signal, is_sent_to_another_workflow) {
  code_run run([](context& ctx) -> workflow<void> {
    ctx.signal_workflow("legal", "licence/mit", "Decided", std::string("fine"));
    ctx.signal_workflow("", "w", "Here", 7);
    co_await ctx.step(nothing);
  });
  run.start();
  EXPECT_EQ(run.commands(), "signal Decided legal/licence/mit; signal Here space/w; step nothing");
  EXPECT_EQ(std::get<runtime::send_signal>(run.last().commands[0]).body.view(), "fine");
  run.gives(1);
}

TEST(timer, sleeps_from_the_time_of_the_turn) {
  code_run run([](context& ctx) -> workflow<std::int64_t> {
    const auto before = ctx.now();
    co_await ctx.sleep(3s);
    co_return (ctx.now() - before).us;
  });
  run.start();
  EXPECT_EQ(run.opened<runtime::start_timer>(1).due, run.now() + runtime::seconds(3));
  run.let_pass(5s);
  run.fires(1);
  EXPECT_EQ(run.value<std::int64_t>(), 5'001'000);
}

TEST(timer, sleeps_until_a_time_and_never_into_the_past) {
  code_run run([](context& ctx) -> workflow<void> {
    co_await ctx.sleep_until(to_time_point(ctx.now()) + 2h);
    co_await ctx.sleep_until(timestamp{5});
    co_await ctx.sleep(-3s);
    auto forever = ctx.sleep(time_span::max());
    co_await ctx.signal<int>("never", time_span::max());
  });
  run.start();
  EXPECT_EQ(run.commands(), "timer 7200000000us");
  run.fires(1);
  EXPECT_EQ(run.commands(), "timer 0us");
  run.fires(2);
  EXPECT_EQ(run.commands(), "timer 0us");
  run.fires(3);
  EXPECT_EQ(run.opened<runtime::start_timer>(4).due.us, std::numeric_limits<std::int64_t>::max());
  run.signals("never", 1);
  EXPECT_EQ(run.status(), "completed");
}

TEST(chance, rule_2_8_random_and_uuid_depend_on_run_turn_and_place_alone) {
  code_run run([](context& ctx) -> workflow<std::string> {
    auto text = fmt::format("{} {} ", ctx.random(), ctx.uuid());
    co_await ctx.step(undo, text);
    const auto real = ctx.random_real();
    text += fmt::format("{} {}", ctx.random(), real >= 0 && real < 1);
    co_return text;
  });
  run.start();
  const std::string first(run.opened<runtime::run_step>(1).arguments.view());
  run.bring_back();
  run.gives(1);
  const auto all = run.value<std::string>();
  EXPECT_TRUE(all.starts_with(first));
  EXPECT_TRUE(all.ends_with("true"));
  EXPECT_THAT(first, ::testing::ContainsRegex("^[0-9]+ [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-"
                                              "[89ab][0-9a-f]{3}-[0-9a-f]{12} $"));
}

TEST(chance, every_number_is_another) {
  code_run run([](context& ctx) -> workflow<std::size_t> {
    std::set<std::uint64_t> numbers;
    for (int turn = 0; turn < 3; ++turn) {
      for (int i = 0; i < 1'000; ++i) {
        numbers.insert(ctx.random());
      }
      co_await ctx.step(nothing);
    }
    co_return numbers.size();
  });
  run.start();
  run.gives(1);
  run.gives(2);
  run.gives(3);
  EXPECT_EQ(run.value<std::size_t>(), 3'000U);
}

TEST(log, lines_are_given_once_and_not_in_replay) {
  code_run run([](context& ctx) -> workflow<void> {
    ctx.log.debug("a {}", 1);
    ctx.log.info("b");
    co_await ctx.step(nothing);
    ctx.log.warning("c");
    ctx.log.error("{}", "d");
  });
  run.start();
  ASSERT_EQ(run.last().log.size(), 2U);
  EXPECT_EQ(run.last().log[0].text, "a 1");
  EXPECT_EQ(run.last().log[0].severity, runtime::log_line::level::debug);
  run.bring_back();
  run.gives(1);
  ASSERT_EQ(run.last().log.size(), 2U);
  EXPECT_EQ(run.last().log[1].text, "d");
}

TEST(log, a_flood_of_lines_is_cut_and_counted) {
  code_run run([](context& ctx) -> workflow<void> {
    ctx.log.info("{}", std::string(100'000, 'x'));
    for (int i = 0; i < 2'000; ++i) {
      ctx.log.info("line");
    }
    co_return;
  });
  run.start();
  ASSERT_EQ(run.last().log.size(), 1'001U);
  EXPECT_EQ(run.last().log[0].text.size(), 8U * 1024);
  EXPECT_EQ(run.last().log.back().text,
            "1001 more lines of this turn were dropped: it may have 1000");
}

TEST(info, says_which_run_this_is) {
  code_run run([](context& ctx) -> workflow<std::string> {
    co_return ctx.info().name_space + "/" + ctx.info().workflow_id + "/" + ctx.info().run_id;
  });
  run.start();
  EXPECT_EQ(run.value<std::string>(), "space/workflow-1/run-1");
}

}  // namespace
}  // namespace perdure::testing
