#include "transport/embedded_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/transport/log_world.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::offset;
using runtime::partition_index;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class embedded_log : public ::testing::Test {
 protected:
  memory_disk disk;
  log_world world{disk};

  void SetUp() override { open(); }
  void open() {
    auto opened = world.open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  std::vector<told> read(std::uint32_t partition, std::uint64_t after = 0,
                         std::size_t limit = 1 << 20) {
    auto records = world.log().read(partition_index(partition), offset(after), limit);
    EXPECT_TRUE(records) << records.error().message;
    return records ? told_of(*records) : std::vector<told>();
  }
  std::vector<told> read_at(std::vector<std::uint64_t> at) {
    std::vector<offset> offsets(at.begin(), at.end());
    auto records = world.log().read_at(offsets);
    EXPECT_TRUE(records) << records.error().message;
    return records ? told_of(*records) : std::vector<told>();
  }
};

TEST_F(embedded_log, a_new_log_is_empty_and_has_an_incarnation) {
  EXPECT_TRUE(world.log().opening().created);
  EXPECT_TRUE(world.log().incarnation());
  EXPECT_EQ(world.log().end(partition_index(1)), offset(0));
  EXPECT_THAT(read(1), IsEmpty());
}

TEST_F(embedded_log, what_is_appended_is_read_and_there_after_a_restart) {
  EXPECT_EQ(world.append({{1, "one"}, {2, "two"}}), offset(1));
  EXPECT_EQ(world.append({{1, ""}}), offset(3));
  auto incarnation = world.log().incarnation();
  std::vector<told> all{{1, 1, "one"}, {2, 2, "two"}, {3, 1, ""}};
  EXPECT_THAT(read(1), ElementsAre(all[0], all[2]));
  EXPECT_THAT(read(2), ElementsAre(all[1]));
  open();
  EXPECT_FALSE(world.log().opening().created);
  EXPECT_EQ(world.log().incarnation(), incarnation);
  EXPECT_EQ(world.opened_with, all);
  EXPECT_THAT(read(1), ElementsAre(all[0], all[2]));
  EXPECT_EQ(world.log().end(partition_index(1)), offset(3));
  EXPECT_EQ(world.append("four"), offset(4));
}

TEST_F(embedded_log, rule_8_what_waits_goes_into_one_batch) {
  world.submit({{1, "a"}});
  world.submit({{2, "b"}, {1, "c"}});
  world.submit({{1, "d"}});
  EXPECT_EQ(world.log().run_once(), 4u);
  EXPECT_EQ(world.durable.size(), 1u);
  EXPECT_EQ(world.outcomes.at(0), offset(1));
  EXPECT_EQ(world.outcomes.at(1), offset(2));
  EXPECT_EQ(world.outcomes.at(2), offset(4));
  EXPECT_THAT(world.order, ElementsAre("durable 4", "outcome 0", "outcome 1", "outcome 2"));
  EXPECT_EQ(world.log().run_once(), 0u);
}

}  // namespace
}  // namespace perdure::transport
