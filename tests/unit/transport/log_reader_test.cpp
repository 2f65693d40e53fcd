#include "transport/log_reader.hpp"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/transport/failing_files.hpp"
#include "tests/unit/transport/log_world.hpp"

namespace perdure::transport {
namespace {

using runtime::offset;

/// A log that keeps nothing in memory but its newest batch, and something that happens in the
/// middle of the next read.
class log_reader : public ::testing::Test {
 protected:
  log_reader() {
    world_.options.tail_bytes = 0;
    EXPECT_TRUE(world_.open());
    files_.before_look([this](const std::string& operation) {
      if (operation.starts_with("read ") && meanwhile_) std::exchange(meanwhile_, nullptr)();
    });
  }

  memory_disk disk_;
  failing_files files_{disk_};
  log_world world_{files_};
  std::function<void()> meanwhile_;
};

TEST_F(log_reader, finds_what_landed_behind_the_first_that_it_reads) {
  for (const auto* text : {"one", "two"}) ASSERT_TRUE(world_.append(text));
  meanwhile_ = [this] {
    for (const auto* text : {"three", "four"}) ASSERT_TRUE(world_.append(text));
  };
  const std::vector<offset> asked{offset(1), offset(3)};
  const auto found = world_.log().read_at({}, asked);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ((*found)[1].bytes.view(), "three");
}

}  // namespace
}  // namespace perdure::transport
