#include "transport/segment_supply.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/transport/log_world.hpp"

namespace perdure::transport {
namespace {

// Where the mark is lost, nothing says what was trimmed: what is kept for reuse is read again.
TEST(segment_supply, keeps_of_what_was_trimmed_the_newest_so_that_no_file_is_missing_between) {
  memory_disk disk;
  log_world world(disk);
  world.options.spare_segments = 2;
  ASSERT_TRUE(world.open());
  for (int i = 0; i < 42; ++i) ASSERT_TRUE(world.append(std::string(500, 'x')));
  ASSERT_TRUE(world.log().trim(runtime::offset(30)));
  for (int used_again = 0; used_again < 2; ++used_again) {
    const auto given_up = disk.after_kill();
    given_up->set_contents("/log/mark", "");
    log_world again(*given_up);
    const auto opened = again.open();
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_LT(again.opened_with.front().at, 30U);
    EXPECT_EQ(again.opened_with.back().at, 42U);
    ASSERT_TRUE(world.log().prepare_segment());
  }
}

}  // namespace
}  // namespace perdure::transport
