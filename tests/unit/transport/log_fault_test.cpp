// The disk is full or fails at the n-th operation, for every n of a script.

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/transport/failing_files.hpp"
#include "tests/unit/transport/log_script.hpp"
#include "tests/unit/transport/temporary_directory.hpp"
#include "transport/posix_file_system.hpp"

namespace perdure::transport {
namespace {

using how_long = failing_files::how_long;
using runtime::errc;
using ::testing::HasSubstr;

std::size_t operations_of_the_script() {
  memory_disk disk;
  failing_files files(disk);
  log_script script(files);
  EXPECT_TRUE(script.run());
  return files.operations();
}

/// Everything that was submitted was answered, and what was not acknowledged as unknown.
void expect_answers(log_script& script, errc code, const std::string& when) {
  auto& world = script.world();
  auto again = world.log().run_once();
  EXPECT_FALSE(again) << when << ": goes on after a failure";
  for (const auto& [number, outcome] : world.outcomes) {
    if (!outcome) EXPECT_EQ(outcome.error().code, errc::outcome_unknown) << when << " " << number;
  }
  std::size_t late = world.submit({{1, "late"}});
  EXPECT_EQ(world.log().run_once().error().code, code) << when;
  EXPECT_EQ(world.outcomes.at(late).error().code, code) << when;
}

struct fault {
  errc code;
  how_long duration;
};

class log_fault : public ::testing::TestWithParam<fault> {};

TEST_P(log_fault, rule_8_at_every_operation_stops_the_log_and_loses_nothing_acknowledged) {
  std::size_t all = operations_of_the_script();
  ASSERT_GT(all, 100u);
  for (std::size_t n = 1; n <= all; ++n) {
    memory_disk disk;
    failing_files files(disk);
    files.on_failed_sync([&](const std::string& path) { disk.forget_unsynced(path); });
    files.fail_at(n, GetParam().code, GetParam().duration);
    log_script script(files);
    bool finished = script.run();
    std::string when = fmt::format("operation {}, {}", n, files.failed_operation());
    if (finished) {
      // Only what is done ahead, or can be left undone, may fail without consequence.
      const std::string& failed = files.failed_operation();
      EXPECT_FALSE(failed.starts_with("write /log/segment-")) << when;
      EXPECT_FALSE(failed.starts_with("sync /log/segment-")) << when;
      EXPECT_FALSE(failed.starts_with("sync /log/mark")) << when;
    } else {
      EXPECT_EQ(script.failure().code, GetParam().code) << when << script.failure().message;
      EXPECT_THAT(script.failure().message, HasSubstr(files.last_failed_operation())) << when;
      if (script.failed_while() == log_script::deed::writing) {
        EXPECT_THAT(script.failure().message, HasSubstr("the log in /log stopped")) << when;
        expect_answers(script, GetParam().code, when);
      } else if (script.failed_while() == log_script::deed::trimming) {
        expect_answers(script, GetParam().code, when);
      }
    }
    EXPECT_TRUE(files.synced_again().empty()) << when << ": " << *files.synced_again().begin();
    auto killed = disk.after_kill();
    auto unplugged =
        disk.after_power_loss(memory_disk::names::as_seen, [](auto&) { return false; });
    for (auto* after : {killed.get(), unplugged.get()}) {
      log_world again(*after);
      auto opened = again.open();
      ASSERT_TRUE(opened) << when << opened.error().message;
      EXPECT_EQ(script.judge(again.opened_with), "") << when;
      EXPECT_TRUE(again.append("goes on")) << when;
    }
  }
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

INSTANTIATE_TEST_SUITE_P(faults, log_fault,
                         ::testing::Values(fault{errc::no_space, how_long::for_good},
                                           fault{errc::io_failed, how_long::once}),
                         [](const auto& each) {
                           return each.param.code == errc::no_space ? "disk_full_for_good"
                                                                    : "disk_error_once";
                         });

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

}  // namespace
}  // namespace perdure::transport
