// Three nodes on three brokers, three replicas: one broker dies under load and comes back.

#include <gmock/gmock.h>

#include "tests/kafka_node/call_load.hpp"
#include "tests/kafka_node/cluster_world.hpp"

namespace perdure::testing {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

TEST(kafka_nodes_on_three_brokers, all_go_on_when_the_leader_of_the_cluster_topic_is_killed) {
  real_broker brokers({.brokers = 3});
  cluster_world nodes(3, brokers);
  for (auto& node : nodes) {
    offer_calls(*node.offered);
    for (auto& space : node.options.namespaces) space.retention_runs = 50'000;
  }
  nodes.start_all();
  nodes.wait_until_shared_among({0, 1, 2});
  call_load load({&nodes[0], &nodes[1], &nodes[2]}, 2);
  load.wait_for_more(10);

  const auto topic = transport::topic_of(nodes[0].options.kafka, transport::cluster_name);
  const auto leader = brokers.leader_of(topic, 0);
  ASSERT_GT(leader, 0);
  brokers.kill(leader);
  load.wait_for_more(20);
  EXPECT_NE(brokers.leader_of(topic, 0), leader);
  nodes.wait_until_shared_among({0, 1, 2});
  for (std::size_t through = 0; through < 3; ++through)
    EXPECT_THAT(nodes.states(through), AllOf(SizeIs(3), Each(Pair(_, "present"))));
  brokers.restart(leader);
  load.wait_for_more(20);
  load.stop();

  for (auto& node : nodes) load.judge(node, node);
  EXPECT_THAT(nodes.fold_topics().problems, IsEmpty());
  EXPECT_FALSE(nodes[0].has_said("topic " + topic + ": replicas is"));
  for (auto& node : nodes) {
    EXPECT_FALSE(node.has_said("has stopped"));
    EXPECT_FALSE(node.has_said("FATAL"));
    EXPECT_TRUE(node.stop());
  }
}

}  // namespace
}  // namespace perdure::testing
