#include <thread>

#include <gmock/gmock.h>

#include "tests/unit/actors/memory_node.hpp"

namespace perdure::actors {
namespace {

using ::testing::EndsWith;
using testing::script_run;

workflow<std::string> wait_for_word(context& ctx, script_run&, std::string input) {
  const auto word = co_await ctx.signal<std::string>("word");
  co_return input + word;
}

/// What the state only points at is read from the log, which may fail.
class log_reads : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::add_script(world_.offered, {{"wait_for_word", &wait_for_word}});
  }

  memory_node world_;
};

TEST_F(log_reads, a_journal_that_cannot_be_read_stops_the_partition_by_name_and_nothing_is_lost) {
  world_.start();
  ASSERT_TRUE(world_.client().start("wait_for_word", "a", "x"));
  while (world_.client().describe("a")->summary.turns == 0) std::this_thread::yield();
  world_.crash();  // the next one has no frame of it
  world_.start();
  world_.log.reads_fail = true;
  ASSERT_TRUE(world_.client().signal("a", "word", "!"));
  world_.wait_until_said("has stopped");
  EXPECT_TRUE(world_.has_said("the test's disk"));
  world_.crash();
  world_.log.reads_fail = false;
  world_.start();
  EXPECT_THAT(world_.client().end_of("a"), EndsWith("!"));
}

TEST_F(log_reads, a_log_that_cannot_be_read_for_a_while_is_read_again) {
  world_.start();
  ASSERT_TRUE(world_.client().start("wait_for_word", "a", "x"));
  while (world_.client().describe("a")->summary.turns == 0) std::this_thread::yield();
  world_.crash();  // the next one has no frame of it
  world_.start();
  world_.log.reads_unavailable = 3;
  const passing_time passes(world_.clock);
  ASSERT_TRUE(world_.client().signal("a", "word", "!"));
  EXPECT_THAT(world_.client().end_of("a"), EndsWith("!"));
  EXPECT_TRUE(world_.has_said("cannot read its log: the test's broker is away"));
}

}  // namespace
}  // namespace perdure::actors
