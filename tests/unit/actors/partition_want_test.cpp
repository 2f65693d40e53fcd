// Who claims: a partition that a node wants and does not own (docs/adr/0007-who-claims.md).

#include <gmock/gmock.h>

#include "runtime/record.hpp"
#include "tests/unit/actors/gate.hpp"
#include "tests/unit/actors/memory_node.hpp"

namespace perdure::actors {
namespace {

using runtime::errc;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::script_run;

inline constexpr step<std::string(std::string)> work{"work"};

workflow<std::string> one_step(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.step(work, input);
}

class partition_want_test : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::add_script(world_.offered, {{"one_step", &one_step}});
    world_.offered.add_step(work, [this](const std::string& in) {
      if (in.starts_with("wait")) gate_.pass();
      return "<" + in + ">";
    });
    world_.options.want = partition_want::no;
  }
  void TearDown() override {
    gate_.open();
    world_.crash();
  }
  void want(partition_want what) {
    for (const std::uint32_t i : {1U, 2U}) world_.node->want(runtime::partition_index(i), what);
  }
  void wait_until_all_are(const std::string& state) {
    while (true) {
      const auto status = world_.client().status();
      ASSERT_TRUE(status);
      if (std::ranges::all_of(status->partitions,
                              [&](const auto& one) { return one.state == state; }))
        return;
      std::this_thread::yield();
    }
  }
  std::vector<std::uint64_t> epochs() {
    std::vector<std::uint64_t> all;
    for (const auto& one : world_.client().status()->partitions) all.push_back(one.current.value);
    return all;
  }
  /// As another node would, over the epoch that stands.
  void another_claims(std::uint32_t partition) {
    runtime::wire::Claim claim;
    claim.set_session(7);
    claim.set_node("another");
    claim.set_replaces(epochs().at(partition - 1));
    std::string bytes;
    runtime::encode_record(bytes, {runtime::record_kind::claim, world_.clock.now(), {}}, claim);
    world_.log.put(runtime::partition_index(partition), std::move(bytes));
  }

  gate gate_;
  memory_node world_{memory_log::batches::single};
  passing_time passes_{world_.clock};
};

TEST_F(partition_want_test, what_a_node_does_not_want_it_reads_only) {
  world_.start();
  EXPECT_THAT(epochs(), Each(0u)) << "nobody has claimed";
  wait_until_all_are("reader");
  const auto started = world_.client().start("one_step", "a", "x");
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, errc::unavailable);
  EXPECT_THAT(started.error().message, HasSubstr("another node's"));
  const auto result = world_.client().result("a", runtime::duration{0});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, errc::unavailable) << "it may be there, not read yet";
}

TEST_F(partition_want_test, what_it_wants_it_claims_and_hands_over_when_it_wants_it_no_more) {
  world_.start();
  want(partition_want::now);
  wait_until_all_are("owner");
  EXPECT_EQ(world_.client().run("one_step", "a", "x"), "<x>");
  want(partition_want::no);
  wait_until_all_are("reader");
  want(partition_want::when_left);
  wait_until_all_are("owner");
  EXPECT_EQ(world_.client().run("one_step", "b", "y"), "<y>") << "handed over, so it is free";
}

TEST_F(partition_want_test, a_step_that_runs_ends_before_its_partition_is_handed_over) {
  world_.start();
  want(partition_want::now);
  wait_until_all_are("owner");
  ASSERT_TRUE(world_.client().start("one_step", "a", "wait"));
  gate_.wait_for(1);
  want(partition_want::no);
  while (world_.client().start("one_step", "b", "b")) std::this_thread::yield();
  gate_.open();
  wait_until_all_are("reader");
  want(partition_want::now);
  wait_until_all_are("owner");
  EXPECT_EQ(world_.client().end_of("a"), "<wait>");
}

TEST_F(partition_want_test, what_another_takes_it_takes_back_only_if_it_wants_it_now) {
  world_.start();
  want(partition_want::now);
  wait_until_all_are("owner");
  const auto before = epochs();
  another_claims(1);
  while (epochs()[0] <= before[0] + 1) std::this_thread::yield();
  wait_until_all_are("owner");
  want(partition_want::when_left);
  another_claims(1);
  while (world_.client().status()->partitions[0].state != "reader") std::this_thread::yield();
  EXPECT_EQ(world_.client().status()->partitions[1].state, "owner");
  want(partition_want::now);
  wait_until_all_are("owner");
}

TEST_F(partition_want_test, what_makes_a_partition_one_is_appended_until_it_landed) {
  world_.options.want = partition_want::now;
  world_.log.fail_others(1, memory_log::fate::lost);
  world_.begin();
  while (!world_.client().status()->ready) world_.clock.pass(runtime::milliseconds(5));
  EXPECT_EQ(world_.client().run("one_step", "a", "x"), "<x>");
}

}  // namespace
}  // namespace perdure::actors
