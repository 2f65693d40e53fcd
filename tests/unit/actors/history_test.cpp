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

class history : public ::testing::Test {
 protected:
  history() {
    testing::add_script(world_.offered, {{"fails", &fails}, {"waits", &waits}});
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
