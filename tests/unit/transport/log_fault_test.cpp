// The disk is full or fails at the n-th operation, for every n of a script.

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/transport/failing_files.hpp"
#include "tests/unit/transport/left_logs.hpp"
#include "tests/unit/transport/log_script.hpp"
#include "tests/unit/transport/log_survival.hpp"
#include "tests/unit/transport/temporary_directory.hpp"
#include "transport/posix_file_system.hpp"

namespace perdure::transport {
namespace {

using how_long = failing_files::how_long;
using runtime::errc;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class log_fault : public ::testing::TestWithParam<disk_fault> {
 protected:
  std::size_t operations_of_the_script() {
    memory_disk disk;
    failing_files files(disk);
    files.fail_at(0, GetParam().code);
    log_script script(files);
    EXPECT_TRUE(script.run());
    EXPECT_EQ(script.wrong(), "");
    return files.operations();
  }

  /// Everything that was submitted was answered, and what was not acknowledged as unknown.
  void expect_answers(log_script& script, const std::string& when) {
    auto& world = script.world();
    auto again = world.log().run_once();
    EXPECT_FALSE(again) << when << ": goes on after a failure";
    for (const auto& [number, outcome] : world.outcomes) {
      if (!outcome) EXPECT_EQ(outcome.error().code, errc::outcome_unknown) << when << " " << number;
    }
    std::size_t late = world.submit({{1, "late"}});
    EXPECT_EQ(world.log().run_once().error().code, GetParam().code) << when;
    EXPECT_EQ(world.outcomes.at(late).error().code, GetParam().code) << when;
  }

  /// Only what is done ahead, or can be left undone, may fail without consequence.
  void expect_harmless(const std::string& failed, const std::string& when) {
    EXPECT_FALSE(failed.starts_with("write /log/segment-")) << when;
    EXPECT_FALSE(failed.starts_with("sync /log/segment-")) << when;
    EXPECT_FALSE(failed.starts_with("sync /log/mark")) << when;
  }

  void expect_stopped(log_script& script, const failing_files& files, const std::string& when) {
    EXPECT_EQ(script.failure().code, GetParam().code) << when << script.failure().message;
    EXPECT_THAT(script.failure().message, HasSubstr(files.last_failed_operation())) << when;
    if (script.failed_while() == log_script::deed::writing) {
      EXPECT_THAT(script.failure().message, HasSubstr("the log in /log stopped")) << when;
      expect_answers(script, when);
    } else if (script.failed_while() == log_script::deed::trimming) {
      expect_answers(script, when);
    }
  }

  /// A log that cannot be read says which file, and goes on.
  void expect_clear_reads(const log_script& script, bool finished, const std::string& when) {
    EXPECT_EQ(script.wrong(), "") << when;
    for (const auto& failed : script.failed_reads()) {
      EXPECT_EQ(failed.code, GetParam().code) << when << failed.message;
      EXPECT_THAT(failed.message, HasSubstr("/log/segment-")) << when;
    }
    if (GetParam().duration == how_long::once && !script.failed_reads().empty()) {
      EXPECT_TRUE(finished) << when;
      EXPECT_EQ(script.failed_reads().size(), 1u) << when;
    }
  }
};

TEST_P(log_fault, rule_8_at_every_operation_stops_the_log_and_loses_nothing_acknowledged) {
  std::size_t all = operations_of_the_script();
  ASSERT_GT(all, 100u);
  std::size_t failed_reads = 0;
  for (std::size_t n = 1; n <= all && !HasFailure(); ++n) {
    memory_disk disk;
    failing_files files(disk);
    files.on_failed_sync([&](const std::string& path) { disk.forget_unsynced(path); });
    files.fail_at(n, GetParam().code, GetParam().duration);
    log_script script(files);
    bool finished = script.run();
    std::string when = fmt::format("operation {}, {}", n, files.failed_operation());
    if (finished) {
      expect_harmless(files.failed_operation(), when);
    } else {
      expect_stopped(script, files, when);
    }
    expect_clear_reads(script, finished, when);
    failed_reads += script.failed_reads().size();
    EXPECT_TRUE(files.synced_again().empty()) << when << ": " << *files.synced_again().begin();
    expect_survived(disk, script.history(), when);
  }
  EXPECT_EQ(failed_reads > 10, GetParam().code == errc::io_failed) << failed_reads;
}

TEST_P(log_fault, rule_8_on_real_files_nothing_acknowledged_is_lost) {
  std::size_t all = operations_of_the_script();
  for (std::size_t n = 1; n <= all; ++n) {
    temporary_directory directory;
    posix_file_system real;
    failing_files files(real);
    log_script script(files);
    script.world().options.directory = directory.path() + "/log";
    files.fail_at(n, GetParam().code, GetParam().duration);
    script.run();
    script.world().crash();
    log_world again(real, directory.path() + "/log");
    auto opened = again.open();
    ASSERT_TRUE(opened) << n << opened.error().message;
    EXPECT_EQ(script.judge(again.opened_with), "") << n << " " << files.failed_operation();
    EXPECT_TRUE(again.append("goes on")) << n;
  }
}

/// The same for logs that are opened again, whatever state they are in.
class reopening_fault : public log_fault {
 protected:
  std::size_t operations_of_reopening(const left_log& left) {
    auto disk = left.disk->after_kill();
    failing_files files(*disk);
    files.fail_at(0, GetParam().code);
    log_script script(files, left.history);
    EXPECT_TRUE(script.run(log_script::short_life)) << left.name << script.failure().message;
    EXPECT_EQ(script.wrong(), "") << left.name;
    return files.operations();
  }

  void fail_at(std::size_t n, const left_log& left) {
    auto disk = left.disk->after_kill();
    failing_files files(*disk);
    files.on_failed_sync([&](const std::string& path) { disk->forget_unsynced(path); });
    files.fail_at(n, GetParam().code, GetParam().duration);
    log_script script(files, left.history);
    bool finished = script.run(log_script::short_life);
    std::string when = fmt::format("{}, operation {}, {}", left.name, n, files.failed_operation());
    EXPECT_EQ(script.wrong(), "") << when;
    if (finished) {
      expect_harmless(files.failed_operation(), when);
    } else {
      expect_stopped(script, files, when);
      bool opening = script.failed_while() == log_script::deed::opening;
      if (opening && !files.changed()) {
        EXPECT_EQ(disk->contents(), left.disk->contents()) << when;
        ++unchanged_;
      }
    }
    EXPECT_TRUE(files.synced_again().empty()) << when << ": " << *files.synced_again().begin();
    expect_survived(*disk, script.history(), when);
  }

  std::size_t unchanged_ = 0;  ///< openings that failed before they did anything
};

TEST_P(reopening_fault, rule_8_at_every_operation_is_told_and_loses_nothing_acknowledged) {
  for (const auto& left : left_logs()) {
    std::size_t all = operations_of_reopening(left);
    ASSERT_GT(all, 10u);
    for (std::size_t n = 1; n <= all && !HasFailure(); ++n) fail_at(n, left);
  }
  // On a full disk only what writes fails.
  EXPECT_GT(unchanged_, GetParam().code == errc::no_space ? 10u : 200u);
}

TEST(left_logs, need_each_its_repair) {
  for (const auto& left : left_logs()) {
    auto disk = left.disk->after_kill();
    failing_files files(*disk);
    std::vector<std::string> operations;
    files.before_operation([&](const std::string& what) { operations.push_back(what); });
    log_world world(files);
    ASSERT_TRUE(world.open()) << left.name;
    EXPECT_EQ(left.history.judge(world.opened_with), "") << left.name;
    if (left.repair.empty()) {
      EXPECT_THAT(operations, ElementsAre("make /log", "lock /log/lock", "sync /log",
                                          "sync /log/mark", "sync /log/mark"))
          << left.name;
    } else {
      EXPECT_THAT(operations, Contains(StartsWith(left.repair))) << left.name;
    }
  }
}

std::string name_of(const ::testing::TestParamInfo<disk_fault>& each) { return each.param.name; }
INSTANTIATE_TEST_SUITE_P(faults, log_fault, ::testing::ValuesIn(disk_faults), name_of);
INSTANTIATE_TEST_SUITE_P(faults, reopening_fault, ::testing::ValuesIn(disk_faults), name_of);

TEST(log_fault, short_writes_are_finished) {
  memory_disk disk;
  failing_files files(disk);
  files.shorten_writes(100);
  log_script script(files);
  EXPECT_TRUE(script.run());
  script.world().crash();
  log_world again(disk);
  ASSERT_TRUE(again.open());
  EXPECT_EQ(script.judge(again.opened_with), "");
}

// The system may count pages as clean whose sync failed, and lose them later.
TEST(log_fault, rule_8_a_batch_whose_sync_failed_is_written_again_before_it_is_believed) {
  memory_disk disk;
  failing_files files(disk);
  files.on_failed_sync([&](const std::string& path) { disk.forget_unsynced(path); });
  log_world world(files);
  ASSERT_TRUE(world.open());
  files.fail_at(2, errc::io_failed, how_long::once);
  EXPECT_EQ(world.append("unknown").error().code, errc::outcome_unknown);
  EXPECT_THAT(files.failed_operation(), HasSubstr("sync /log/segment"));
  auto killed = disk.after_kill();
  log_world again(*killed);
  ASSERT_TRUE(again.open());
  ASSERT_EQ(again.opened_with.size(), 1u) << "it is in the system's memory";
  auto unplugged =
      killed->after_power_loss(memory_disk::names::as_seen, [](auto&) { return false; });
  log_world last(*unplugged);
  ASSERT_TRUE(last.open());
  EXPECT_EQ(last.opened_with, again.opened_with);
}

// So may zeros that were to cut a torn write: it comes back, behind the last batch of a segment.
TEST(log_fault, rule_8_a_cut_whose_sync_failed_does_not_stop_a_log_that_went_on_elsewhere) {
  memory_disk disk;
  log_world world(disk);
  ASSERT_TRUE(world.open());
  ASSERT_TRUE(world.append(std::string(2'500, 'a')));
  std::unique_ptr<memory_disk> torn;
  failing_files watched(disk);
  watched.before_operation([&](const std::string& operation) {
    if (torn || !operation.starts_with("sync /log/segment")) return;
    torn = disk.after_power_loss(memory_disk::names::as_seen, [](const memory_disk::unsynced& one) {
      return one.path.contains("segment") && one.sector % 2 == 0;
    });
  });
  log_world writing(watched);
  world.crash();
  ASSERT_TRUE(writing.open());
  torn.reset();
  ASSERT_TRUE(writing.append(std::string(700, 'b')));
  ASSERT_TRUE(torn);

  failing_files failing(*torn);
  failing.on_failed_sync([&](const std::string& path) { torn->forget_unsynced(path); });
  failing.before_operation([&](const std::string& operation) {
    if (operation.starts_with("sync /log/segment"))
      failing.fail_at(1, errc::io_failed, how_long::once);
  });
  log_world cutting(failing);
  ASSERT_FALSE(cutting.open());
  log_world elsewhere(*torn);
  ASSERT_TRUE(elsewhere.open());
  ASSERT_EQ(elsewhere.opened_with.size(), 1u);
  ASSERT_TRUE(elsewhere.append(std::string(1'200, 'c'))) << "in the next segment";

  auto unplugged =
      torn->after_power_loss(memory_disk::names::as_synced, [](auto&) { return false; });
  log_world last(*unplugged);
  const auto opened = last.open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(last.opened_with.size(), 2u);
  EXPECT_EQ(last.log().opening().cuts.size(), 1u);
  ASSERT_TRUE(last.open());
  EXPECT_THAT(last.log().opening().cuts, ::testing::IsEmpty());
}

}  // namespace
}  // namespace perdure::transport
