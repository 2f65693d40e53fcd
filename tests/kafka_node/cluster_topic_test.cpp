// The cluster's topic is deleted, or made anew: what its nodes say and do then (docs/operations.md,
// A cluster).

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/kafka_node/call_load.hpp"
#include "tests/kafka_node/cluster_world.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// And calls another namespace with what it was told.
workflow<std::string> waits(context& ctx, script_run&, std::string) {
  const auto word = co_await ctx.signal<std::string>("word");
  co_return co_await call_script(ctx, "legal", "answers_a_call", word);
}

class kafka_cluster_topic : public ::testing::Test {
 protected:
  kafka_cluster_topic() {
    for (auto& node : nodes_) offer_calls(*node.offered, {{"waits", &waits}});
  }
  const transport::kafka_options& kafka() { return nodes_[0].options.kafka; }
  std::string topic() { return transport::topic_of(kafka(), transport::cluster_name); }
  void make_anew() {
    broker_.remove(topic());
    broker_.create(topic(), 1);
  }
  void start_runs(int count) {
    for (int i = 0; i < count; ++i) {
      const auto started = nodes_[0].client().start("waits", fmt::format("{}", i));
      ASSERT_TRUE(started) << started.error().message;
    }
  }
  void expect_that_runs_go_on(int count) {
    for (int i = 0; i < count; ++i) {
      const auto id = fmt::format("{}", i);
      ASSERT_TRUE(nodes_[0].client().signal(id, "word", id));
      EXPECT_EQ(nodes_[0].client().end_of(id), "[" + id + "]");
    }
  }
  /// Where the topics of the namespaces end.
  std::vector<std::int64_t> ends() {
    std::vector<std::int64_t> all;
    for (const auto& space : nodes_[0].options.namespaces) {
      for (std::uint32_t number = 0; number < space.partitions; ++number)
        all.push_back(
            broker_.end_of(transport::topic_of(kafka(), space.name), static_cast<int>(number)));
    }
    return all;
  }

  cluster_world nodes_{2};
  real_broker& broker_ = real_broker::of_this_program();
};

TEST_F(kafka_cluster_topic, each_node_under_which_it_is_deleted_ends_and_says_what_to_do) {
  nodes_.start_all();
  nodes_.wait_until_shared_among({0, 1});
  broker_.remove(topic());
  for (auto& node : nodes_) {
    node.wait_until_said("FATAL: the cluster log cannot be followed: log_regressed: topic " +
                         topic());
    EXPECT_TRUE(node.has_said("bring this one back from a copy before any node starts again"));
    EXPECT_EQ(node.times_said("FATAL"), 1U);
  }
}

TEST_F(kafka_cluster_topic,
       the_work_is_safe_when_the_topic_is_made_anew_and_gives_the_same_places) {
  for (auto& node : nodes_) node.options.member.hand_over = 20;  // own heartbeats, 4 s
  nodes_.start_all();
  nodes_.wait_until_shared_among({0, 1});
  start_runs(20);
  broker_.remove(topic());
  for (auto& node : nodes_) {
    node.wait_until_said("FATAL");
    node.crash();
  }
  const auto refused = nodes_[0].begin();
  ASSERT_FALSE(refused) << "nobody has asked for a new one";
  EXPECT_EQ(refused.error().code, errc::invalid_argument);
  EXPECT_THAT(refused.error().message, HasSubstr("it was deleted. Bring it back from a copy"));
  EXPECT_THAT(refused.error().message, HasSubstr("--create --topic " + topic()));
  broker_.create(topic(), 1);
  nodes_.start_all();
  nodes_.wait_until_shared_among({0, 1});
  expect_that_runs_go_on(20);
  EXPECT_THAT(nodes_.fold_topics().problems, IsEmpty());
}

TEST_F(kafka_cluster_topic, one_that_gives_other_places_is_refused_by_name_and_harms_nothing) {
  auto& node = nodes_[0];
  node.start();
  start_runs(10);
  EXPECT_TRUE(node.stop());
  const auto before = ends();

  make_anew();
  auto& spaces = node.options.namespaces;
  std::swap(spaces[0], spaces[1]);  // the registry gives places in the order in which it hears
  const auto refused = node.begin();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid_argument);
  EXPECT_THAT(refused.error().message, HasSubstr("was made as partition"));
  EXPECT_THAT(refused.error().message,
              HasSubstr("the topics of two installations are mixed up, or the cluster's topic was "
                        "made anew"));
  std::swap(spaces[0], spaces[1]);
  EXPECT_EQ(ends(), before) << "nothing was written";
  EXPECT_FALSE(node.begin()) << "the first one who comes has said the places";

  make_anew();
  node.start();
  expect_that_runs_go_on(10);
}

}  // namespace
}  // namespace perdure::testing
