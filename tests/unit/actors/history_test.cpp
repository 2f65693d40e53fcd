#include <gmock/gmock.h>

#include "runtime/failure.hpp"
#include "tests/unit/actors/memory_node.hpp"

namespace perdure::actors {
namespace {

using runtime::control_verb;
using runtime::history_event;
using runtime::outcome;
using testing::script_run;

workflow<std::string> fails(context&, script_run&, std::string input) {
  throw failure("no_luck", input);
  co_return input;
}

workflow<std::string> waits(context& ctx, script_run&, std::string) {
  co_return co_await ctx.signal<std::string>("word");
}

inline constexpr step<std::vector<std::string>(std::string, int)> repeat{"repeat"};

workflow<std::string> repeats(context& ctx, script_run&, std::string input) {
  const auto all = co_await ctx.step(repeat, input, 2);
  co_return all.at(1);
}

class history : public ::testing::Test {
 protected:
  history() {
    testing::add_script(world_.offered,
                        {{"fails", &fails}, {"waits", &waits}, {"repeats", &repeats}});
    world_.offered.add_step(repeat, [](const std::string& in, int times) {
      return std::vector<std::string>(static_cast<std::size_t>(times), in);
    });
    world_.start();
  }

  history_event last_of(const std::string& id) {
    auto events = world_.client().history(id);
    return events && !events->empty() ? events->back() : history_event();
  }

  memory_node world_;
};

std::string reason_of(const history_event& event) {
  const auto failure = runtime::decode_failure(event.body.view());
  return failure ? failure->message : failure.error().message;
}

TEST_F(history, says_what_a_step_was_given_and_gave_back) {
  ASSERT_EQ(world_.client().run("repeats", "a", "x"), "x");
  const auto events = world_.client().history("a");
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 4U);
  const auto& scheduled = events->at(1);
  EXPECT_EQ(scheduled.kind, "step_scheduled");
  EXPECT_EQ(to_text(scheduled.body_type), "(string, number)");
  EXPECT_EQ(scheduled.body.view(), (encode_arguments<std::string, int>("x", 2).view()));
  const auto& completed = events->at(2);
  EXPECT_EQ(completed.kind, "step_completed");
  EXPECT_EQ(to_text(completed.body_type), "list<string>");
  EXPECT_EQ(decode<std::vector<std::string>>(completed.body), (std::vector<std::string>{"x", "x"}));
  EXPECT_EQ(completed.attempt, 1U);
  EXPECT_EQ(completed.build, "test build");
}

TEST_F(history, tells_how_a_run_ended_that_did_not_complete) {
  world_.client().run("fails", "failed", "it is Monday");
  auto event = last_of("failed");
  EXPECT_EQ(event.kind, "failed");
  EXPECT_EQ(event.result, outcome::failed);
  EXPECT_EQ(reason_of(event), "it is Monday");

  ASSERT_TRUE(world_.client().start("waits", "cancelled"));
  ASSERT_TRUE(world_.client().control("cancelled", control_verb::cancel));
  world_.client().end_of("cancelled");
  event = last_of("cancelled");
  EXPECT_EQ(event.kind, "cancelled");
  EXPECT_EQ(event.result, outcome::cancelled);

  ASSERT_TRUE(world_.client().start("waits", "terminated"));
  ASSERT_TRUE(world_.client().control("terminated", control_verb::terminate));
  world_.client().end_of("terminated");
  event = last_of("terminated");
  EXPECT_EQ(event.kind, "terminated");
  EXPECT_EQ(event.result, outcome::terminated);

  auto late = world_.client().request("waits", "late");
  late.timeout = runtime::milliseconds(3);
  ASSERT_TRUE(world_.client().start(late));
  const passing_time passes(world_.clock);
  world_.client().end_of("late");
  event = last_of("late");
  EXPECT_EQ(event.kind, "timed_out");
  EXPECT_EQ(event.result, outcome::timed_out);
}

}  // namespace
}  // namespace perdure::actors
