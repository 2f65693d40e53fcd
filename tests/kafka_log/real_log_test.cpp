#include <array>
#include <condition_variable>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>

#include "tests/kafka_log/driven_kafka_log.hpp"
#include "tests/kafka_log/log_load.hpp"
#include "tests/kafka_log/real_broker.hpp"
#include "transport/kafka/bundle_place.hpp"
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
    log_ = std::make_unique<driven_kafka_log>(broker_.options(), log_topics());
  }
  void open() {
    const auto opened = log_->open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  /// Under load.
  void expect_all_kept_when_the_broker_is_killed() {
    open();
    log_load load(*log_);
    load.go_on_while([this] {
      broker_.kill();
      broker_.restart();
    });
    load.judge();
    EXPECT_TRUE(log_->lost().empty());
  }
  /// The partition is lost within a minute, and the reason says so.
  void expect_regressed(std::uint32_t partition) {
    ASSERT_TRUE(log_->wait_until([&] { return log_->lost_now().contains(partition); }));
    const auto why = log_->lost().at(partition);
    EXPECT_EQ(why.code, errc::corrupt);
    EXPECT_THAT(why.message, HasSubstr("log_regressed: topic " + topic_));
    EXPECT_EQ(log_->append({{partition, "x"}}).error().code, errc::corrupt);
  }

  std::vector<transport::kafka_topic> log_topics() const {
    return {{topic_, topic_, {partition_index(1), partition_index(2)}}};
  }

  real_broker& broker_;
  const std::string topic_;
  std::unique_ptr<driven_kafka_log> log_;
};

TEST_F(real_log, nothing_is_lost_or_doubled_when_the_broker_is_killed_under_load) {
  expect_all_kept_when_the_broker_is_killed();
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

// docs/adr/0016-fetches-in-bulk.md
TEST_F(real_log, what_others_append_is_heard_once_and_in_order_whatever_the_pace) {
  open();
  driven_kafka_log follower(log_->options, log_topics());
  const auto opened = follower.open();
  ASSERT_TRUE(opened) << opened.error().message;
  append_at_changing_pace(*log_, follower);
}

TEST_F(real_log, nothing_is_lost_or_doubled_at_a_changing_pace) {
  open();
  log_load load(*log_);
  load.go_on_at_changing_pace();
  load.judge();
  EXPECT_TRUE(log_->lost().empty());
}

// docs/adr/0018-a-bundle-waits-for-answers.md
TEST_F(real_log,
       nothing_is_lost_or_doubled_while_bundles_wait_for_answers_and_the_broker_is_killed) {
  log_->options.bundle_wait_us = 2'000;
  expect_all_kept_when_the_broker_is_killed();
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

// As after an unclean election, or with a disk that was put back.
TEST_F(real_log, records_that_are_gone_from_the_end_are_a_regress) {
  open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(log_->append({{1, std::string(1'000, 'x')}}));
  log_->wait_for_heard(10);
  const auto file = broker_.file_of(topic_, 0);
  broker_.kill();
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  broker_.restart();
  EXPECT_LT(broker_.end_of(topic_, 0), 10);
  expect_regressed(1);
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

TEST_F(real_log, how_far_was_applied_is_told_to_the_group_for_dashboards) {
  EXPECT_EQ(broker_.committed(topic_, topic_, 0), RD_KAFKA_OFFSET_INVALID)
      << "and a broker that has just started has a coordinator now";
  open();
  ASSERT_TRUE(log_->append({{1, "a"}}));
  ASSERT_TRUE(log_->append({{1, "b"}}));
  ASSERT_TRUE(log_->append({{2, "c"}}));
  log_->wait_for_heard(3);
  log_->end();
  EXPECT_EQ(broker_.committed(topic_, topic_, 0), 2);
  EXPECT_EQ(broker_.committed(topic_, topic_, 1), 1);

  log_->applied = [](partition_index) { return runtime::offset{}; };  // another's
  open();
  ASSERT_TRUE(log_->append({{1, "d"}}));
  log_->wait_for_heard(1);
  log_->end();
  EXPECT_EQ(broker_.committed(topic_, topic_, 0), 2);

  // In the midst of a bundle: the whole of it is yet to be done.
  log_->applied = [](partition_index partition) {
    return partition == partition_index(1) ? transport::to_offset({1, 0}) : runtime::offset{};
  };
  open();
  log_->end();
  EXPECT_EQ(broker_.committed(topic_, topic_, 0), 1);
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

/// A topic whose oldest records may go, as the cluster log's.
class real_trimming : public ::testing::Test {
 protected:
  real_trimming() { broker_.create(topic_, 1); }
  std::unique_ptr<driven_kafka_log> open(transport::kafka_options options) {
    auto log = std::make_unique<driven_kafka_log>(
        std::move(options),
        std::vector<transport::kafka_topic>{
            {topic_, "", {partition_index(1)}, 1'000, runtime::milliseconds(100)}});
    const auto opened = log->open();
    EXPECT_TRUE(opened) << opened.error().message;
    return log;
  }
  std::int64_t first() {
    const transport::system_clock clock;
    const auto fetcher = transport::kafka_fetcher::open(broker_.options(), clock);
    const auto ends =
        (*fetcher)->ends_of({topic_, "", 0, partition_index(1)}, runtime::seconds(60));
    EXPECT_TRUE(ends) << ends.error().message;
    return ends ? ends->first : -1;
  }

  real_broker& broker_ = real_broker::of_this_program();
  const std::string topic_ = broker_.fresh_name();
};

TEST_F(real_trimming, what_is_not_needed_is_deleted_and_all_that_is_comes_at_the_next_opening) {
  const auto log = open(broker_.options());
  runtime::offset kept;
  for (int i = 0; i < 10; ++i) {
    const auto at = log->append({{1, std::to_string(i)}});
    ASSERT_TRUE(at);
    if (i == 6) kept = *at;
  }
  log->wait_for_heard(10);
  ASSERT_TRUE(log->log().trim(kept));
  EXPECT_TRUE(log->wait_until_said("what is before Kafka's offset 6 was deleted"));
  EXPECT_EQ(first(), 6);
  ASSERT_TRUE(log->append({{1, "10"}})) << "what goes on is not harmed";
  log->wait_for_heard(11);
  EXPECT_TRUE(log->lost().empty());
  log->reopen();
  EXPECT_EQ(log->opened().size(), 5U);
  EXPECT_FALSE(log->kafka().is_read_whole(partition_index(1)));
}

// The bytes that the watch would compare are gone, and that is no regress.
TEST_F(real_trimming, who_reads_on_takes_what_was_deleted_behind_it_for_no_loss) {
  const auto log = open(broker_.options());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(log->append({{1, std::to_string(i)}}));
  log->wait_for_heard(5);
  broker_.delete_records(topic_, 5);
  const transport::system_clock clock;
  const auto until = clock.monotonic() + runtime::seconds(7);
  while (clock.monotonic() < until && log->lost().empty()) {
    ASSERT_TRUE(log->append({{1, "x"}}));
  }
  EXPECT_TRUE(log->lost().empty()) << log->lost().begin()->second.message;
  EXPECT_FALSE(log->has_said("before it was read here"));
}

TEST_F(real_trimming, who_stood_still_while_its_next_record_was_deleted_is_told_of_the_hole) {
  auto options = broker_.options();
  // One fetch ahead at most, so that there is something that was not read.
  options.properties.push_back({"queued.min.messages", "1"});
  const auto slow = open(options);
  const auto other = open(broker_.options());
  ASSERT_TRUE(other->append({{1, "first"}}));
  slow->wait_for_heard(1);
  slow->stand_still();
  const std::string large(500'000, 'x');
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(other->append({{1, large}}));
  broker_.delete_records(topic_, 18);
  slow->go_on();
  ASSERT_TRUE(slow->wait_until([&] { return slow->forgotten_now().contains(1); }));
  ASSERT_TRUE(other->append({{1, "last"}}));
  const auto told = [&] { return slow->heard_of(1); };
  while (told().back().bytes != "last") std::this_thread::yield();
  const auto before = slow->forgotten_now().at(1);
  EXPECT_LT(before, 18U);
  EXPECT_EQ(told().size(), before + 4) << "18, 19, 20, and the last";
  EXPECT_EQ(told()[before].at, transport::to_offset({18, 0}).value);
  EXPECT_TRUE(slow->lost().empty());
  EXPECT_TRUE(slow->has_said("before it was read here"));
}

TEST_F(real_trimming, what_cannot_be_deleted_is_said_and_tried_again) {
  const auto log = open(broker_.options());
  runtime::offset last;
  for (int i = 0; i < 3; ++i) last = *log->append({{1, "x"}});
  log->wait_for_heard(3);
  broker_.freeze();
  ASSERT_TRUE(log->log().trim(last));
  EXPECT_TRUE(log->wait_until_said("could not be deleted, which is tried again later"));
  broker_.thaw();
  EXPECT_TRUE(log->wait_until_said("what is before Kafka's offset 2 was deleted"));
  EXPECT_EQ(first(), 2);
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

TEST_F(real_topics, fewer_partitions_are_refused_and_more_do_no_harm) {
  broker_.create(topic_, 1);
  const std::array all{wanted()};
  EXPECT_THAT(open()->ensure(all).error().message, HasSubstr("partitions is 1, should be 2"));
  broker_.add_partitions(topic_, 3);
  EXPECT_TRUE(open()->ensure(all));
}

}  // namespace
}  // namespace perdure::testing
