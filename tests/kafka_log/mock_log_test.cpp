#include <array>
#include <chrono>
#include <fstream>
#include <future>
#include <optional>
#include <semaphore>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "tests/kafka_log/driven_kafka_log.hpp"
#include "tests/kafka_log/log_load.hpp"
#include "tests/kafka_log/mock_cluster.hpp"
#include "tests/unit/transport/temporary_directory.hpp"
#include "transport/kafka/bundle_format.hpp"
#include "transport/kafka/bundle_place.hpp"
#include "transport/kafka/client_complaints.hpp"
#include "transport/kafka/kafka_clients.hpp"
#include "transport/kafka/kafka_watch.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;
using runtime::offset;
using transport::place_of;

/// A topic of two partitions, 1 and 2, on one broker that is no broker.
class mock_log : public ::testing::Test {
 protected:
  mock_log() {
    brokers_.create_topic("perdure.team", 2);
    log_.options = brokers_.options();
  }
  void open() {
    const auto opened = log_.open();
    ASSERT_TRUE(opened) << opened.error().message;
  }

  static std::vector<transport::kafka_topic> log_topics() {
    return {{"perdure.team",
             "perdure.team",
             {runtime::partition_index(1), runtime::partition_index(2)}}};
  }

  mock_cluster brokers_;
  driven_kafka_log log_{{}, log_topics()};
};

TEST_F(mock_log, what_is_appended_is_heard_and_read_again) {
  open();
  const auto at = log_.append({{1, "hello"}});
  ASSERT_TRUE(at) << at.error().message;
  EXPECT_EQ(place_of(*at), (transport::bundle_place{0, 0}));
  log_.wait_for_heard(1);
  EXPECT_EQ(log_.heard(), (std::vector<told_record>{{at->value, 1, "hello"}}));
  log_.reopen();
  EXPECT_EQ(log_.opened(), (std::vector<told_record>{{at->value, 1, "hello"}}));
}

TEST_F(mock_log, what_waits_while_a_bundle_travels_goes_in_one) {
  open();
  ASSERT_TRUE(log_.append({{1, "first"}}));
  brokers_.set_down(1);
  std::vector<std::size_t> numbers;
  for (int i = 0; i < 100; ++i) numbers.push_back(log_.submit({{1, std::to_string(i)}}));
  brokers_.set_up(1);
  std::set<std::int64_t> bundles;
  for (const auto number : numbers) {
    const auto at = log_.outcome(number);
    ASSERT_TRUE(at) << at.error().message;
    bundles.insert(place_of(*at).bundle);
  }
  EXPECT_LE(bundles.size(), 2U) << "one on its way when the broker went, and all that waited";
  log_.wait_for_heard(101);
  EXPECT_EQ(log_.heard_of(1).size(), 101U);
}

TEST_F(mock_log, a_request_over_the_limit_is_refused_and_harms_nobody) {
  open();
  const auto before = log_.submit({{1, "before"}});
  const auto large = log_.submit({{1, std::string(log_.log().limit_bytes(), 'x')}});
  const auto after = log_.submit({{1, "after"}});
  EXPECT_TRUE(log_.outcome(before));
  EXPECT_EQ(log_.outcome(large).error().code, errc::too_large);
  EXPECT_TRUE(log_.outcome(after));
  EXPECT_EQ(log_.order(), (std::vector{before, large, after}));
  const auto largest = log_.append({{1, std::string(log_.log().limit_bytes() - 4, 'x')}});
  EXPECT_TRUE(largest) << largest.error().message;
}

TEST_F(mock_log, a_bundle_that_the_topic_does_not_take_is_too_large_and_the_next_one_goes) {
  open();
  ASSERT_TRUE(log_.append({{1, "before"}}));
  brokers_.answer_with(mock_cluster::produce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  EXPECT_EQ(log_.append({{1, "large"}}).error().code, errc::too_large);
  EXPECT_TRUE(log_.append({{1, "after"}}));
  EXPECT_EQ(log_.kafka().renewals(), 0U);
}

TEST_F(mock_log, errors_that_pass_are_tried_again_until_it_landed_once) {
  open();
  ASSERT_TRUE(log_.append({{1, "before"}}));
  brokers_.answer_with(
      mock_cluster::produce,
      {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
       RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS});
  const auto at = log_.append({{1, "after"}});
  ASSERT_TRUE(at) << at.error().message;
  log_.wait_for_heard(2);
  EXPECT_EQ(log_.heard_of(1).size(), 2U);
}

TEST_F(mock_log, errors_of_fetching_cost_time_only) {
  open();
  ASSERT_TRUE(log_.append({{1, "before"}}));
  log_.wait_for_heard(1);
  brokers_.answer_with(mock_cluster::fetch,
                       {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART});
  ASSERT_TRUE(log_.append({{1, "after"}}));
  log_.wait_for_heard(2);
  EXPECT_EQ(log_.heard_of(1).back().bytes, "after");
  EXPECT_TRUE(log_.lost().empty());
}

// docs/adr/0015-acknowledged-is-read.md
TEST_F(mock_log, what_was_acknowledged_next_after_what_was_read_is_heard_without_a_fetch) {
  open();
  ASSERT_TRUE(log_.append({{1, "before"}}));
  log_.wait_for_heard(1);
  constexpr std::size_t longer_than_any_wait = 10'000;
  brokers_.answer_with(mock_cluster::fetch,
                       std::vector(longer_than_any_wait, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT));
  for (const auto* record : {"1", "2", "3"}) ASSERT_TRUE(log_.append({{1, record}}));
  log_.wait_for_heard(4);
  EXPECT_EQ(log_.heard_of(1).back().bytes, "3");
}

TEST_F(mock_log, what_was_acknowledged_behind_anothers_record_is_heard_behind_it) {
  open();
  ASSERT_TRUE(log_.append({{1, "before"}}));
  log_.wait_for_heard(1);
  driven_kafka_log other(log_.options, {{"perdure.team", "", {runtime::partition_index(1)}}});
  const auto opened = other.open();
  ASSERT_TRUE(opened) << opened.error().message;
  constexpr std::size_t some = 4;
  brokers_.answer_with(mock_cluster::fetch, std::vector(some, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT));
  for (const auto* round : {"1", "2", "3"}) {
    ASSERT_TRUE(other.append({{1, std::string("theirs ") + round}}));
    ASSERT_TRUE(log_.append({{1, std::string("mine ") + round}}));
  }
  log_.wait_for_heard(7);
  other.wait_for_heard(6);
  const auto heard = log_.heard_of(1);
  std::vector<std::string> texts;
  for (const auto& one : heard) texts.push_back(one.bytes);
  EXPECT_EQ(texts, (std::vector<std::string>{"before", "theirs 1", "mine 1", "theirs 2", "mine 2",
                                             "theirs 3", "mine 3"}));
  EXPECT_EQ(other.heard_of(1), std::vector(heard.begin() + 1, heard.end()));
}

// docs/adr/0016-fetches-in-bulk.md
TEST_F(mock_log, what_others_append_is_heard_once_and_in_order_whatever_the_pace) {
  open();
  driven_kafka_log follower(log_.options, log_topics());
  const auto opened = follower.open();
  ASSERT_TRUE(opened) << opened.error().message;
  append_at_changing_pace(log_, follower);
}

TEST_F(mock_log, what_comes_alone_in_bulk_comes_soon) {
  open();
  driven_kafka_log follower(log_.options, log_topics());
  const auto opened = follower.open();
  ASSERT_TRUE(opened) << opened.error().message;
  follower.kafka().pin(transport::pace::in_bulk);
  std::size_t appended = 0;
  const auto append = [&] {
    ASSERT_TRUE(log_.append({{1, "alone"}}));
    follower.wait_for_heard(++appended);
  };
  while (follower.kafka().fetching() != transport::pace::in_bulk) append();
  for (int i = 0; i < 3; ++i) append();
}

TEST_F(mock_log, nothing_is_lost_or_doubled_at_a_changing_pace) {
  open();
  log_load load(log_);
  load.go_on_at_changing_pace();
  load.judge();
  EXPECT_TRUE(log_.lost().empty());
}

// docs/adr/0018-a-bundle-waits-for-answers.md
TEST_F(mock_log, nothing_is_lost_or_doubled_while_bundles_wait_for_answers) {
  log_.options.bundle_wait_us = 2'000;
  open();
  log_load load(log_);
  load.go_on_while([&load] { load.wait_for_more(1, 2'000); });
  load.judge();
}

TEST_F(mock_log, appends_wait_while_no_broker_is_there) {
  open();
  ASSERT_TRUE(log_.append({{1, "before"}}));
  brokers_.set_down(1);
  const auto waits = log_.submit({{1, "waits"}});
  const auto also = log_.submit({{2, "also"}});
  EXPECT_EQ(log_.outcomes(), 1U);
  brokers_.set_up(1);
  EXPECT_TRUE(log_.outcome(waits));
  EXPECT_TRUE(log_.outcome(also));
  log_.wait_for_heard(3);
}

TEST_F(mock_log, rule_5_4_after_a_fatal_error_all_on_its_way_is_unknown_and_a_fresh_one_goes_on) {
  open();
  ASSERT_TRUE(log_.append({{1, "before"}}));
  brokers_.set_down(1);
  const auto flies = log_.submit({{1, "flies"}});
  // The first that is thrown away may not have it yet: then the next one does.
  while (log_.outcomes() == 1) {
    const auto before = log_.kafka().renewals();
    log_.kafka().break_producer();
    while (log_.kafka().renewals() == before) std::this_thread::yield();
  }
  const auto outcome = log_.outcome(flies);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::outcome_unknown);
  const auto after = log_.submit({{1, "after"}});
  brokers_.set_up(1);
  EXPECT_TRUE(log_.outcome(after));
  EXPECT_TRUE(log_.has_said("fatal"));
}

TEST_F(mock_log, producers_can_be_thrown_away_again_and_again_under_load) {
  open();
  std::vector<std::size_t> numbers;
  for (std::uint64_t round = 0; round < 20; ++round) {
    for (std::uint32_t i = 0; i < 50; ++i) numbers.push_back(log_.submit({{1 + i % 2, "x"}}));
    log_.outcome(numbers[numbers.size() - 25]);
    log_.kafka().break_producer();
    while (log_.kafka().renewals() <= round) std::this_thread::yield();
  }
  std::size_t landed = 0;
  for (const auto number : numbers) {
    const auto outcome = log_.outcome(number);
    landed += outcome ? 1 : 0;
    if (!outcome) EXPECT_EQ(outcome.error().code, errc::outcome_unknown);
  }
  log_.wait_for_heard(landed);
  EXPECT_LE(log_.heard().size(), numbers.size()) << "none twice";
}

TEST_F(mock_log, an_append_that_times_out_where_it_may_be_is_unknown) {
  log_.options.append_timeout_ms = 1'000;
  open();
  ASSERT_TRUE(log_.append({{1, "before"}}));
  brokers_.answer_with(mock_cluster::produce,
                       std::vector(1'000, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT));
  const auto outcome = log_.append({{1, "late"}});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::outcome_unknown) << outcome.error().message;
}

TEST_F(mock_log, an_append_that_never_left_is_known_not_to_be_there) {
  log_.options.append_timeout_ms = 1'000;
  open();
  ASSERT_TRUE(log_.append({{1, "before"}}));
  brokers_.set_down(1);
  const auto outcome = log_.append({{2, "never"}});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::unavailable) << outcome.error().message;
}

TEST_F(mock_log, a_client_that_is_full_is_tried_again) {
  // One message of 1 KiB at a time is all that it takes.
  log_.options.properties.push_back({"queue.buffering.max.messages", "1"});
  open();
  std::vector<std::size_t> numbers;
  for (std::uint32_t i = 0; i < 200; ++i) numbers.push_back(log_.submit({{1 + i % 2, "x"}}));
  for (const auto number : numbers) EXPECT_TRUE(log_.outcome(number));
  log_.wait_for_heard(200);
}

TEST_F(mock_log, a_partition_that_it_does_not_have_is_refused_by_name) {
  open();
  EXPECT_EQ(log_.append({{3, "x"}}).error().code, errc::invalid_argument);
  EXPECT_FALSE(log_.log().read_at(runtime::partition_index(3), std::vector{offset(65'536)}));
}

TEST_F(mock_log, what_no_node_wrote_stops_its_partition_by_name_and_no_other) {
  open();
  auto client = transport::make_producer(log_.options);
  auto topic = transport::make_topic(**client, "perdure.team");
  std::string text = "by hand";
  ASSERT_EQ(rd_kafka_produce(topic->get(), 0, RD_KAFKA_MSG_F_COPY, text.data(), text.size(),
                             nullptr, 0, nullptr),
            0);
  EXPECT_TRUE(log_.wait_until([this] { return !log_.lost_now().empty(); }));
  ASSERT_TRUE(log_.lost().contains(1));
  EXPECT_EQ(log_.lost().at(1).code, errc::corrupt);
  EXPECT_EQ(log_.append({{1, "x"}}).error().code, errc::corrupt);
  EXPECT_TRUE(log_.append({{2, "x"}}));
  log_.reopen();
  EXPECT_TRUE(log_.kafka().lost().contains(runtime::partition_index(1)));
  EXPECT_EQ(log_.opened().size(), 1U);
  topic->reset();
}

TEST_F(mock_log, closing_answers_everything) {
  open();
  brokers_.set_down(1);
  const auto flies = log_.submit({{1, "x"}});
  const auto waits = log_.submit({{1, "y"}});
  log_.end();
  EXPECT_FALSE(log_.outcome(flies));
  EXPECT_FALSE(log_.outcome(waits));
}

TEST_F(mock_log, closing_ends_soon_though_no_broker_takes_how_far_was_read) {
  open();
  ASSERT_TRUE(log_.append({{1, "before"}}));
  log_.wait_for_heard(1);
  brokers_.set_down(1);
  const auto outcome = log_.submit({{2, "waits"}});
  const auto ended = std::async(std::launch::async, [this] { log_.end(); });
  EXPECT_EQ(ended.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  ended.wait();
  EXPECT_FALSE(log_.outcome(outcome));
}

TEST_F(mock_log, opening_fails_by_name_when_no_broker_is_there) {
  log_.options.bootstrap_servers = "127.0.0.1:1";
  log_.options.opening_timeout_ms = 500;
  const auto opened = log_.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::unavailable);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("Kafka's client says: "));
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("Connection refused"));
}

// To librdkafka a negative time is one without end: a check of topics whose time was over by a
// hair waited for ever.
TEST(mock_times, a_time_that_is_over_is_no_wait_without_end) {
  EXPECT_EQ(transport::in_ms(runtime::seconds(2)), 2'000);
  EXPECT_EQ(transport::in_ms(runtime::duration{-1}), 0);
  EXPECT_EQ(transport::in_ms(runtime::milliseconds(-1)), 0);
}

TEST(mock_complaints, what_a_client_says_is_taken_kept_and_forgotten) {
  transport::kafka_options options;
  options.bootstrap_servers = "127.0.0.1:1";
  const auto client = transport::make_consumer(options, transport::reading::places);
  ASSERT_TRUE(client) << client.error().message;
  transport::client_complaints complaints(**client);
  const transport::kafka_queue events(rd_kafka_queue_get_main(client->get()));
  const rd_kafka_metadata_t* told = nullptr;
  constexpr int soon_ms = 200;
  while (rd_kafka_queue_length(events.get()) == 0) {
    ASSERT_NE(rd_kafka_metadata(client->get(), 0, nullptr, &told, soon_ms),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  while (complaints.words().empty()) std::this_thread::yield();
  EXPECT_EQ(complaints.refusal(), std::nullopt) << "nobody was there to refuse";
  EXPECT_EQ(rd_kafka_queue_length(events.get()), 0U);
  complaints.forget();
  EXPECT_EQ(complaints.words(), "");
}

TEST(mock_complaints, a_secret_that_librdkafka_quotes_is_not_shown) {
  const transport::temporary_directory directory;
  const auto secret = directory.path() + "/secret";
  std::ofstream(secret) << "principal=me let-me-in";
  transport::kafka_options options;
  options.bootstrap_servers = "127.0.0.1:1";
  options.properties = {{"security.protocol", "SASL_PLAINTEXT"},
                        {"sasl.mechanisms", "OAUTHBEARER"},
                        {"enable.sasl.oauthbearer.unsecure.jwt", "true"},
                        {"sasl.oauthbearer.config", "file:" + secret}};
  const auto asked = transport::make_consumer(options, transport::reading::places);
  const auto heard = transport::make_consumer(options, transport::reading::places);
  ASSERT_TRUE(asked && heard) << asked.error().message;
  transport::client_complaints complaints(**asked);
  std::optional<runtime::error> refusal;
  while (!(refusal = complaints.refusal())) std::this_thread::yield();
  std::string lines;
  const transport::kafka_queue events(rd_kafka_queue_get_main(heard->get()));
  while (!lines.contains("OAUTHBEARER")) {
    constexpr int soon_ms = 200;
    const transport::kafka_event event(rd_kafka_queue_poll(events.get(), soon_ms));
    if (event) transport::pass_on(*event, [&](int, std::string_view line) { lines += line; });
  }
  for (const auto& shown : {refusal->message, complaints.words(), lines}) {
    EXPECT_THAT(shown, ::testing::HasSubstr("sasl.oauthbearer.config"));
    EXPECT_THAT(shown, ::testing::Not(::testing::HasSubstr("let-me-in")));
  }
}

TEST_F(mock_log, of_a_topic_whose_oldest_may_go_only_the_newest_are_read) {
  open();
  for (const auto* record : {"0", "1", "2", "3", "4"}) ASSERT_TRUE(log_.append({{1, record}}));
  driven_kafka_log newest(log_.options, {{"perdure.team", "", {runtime::partition_index(1)}, 2}});
  const auto opened = newest.open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_FALSE(newest.kafka().is_read_whole(runtime::partition_index(1)));
  ASSERT_EQ(newest.opened().size(), 2U);
  EXPECT_EQ(newest.opened().front().bytes, "3");
  ASSERT_TRUE(newest.append({{1, "5"}}));
  newest.wait_for_heard(1);
  EXPECT_EQ(newest.heard().front().bytes, "5");
  EXPECT_TRUE(newest.lost().empty());
  EXPECT_TRUE(log_.kafka().is_read_whole(runtime::partition_index(1)));
}

// The reader may be quicker than the watch: what it read last is the new topic's then, and only
// what it read before tells one from the other.
TEST_F(mock_log, a_topic_that_was_made_anew_is_a_regress_though_it_was_read_on) {
  open();
  for (const auto* record : {"0", "1", "2"}) ASSERT_TRUE(log_.append({{1, record}}));
  const auto options = log_.options;
  const transport::system_clock clock;
  const auto fetcher = transport::kafka_fetcher::open(options, clock);
  ASSERT_TRUE(fetcher) << fetcher.error().message;
  transport::kafka_groups groups(options);
  const std::array topics{
      transport::kafka_topic{"perdure.team", "", {runtime::partition_index(1)}}};
  const transport::kafka_layout layout(topics);
  transport::bundle_tail tail(1'000'000, layout.size());
  const std::vector<std::string_view> of_the_old_topic{"0"};
  const auto add = [&](std::int64_t at, std::string_view bytes) {
    auto bundle = transport::read_bundle_of(layout[0], at, bytes);
    ASSERT_TRUE(bundle) << bundle.error().message;
    tail.add(0, std::make_shared<const transport::read_bundle>(*std::move(bundle)));
  };
  add(0, transport::encode_bundle({1, 1}, of_the_old_topic));
  const auto newer = (*fetcher)->fetch_on(layout[0], 1, 2, runtime::seconds(10), [&](auto bundle) {
    tail.add(0, std::make_shared<const transport::read_bundle>(std::move(bundle)));
    return true;
  });
  ASSERT_TRUE(newer) << newer.error().message;
  std::binary_semaphore found(0);
  transport::kafka_trimmer trimmer({options, layout, clock, [](auto, const auto&) {}});
  transport::kafka_watch watch({**fetcher, groups, trimmer, layout, tail,
                                [](runtime::partition_index) { return runtime::offset{}; },
                                [&found] { found.release(); }, [](const auto&) {}});
  watch.suspect(0);
  found.acquire();
  const auto findings = watch.take();
  ASSERT_EQ(findings.size(), 1U);
  ASSERT_TRUE(findings.front().lost);
  EXPECT_THAT(findings.front().lost->message,
              ::testing::HasSubstr("at Kafka's offset 0 stands something else"));
}

}  // namespace
}  // namespace perdure::testing
