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
      ++attempts_;
      if (in.starts_with("wait")) gate_.pass();
      return "<" + in + ">";
    });
    world_.options.want = partition_want::no;
    world_.on_holder = [this](runtime::partition_index partition, runtime::session_id session,
                              runtime::offset view) {
      const std::scoped_lock lock(mutex_);
      holders_[partition.value] = {session.value, view.value};
    };
  }
  void TearDown() override {
    gate_.open();
    world_.crash();
  }
  void want(partition_want what) {
    for (const std::uint32_t i : {1U, 2U}) world_.node->want(runtime::partition_index(i), {what});
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

  /// As another node would, for a client of its own.
  void another_accepts(const std::string& id) {
    runtime::wire::Start start;
    start.set_workflow_id(id);
    start.set_agent("test.Agent");
    start.set_operation("one_step");
    start.set_request_key("another's");
    start.set_policy(1);
    std::string bytes;
    runtime::encode_record(
        bytes, {runtime::record_kind::start, world_.clock.now(), runtime::slot_of(id)}, start);
    world_.log.put(partition_of(id), std::move(bytes));
  }
  static runtime::partition_index partition_of(const std::string& id) {
    return runtime::partition_index(1 + runtime::slot_of(id).value % 2U);
  }
  static std::string id_beside(const std::string& id) {
    int number = 0;
    while (partition_of(fmt::format("beside {}", number)) != partition_of(id)) ++number;
    return fmt::format("beside {}", number);
  }
  bool has_record(runtime::record_kind kind) const {
    return std::ranges::any_of(world_.log.records(), [kind](const auto& record) {
      return runtime::record_view::parse(record.bytes)->front().kind == kind;
    });
  }
  /// Session and view, by partition.
  std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> holders() {
    const std::scoped_lock lock(mutex_);
    return holders_;
  }

  std::mutex mutex_;
  std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> holders_;
  std::atomic<int> attempts_ = 0;
  gate gate_;
  memory_node world_{memory_log::batches::single};
  passing_time passes_{world_.clock};
};

TEST_F(partition_want_test, what_a_node_does_not_want_it_reads_and_takes_requests_for) {
  world_.start();
  EXPECT_THAT(epochs(), Each(0u)) << "nobody has claimed";
  wait_until_all_are("reader");
  ASSERT_TRUE(world_.client().start("one_step", "a", "x"));
  const auto result = world_.client().result("a", runtime::duration{0});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->status, runtime::run_status::open) << "it waits for an owner";
  const auto unknown = world_.client().result("b", runtime::duration{0});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, errc::not_found) << "all that the log holds was read";
  const auto asked = world_.client().query("a", "any");
  ASSERT_FALSE(asked);
  EXPECT_THAT(asked.error().message, HasSubstr("another node's"));
  want(partition_want::now);
  EXPECT_EQ(world_.client().end_of("a"), "<x>");
}

// What another node has acknowledged is in the log, and may not be read here yet.
TEST_F(partition_want_test, rule_6_9_who_does_not_own_a_partition_reads_behind_a_barrier) {
  world_.start();
  wait_until_all_are("reader");
  world_.log.hold_back();
  another_accepts("a");
  std::promise<runtime::expected<runtime::run_details>> told;
  auto answer = told.get_future();
  world_.node->client().describe({"team", "a", {}},
                                 [&told](auto details) { told.set_value(std::move(details)); });
  const auto is_told = [&] {
    return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  while (!is_told() && world_.log.waiting() < 2) std::this_thread::yield();
  world_.log.let_go();
  const auto details = answer.get();
  ASSERT_TRUE(details) << details.error().message;
  EXPECT_EQ(details->summary.workflow_id, "a");
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
  const auto beside = id_beside("a");
  EXPECT_EQ(world_.client().run("one_step", beside, "b"), "<b>") << "it is served on";
  gate_.open();
  wait_until_all_are("reader");
  want(partition_want::now);
  wait_until_all_are("owner");
  EXPECT_EQ(world_.client().end_of("a"), "<wait>");
  EXPECT_EQ(attempts_, 2) << "nothing was begun again";
}

TEST_F(partition_want_test, a_step_that_takes_too_long_is_begun_again_and_its_first_result_counts) {
  world_.options.drain = runtime::milliseconds(50);
  world_.start();
  want(partition_want::now);
  wait_until_all_are("owner");
  ASSERT_TRUE(world_.client().start("one_step", "a", "wait"));
  gate_.wait_for(1);
  want(partition_want::no);
  wait_until_all_are("reader");
  EXPECT_EQ(attempts_, 1);
  gate_.open();
  while (!has_record(runtime::record_kind::step_result)) std::this_thread::yield();
  want(partition_want::now);
  EXPECT_EQ(world_.client().end_of("a"), "<wait>");
  EXPECT_EQ(attempts_, 1) << "the result of who had handed over was taken";
}

TEST_F(partition_want_test, now_overrides_only_the_session_that_it_names) {
  world_.start();
  const auto now = [this](std::uint64_t session) {
    for (const std::uint32_t i : {1U, 2U})
      world_.node->want(runtime::partition_index(i),
                        {partition_want::now, runtime::session_id(session), runtime::offset(77)});
  };
  another_claims(1);
  while (epochs()[0] == 0) std::this_thread::yield();
  now(6);
  while (world_.client().status()->partitions[1].state != "owner") std::this_thread::yield();
  EXPECT_EQ(world_.client().status()->partitions[0].state, "claiming") << "session 7 lives";
  now(7);
  wait_until_all_are("owner");
  const auto states = holders();
  EXPECT_EQ(states.at(1).second, 77U) << "the claim says what its node had read";
  EXPECT_EQ(states.at(1).first, states.at(2).first);
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
