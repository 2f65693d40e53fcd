// What every log promises (runtime/log.hpp), asked of each form of it.

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/kafka_log/driven_embedded_log.hpp"
#include "tests/kafka_log/driven_kafka_log.hpp"
#include "tests/kafka_log/mock_cluster.hpp"
#include "tests/kafka_log/real_broker.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;
using runtime::offset;
using runtime::partition_index;

/// A form of log with the partitions 1 and 2, and what it stands on.
class form {
 public:
  virtual ~form() = default;
  virtual driven_log& log() = 0;
};

class embedded_form final : public form {
 public:
  driven_log& log() override { return log_; }

 private:
  driven_embedded_log log_;
};

std::vector<transport::kafka_topic> one_topic(const std::string& name) {
  return {{name, name, {partition_index(1), partition_index(2)}}};
}

class mock_form final : public form {
 public:
  explicit mock_form(std::uint64_t tail_bytes) {
    brokers_.create_topic("t", 2);
    log_.options = brokers_.options();
    log_.options.tail_bytes = tail_bytes;
    EXPECT_TRUE(log_.open());
  }
  driven_log& log() override { return log_; }

 private:
  mock_cluster brokers_;
  driven_kafka_log log_{{}, one_topic("t")};
};

class real_form final : public form {
 public:
  explicit real_form(std::uint64_t tail_bytes) {
    auto& broker = real_broker::of_this_program();
    const auto topic = broker.fresh_name();
    broker.create(topic, 2);
    auto options = broker.options();
    options.tail_bytes = tail_bytes;
    log_ = std::make_unique<driven_kafka_log>(options, one_topic(topic));
    const auto opened = log_->open();
    EXPECT_TRUE(opened) << opened.error().message;
  }
  driven_log& log() override { return *log_; }

 private:
  std::unique_ptr<driven_kafka_log> log_;
};

struct named_form {
  const char* name;
  std::unique_ptr<form> (*make)();
};

constexpr std::uint64_t tail = 1 << 20;

const named_form harmless[] = {
    {"embedded", []() -> std::unique_ptr<form> { return std::make_unique<embedded_form>(); }},
    {"mock", []() -> std::unique_ptr<form> { return std::make_unique<mock_form>(tail); }},
    {"mock_without_tail", []() -> std::unique_ptr<form> { return std::make_unique<mock_form>(0); }},
};
const named_form real[] = {
    {"real", []() -> std::unique_ptr<form> { return std::make_unique<real_form>(tail); }},
    {"real_without_tail", []() -> std::unique_ptr<form> { return std::make_unique<real_form>(0); }},
};

class contract : public ::testing::TestWithParam<named_form> {
 protected:
  void SetUp() override { form_ = GetParam().make(); }
  driven_log& world() { return form_->log(); }
  runtime::log& log() { return world().log(); }

  std::unique_ptr<form> form_;
};

TEST_P(contract, rule_8_offsets_rise_and_outcomes_come_in_the_order_of_submission) {
  std::vector<std::size_t> numbers;
  for (int i = 0; i < 500; ++i) numbers.push_back(world().submit({{1, fmt::format("{}", i)}}));
  offset last;
  for (const auto number : numbers) {
    const auto at = world().outcome(number);
    ASSERT_TRUE(at) << at.error().message;
    EXPECT_GT(*at, last);
    last = *at;
  }
  EXPECT_EQ(world().order(), numbers);
  world().wait_for_heard(500);
  EXPECT_EQ(log().end(partition_index(1)), last);
  EXPECT_EQ(log().end(partition_index(2)), offset());
}

TEST_P(contract, rule_8_the_listener_hears_each_record_once_at_the_place_that_was_told) {
  std::map<std::size_t, std::uint32_t> partitions;
  for (int i = 0; i < 300; ++i) {
    const auto partition = 1U + static_cast<std::uint32_t>(i % 2);
    partitions[world().submit({{partition, fmt::format("{}", i)}})] = partition;
  }
  std::vector<told_record> told;
  for (const auto& [number, partition] : partitions) {
    told.push_back({world().outcome(number)->value, partition, fmt::format("{}", number)});
  }
  world().wait_for_heard(300);
  for (const std::uint32_t partition : {1U, 2U}) {
    const auto heard = world().heard_of(partition);
    EXPECT_TRUE(std::ranges::is_sorted(heard));
  }
  auto heard = world().heard();
  std::ranges::sort(heard);
  std::ranges::sort(told);
  EXPECT_EQ(heard, told);
}

TEST_P(contract, rule_8_records_of_a_request_keep_their_order_in_each_partition) {
  ASSERT_TRUE(world().append({{1, "a"}, {2, "b"}, {1, "c"}, {2, "d"}, {1, ""}}));
  world().wait_for_heard(5);
  std::string one;
  for (const auto& record : world().heard_of(1)) one += record.bytes + ".";
  std::string two;
  for (const auto& record : world().heard_of(2)) two += record.bytes + ".";
  EXPECT_EQ(one, "a.c..");
  EXPECT_EQ(two, "b.d.");
}

TEST_P(contract, rule_8_what_was_acknowledged_is_there_when_it_opens_again) {
  for (int round = 0; round < 3; ++round) {
    const auto before = world().opened();
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(world().append({{1 + static_cast<std::uint32_t>(i % 2), fmt::format("{}", i)}}));
    }
    world().wait_for_heard(50);
    auto all = before;
    const auto heard = world().heard();
    all.insert(all.end(), heard.begin(), heard.end());
    world().reopen();
    auto opened = world().opened();
    std::ranges::sort(opened);
    std::ranges::sort(all);
    ASSERT_EQ(opened, all);
    EXPECT_EQ(log().end(partition_index(1)).value,
              std::ranges::max(opened, {}, [](const auto& one) {
                return one.partition == 1 ? one.at : 0;
              }).at);
  }
}

TEST_P(contract, rule_8_read_at_gives_exactly_what_was_asked_in_the_order_asked) {
  std::vector<offset> places;
  for (int i = 0; i < 200; ++i) places.push_back(*world().append({{1, fmt::format("{}", i)}}));
  world().wait_for_heard(200);
  world().reopen();
  std::vector<offset> asked;
  std::string expected;
  for (const int i : {199, 0, 7, 7, 120, 119, 3}) {
    asked.push_back(places[static_cast<std::size_t>(i)]);
    expected += fmt::format("{} ", i);
  }
  const auto found = log().read_at(partition_index(1), asked);
  ASSERT_TRUE(found) << found.error().message;
  std::string got;
  for (const auto& record : *found) got += std::string(record.bytes.view()) + " ";
  EXPECT_EQ(got, expected);
  EXPECT_TRUE(log().read_at(partition_index(1), {})->empty());
}

TEST_P(contract, rule_8_an_offset_without_record_is_an_error_and_not_another_record) {
  const auto at = world().append({{1, "x"}});
  world().wait_for_heard(1);
  for (const auto wrong : {offset(), offset(at->value + 1), offset(at->value + 1'000'000)}) {
    const auto found = log().read_at(partition_index(1), std::vector{*at, wrong});
    ASSERT_FALSE(found);
    const auto code = found.error().code;
    EXPECT_TRUE(code == errc::corrupt || code == errc::not_found) << found.error().message;
  }
}

TEST_P(contract, rule_8_read_goes_on_behind_an_offset_up_to_a_limit) {
  std::vector<offset> places;
  for (int i = 0; i < 30; ++i) places.push_back(*world().append({{2, fmt::format("{:04}", i)}}));
  world().wait_for_heard(30);
  EXPECT_EQ(log().read(partition_index(2), {}, 1'000'000)->size(), 30U);
  EXPECT_EQ(log().read(partition_index(2), places[9], 1'000'000)->size(), 20U);
  EXPECT_EQ(log().read(partition_index(2), places[9], 8)->size(), 2U);
  EXPECT_EQ(log().read(partition_index(2), places[9], 1)->size(), 1U);
  EXPECT_EQ(log().read(partition_index(2), places[9], 1)->front().at, places[10]);
  EXPECT_TRUE(log().read(partition_index(2), places[29], 1'000)->empty());
  EXPECT_TRUE(log().read(partition_index(1), {}, 1'000)->empty());
}

TEST_P(contract, rule_7_6_what_is_too_large_is_refused_in_its_turn_and_harms_nobody) {
  const auto before = world().submit({{1, "before"}});
  const auto large = world().submit({{1, std::string(log().limit_bytes() + 1, 'x')}});
  const auto after = world().submit({{1, "after"}});
  EXPECT_TRUE(world().outcome(before));
  EXPECT_EQ(world().outcome(large).error().code, errc::too_large);
  EXPECT_TRUE(world().outcome(after));
  EXPECT_EQ(world().order(), (std::vector{before, large, after}));
  EXPECT_TRUE(world().append({{1, std::string(log().limit_bytes() - 8, 'x')}}));
}

TEST_P(contract, rule_8_many_submit_at_once_and_each_record_stands_where_it_was_told) {
  constexpr int submitters = 4;
  constexpr int rounds = 100;
  std::mutex mutex;
  std::set<told_record> acknowledged;
  std::vector<std::jthread> threads;
  threads.reserve(submitters);
  for (std::uint32_t who = 0; who < submitters; ++who) {
    threads.emplace_back([&, who] {
      for (int i = 0; i < rounds; ++i) {
        const auto bytes = fmt::format("{} {}", who, i);
        const auto at = world().append({{1 + who % 2, bytes}});
        ASSERT_TRUE(at) << at.error().message;
        const std::scoped_lock lock(mutex);
        acknowledged.insert({at->value, 1 + who % 2, bytes});
      }
    });
  }
  threads.clear();
  world().wait_for_heard(submitters * rounds);
  const auto heard = world().heard();
  EXPECT_EQ(std::set(heard.begin(), heard.end()), acknowledged);
  EXPECT_EQ(heard.size(), acknowledged.size());
}

TEST_P(contract, rule_8_what_is_read_while_others_write_is_what_was_told) {
  constexpr std::size_t records = 300;
  std::atomic<bool> writing = true;
  std::vector<std::jthread> readers;
  readers.reserve(2);
  for (int who = 0; who < 2; ++who) {
    readers.emplace_back([&, who] {
      std::size_t rounds = 0;
      for (; writing || rounds < 10; ++rounds) {
        const auto heard = world().heard();
        if (heard.empty()) continue;
        const auto& one = who == 0 ? heard.back() : heard[rounds % heard.size()];
        const auto found = log().read_at(partition_index(1), std::vector{offset(one.at)});
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(found->front().bytes.view(), one.bytes);
        EXPECT_GE(log().end(partition_index(1)), offset(one.at));
      }
    });
  }
  for (std::size_t i = 0; i < records; ++i) ASSERT_TRUE(world().append({{1, std::to_string(i)}}));
  writing = false;
  readers.clear();
  world().wait_for_heard(records);
}

std::string name_of(const ::testing::TestParamInfo<named_form>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(any, contract, ::testing::ValuesIn(harmless), name_of);
INSTANTIATE_TEST_SUITE_P(real, contract, ::testing::ValuesIn(real), name_of);

}  // namespace
}  // namespace perdure::testing
