#include "tests/kafka_log/log_load.hpp"

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace perdure::testing {

std::size_t log_load::submit(std::uint32_t who) {
  const auto partition = 1 + who % 2;
  const auto bytes = fmt::format("{} {}", who, next_[who]++);
  const auto number = log_.submit({{partition, bytes}});
  const std::scoped_lock lock(mutex_);
  submitted_[number] = {0, partition, bytes};
  return number;
}

void log_load::wait_for_more(std::uint32_t partition, std::size_t records) {
  const auto goal = log_.heard_of(partition).size() + records;
  for (auto heard = goal - records; heard < goal && !::testing::Test::HasFailure();
       heard = log_.heard_of(partition).size()) {
    log_.wait_for_heard(log_.heard().size() + goal - heard);
  }
}

void log_load::go_on_while(const std::function<void()>& something) {
  std::atomic<bool> going = true;
  std::vector<std::jthread> threads;
  threads.reserve(submitters);
  for (std::uint32_t who = 0; who < submitters; ++who) {
    threads.emplace_back([&, who] {
      while (going) {
        std::size_t last = 0;
        for (std::uint32_t i = 0; i < window; ++i) last = submit(who);
        log_.outcome(last);
      }
    });
  }
  log_.wait_for_heard(500);
  something();
  for (const std::uint32_t partition : {1, 2}) wait_for_more(partition, 250);
  going = false;
}

void log_load::go_on_at_changing_pace() {
  go_on_while([this] {
    for (const auto pace : {transport::pace::in_bulk, transport::pace::at_once,
                            transport::pace::in_bulk, transport::pace::at_once}) {
      log_.kafka().pin(pace);
      ASSERT_TRUE(log_.wait_until([&] { return log_.kafka().fetching() == pace; }));
      wait_for_more(1, 500);
    }
  });
}

void log_load::judge() {
  std::map<std::pair<std::uint32_t, std::string>, std::uint64_t> landed;  // offset; 0: unknown
  std::size_t unknown = 0;
  for (const auto& [number, record] : submitted_) {
    const auto outcome = log_.outcome(number);
    if (!outcome) {
      EXPECT_EQ(outcome.error().code, runtime::errc::outcome_unknown) << outcome.error().message;
    }
    unknown += outcome ? 0 : 1;
    landed[{record.partition, record.bytes}] = outcome ? outcome->value : 0;
  }
  log_.wait_for_heard(submitted_.size() - unknown);
  log_.reopen();
  const auto opened = log_.opened();
  std::set<std::pair<std::uint32_t, std::string>> seen;
  for (const auto& record : opened) {
    const auto found = landed.find({record.partition, record.bytes});
    ASSERT_NE(found, landed.end()) << record.bytes << " was never submitted";
    EXPECT_TRUE(seen.emplace(record.partition, record.bytes).second) << record.bytes << " twice";
    if (found->second != 0) EXPECT_EQ(record.at, found->second) << record.bytes;
  }
  for (const auto& [record, at] : landed) {
    if (at != 0) EXPECT_TRUE(seen.contains(record)) << record.second << " is lost";
  }
  std::array<int, submitters> last;
  last.fill(-1);
  for (const auto& record : opened) {
    auto& before = last[static_cast<std::size_t>(record.bytes.front() - '0')];
    const int number = std::stoi(record.bytes.substr(2));
    EXPECT_GT(number, before) << "order of submission";
    before = number;
  }
  ::testing::Test::RecordProperty("records", static_cast<int>(opened.size()));
  ::testing::Test::RecordProperty("unknown", static_cast<int>(unknown));
}

void append_at_changing_pace(driven_kafka_log& log, driven_kafka_log& follower) {
  std::size_t appended = 0;
  for (const auto pace : {transport::pace::in_bulk, transport::pace::at_once,
                          transport::pace::in_bulk, transport::pace::at_once}) {
    follower.kafka().pin(pace);
    while (follower.kafka().fetching() != pace) {
      ASSERT_TRUE(log.append({{1, "while it changes"}, {2, "and here"}}));
      appended += 2;
    }
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(log.append({{1, std::to_string(i)}, {2, std::to_string(i)}}));
      appended += 2;
    }
  }
  follower.wait_for_heard(appended);
  log.wait_for_heard(appended);
  for (const std::uint32_t partition : {1, 2})
    EXPECT_EQ(follower.heard_of(partition), log.heard_of(partition));
}

}  // namespace perdure::testing
