#include <future>

#include <gtest/gtest.h>

#include "tests/unit/actors/memory_node.hpp"

namespace perdure::actors {
namespace {

using answer = runtime::expected<runtime::payload>;

workflow<std::string> show_word(context& ctx, testing::script_run& run, std::string input) {
  run.shown = input;
  co_return co_await ctx.signal<std::string>("word");
}

/// A run that waits, and queries of it that nobody waits for.
class barrier : public ::testing::Test {
 protected:
  void begin(memory_node& on) {
    testing::add_script(on.offered, {{"show_word", &show_word}});
    on.start();
    ASSERT_TRUE(on.client().start("show_word", "a", "here"));
    while (on.client().describe("a")->summary.condition != "waiting") std::this_thread::yield();
  }
  static std::future<answer> query(memory_node& on) {
    const auto told = std::make_shared<std::promise<answer>>();
    on.node->client().query({{"team", "a", {}}, "shown", encode(std::string{})},
                            [told](answer value) { told->set_value(std::move(value)); });
    return told->get_future();
  }
};

TEST_F(barrier, rule_6_9_with_atomic_batches_there_is_none) {
  memory_node atomic;
  begin(atomic);
  atomic.log.hold_back();
  EXPECT_TRUE(query(atomic).get());
  atomic.log.let_go();
}

TEST_F(barrier, rule_6_9_where_several_write_the_log_it_is_read_back_first) {
  memory_node single(memory_log::batches::single);
  begin(single);
  single.log.hold_back();
  auto told = query(single);
  single.log.wait_for_waiting();
  EXPECT_EQ(told.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  single.log.let_go();
  const auto value = told.get();
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(decode<std::string>(*value), "here");
}

TEST_F(barrier, rule_6_9_who_lost_the_partition_and_has_not_read_so_answers_nothing) {
  memory_node single(memory_log::batches::single);
  begin(single);
  const auto status = single.client().describe("a");
  const auto epoch = single.client().status()->partitions.at(status->summary.partition).current;
  single.log.hold_back();
  runtime::wire::Claim claim;
  claim.set_session(7);
  claim.set_replaces(epoch.value);
  std::string bytes;
  runtime::encode_record(bytes, {runtime::record_kind::claim, single.clock.now(), {}}, claim);
  single.log.put(runtime::partition_index(status->summary.partition + 1), std::move(bytes));
  auto told = query(single);
  while (single.log.waiting() < 2) std::this_thread::yield();
  single.log.let_go();
  const auto value = told.get();
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, runtime::errc::unavailable) << value.error().message;
}

TEST_F(barrier, rule_6_9_a_query_whose_barrier_is_lost_may_be_asked_again) {
  memory_node single(memory_log::batches::single);
  begin(single);
  single.log.fail_others(1, memory_log::fate::lost);
  const auto value = query(single).get();
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, runtime::errc::unavailable) << value.error().message;
  EXPECT_TRUE(query(single).get());
}

}  // namespace
}  // namespace perdure::actors
