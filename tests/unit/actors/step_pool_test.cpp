#include "actors/step_pool.hpp"

#include <future>

#include <gmock/gmock.h>

#include "runtime/author/failure.hpp"
#include "runtime/author/registry.hpp"
#include "tests/unit/actors/gate.hpp"
#include "tests/unit/actors/hand_clock.hpp"
#include "tests/unit/actors/memory_notes.hpp"

namespace perdure::actors {
namespace {

using runtime::outcome;
using runtime::partition_index;
using runtime::step_attempt;
using runtime::step_report;
using runtime::thing_number;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Reports as they come, for a test that waits for some of them.
class report_box {
 public:
  std::function<void(step_report)> door() {
    return [this](step_report report) {
      const std::lock_guard lock(mutex_);
      reports_.push_back(std::move(report));
      changed_.notify_all();
    };
  }
  std::vector<step_report> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reports_.size() >= count; });
    return reports_;
  }
  std::vector<step_report> so_far() {
    const std::lock_guard lock(mutex_);
    return reports_;
  }
  std::vector<std::uint32_t> steps_in_order(std::size_t count) {
    std::vector<std::uint32_t> numbers;
    for (const auto& report : wait_for(count)) numbers.push_back(report.step.value);
    return numbers;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<step_report> reports_;
};

/// An attempt of step `number` in run 7 of partition 1.
step_attempt attempt(std::string name, std::uint32_t number) {
  step_attempt made;
  made.partition = partition_index(1);
  made.run = {runtime::offset(7), {}};
  made.step = thing_number(number);
  made.attempt = runtime::attempt_number(1);
  made.name = std::move(name);
  return made;
}

class step_pool_test : public ::testing::Test {
 protected:
  void add(const std::string& name, blocking_step function) {
    steps_.add(name, std::move(function));
  }
  void open(std::size_t threads) {
    pool_ = std::make_unique<step_pool>(steps_, clock_, notes_, step_pool_options{threads, 100},
                                        [](const runtime::log_line&) {});
  }
  void start(const std::string& name, std::uint32_t number, runtime::duration timeout = {}) {
    auto made = attempt(name, number);
    made.timeout = timeout;
    order(std::move(made), reports_.door());
  }
  void order(step_attempt made, std::function<void(step_report)> done) {
    std::vector<runtime::ordered_attempt> all;
    all.push_back({std::move(made), std::move(done)});
    pool_->start(std::move(all));
  }
  /// Beside an attempt that runs: one that has waited a moment gets a thread of its own.
  void start_beside(const std::string& name, std::uint32_t number, runtime::duration timeout) {
    start(name, number, timeout);
    clock_.pass(runtime::milliseconds(1));
  }
  void cancel(std::uint32_t number) {
    pool_->cancel(partition_index(1), {runtime::offset(7), {}}, thing_number(number),
                  runtime::attempt_number(1));
  }

  hand_clock clock_;
  memory_notes notes_;
  step_registry steps_;
  report_box reports_;
  gate gate_;
  std::unique_ptr<step_pool> pool_;
};

const blocking_step nothing = [](step_context&, const payload&) { return payload("done"); };

TEST_F(step_pool_test, one_thread_runs_attempts_in_the_order_given) {
  add("wait", [&](step_context&, const payload&) { return gate_.pass(), payload(); });
  add("nothing", nothing);
  open(1);
  start("wait", 1);
  for (std::uint32_t number = 2; number <= 6; ++number) start("nothing", number);
  gate_.open();
  EXPECT_THAT(reports_.steps_in_order(6), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(step_pool_test, many_tiny_steps_are_all_reported_once) {
  constexpr std::size_t count = 20'000;
  add("nothing", nothing);
  open(8);
  for (std::uint32_t number = 1; number <= count; ++number) start("nothing", number);
  std::vector<bool> seen(count + 1);
  for (const auto& report : reports_.wait_for(count)) {
    EXPECT_EQ(report.result, outcome::ok);
    EXPECT_EQ(report.body.view(), "done");
    EXPECT_FALSE(seen[report.step.value]) << report.step.value;
    seen[report.step.value] = true;
  }
  pool_->stop();
  EXPECT_EQ(reports_.so_far().size(), count);
}

TEST_F(step_pool_test, steps_that_block_do_not_hold_up_others_while_a_thread_is_free) {
  add("wait", [&](step_context&, const payload&) { return gate_.pass(), payload(); });
  add("nothing", nothing);
  open(4);
  const passing_time passes(clock_);
  for (std::uint32_t number = 1; number <= 3; ++number) start("wait", number);
  gate_.wait_for(3);
  start("nothing", 4);
  EXPECT_THAT(reports_.steps_in_order(1), ElementsAre(4));
  gate_.open();
  reports_.wait_for(4);
}

TEST_F(step_pool_test, as_many_attempts_as_there_are_threads_run_at_once) {
  add("wait", [&](step_context&, const payload&) { return gate_.pass(), payload(); });
  open(16);
  const passing_time passes(clock_);
  for (std::uint32_t number = 1; number <= 16; ++number) start("wait", number);
  gate_.wait_for(16);
  gate_.open();
  reports_.wait_for(16);
}

TEST_F(step_pool_test, a_time_out_counts_from_execution_and_not_from_the_queue) {
  add("wait", [&](step_context&, const payload&) { return gate_.pass(), payload(); });
  add("time_left", [](step_context& ctx, const payload&) {
    return payload(fmt::format("{}", ctx.time_left()->count()));
  });
  open(1);
  start("wait", 1);
  gate_.wait_for(1);
  start("time_left", 2, runtime::seconds(5));
  clock_.pass(runtime::seconds(60));
  gate_.open();
  const auto reports = reports_.wait_for(2);
  EXPECT_EQ(reports[1].result, outcome::ok);
  EXPECT_EQ(reports[1].body.view(), "5000000");
}

TEST_F(step_pool_test, an_attempt_over_its_time_is_reported_and_told_to_stop) {
  std::promise<stop_reason> told;
  gate begun;
  add("poll", [&](step_context& ctx, const payload&) -> payload {
    begun.open();
    while (!ctx.is_cancelled()) std::this_thread::yield();
    told.set_value(ctx.stop());
    ctx.throw_if_cancelled();
    return {};
  });
  add("nothing", nothing);
  open(2);
  start("poll", 1, runtime::seconds(5));
  begun.pass();
  start_beside("nothing", 2, runtime::seconds(60));
  reports_.wait_for(1);
  clock_.pass(runtime::seconds(5));
  start_beside("nothing", 3, runtime::seconds(60));  // wakes who looks at the time
  const auto reports = reports_.wait_for(3);
  EXPECT_EQ(told.get_future().get(), stop_reason::timed_out);
  pool_->stop();
  ASSERT_EQ(reports_.so_far().size(), 3u) << "the late end of the attempt is not reported again";
  for (const auto& report : reports) {
    if (report.step != thing_number(1)) continue;
    EXPECT_EQ(report.result, outcome::timed_out);
    EXPECT_TRUE(report.retryable);
    EXPECT_EQ(report.took, runtime::seconds(5));
  }
}

TEST_F(step_pool_test, a_cancelled_attempt_that_waits_never_runs) {
  std::atomic<int> ran = 0;
  add("wait", [&](step_context&, const payload&) { return gate_.pass(), payload(); });
  add("count", [&](step_context&, const payload&) { return ++ran, payload(); });
  open(1);
  start("wait", 1);
  gate_.wait_for(1);
  start("count", 2);
  cancel(2);
  const auto reports = reports_.wait_for(1);
  EXPECT_EQ(reports[0].result, outcome::cancelled);
  EXPECT_EQ(reports[0].step, thing_number(2));
  gate_.open();
  reports_.wait_for(2);
  EXPECT_EQ(ran, 0);
}

TEST_F(step_pool_test, a_cancelled_attempt_that_runs_is_told_and_reports_how_it_ended) {
  gate begun;
  add("poll", [&](step_context& ctx, const payload&) -> payload {
    begun.open();
    while (!ctx.is_cancelled()) std::this_thread::yield();
    ctx.throw_if_cancelled();
    return {};
  });
  open(1);
  start("poll", 1);
  begun.pass();
  cancel(1);
  const auto reports = reports_.wait_for(1);
  EXPECT_EQ(reports[0].result, outcome::cancelled);
  EXPECT_FALSE(reports[0].retryable);
}

TEST_F(step_pool_test, cancelling_what_is_unknown_does_nothing) {
  add("nothing", nothing);
  open(1);
  cancel(9);
  start("nothing", 1);
  EXPECT_EQ(reports_.wait_for(1)[0].result, outcome::ok);
  cancel(1);
}

TEST_F(step_pool_test, stop_waits_for_what_runs_drops_what_waits_and_reports_neither) {
  std::atomic<bool> ended = false;
  std::atomic<int> ran = 0;
  gate begun;
  add("poll", [&](step_context& ctx, const payload&) -> payload {
    begun.open();
    while (!ctx.is_cancelled()) std::this_thread::yield();
    ended = true;
    return {};
  });
  add("count", [&](step_context&, const payload&) { return ++ran, payload(); });
  open(1);
  start("poll", 1);
  begun.pass();
  start("count", 2);
  pool_->stop();
  EXPECT_TRUE(ended);
  EXPECT_EQ(ran, 0);
  EXPECT_THAT(reports_.so_far(), IsEmpty());
  start("count", 3);
  EXPECT_EQ(ran, 0);
}

TEST_F(step_pool_test, an_unknown_step_is_a_permanent_failure) {
  open(1);
  start("nobody", 1);
  const auto report = reports_.wait_for(1)[0];
  EXPECT_EQ(report.result, outcome::not_found);
  EXPECT_FALSE(report.retryable);
  EXPECT_THAT(runtime::decode_failure(report.body.view())->message, ::testing::HasSubstr("nobody"));
}

TEST_F(step_pool_test, exceptions_are_failures_and_only_permanent_errors_are_final) {
  add("throws", [](step_context&, const payload&) -> payload { throw std::runtime_error("no"); });
  add("gives_up", [](step_context&, const payload&) -> payload { throw permanent_error("never"); });
  add("odd", [](step_context&, const payload&) -> payload { throw 42; });
  open(1);
  start("throws", 1);
  start("gives_up", 2);
  start("odd", 3);
  const auto reports = reports_.wait_for(3);
  EXPECT_TRUE(reports[0].retryable);
  EXPECT_FALSE(reports[1].retryable);
  EXPECT_TRUE(reports[2].retryable);
  for (const auto& report : reports) EXPECT_EQ(report.result, outcome::failed);
}

TEST_F(step_pool_test, rule_5_3_a_blocking_attempt_is_noted_while_it_runs) {
  std::vector<runtime::crash_notes::note> during;
  add("look", [&](step_context&, const payload&) { return during = notes_.taken(), payload(); });
  open(1);
  start("look", 1);
  reports_.wait_for(1);
  pool_->stop();
  ASSERT_EQ(during.size(), 1u);
  EXPECT_EQ(during[0].run, (runtime::run_key{runtime::offset(7), {}}));
  EXPECT_THAT(notes_.taken(), IsEmpty());
}

/// The doors of asynchronous attempts that wait without a thread.
class asynchronous_step_test : public step_pool_test {
 protected:
  struct waiting {
    step_context* ctx;
    std::function<void(step_report)> done;
    step_attempt attempt;
  };
  void SetUp() override {
    steps_.add("later", asynchronous_step([this](step_context& ctx, const payload&, auto done) {
                 const std::lock_guard lock(mutex_);
                 doors_.push_back({&ctx, std::move(done), attempt("later", ctx.attempt())});
                 changed_.notify_all();
               }));
    steps_.add("at_once", asynchronous_step([](step_context&, const payload&, auto done) {
                 done(step_registry::succeed(attempt("at_once", 1), payload("now")));
               }));
    steps_.add("throws", asynchronous_step([](step_context&, const payload&, auto) {
                 throw std::runtime_error("before it began");
               }));
  }
  std::vector<waiting> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return doors_.size() >= count; });
    return doors_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<waiting> doors_;
};

TEST_F(asynchronous_step_test, it_waits_without_a_thread) {
  add("nothing", nothing);
  open(1);
  start("later", 1);
  start("later", 2);
  const auto doors = wait_for(2);
  start("nothing", 3);
  EXPECT_THAT(reports_.steps_in_order(1), ElementsAre(3));
  doors[1].done(step_registry::succeed(attempt("later", 2), payload("second")));
  doors[0].done(step_registry::succeed(attempt("later", 1), payload("first")));
  EXPECT_THAT(reports_.steps_in_order(3), ElementsAre(3, 2, 1));
  EXPECT_EQ(reports_.so_far()[2].body.view(), "first");
}

TEST_F(asynchronous_step_test, its_report_says_how_long_it_took) {
  open(1);
  start("later", 1);
  const auto doors = wait_for(1);
  clock_.pass(runtime::seconds(3));
  doors[0].done(step_registry::succeed(attempt("later", 1), payload("x")));
  EXPECT_EQ(reports_.wait_for(1)[0].took, runtime::seconds(3));
}

TEST_F(asynchronous_step_test, it_may_end_at_once_or_throw_before_it_begins) {
  open(1);
  start("at_once", 1);
  start("throws", 2);
  const auto reports = reports_.wait_for(2);
  EXPECT_EQ(reports[0].body.view(), "now");
  EXPECT_EQ(reports[1].result, outcome::failed);
  EXPECT_TRUE(reports[1].retryable);
}

TEST_F(asynchronous_step_test, only_its_first_end_is_reported) {
  open(1);
  start("later", 1);
  const auto doors = wait_for(1);
  doors[0].done(step_registry::succeed(attempt("later", 1), payload("first")));
  doors[0].done(step_registry::succeed(attempt("later", 1), payload("again")));
  EXPECT_EQ(reports_.wait_for(1)[0].body.view(), "first");
  pool_->stop();
  EXPECT_EQ(reports_.so_far().size(), 1u);
}

TEST_F(asynchronous_step_test, it_is_told_to_stop_by_cancel_and_by_its_time) {
  add("nothing", nothing);
  open(1);
  start("later", 1);
  start("later", 2, runtime::seconds(5));
  const auto doors = wait_for(2);
  cancel(1);
  EXPECT_EQ(doors[0].ctx->stop(), stop_reason::cancelled);
  clock_.pass(runtime::seconds(6));
  start("nothing", 3, runtime::seconds(60));
  reports_.wait_for(2);
  EXPECT_EQ(doors[1].ctx->stop(), stop_reason::timed_out);
  doors[0].done(step_registry::succeed(attempt("later", 1), {}));
  doors[1].done(step_registry::succeed(attempt("later", 2), {}));
  reports_.wait_for(3);
}

TEST_F(asynchronous_step_test, stop_ends_a_watcher_that_reports_a_time_out_meanwhile) {
  add("nothing", nothing);
  open(1);
  start("later", 1);
  wait_for(1);
  auto late = attempt("later", 2);
  late.timeout = runtime::seconds(5);
  std::promise<void> reporting;
  order(std::move(late), [this, &reporting](const step_report&) {
    reporting.set_value();
    const auto doors = wait_for(2);
    while (!doors[0].ctx->is_cancelled()) std::this_thread::yield();
    for (int i = 0; i < 1'000; ++i) std::this_thread::yield();  // until the pool has told everyone
    for (const auto& each : doors) each.done(step_registry::succeed(each.attempt, {}));
  });
  wait_for(2);
  clock_.pass(runtime::seconds(6));
  start("nothing", 3, runtime::seconds(60));
  reporting.get_future().wait();
  pool_->stop();
}

TEST_F(asynchronous_step_test, stop_waits_until_each_has_ended) {
  open(1);
  start("later", 1);
  const auto doors = wait_for(1);
  std::jthread ends([door = doors[0]] {
    while (!door.ctx->is_cancelled()) std::this_thread::yield();
    door.done(step_registry::succeed(attempt("later", 1), {}));
  });
  pool_->stop();
  EXPECT_THAT(reports_.so_far(), IsEmpty());
  pool_.reset();
}

TEST_F(asynchronous_step_test,
       rule_5_3_it_is_not_noted_for_it_cannot_crash_the_node_while_it_waits) {
  open(1);
  start("later", 1);
  const auto doors = wait_for(1);
  EXPECT_THAT(notes_.taken(), IsEmpty());
  doors[0].done(step_registry::succeed(attempt("later", 1), {}));
  reports_.wait_for(1);
}

}  // namespace
}  // namespace perdure::actors
