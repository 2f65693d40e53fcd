#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/integration/disk_node.hpp"

namespace perdure::testing {
namespace {

using ::testing::HasSubstr;

workflow<std::string> words(context& ctx, script_run& run, std::string) {
  for (int i = 0; i < 2; ++i) run.shown += co_await ctx.signal<std::string>("word");
  co_return run.shown;
}

/// A node on a small file system of its own.
class full_disk : public ::testing::Test {
 protected:
  void SetUp() override {
    add_script(*world_.offered, {{"words", &words}});
    std::filesystem::create_directory(disk_);
    if (mount("tmpfs", disk_.c_str(), "tmpfs", 0, "size=16m") != 0) return without_a_disk();
    mounted_ = true;
    world_.options.data_directory = disk_ + "/data";
    world_.options.log.segment_bytes = std::uint64_t{2} << 20;
    world_.options.node.edge.min_free_disk = 0;
  }
  static void without_a_disk() {
    const int why = errno;
    const char* const ci = std::getenv("CI");
    if (why != EPERM || (ci != nullptr && std::string_view(ci) == "true"))
      FAIL() << "cannot mount a small file system: " << std::strerror(why);
    GTEST_SKIP() << "this user, or this container, may not mount a small file system; the tests of "
                    "the log fill its disk too";
  }
  void TearDown() override {
    world_.crash();
    if (mounted_) umount2(disk_.c_str(), MNT_DETACH);
  }
  /// Leaves so many bytes of the file system free.
  void leave_free(std::uintmax_t bytes) {
    std::ofstream filler(disk_ + "/filler", std::ios::binary);
    const std::string block(4'096, 'x');
    while (std::filesystem::space(disk_).available > bytes) filler << block << std::flush;
  }
  void make_room() { std::filesystem::remove(disk_ + "/filler"); }
  /// Starts runs with inputs of that size until one is not accepted; the ids of those that were.
  std::vector<std::string> start_until_refused(std::size_t bytes) {
    std::vector<std::string> started;
    for (int i = 0; i < 10'000; ++i) {
      const auto id = fmt::format("run-{}", i);
      auto client = world_.client();
      if (!client.start("words", id, std::string(bytes, 'i'))) return started;
      started.push_back(id);
    }
    ADD_FAILURE() << "the disk never was full";
    return started;
  }

  disk_node world_;
  const std::string disk_ = world_.directory.path() + "/disk";
  bool mounted_ = false;
};

TEST_F(full_disk, a_new_node_without_space_says_what_it_needs) {
  leave_free(std::uintmax_t{64} << 10);
  const auto opened = world_.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, runtime::errc::no_space) << opened.error().message;
  EXPECT_THAT(opened.error().message, HasSubstr("data"));
  make_room();
  EXPECT_TRUE(world_.open()) << "and starts when there is space";
}

TEST_F(full_disk, rule_3_5_with_little_space_left_the_edge_takes_no_new_work) {
  world_.options.node.edge.min_free_disk = std::uint64_t{4} << 20;
  world_.start();
  ASSERT_TRUE(world_.client().start("words", "a"));
  leave_free(std::uintmax_t{2} << 20);
  const auto refused = [&] {  // the space is looked at five times a second
    for (int i = 0; i < 2'000; ++i) {
      const auto started = world_.client().start("words", fmt::format("b{}", i));
      if (!started) return started.error();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return runtime::error{runtime::errc::timed_out, "it never was"};
  }();
  EXPECT_EQ(refused.code, runtime::errc::overloaded) << refused.message;
  EXPECT_THAT(refused.message, HasSubstr("edge.min_free_disk"));
  EXPECT_EQ(world_.client().query("a"), "") << "what is there goes on";
  make_room();
  for (int i = 0; i < 2'000 && !world_.client().signal("a", "word", "x"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(world_.client().query("a"), "x");
}

TEST_F(full_disk, rule_5_4_a_node_that_meets_a_full_disk_ends_with_a_message_and_loses_nothing) {
  world_.start();
  leave_free(0);
  const auto started = start_until_refused(100'000);
  EXPECT_GT(started.size(), 10u) << "the segments that were prepared are still filled";
  world_.wait_until_said("FATAL: ");
  EXPECT_TRUE(world_.has_said("space")) << "it says why";
  EXPECT_FALSE(world_.stop()) << "nothing can be handed over";
  const auto refused = world_.open();
  if (!refused) EXPECT_EQ(refused.error().code, runtime::errc::no_space) << refused.error().message;
  world_.crash();
  make_room();
  world_.start();
  for (const auto& id : started) {
    for (const auto* word : {"a", "b"}) ASSERT_TRUE(world_.client().signal(id, "word", word));
    EXPECT_EQ(world_.client().end_of(id), "ab") << id;
  }
}

}  // namespace
}  // namespace perdure::testing
