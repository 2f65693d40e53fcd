#include <gmock/gmock.h>

#include "transport/kafka/topic_rules.hpp"

namespace perdure::transport {
namespace {

using ::testing::HasSubstr;

const wanted_topic wanted{"perdure.team", 8, 925'696};

const std::string access = "--bootstrap-server a:9092";

described_topic good(std::uint32_t replicas = 3) {
  return {8, replicas, topic_settings(wanted, replicas)};
}

topic_finding wrong_one(const described_topic& is) {
  topic_finding found;
  int count = 0;
  for (auto& one : judge_topic(wanted, is, access)) {
    if (one.verdict != topic_verdict::wrong) continue;
    found = one;
    ++count;
  }
  EXPECT_EQ(count, 1);
  return found;
}

TEST(topic_rules, what_a_node_makes_is_right) {
  for (const auto& one : judge_topic(wanted, good(), access)) {
    EXPECT_EQ(one.verdict, topic_verdict::right) << one.setting;
    EXPECT_EQ(one.advice, "");
  }
}

TEST(topic_rules, the_command_that_makes_a_topic_gives_it_what_a_node_would) {
  const auto command = creation(wanted, 3, access);
  EXPECT_THAT(command, HasSubstr("kafka-topics.sh --bootstrap-server a:9092 --create --topic "
                                 "perdure.team --partitions 8 --replication-factor 3 --config "));
  for (const auto& [name, value] : topic_settings(wanted, 3)) {
    EXPECT_THAT(command, HasSubstr(" --config " + name + "=" + value));
  }
}

TEST(topic_rules, each_setting_that_could_lose_records_is_refused_with_the_command_that_mends_it) {
  for (const auto& [setting, bad] :
       {std::pair{"cleanup.policy", "compact"}, std::pair{"cleanup.policy", "compact,delete"},
        std::pair{"retention.ms", "604800000"}, std::pair{"retention.bytes", "1073741824"},
        std::pair{"unclean.leader.election.enable", "true"}, std::pair{"min.insync.replicas", "1"},
        std::pair{"max.message.bytes", "925695"}, std::pair{"max.message.bytes", "much"}}) {
    auto is = good();
    is.settings[setting] = bad;
    const auto found = wrong_one(is);
    EXPECT_EQ(found.setting, setting);
    EXPECT_EQ(found.is, bad);
    EXPECT_THAT(found.advice, HasSubstr("kafka-configs.sh --bootstrap-server a:9092 --alter "
                                        "--entity-type topics --entity-name perdure.team "
                                        "--add-config " +
                                        std::string(setting) + "="));
    EXPECT_THAT(
        refusal(judge_topic(wanted, is, access)),
        HasSubstr("topic perdure.team: " + std::string(setting) + " is " + bad + ", should be "));
  }
}

TEST(topic_rules, a_setting_that_the_brokers_do_not_tell_is_not_taken_for_right) {
  auto is = good();
  is.settings.erase("retention.ms");
  EXPECT_EQ(wrong_one(is).is, "unknown");
}

TEST(topic_rules, an_empty_topic_with_too_few_partitions_is_to_get_more) {
  auto is = good();
  is.partitions = 4;
  EXPECT_EQ(
      wrong_one(is).advice,
      "kafka-topics.sh --bootstrap-server a:9092 --alter --topic perdure.team --partitions 8");
}

TEST(topic_rules, a_used_topic_with_too_few_partitions_is_never_to_get_more) {
  auto is = good();
  is.partitions = 4;
  is.used = 4;
  EXPECT_THAT(wrong_one(is).advice, HasSubstr("set the namespace's partitions to 4"));
  is.used = 2;  // somebody has added some
  EXPECT_THAT(wrong_one(is).advice, HasSubstr("set the namespace's partitions to 2"));
}

TEST(topic_rules, a_topic_that_is_used_beyond_the_number_wanted_is_refused) {
  auto is = good();
  is.partitions = 16;
  is.used = 16;
  EXPECT_THAT(wrong_one(is).advice, HasSubstr("set the namespace's partitions to 16"));
}

TEST(topic_rules, partitions_beyond_those_wanted_do_no_harm) {
  auto is = good();
  is.partitions = 9;
  is.used = 8;
  const auto all = judge_topic(wanted, is, access);
  EXPECT_EQ(refusal(all), "");
  EXPECT_EQ(all[0].setting, "partitions");
  EXPECT_EQ(all[0].verdict, topic_verdict::advised);
}

TEST(topic_rules, few_replicas_are_said_and_not_refused) {
  const auto all = judge_topic(wanted, good(1), access);
  EXPECT_EQ(refusal(all), "");
  EXPECT_EQ(all[1].setting, "replicas");
  EXPECT_EQ(all[1].verdict, topic_verdict::advised);
}

TEST(topic_rules, where_records_are_deleted_smaller_segments_are_advised) {
  const wanted_topic cluster{"perdure.cluster", 1, 925'696, 16'777'216};
  described_topic is{1, 3, topic_settings(cluster, 3)};
  for (const auto& one : judge_topic(cluster, is, access))
    EXPECT_EQ(one.verdict, topic_verdict::right) << one.setting;
  for (const auto* bad : {"1073741824", "much", "0"}) {
    is.settings["segment.bytes"] = bad;
    const auto all = judge_topic(cluster, is, access);
    EXPECT_EQ(refusal(all), "");
    EXPECT_EQ(all.back().setting, "segment.bytes");
    EXPECT_EQ(all.back().verdict, topic_verdict::advised);
    EXPECT_THAT(all.back().advice, HasSubstr("--add-config segment.bytes=16777216"));
  }
}

TEST(topic_rules, a_topic_is_made_with_one_replica_only_where_there_is_one_broker) {
  EXPECT_EQ(replicas_of_new(3, 3), 3U);
  EXPECT_EQ(replicas_of_new(2, 3), 3U) << "Kafka refuses that, and says why";
  EXPECT_EQ(replicas_of_new(1, 3), 1U);
  EXPECT_EQ(replicas_of_new(0, 3), std::nullopt) << "it is not known yet";
}

}  // namespace
}  // namespace perdure::transport
