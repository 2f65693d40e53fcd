#include "transport/free_disk.hpp"

#include <gtest/gtest.h>
#include <sys/statvfs.h>

#include "tests/unit/transport/log_world.hpp"
#include "tests/unit/transport/memory_disk.hpp"
#include "tests/unit/transport/temporary_directory.hpp"
#include "transport/posix_file_system.hpp"

namespace perdure::transport {
namespace {

struct free_disk_test : testing::Test {
  free_disk_test() {
    files.free_space = [this](const std::string& path) {
      asked.push_back(path);
      return answer;
    };
  }
  runtime::expected<std::uint64_t> answer = 1'000;
  std::vector<std::string> asked;
  memory_disk files;
  hand_clock clock;
  free_disk disk{files, clock, "some/directory"};
};

TEST_F(free_disk_test, asks_the_system_about_its_directory_five_times_a_second_at_most) {
  EXPECT_EQ(disk.bytes(), 1'000u);
  answer = 10;
  clock.pass(runtime::milliseconds(199));
  EXPECT_EQ(disk.bytes(), 1'000u);
  EXPECT_EQ(asked, std::vector<std::string>{"some/directory"});
  clock.pass(runtime::milliseconds(1));
  EXPECT_EQ(disk.bytes(), 10u);
  EXPECT_EQ(disk.bytes(), 10u);
  EXPECT_EQ(asked.size(), 2u);
}

TEST_F(free_disk_test, keeps_what_was_told_last_while_the_system_does_not_tell) {
  EXPECT_EQ(disk.bytes(), 1'000u);
  answer = runtime::fail(runtime::errc::io_failed, "no");
  clock.pass(runtime::seconds(1));
  EXPECT_EQ(disk.bytes(), 1'000u);
  EXPECT_EQ(asked.size(), 2u);
}

TEST_F(free_disk_test, refuses_nobody_where_the_system_never_told) {
  answer = runtime::fail(runtime::errc::io_failed, "no");
  EXPECT_EQ(disk.bytes(), UINT64_MAX);
}

TEST_F(free_disk_test, is_right_on_a_clock_that_counts_from_below_zero) {
  clock.pass(runtime::seconds(-1));
  EXPECT_EQ(disk.bytes(), 1'000u);
}

TEST(free_disk, of_a_real_directory_is_what_statvfs_says_of_it) {
  const temporary_directory directory;
  posix_file_system files;
  const hand_clock clock;
  struct statvfs there{};
  ASSERT_EQ(::statvfs(directory.path().c_str(), &there), 0);
  free_disk disk(files, clock, directory.path());
  const auto all = std::uint64_t{there.f_blocks} * there.f_frsize;
  EXPECT_GT(disk.bytes(), 0u);
  EXPECT_LE(disk.bytes(), all);
}

TEST(free_disk, of_a_directory_that_is_not_there_is_unknown) {
  posix_file_system files;
  EXPECT_EQ(files.free_bytes("/no/such/directory").error().code, runtime::errc::not_found);
}

}  // namespace
}  // namespace perdure::transport
