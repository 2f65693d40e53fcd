#include "transport/posix_file_system.hpp"

#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/transport/temporary_directory.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class posix_files : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }

  temporary_directory directory_;
  posix_file_system files_;
};

TEST_F(posix_files, what_is_written_is_read_until_the_end) {
  auto opened = files_.open(path("f"), open_mode::create);
  ASSERT_TRUE(opened);
  ASSERT_TRUE((*opened)->allocate(100));
  ASSERT_TRUE((*opened)->write(90, "0123456789ab"));
  ASSERT_TRUE((*opened)->sync());
  EXPECT_EQ((*opened)->size(), 102u);
  std::string bytes(20, '?');
  EXPECT_EQ((*opened)->read(90, bytes), 12u);
  EXPECT_EQ(bytes.substr(0, 12), "0123456789ab");
  EXPECT_EQ((*opened)->read(200, bytes), 0u);
  EXPECT_EQ(read_file(path("f")).substr(0, 90), std::string(90, '\0'));
}

TEST_F(posix_files, create_empties_what_is_there_and_write_does_not) {
  write_file(path("f"), "old");
  ASSERT_TRUE(files_.open(path("f"), open_mode::write));
  EXPECT_EQ(read_file(path("f")), "old");
  ASSERT_TRUE(files_.open(path("f"), open_mode::create));
  EXPECT_EQ(read_file(path("f")), "");
}

TEST_F(posix_files, errors_name_the_action_the_file_and_the_systems_words) {
  auto missing = files_.open(path("none"), open_mode::read);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::not_found);
  EXPECT_EQ(missing.error().message,
            fmt::format("open {}: No such file or directory", path("none")));
  EXPECT_EQ(files_.list(path("none")).error().code, errc::not_found);
  EXPECT_EQ(files_.rename(path("none"), path("other")).error().code, errc::not_found);
  EXPECT_EQ(files_.remove(path("none")).error().code, errc::not_found);
  write_file(path("f"), "x");
  EXPECT_EQ(files_.list(path("f")).error().code, errc::io_failed);
  EXPECT_EQ(files_.make_directory(path("f") + "/below").error().code, errc::io_failed);
}

TEST_F(posix_files, a_full_disk_says_so) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "there is no /dev/full";
  auto opened = files_.open("/dev/full", open_mode::write);
  ASSERT_TRUE(opened);
  auto written = (*opened)->write(0, "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::no_space);
  EXPECT_THAT(written.error().message, HasSubstr("No space left on device"));
  EXPECT_THAT(written.error().message, HasSubstr("make room"));
}

TEST_F(posix_files, directories_are_made_with_their_parents_and_listed_sorted) {
  EXPECT_EQ(files_.make_directory(path(std::string(300, 'd'))).error().code, errc::io_failed);
  EXPECT_THAT(files_.make_directory(path(std::string(300, 'd')) + "/below").error().message,
              HasSubstr("too long"));
  ASSERT_TRUE(files_.make_directory(path("a/b/c")));
  ASSERT_TRUE(files_.make_directory(path("a/b/c/")));
  EXPECT_TRUE(std::filesystem::is_directory(path("a/b/c")));
  write_file(path("a/2"), "");
  write_file(path("a/1"), "");
  EXPECT_THAT(*files_.list(path("a")), ElementsAre("1", "2", "b"));
  ASSERT_TRUE(files_.rename(path("a/2"), path("a/1")));
  ASSERT_TRUE(files_.sync_directory(path("a")));
  ASSERT_TRUE(files_.remove(path("a/1")));
  EXPECT_THAT(*files_.list(path("a")), ElementsAre("b"));
}

/// Says which directories were synced.
class watched_files final : public posix_file_system {
 public:
  runtime::expected<void> sync_directory(const std::string& path) override {
    synced.push_back(path);
    return posix_file_system::sync_directory(path);
  }
  std::vector<std::string> synced;
};

TEST_F(posix_files, a_directory_that_a_killed_process_made_and_did_not_sync_is_durable_too) {
  std::filesystem::create_directory(path("data"));
  watched_files files;
  ASSERT_TRUE(files.make_directory(path("data/log")));
  EXPECT_THAT(files.synced, ElementsAre(directory_.path(), path("data")));
  files.synced.clear();
  ASSERT_TRUE(files.make_directory(path("data/log")));
  EXPECT_THAT(files.synced, ElementsAre(path("data")));
}

TEST_F(posix_files, a_directory_that_is_there_needs_no_sync_where_its_parent_knows_none) {
  const auto parent = files_.sync_directory("/proc");
  ASSERT_FALSE(parent);
  EXPECT_THAT(parent.error().message, HasSubstr("Invalid argument"));
  EXPECT_TRUE(files_.make_directory("/proc/sys"));
}

/// A disk that cannot make a directory durable.
class failing_sync final : public posix_file_system {
 public:
  runtime::expected<void> sync_directory(const std::string&) override {
    return runtime::fail(errc::io_failed, "Input/output error");
  }
};

TEST_F(posix_files, a_directory_that_is_there_is_refused_if_its_sync_fails) {
  std::filesystem::create_directory(path("data"));
  EXPECT_EQ(failing_sync().make_directory(path("data")).error().code, errc::io_failed);
}

TEST_F(posix_files, a_mapped_page_is_the_files) {
  write_file(path("page"), std::string(4096, 'a'));
  auto page = files_.map_page(path("page"));
  ASSERT_TRUE(page);
  EXPECT_EQ((*page)->bytes()[4095], 'a');
  (*page)->bytes()[7] = 'b';
  ASSERT_TRUE((*page)->sync());
  EXPECT_EQ(read_file(path("page"))[7], 'b');
  write_file(path("short"), "x");
  EXPECT_EQ(files_.map_page(path("short")).error().code, errc::corrupt);
}

TEST_F(posix_files, rule_8_a_lock_held_by_another_process_is_refused_with_its_id) {
  int ready[2];
  int done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto held = files_.lock(path("lock"), lock_mode::exclusive);
    char byte = held ? 'y' : 'n';
    ::close(done[1]);
    bool told = ::write(ready[1], &byte, 1) == 1;
    bool waited = ::read(done[0], &byte, 1) == 0;
    ::_exit(told && waited ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  for (auto mode : {lock_mode::exclusive, lock_mode::shared}) {
    auto refused = files_.lock(path("lock"), mode);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::locked);
    EXPECT_THAT(refused.error().message, HasSubstr(fmt::format("process {}", child)));
  }
  ::close(done[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  // It ends with the process.
  EXPECT_TRUE(files_.lock(path("lock"), lock_mode::exclusive));
  for (int end : {ready[0], ready[1], done[0]}) ::close(end);
}

TEST_F(posix_files, a_shared_lock_changes_nothing_and_excludes_a_writer) {
  EXPECT_EQ(files_.lock(path("lock"), lock_mode::shared).error().code, errc::not_found);
  write_file(path("lock"), "12\n");
  auto shared = files_.lock(path("lock"), lock_mode::shared);
  ASSERT_TRUE(shared);
  EXPECT_TRUE(files_.lock(path("lock"), lock_mode::shared));
  const auto refused = files_.lock(path("lock"), lock_mode::exclusive);
  EXPECT_EQ(refused.error().code, errc::locked);
  EXPECT_THAT(refused.error().message, HasSubstr("is held by a process that reads it"));
  EXPECT_EQ(read_file(path("lock")), "12\n");
  shared->reset();
  EXPECT_TRUE(files_.lock(path("lock"), lock_mode::exclusive));
  EXPECT_EQ(read_file(path("lock")), fmt::format("{}\n", ::getpid()));
}

TEST_F(posix_files, an_id_of_nobody_that_lives_here_is_not_called_the_holder) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  for (const auto& left : {fmt::format("{}\n", child), std::string("0\n"), std::string()}) {
    const auto held = files_.lock(path("lock"), lock_mode::exclusive);
    ASSERT_TRUE(held);
    write_file(path("lock"), left);
    const auto refused = files_.lock(path("lock"), lock_mode::exclusive);
    EXPECT_EQ(refused.error().code, errc::locked);
    EXPECT_THAT(refused.error().message, HasSubstr("is held by another process;")) << left;
  }
}

TEST(system_clock, goes_on_and_knows_the_century) {
  transport::system_clock clock;
  constexpr std::int64_t year_2020_us = 1'577'836'800'000'000;
  EXPECT_GT(clock.now().us, year_2020_us);
  auto before = clock.monotonic();
  EXPECT_GE(clock.monotonic(), before);
}

TEST(system_random, does_not_repeat_itself) {
  transport::system_random random;
  EXPECT_NE(random.next(), random.next());
}

}  // namespace
}  // namespace perdure::transport
