#include "runtime/author/step_registry.hpp"

#include <gtest/gtest.h>

#include "runtime/author/failure.hpp"
#include "runtime/author/limits.hpp"

namespace perdure {
namespace {

using namespace std::chrono_literals;

inline constexpr step<std::string(std::string, int)> repeat{"repeat"};
inline constexpr step<void()> touch{"touch"};

/// Goes on by a millisecond each time it is asked.
class ticking_clock final : public runtime::clock {
 public:
  timestamp now() const override { return {}; }
  timestamp monotonic() const override {
    time_.us += 1'000;
    return time_;
  }

 private:
  mutable timestamp time_{1'000'000};
};

runtime::step_attempt attempt_of(std::string name, payload arguments = {}) {
  return {runtime::partition_index(3),
          {runtime::offset(17), runtime::thing_number(2)},
          runtime::thing_number(4),
          runtime::attempt_number(5),
          std::move(name),
          "the key",
          std::move(arguments),
          {}};
}

/// What becomes of a step that does this.
template <class F>
runtime::step_report ran(F function, step_environment environment = {}) {
  step_registry steps;
  steps.add("touch", detail::make_blocking_step(touch, std::move(function)));
  return steps.run(attempt_of("touch"), environment);
}

failure_info why(const runtime::step_report& report) {
  return runtime::decode_failure(report.body.view()).value();
}

TEST(step_registry, rule_6_2_calls_the_function_with_typed_arguments) {
  step_registry steps;
  steps.add("repeat", detail::make_blocking_step(repeat, [](const std::string& text, int times) {
              std::string all;
              while (times-- > 0) all += text;
              return all;
            }));
  const auto report =
      steps.run(attempt_of("repeat", encode_arguments<std::string, int>("ab", 3)), {});
  EXPECT_EQ(report.result, outcome::ok);
  EXPECT_EQ(report.body.view(), "ababab");
  EXPECT_EQ(report.partition, runtime::partition_index(3));
  EXPECT_EQ(report.run.created, runtime::offset(17));
  EXPECT_EQ(report.step, runtime::thing_number(4));
  EXPECT_EQ(report.attempt, runtime::attempt_number(5));
}

TEST(step_registry, rule_6_1_a_step_sees_its_attempt) {
  std::string seen;
  const auto report = ran([&](step_context& ctx) {
    ctx.throw_if_cancelled();  // nobody has said so
    seen = fmt::format("{} {} {} {} {}", ctx.step_name(), ctx.attempt(), ctx.idempotency_key(),
                       ctx.run(), ctx.is_cancelled());
  });
  EXPECT_EQ(report.result, outcome::ok);
  EXPECT_EQ(seen, "touch 5 the key 3/17.2 false");
}

TEST(step_registry, a_permanent_error_is_not_retryable_and_others_are) {
  auto report = ran([] { throw permanent_error("card_declined", "no money"); });
  EXPECT_EQ(report.result, outcome::failed);
  EXPECT_FALSE(report.retryable);
  EXPECT_EQ(why(report).type, "card_declined");
  EXPECT_EQ(why(report).origin, "step `touch`, attempt 5");

  report = ran([] { throw std::runtime_error("server error"); });
  EXPECT_EQ(report.result, outcome::failed);
  EXPECT_TRUE(report.retryable);
  EXPECT_EQ(why(report).type, "std::runtime_error");
  EXPECT_EQ(why(report).message, "server error");

  report = ran([] { throw failure("busy", "later"); });
  EXPECT_TRUE(report.retryable);
  EXPECT_EQ(why(report).type, "busy");

  report = ran([] { throw 42; });
  EXPECT_TRUE(report.retryable);
  EXPECT_EQ(why(report).type, "int");
}

TEST(step_registry, an_attempt_told_to_stop_ends_as_why_it_was_told) {
  std::atomic<stop_reason> stop = stop_reason::cancelled;
  step_environment environment;
  environment.stop = &stop;
  auto report = ran([](step_context& ctx) { ctx.throw_if_cancelled(); }, environment);
  EXPECT_EQ(report.result, outcome::cancelled);
  EXPECT_FALSE(report.retryable);
  EXPECT_EQ(why(report).kind, outcome::cancelled);

  stop = stop_reason::timed_out;
  report = ran([](step_context& ctx) { ctx.throw_if_cancelled(); }, environment);
  EXPECT_EQ(report.result, outcome::timed_out);
  EXPECT_TRUE(report.retryable);

  // Any way out will do; and what it managed to do counts.
  report = ran([] { throw std::runtime_error("connection closed"); }, environment);
  EXPECT_EQ(report.result, outcome::timed_out);
  report = ran([] {}, environment);
  EXPECT_EQ(report.result, outcome::ok);
}

TEST(step_registry, an_unknown_name_is_a_permanent_not_found) {
  const step_registry steps;
  const auto report = steps.run(attempt_of("nobody"), {});
  EXPECT_EQ(report.result, outcome::not_found);
  EXPECT_FALSE(report.retryable);
  EXPECT_EQ(why(report).message, "no blocking step `nobody` is registered here");
}

TEST(step_registry, rule_7_6_a_result_over_one_mebibyte_is_too_large) {
  step_registry steps;
  steps.add("repeat", detail::make_blocking_step(repeat, [](const std::string&, int size) {
              return std::string(static_cast<std::size_t>(size), 'x');
            }));
  const auto run = [&](std::size_t size) {
    return steps.run(
        attempt_of("repeat", encode_arguments<std::string, int>("", static_cast<int>(size))), {});
  };
  EXPECT_EQ(run(largest_payload).result, outcome::ok);
  EXPECT_EQ(run(largest_payload + 1).result, outcome::too_large);
  EXPECT_FALSE(run(largest_payload + 1).retryable);
}

TEST(step_registry, arguments_that_cannot_be_read_fail_the_attempt) {
  step_registry steps;
  steps.add("repeat",
            detail::make_blocking_step(repeat, [](const std::string& s, int) { return s; }));
  const auto report = steps.run(attempt_of("repeat", payload("\7")), {});
  EXPECT_EQ(report.result, outcome::failed);
  EXPECT_EQ(why(report).type, "perdure::codec_error");
}

TEST(step_registry, measures_and_says_how_much_time_is_left) {
  const ticking_clock clock;
  step_environment environment;
  environment.clock = &clock;
  std::optional<time_span> left;
  auto report = ran([&](step_context& ctx) { left = ctx.time_left(); }, environment);
  EXPECT_EQ(report.took, runtime::milliseconds(1));
  EXPECT_FALSE(left);
  environment.monotonic_deadline = clock.monotonic() + runtime::milliseconds(10);
  ran([&](step_context& ctx) { left = ctx.time_left(); }, environment);
  EXPECT_EQ(left, 8ms);
  environment.monotonic_deadline = timestamp{1};
  ran([&](step_context& ctx) { left = ctx.time_left(); }, environment);
  EXPECT_EQ(left, 0ms);
}

TEST(step_registry, lines_of_a_step_go_to_the_runner) {
  std::vector<std::string> lines;
  step_environment environment;
  environment.log = [&](runtime::log_line line) { lines.push_back(line.text); };
  ran([](step_context& ctx) { ctx.log(runtime::log_line::level::info, "{} bytes", 7); },
      environment);
  ran([](step_context& ctx) { ctx.log(runtime::log_line::level::info, "unheard"); });
  EXPECT_EQ(lines, std::vector<std::string>{"7 bytes"});
}

TEST(step_registry, an_asynchronous_step_is_found_but_not_run_as_a_blocking_one) {
  step_registry steps;
  steps.add("slow", asynchronous_step([](step_context&, const payload&, auto) {}));
  ASSERT_NE(steps.find("slow"), nullptr);
  EXPECT_TRUE(std::holds_alternative<asynchronous_step>(*steps.find("slow")));
  EXPECT_EQ(steps.run(attempt_of("slow"), {}).result, outcome::not_found);
}

}  // namespace
}  // namespace perdure
