// Three real brokers, three replicas, two in sync at least: the leader of a partition is killed.

#include <thread>

#include <gmock/gmock.h>

#include "tests/kafka_log/driven_kafka_log.hpp"
#include "tests/kafka_log/log_load.hpp"
#include "tests/kafka_log/real_broker.hpp"
#include "transport/kafka/kafka_topics.hpp"

namespace perdure::testing {
namespace {

using runtime::partition_index;

const std::string topic = "replicated";

/// What the topic is, as `perdure kafka check` has it.
std::map<std::string, std::string> settings_of_topic(const transport::kafka_options& options) {
  const transport::system_clock clock;
  const std::array wanted{transport::wanted_topic{topic, 2, options.record_bytes()}};
  const auto topics = *transport::kafka_topics::open(options, clock);
  auto found = topics->check(wanted);
  while (found && found->front().is == "missing")
    found = topics->check(wanted);  // of a broker that does not know it yet
  std::map<std::string, std::string> settings;
  for (const auto& finding : *found) {
    EXPECT_EQ(finding.verdict, transport::topic_verdict::right) << finding.setting;
    settings[finding.setting] = finding.is;
  }
  return settings;
}

TEST(three_brokers, nothing_is_lost_doubled_or_out_of_order_when_a_leader_is_killed_under_load) {
  real_broker brokers({.brokers = 3});
  brokers.create(topic, 2);
  const auto settings = settings_of_topic(brokers.options());
  ASSERT_EQ(settings.at("replicas"), "3");
  ASSERT_EQ(settings.at("min.insync.replicas"), "2");
  driven_kafka_log log(brokers.options(),
                       {{topic, topic, {partition_index(1), partition_index(2)}}});
  const auto opened = log.open();
  ASSERT_TRUE(opened) << opened.error().message;

  log_load load(log);
  load.go_on_while([&] {
    const auto leader = brokers.leader_of(topic, 0);
    ASSERT_GT(leader, 0);
    brokers.kill(leader);
    // More than were on their way to the dead one.
    load.wait_for_more(1, std::size_t{2} * log_load::submitters * log_load::window);
    EXPECT_NE(brokers.leader_of(topic, 0), leader);
    brokers.restart(leader);
  });
  EXPECT_TRUE(log.lost().empty());
  EXPECT_EQ(log.kafka().renewals(), 0U);
  load.judge();
}

TEST(three_brokers, a_partition_whose_only_replica_is_away_waits_for_it_and_is_no_regress) {
  real_broker brokers({.brokers = 3});
  auto options = brokers.options();
  options.replication = 1;
  options.properties = {{"topic.metadata.refresh.interval.ms", "500"}};  // else it takes minutes
  const transport::system_clock clock;
  const std::array wanted{transport::wanted_topic{topic, 1, options.record_bytes()}};
  ASSERT_TRUE((*transport::kafka_topics::open(options, clock))->ensure(wanted));
  driven_kafka_log log(options, {{topic, topic, {partition_index(1)}}});
  const auto opened = log.open();
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_TRUE(log.append({{1, "before"}}));
  log.wait_for_heard(1);

  const auto only = brokers.leader_of(topic, 0);
  brokers.kill(only);
  const auto meanwhile = log.submit({{1, "meanwhile"}});
  while (brokers.leader_of(topic, 0) == only) std::this_thread::yield();
  const auto until = clock.monotonic() + runtime::seconds(15);  // in which the watch looks often
  while (clock.monotonic() < until && log.lost().empty()) {
    EXPECT_EQ(brokers.leader_of(topic, 0), -1);
  }
  brokers.restart(only);
  EXPECT_TRUE(log.outcome(meanwhile));
  log.wait_for_heard(2);
  EXPECT_TRUE(log.lost().empty()) << log.lost().begin()->second.message;
}

// A topic that one broker has and another does not know yet is no error.
TEST(three_brokers, a_topic_that_was_just_made_can_be_looked_at_whichever_broker_answers) {
  real_broker brokers({.brokers = 3});
  const transport::system_clock clock;
  const auto options = brokers.options();
  for (int i = 0; i < 30; ++i) {
    const std::array wanted{
        transport::wanted_topic{brokers.fresh_name(), 2, options.record_bytes()}};
    const auto topics = *transport::kafka_topics::open(options, clock);
    const auto made = topics->ensure(wanted);
    ASSERT_TRUE(made) << i << ": " << made.error().message;
    const auto found = topics->check(wanted);
    ASSERT_TRUE(found) << i << ": " << found.error().message;
  }
}

}  // namespace
}  // namespace perdure::testing
