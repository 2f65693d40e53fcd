#include "transport/log_driver.hpp"

#include <algorithm>
#include <atomic>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/transport/failing_files.hpp"
#include "tests/unit/transport/log_world.hpp"
#include "tests/unit/transport/temporary_directory.hpp"
#include "transport/posix_file_system.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;

/// Hears on the writer's thread; looked at when that has ended.
class keeping_listener final : public runtime::log_listener {
 public:
  void on_durable(std::span<const runtime::log_record> records) override {
    for (const auto& record : records) heard.push_back(told_of(record));
  }
  std::vector<told> heard;
};

class log_driver : public ::testing::Test {
 protected:
  log_driver() {
    options_.directory = directory_.path();
    options_.segment_bytes = 64 << 10;
    options_.tail_bytes = 16 << 10;
    options_.mark_sync_ms = 10;
  }
  std::unique_ptr<embedded_log> open(file_system& files, std::vector<told>* found = nullptr) {
    auto opened = embedded_log::open(options_, {.files = files, .clock = clock_, .random = random_},
                                     [found](std::span<const runtime::log_record> records) {
                                       if (found == nullptr) return;
                                       for (const auto& each : records) {
                                         found->push_back(told_of(each));
                                       }
                                     });
    EXPECT_TRUE(opened) << opened.error().message;
    if (!opened) return nullptr;
    (*opened)->set_listener(listener_);
    return std::move(*opened);
  }

  temporary_directory directory_;
  posix_file_system files_;
  system_clock clock_;
  system_random random_;
  embedded_log_options options_;
  keeping_listener listener_;
};

void no_failure(const runtime::error& error) { ADD_FAILURE() << error.message; }

TEST_F(log_driver, many_submit_and_read_at_once_and_each_record_stands_where_it_was_told) {
  constexpr int submitters = 6;
  constexpr int rounds = 200;
  auto log = open(files_);
  std::mutex mutex;
  std::vector<told> acknowledged;
  {
    transport::log_driver driver(*log, no_failure);
    std::atomic<bool> reading = true;
    std::jthread reader([&] {
      std::uint64_t after = 0;
      while (reading) {
        auto read = log->read(runtime::partition_index(1), runtime::offset(after), 10'000);
        ASSERT_TRUE(read) << read.error().message;
        for (const auto& record : *read) {
          ASSERT_GT(record.at.value, after);
          after = record.at.value;
        }
        auto last = log->end(runtime::partition_index(2));
        if (last) ASSERT_TRUE(log->read_at({}, std::vector{runtime::offset(1), last}));
      }
    });
    std::latch answered(submitters * rounds);
    std::vector<std::jthread> threads;
    for (std::uint32_t who = 0; who < submitters; ++who) {
      threads.emplace_back([&, who] {
        for (int i = 0; i < rounds; ++i) {
          std::vector<std::pair<std::uint32_t, std::string>> records;
          for (std::uint32_t k = 0; k <= static_cast<std::uint32_t>(i % 3); ++k) {
            records.emplace_back(who % 4, fmt::format("{} {} {}", who, i, k));
          }
          auto request = request_of(records);
          request.completion = [&, records](runtime::expected<runtime::offset> outcome) {
            ASSERT_TRUE(outcome) << outcome.error().message;
            std::scoped_lock lock(mutex);
            std::uint64_t at = outcome->value;
            for (const auto& [partition, bytes] : records) {
              acknowledged.push_back({at++, partition, bytes});
            }
            answered.count_down();
          };
          log->submit(std::move(request));
        }
      });
    }
    answered.wait();
    reading = false;
  }
  ASSERT_TRUE(log->close());
  std::ranges::sort(acknowledged);
  EXPECT_EQ(listener_.heard, acknowledged);
  log.reset();
  std::vector<told> found;
  open(files_, &found);
  EXPECT_EQ(found, acknowledged);
}

TEST_F(log_driver, trims_while_others_write_and_read) {
  auto log = open(files_);
  transport::log_driver driver(*log, no_failure);
  std::atomic<std::uint64_t> written = 0;
  std::atomic<bool> running = true;
  std::jthread trimmer([&] {
    while (running) ASSERT_TRUE(log->trim(runtime::offset(written / 2)));
  });
  std::jthread reader([&] {
    while (running) {
      // What is asked for may have been trimmed in the meantime; then that is said.
      auto read = log->read(runtime::partition_index(1), runtime::offset(written / 2), 1 << 20);
      if (!read) ASSERT_EQ(read.error().code, errc::not_found) << read.error().message;
    }
  });
  for (int i = 0; i < 300; ++i) {
    std::latch done(1);
    auto request = request_of({{1, std::string(5000, 'x')}});
    request.completion = [&](runtime::expected<runtime::offset> outcome) {
      ASSERT_TRUE(outcome) << outcome.error().message;
      written = outcome->value;
      done.count_down();
    };
    log->submit(std::move(request));
    done.wait();
  }
  running = false;
  trimmer.join();
  reader.join();
  driver.stop();
  EXPECT_EQ(log->end(runtime::partition_index(1)), runtime::offset(300));
}

TEST_F(log_driver, stop_writes_what_was_submitted_before) {
  auto log = open(files_);
  std::atomic<int> answered = 0;
  {
    transport::log_driver driver(*log, no_failure);
    for (int i = 0; i < 100; ++i) {
      auto request = request_of({{1, "x"}});
      request.completion = [&](const auto& outcome) { answered += outcome.has_value() ? 1 : 0; };
      log->submit(std::move(request));
    }
    driver.stop();
    EXPECT_EQ(answered, 100);
    driver.stop();
  }
  EXPECT_EQ(listener_.heard.size(), 100u);
}

TEST_F(log_driver, rule_8_a_failure_is_told_once_and_everything_after_is_refused) {
  failing_files failing(files_);
  auto log = open(failing);
  failing.fail_at(1, errc::no_space);
  std::atomic<int> told = 0;
  std::atomic<int> unknown = 0;
  std::atomic<int> refused = 0;
  transport::log_driver driver(*log, [&](const runtime::error& error) {
    EXPECT_EQ(error.code, errc::no_space);
    ++told;
  });
  // The preparing thread may meet the full disk first; only the writer's failure is final.
  for (int i = 0; i < 3; ++i) {
    std::latch done(1);
    auto request = request_of({{1, "x"}});
    request.completion = [&](const auto& outcome) {
      ++(outcome.error().code == errc::outcome_unknown ? unknown : refused);
      done.count_down();
    };
    log->submit(std::move(request));
    done.wait();
  }
  driver.stop();
  EXPECT_EQ(told, 1);
  EXPECT_GE(unknown, 1);
  EXPECT_EQ(unknown + refused, 3);
}

TEST_F(log_driver, the_writer_finds_its_next_segment_made) {
  auto log = open(files_);
  transport::log_driver driver(*log, no_failure);
  // The preparing thread makes it without being asked.
  std::string second = log_directory(directory_.path()).segment(2);
  while (!files_.open(second, open_mode::read)) std::this_thread::yield();
}

}  // namespace
}  // namespace perdure::transport
