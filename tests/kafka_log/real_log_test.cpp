#include <array>
#include <condition_variable>
#include <thread>

#include <gmock/gmock.h>

#include "tests/kafka_log/driven_kafka_log.hpp"
#include "tests/kafka_log/log_load.hpp"
#include "tests/kafka_log/real_broker.hpp"
#include "transport/kafka/kafka_topics.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;
using runtime::partition_index;
using ::testing::HasSubstr;

/// A topic of two partitions, 1 and 2, of a real broker.
class real_log : public ::testing::Test {
 protected:
  real_log() : broker_(real_broker::of_this_program()), topic_(broker_.fresh_name()) {
    broker_.create(topic_, 2);
    log_ = std::make_unique<driven_kafka_log>(
        broker_.options(), std::vector<transport::kafka_topic>{
                               {topic_, topic_, {partition_index(1), partition_index(2)}}});
  }
  void open() {
    const auto opened = log_->open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  /// The partition is lost within a minute, and the reason says so.
  void expect_regressed(std::uint32_t partition) {
    ASSERT_TRUE(log_->wait_until([&] { return log_->lost_now().contains(partition); }));
    const auto why = log_->lost().at(partition);
    EXPECT_EQ(why.code, errc::corrupt);
    EXPECT_THAT(why.message, HasSubstr("log_regressed: topic " + topic_));
    EXPECT_EQ(log_->append({{partition, "x"}}).error().code, errc::corrupt);
  }

  real_broker& broker_;
  const std::string topic_;
  std::unique_ptr<driven_kafka_log> log_;
};

TEST_F(real_log, nothing_is_lost_or_doubled_when_the_broker_is_killed_under_load) {
  open();
  log_load load(*log_);
  load.go_on_while([this] {
    broker_.kill();
    broker_.restart();
  });
  load.judge();
  EXPECT_TRUE(log_->lost().empty());
}

TEST_F(real_log, nothing_is_lost_or_doubled_when_the_broker_stands_still_for_seconds) {
  open();
  log_load load(*log_);
  load.go_on_while([this] {
    broker_.freeze();
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, std::chrono::seconds(5));
    broker_.thaw();
  });
  load.judge();
  EXPECT_TRUE(log_->lost().empty());
}

TEST_F(real_log, a_topic_that_was_deleted_and_made_anew_is_a_regress) {
  open();
  ASSERT_TRUE(log_->append({{1, "a"}}));
  ASSERT_TRUE(log_->append({{1, "b"}}));
  log_->wait_for_heard(2);
  broker_.remove(topic_);
  broker_.create(topic_, 2);
  expect_regressed(1);
  EXPECT_TRUE(log_->append({{2, "of a partition that held nothing"}}));
}

TEST_F(real_log, a_topic_that_is_gone_is_a_regress) {
  open();
  ASSERT_TRUE(log_->append({{1, "a"}}));
  log_->wait_for_heard(1);
  broker_.remove(topic_);
  expect_regressed(1);
}

TEST_F(real_log, a_topic_that_was_made_anew_and_filled_is_a_regress) {
  open();
  ASSERT_TRUE(log_->append({{1, "a"}}));
  log_->wait_for_heard(1);
  broker_.remove(topic_);
  broker_.create(topic_, 2);
  driven_kafka_log other(broker_.options(),
                         {{topic_, "", {partition_index(1), partition_index(2)}}});
  const auto opened = other.open();
  ASSERT_TRUE(opened) << opened.error().message;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(other.append({{1, "a"}}));
  expect_regressed(1);
}

TEST_F(real_log, records_that_were_deleted_are_a_regress_and_opening_finds_it_too) {
  open();
  ASSERT_TRUE(log_->append({{1, "a"}}));
  ASSERT_TRUE(log_->append({{1, "b"}}));
  log_->wait_for_heard(2);
  broker_.delete_records(topic_, 1);
  expect_regressed(1);
  log_->reopen();
  ASSERT_TRUE(log_->kafka().lost().contains(partition_index(1)));
  EXPECT_THAT(log_->kafka().lost().at(partition_index(1)).message, HasSubstr("begins at"));
  EXPECT_TRUE(log_->append({{2, "c"}}));
}

TEST_F(real_log, a_topic_that_was_made_to_take_less_refuses_bundles_and_nothing_else_is_harmed) {
  open();
  ASSERT_TRUE(log_->append({{1, "a"}}));
  broker_.set(topic_, "max.message.bytes", "20000");
  EXPECT_EQ(log_->append({{1, std::string(100'000, 'x')}}).error().code, errc::too_large);
  EXPECT_TRUE(log_->append({{1, "b"}}));
  EXPECT_EQ(log_->kafka().renewals(), 0U);
}

TEST_F(real_log, the_largest_request_goes_in) {
  open();
  std::string largest(log_->log().limit_bytes() - 4, 'x');
  for (std::size_t i = 0; i < largest.size(); ++i)
    largest[i] = static_cast<char>(i * 2'654'435'761U >> 11U);
  const auto at = log_->append({{1, largest}});
  ASSERT_TRUE(at) << at.error().message;
  log_->wait_for_heard(1);
  log_->reopen();
  EXPECT_EQ(log_->opened().front().bytes, largest);
}

TEST_F(real_log, how_far_was_read_is_told_to_the_group_for_dashboards) {
  open();
  ASSERT_TRUE(log_->append({{1, "a"}}));
  ASSERT_TRUE(log_->append({{1, "b"}}));
  ASSERT_TRUE(log_->append({{2, "c"}}));
  log_->wait_for_heard(3);
  log_->end();
  EXPECT_EQ(broker_.committed(topic_, topic_, 0), 2);
  EXPECT_EQ(broker_.committed(topic_, topic_, 1), 1);
}

TEST_F(real_log, rule_5_4_a_fresh_producer_goes_on_where_the_thrown_away_one_stood) {
  open();
  log_load load(*log_);
  for (std::uint64_t round = 0; round < 5; ++round) {
    for (std::uint32_t i = 0; i < 200; ++i) load.submit(i % 2);
    log_->kafka().break_producer();
    while (log_->kafka().renewals() <= round) std::this_thread::yield();
  }
  load.judge();
}

class real_topics : public ::testing::Test {
 protected:
  transport::wanted_topic wanted() const { return {topic_, 2, broker_.options().record_bytes()}; }
  std::unique_ptr<transport::kafka_topics> open() {
    return *transport::kafka_topics::open(broker_.options(), clock_);
  }

  real_broker& broker_ = real_broker::of_this_program();
  const std::string topic_ = broker_.fresh_name();
  transport::system_clock clock_;
};

TEST_F(real_topics, what_is_missing_is_said_and_then_made_with_the_right_settings) {
  const auto topics = open();
  const std::array all{wanted()};
  auto found = topics->check(all);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().is, "missing");
  std::vector<transport::topic_finding> advice;
  ASSERT_TRUE(topics->ensure(all, &advice));
  ASSERT_EQ(advice.size(), 1U);
  EXPECT_EQ(advice.front().setting, "replicas") << "there is one broker";
  ASSERT_TRUE(topics->ensure(all)) << "it is there";
  found = topics->check(all);
  EXPECT_EQ(refusal(*found), "");
  EXPECT_EQ(found->size(), 8U);
}

TEST_F(real_topics, a_wrong_setting_is_refused_with_what_it_is_and_the_command_that_mends_it) {
  broker_.create(topic_, 2);
  broker_.set(topic_, "retention.ms", "604800000");
  const auto topics = open();
  const std::array all{wanted()};
  const auto refused = topics->ensure(all);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid_argument);
  EXPECT_THAT(refused.error().message,
              HasSubstr("retention.ms is 604800000, should be -1: kafka-configs.sh"));
  broker_.set(topic_, "retention.ms", "-1");
  EXPECT_TRUE(topics->ensure(all));
}

TEST_F(real_topics, another_number_of_partitions_is_refused) {
  broker_.create(topic_, 3);
  const std::array all{wanted()};
  EXPECT_THAT(open()->ensure(all).error().message, HasSubstr("partitions is 3, should be 2"));
}

}  // namespace
}  // namespace perdure::testing
