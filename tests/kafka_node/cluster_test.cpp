// Several nodes on one broker (docs/adr/0012-a-node-in-the-cluster.md): three in this process, each
// with threads, clients and a data directory of its own.

#include <atomic>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/kafka_node/cluster_world.hpp"
#include "transport/kafka/kafka_fetcher.hpp"
#include "transport/system_clock.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;
using ::testing::HasSubstr;

inline constexpr step<std::string(std::string)> work{"work"};

workflow<std::string> three_steps(context& ctx, script_run&, std::string input) {
  for (int i = 0; i < 3; ++i) input = co_await ctx.step(work, input);
  co_return input;
}
workflow<std::string> echo(context&, script_run&, std::string input) { co_return input; }
workflow<std::string> calls(context& ctx, script_run&, std::string input) {
  std::string all;
  for (int i = 0; i < 3; ++i) {
    all += co_await call_script(ctx, "legal", "echo", fmt::format("{}{} ", input, i),
                                {.workflow_id = fmt::format("of {} {}", input, i)});
  }
  co_return all;
}
workflow<std::string> calls_late(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.call<std::string>({"legal", "late.Agent", "echo"}, input,
                                           {.workflow_id = "the late one"});
}
workflow<std::string> word(context& ctx, script_run&, std::string) {
  co_return co_await ctx.signal<std::string>("word");
}

workflow<std::string> collects(context& ctx, script_run& run, std::string) {
  while (true) {
    const auto one = co_await ctx.signal<std::string>("word");
    if (one == "end") co_return run.shown;
    run.shown += one;
  }
}

class kafka_cluster_test : public ::testing::Test {
 protected:
  kafka_cluster_test() {
    for (auto& node : nodes_) offer(node);
  }
  void offer(kafka_world& to, agent_options agent = {.name = "test.Agent", .build = "build 1"}) {
    to.offered = std::make_unique<registry>("build 1");
    add_script(*to.offered,
               {{"three_steps", &three_steps},
                {"echo", &echo},
                {"calls", &calls},
                {"calls_late", &calls_late},
                {"word", &word},
                {"collects", &collects}},
               std::move(agent));
    to.offered->add_step(work, [this](step_context& ctx, const std::string& in) {
      ++attempts_;
      while (holds_ && !ctx.is_cancelled()) std::this_thread::yield();
      return in + "+";
    });
  }
  void start_all() { nodes_.start_all(); }
  void wait_until_shared_among(const std::set<std::size_t>& nodes) {
    nodes_.wait_until_shared_among(nodes);
  }
  runtime::expected<runtime::drain_reply> drain(std::size_t through, const std::string& node,
                                                runtime::membership::drain_wish wish) {
    return blocking_client::ask<runtime::drain_reply>([&](auto reply) {
      nodes_[through].node->client().drain_node(node, wish, std::move(reply));
    });
  }
  void start_runs(std::size_t through, const std::string& operation, int count,
                  const std::string& prefix) {
    for (int i = 0; i < count; ++i) {
      const auto id = fmt::format("{} {}", prefix, i);
      const auto started = nodes_[through].client().start(operation, id, id);
      ASSERT_TRUE(started) << started.error().message;
    }
  }
  /// Whoever is asked. Runs of the others end.
  void expect_no_handler_where_node_2_owns(const std::string& prefix, int count) {
    const auto who = nodes_.owners();
    int waiting = 0;
    for (int i = 0; i < count; ++i) {
      const auto id = fmt::format("{} {}", prefix, i);
      const auto partition = nodes_[0].client().describe(id)->summary.partition;
      if (!who.at(fmt::format("team/{}", partition)).contains(2)) {
        EXPECT_EQ(nodes_[2].client().end_of(id), id);
        continue;
      }
      ++waiting;
      for (auto& node : nodes_) {
        EXPECT_EQ(node.client().describe(id)->summary.condition, "no_handler");
        const auto listed = node.client().list({});
        const auto it = std::ranges::find(listed->runs, id, &runtime::run_summary::workflow_id);
        ASSERT_NE(it, listed->runs.end());
        EXPECT_EQ(it->condition, "no_handler");
      }
    }
    EXPECT_GT(waiting, 0);
  }
  /// `value`: with {} for the run's id.
  void expect_ends(std::size_t through, int count, const std::string& prefix,
                   const std::string& value) {
    for (int i = 0; i < count; ++i) {
      const auto id = fmt::format("{} {}", prefix, i);
      EXPECT_EQ(nodes_[through].client().end_of(id), fmt::format(fmt::runtime(value), id));
    }
  }

  /// Views come many times a second, and what is before them goes as quickly.
  void trim_quickly() {
    for (auto& node : nodes_) {
      node.options.member.heartbeat = runtime::milliseconds(20);
      node.options.member.suspect_after = 50;
      node.options.member.view_every = 40;
      node.options.trim_cluster_every = runtime::milliseconds(300);
    }
  }
  transport::kafka_fetcher::ends ends_of_cluster_log() {
    const auto& kafka = nodes_[0].options.kafka;
    const auto fetcher = transport::kafka_fetcher::open(kafka, clock_);
    const auto ends = (*fetcher)->ends_of(
        {transport::topic_of(kafka, transport::cluster_name), "", 0, runtime::partition_index(1)},
        runtime::seconds(60));
    if (!ends) throw std::runtime_error(ends.error().message);
    return *ends;
  }
  std::int64_t first_of_cluster_log() { return ends_of_cluster_log().first; }

  transport::system_clock clock_;
  cluster_world nodes_{3};
  std::atomic<bool> holds_ = false;
  std::atomic<int> attempts_ = 0;
};

TEST_F(kafka_cluster_test, three_nodes_that_start_at_once_found_one_installation_and_share_it) {
  start_all();
  wait_until_shared_among({0, 1, 2});
  start_runs(0, "calls", 20, "run");
  for (std::size_t through = 0; through < 3; ++through)
    expect_ends(through, 20, "run", "{0}0 {0}1 {0}2 ");
}

TEST_F(kafka_cluster_test, any_node_takes_requests_and_tells_results) {
  start_all();
  wait_until_shared_among({0, 1, 2});
  start_runs(1, "word", 10, "run");
  for (int i = 0; i < 10; ++i) {
    const auto id = fmt::format("run {}", i);
    EXPECT_EQ(nodes_[2].client().describe(id)->summary.workflow_id, id) << "read behind a barrier";
    ASSERT_TRUE(nodes_[2].client().signal(id, "word", "told"));
  }
  expect_ends(0, 10, "run", "told");
  const auto unknown = nodes_[0].client().result("nobody", runtime::duration{0});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, errc::not_found);
}

TEST_F(kafka_cluster_test, rule_6_9_a_query_sees_every_write_through_whatever_node_it_comes) {
  start_all();
  wait_until_shared_among({0, 1, 2});
  start_runs(1, "collects", 9, "run");
  std::string written;
  for (const auto* one : {"a", "b", "c"}) {
    written += one;
    for (int i = 0; i < 9; ++i) {
      const auto id = fmt::format("run {}", i);
      ASSERT_TRUE(nodes_[static_cast<std::size_t>(i) % 3].client().signal(id, "word", one));
      for (auto& node : nodes_) EXPECT_EQ(node.client().query(id), written);
    }
  }
  for (auto& node : nodes_) {
    EXPECT_EQ(node.client().query("nobody").error().code, errc::not_found);
    EXPECT_EQ(node.client().query("run 0", "unknown").error().code,
              nodes_[0].client().query("run 0", "unknown").error().code);
  }
}

TEST_F(kafka_cluster_test, a_query_outlives_the_owner_of_its_partition) {
  start_all();
  wait_until_shared_among({0, 1, 2});
  start_runs(0, "collects", 12, "run");
  for (int i = 0; i < 12; ++i) {
    const auto id = fmt::format("run {}", i);
    ASSERT_TRUE(nodes_[1].client().signal(id, "word", id));
    EXPECT_EQ(nodes_[0].client().query(id), id) << "links are up";
  }
  nodes_[2].crash();
  const auto died = clock_.monotonic();
  for (int i = 0; i < 12; ++i) {
    const auto id = fmt::format("run {}", i);
    for (const std::size_t through : {0U, 1U}) EXPECT_EQ(nodes_[through].client().query(id), id);
  }
  EXPECT_LT(clock_.monotonic() - died, runtime::seconds(10));
  EXPECT_TRUE(nodes_[1].stop());
  for (int i = 0; i < 12; ++i) {
    const auto id = fmt::format("run {}", i);
    EXPECT_EQ(nodes_[0].client().query(id), id);
  }
  nodes_[2].start();
  for (int i = 0; i < 12; ++i) {
    const auto id = fmt::format("run {}", i);
    for (const std::size_t through : {0U, 2U}) EXPECT_EQ(nodes_[through].client().query(id), id);
  }
}

TEST_F(kafka_cluster_test, every_node_knows_which_agents_live_where_and_starts_them_all) {
  offer(nodes_[2], {.name = "other.Agent", .build = "build 2"});
  start_all();
  wait_until_shared_among({0, 1, 2});
  using host = runtime::agent_host;
  std::vector<host> hosts;
  for (const auto* space : {"closed", "legal", "team"}) {
    hosts.push_back({space, "other.Agent", "node 2", "build 2"});
    hosts.push_back({space, "test.Agent", "node 0", "build 1"});
    hosts.push_back({space, "test.Agent", "node 1", "build 1"});
  }
  for (auto& node : nodes_) EXPECT_EQ(node.node->client().agent_hosts(), hosts);

  start_runs(2, "echo", 12, "run");  // node 2 has not what it starts
  expect_no_handler_where_node_2_owns("run", 12);
  ASSERT_TRUE(drain(0, "node 2", runtime::membership::drain_wish::drain));
  expect_ends(2, 12, "run", "{}");
  auto nobodys = nodes_[0].client().request("echo", "nobody's");
  nobodys.agent = "nobody.Agent";
  EXPECT_EQ(nodes_[2].client().start(nobodys).error().code, errc::not_found);
}

TEST_F(kafka_cluster_test, a_call_to_an_agent_that_nobody_has_waits_for_a_node_that_has_it) {
  using runtime::membership::drain_wish;
  nodes_[0].start();
  nodes_[1].start();
  wait_until_shared_among({0, 1});
  ASSERT_TRUE(nodes_[0].client().start("calls_late", "caller", "word"));
  const auto condition = [this](std::size_t through) {
    const auto found = nodes_[through].client("legal").describe("the late one");
    return found ? found->summary.condition : "";
  };
  for (const std::size_t i : {0U, 1U}) {
    while (condition(i) != "no_handler") std::this_thread::yield();
    EXPECT_EQ(nodes_[i].client("legal").list({})->runs.front().condition, "no_handler");
  }
  offer(nodes_[2], {.name = "late.Agent", .build = "build 1"});
  nodes_[2].start();
  for (const auto* node : {"node 0", "node 1"}) ASSERT_TRUE(drain(2, node, drain_wish::drain));
  EXPECT_EQ(nodes_[0].client("legal").end_of("the late one"), "word");
  for (const auto* node : {"node 0", "node 1"}) ASSERT_TRUE(drain(2, node, drain_wish::undo));
  EXPECT_EQ(nodes_[2].client().end_of("caller"), "word");
}

TEST_F(kafka_cluster_test,
       what_a_dead_node_owned_goes_on_elsewhere_and_waiting_clients_hear_of_it) {
  start_all();
  wait_until_shared_among({0, 1, 2});
  start_runs(0, "word", 30, "run");
  start_runs(0, "three_steps", 30, "steps");
  std::vector<std::jthread> clients;
  std::atomic<int> told = 0;
  for (int i = 0; i < 30; ++i) {
    clients.emplace_back([this, i, &told] {
      if (nodes_[1].client().end_of(fmt::format("run {}", i)) == "told") ++told;
    });
  }
  nodes_[2].crash();
  wait_until_shared_among({0, 1});
  nodes_[0].wait_until_said("node 'node 2' has gone");
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(nodes_[0].client().signal(fmt::format("run {}", i), "word", "told"));
  clients.clear();
  EXPECT_EQ(told, 30);
  expect_ends(0, 30, "steps", "{}+++");
  nodes_[2].start();
  wait_until_shared_among({0, 1, 2});
}

TEST_F(kafka_cluster_test, a_node_that_ends_hands_over_and_nothing_is_begun_again) {
  start_all();
  wait_until_shared_among({0, 1, 2});
  start_runs(0, "three_steps", 30, "run");
  EXPECT_TRUE(nodes_[1].stop());
  wait_until_shared_among({0, 2});
  expect_ends(2, 30, "run", "{}+++");
  nodes_[0].wait_until_said("node 'node 1' has left");
  EXPECT_FALSE(nodes_[0].has_said("has gone"));
}

TEST_F(kafka_cluster_test, a_node_that_joins_takes_its_share_while_work_goes_on) {
  nodes_[0].start();
  wait_until_shared_among({0});
  std::atomic<bool> going = true;
  std::atomic<int> runs = 0;
  std::jthread load([this, &going, &runs] {
    for (; going; ++runs)
      EXPECT_EQ(nodes_[0].client().run("three_steps", fmt::format("load {}", runs.load()), "x"),
                "x+++");
  });
  nodes_[1].start();
  nodes_[2].start();
  wait_until_shared_among({0, 1, 2});
  going = false;
  load.join();
  EXPECT_GT(runs, 0);
}

TEST_F(kafka_cluster_test, who_starts_reads_the_newest_of_the_cluster_log_or_all_of_it) {
  for (auto& node : nodes_) {
    node.options.member.heartbeat = runtime::milliseconds(20);
    node.options.member.view_every = 20;
  }
  nodes_[0].start();
  nodes_[0].wait_until_said("view by");
  nodes_[1].options.newest_cluster_records = 60;  // a view is among them
  nodes_[2].options.newest_cluster_records = 1;   // and here is none
  nodes_[1].start();
  nodes_[2].start();
  wait_until_shared_among({0, 1, 2});
}

TEST_F(kafka_cluster_test,
       what_nobody_needs_of_the_cluster_log_is_deleted_and_who_comes_finds_its_way) {
  trim_quickly();
  nodes_[0].start();
  nodes_[1].start();
  nodes_[1].wait_until_said("joined");
  while (first_of_cluster_log() == 0) std::this_thread::yield();
  nodes_[2].start();
  wait_until_shared_among({0, 1, 2});
  start_runs(2, "calls", 5, "run");
  nodes_[0].crash();
  nodes_[0].start();
  wait_until_shared_among({0, 1, 2});
  expect_ends(0, 5, "run", "{0}0 {0}1 {0}2 ");
}

TEST_F(kafka_cluster_test, two_processes_of_one_name_are_told_and_the_older_ends) {
  nodes_[0].start();
  nodes_[1].options.node.name = nodes_[0].options.node.name;
  nodes_[1].start();
  nodes_[0].wait_until_said("FATAL");
  EXPECT_TRUE(nodes_[0].has_said("give each process a name of its own"));
}

TEST_F(kafka_cluster_test, another_number_of_partitions_than_the_clusters_is_refused) {
  nodes_[0].start();
  nodes_[1].options.namespaces[0].partitions = 5;
  const auto opened = nodes_[1].open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("set it back to 4"));
}

TEST_F(kafka_cluster_test, who_a_cluster_drains_owns_nothing_until_that_is_undone) {
  start_all();
  wait_until_shared_among({0, 1, 2});
  using runtime::membership::drain_wish;
  ASSERT_TRUE(drain(0, "node 1", drain_wish::drain));
  wait_until_shared_among({0, 2});
  EXPECT_EQ(drain(0, "node 9", drain_wish::drain).error().code, errc::not_found);
  const auto again = drain(2, "node 1", drain_wish::drain);
  EXPECT_EQ(again.error().code, errc::failed_state) << "it is so already";
  ASSERT_TRUE(drain(2, "node 1", drain_wish::undo));
  wait_until_shared_among({0, 1, 2});
}

}  // namespace
}  // namespace perdure::testing
