#include "transport/awaitable_steps.hpp"

#include <future>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

namespace perdure {
namespace {

using boost::asio::awaitable;
using runtime::outcome;
using runtime::step_report;

inline constexpr step<std::string(std::string)> greet{"greet"};
inline constexpr step<std::string(std::string)> gives_up{"gives_up"};
inline constexpr step<void()> waits{"waits"};
inline constexpr step<int(int, int)> adds{"adds"};

/// One attempt, as a step runner would hold it.
struct attempt_at {
  runtime::step_attempt request;
  std::atomic<stop_reason> stop{stop_reason::none};
  step_environment environment{&stop, nullptr, {}, {}};
  step_context ctx{request, environment};
  std::promise<step_report> ended;

  attempt_at(std::string name, payload arguments) {
    request.name = std::move(name);
    request.arguments = std::move(arguments);
  }
  void start(const registry& offered) {
    std::get<asynchronous_step> (*offered.steps().find(request.name))(
        ctx, request.arguments, [this](step_report report) { ended.set_value(std::move(report)); });
  }
  step_report wait() { return ended.get_future().get(); }
};

awaitable<void> wait_for(std::chrono::hours time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

class awaitable_steps_test : public ::testing::Test {
 protected:
  void SetUp() override {
    awaitable_steps steps(offered_);
    steps.add(greet, [](std::string name) -> awaitable<std::string> { co_return "hello " + name; });
    steps.add(adds, [](step_context&, int a, int b) -> awaitable<int> { co_return a + b; });
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): the registry keeps it
    steps.add(waits, [this](step_context&) -> awaitable<void> {
      ++begun_;
      begun_.notify_all();
      co_await wait_for(std::chrono::hours(1'000));
    });
    steps.add(gives_up, [](std::string why) -> awaitable<std::string> {
      if (why == "for good") throw permanent_error("never");
      throw std::runtime_error(why);
      co_return "";
    });
  }
  template <class... A>
  step_report run(std::string name, const A&... values) {
    attempt_at attempt(std::move(name), encode_arguments(values...));
    attempt.start(offered_);
    return attempt.wait();
  }
  void wait_until_begun(int count) {
    for (int now = begun_; now < count; now = begun_) begun_.wait(now);
  }

  std::atomic<int> begun_ = 0;
  registry offered_{"test build"};
};

TEST_F(awaitable_steps_test, a_coroutine_gives_the_steps_value) {
  EXPECT_EQ(decode<std::string>(run("greet", std::string("Ada")).body), "hello Ada");
  EXPECT_EQ(decode<int>(run("adds", 1, 2).body), 3);
}

TEST_F(awaitable_steps_test, what_it_throws_is_the_steps_failure) {
  const auto failed = run("gives_up", std::string("now"));
  EXPECT_EQ(failed.result, outcome::failed);
  EXPECT_TRUE(failed.retryable);
  EXPECT_FALSE(run("gives_up", std::string("for good")).retryable);
}

TEST_F(awaitable_steps_test, many_wait_at_once_on_one_thread_and_each_ends_when_it_is_told) {
  constexpr int count = 500;
  std::vector<std::unique_ptr<attempt_at>> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(std::make_unique<attempt_at>("waits", payload()));
    all.back()->start(offered_);
  }
  wait_until_begun(count);
  for (int i = 0; i < count; ++i)
    all[static_cast<std::size_t>(i)]->stop =
        i % 2 ? stop_reason::cancelled : stop_reason::timed_out;
  for (int i = 0; i < count; ++i) {
    const auto report = all[static_cast<std::size_t>(i)]->wait();
    EXPECT_EQ(report.result, i % 2 ? outcome::cancelled : outcome::timed_out);
  }
}

TEST_F(awaitable_steps_test, those_that_are_not_told_to_stop_go_on) {
  attempt_at stays("waits", {}), goes("waits", {});
  stays.start(offered_);
  goes.start(offered_);
  wait_until_begun(2);
  goes.stop = stop_reason::cancelled;
  EXPECT_EQ(goes.wait().result, outcome::cancelled);
  auto future = stays.ended.get_future();
  EXPECT_EQ(future.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  stays.stop = stop_reason::cancelled;
  future.wait();
}

TEST_F(awaitable_steps_test, one_that_is_told_before_it_began_ends_too) {
  attempt_at attempt("waits", {});
  attempt.stop = stop_reason::cancelled;
  attempt.start(offered_);
  EXPECT_EQ(attempt.wait().result, outcome::cancelled);
}

TEST(awaitable_steps_end_test, the_end_of_the_registry_ends_what_still_waits) {
  std::atomic<bool> begun = false;
  attempt_at attempt("waits", {});
  {
    registry offered("test build");
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): the registry keeps it
    awaitable_steps(offered).add(waits, [&begun]() -> awaitable<void> {
      begun = true;
      begun.notify_all();
      co_await wait_for(std::chrono::hours(1'000));
    });
    attempt.start(offered);
    begun.wait(false);
  }
  EXPECT_EQ(attempt.wait().result, outcome::failed);
}

}  // namespace
}  // namespace perdure
