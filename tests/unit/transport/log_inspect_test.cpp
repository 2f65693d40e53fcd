#include "transport/log_inspect.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
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

// Damage and cuts as verify reports them: log_damage_test asks it everything that it asks opening.
class log_inspect : public ::testing::Test {
 protected:
  log_inspect() {
    EXPECT_TRUE(world_.open());
    EXPECT_TRUE(world_.append({{1, "a"}, {2, "b"}}));
    EXPECT_TRUE(world_.append({{1, "c"}}));
    EXPECT_TRUE(world_.append({{2, std::string(3000, 'd')}}));
    EXPECT_TRUE(world_.append({{1, std::string(1000, 'e')}}));  // in the next segment
    incarnation_ = world_.log().incarnation();
    world_.crash();
  }
  std::vector<std::string> dump(const dump_filter& filter) {
    std::vector<std::string> lines;
    findings_ = dump_log(disk_, "/log", filter, [&](const dumped_record& record) {
      EXPECT_EQ(
          disk_.contents(std::string(record.path)).substr(record.position, record.bytes.size()),
          record.bytes);
      lines.push_back(fmt::format(
          "{}.{} {} of {} in {} at {}", record.partition, record.at, record.bytes.substr(0, 1),
          record.batch_first, record.path.substr(record.path.size() - 5), record.batch_position));
    });
    return lines;
  }

  memory_disk disk_;
  log_world world_{disk_};
  runtime::incarnation incarnation_;
  runtime::expected<log_findings> findings_;
};

TEST_F(log_inspect, verify_counts_what_is_there) {
  auto found = verify_log(disk_, "/log");
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->damage);
  EXPECT_EQ(found->incarnation, incarnation_);
  EXPECT_EQ(found->segments, 2u);
  EXPECT_EQ(found->batches, 4u);
  EXPECT_EQ(found->records, 5u);
  EXPECT_EQ(found->batch_bytes, 56u + 48u + 3040u + 1040u);
  EXPECT_EQ(found->first, offset(1));
  EXPECT_EQ(found->last, offset(5));
}

TEST_F(log_inspect, dump_shows_each_record_with_its_place) {
  EXPECT_THAT(dump({}), ElementsAre("1.1 a of 1 in 1.log at 512", "2.2 b of 1 in 1.log at 512",
                                    "1.3 c of 3 in 1.log at 568", "2.4 d of 4 in 1.log at 616",
                                    "1.5 e of 5 in 2.log at 512"));
}

TEST_F(log_inspect, dump_shows_one_partition_or_from_an_offset_on) {
  EXPECT_THAT(dump({.partition = partition_index(2), .from = {}}),
              ElementsAre(HasSubstr("2.2 b"), HasSubstr("2.4 d")));
  EXPECT_THAT(dump({.partition = partition_index(1), .from = offset(2)}),
              ElementsAre(HasSubstr("1.3 c"), HasSubstr("1.5 e")));
  EXPECT_EQ(findings_->records, 5u) << "all were verified";
}

TEST_F(log_inspect, dump_shows_what_stands_before_the_damage_and_names_it) {
  std::string path = "/log/segment-0000000000000001.log";
  std::string bytes = disk_.contents(path);
  bytes[620] = static_cast<char>(bytes[620] ^ 1);
  disk_.set_contents(path, bytes);
  EXPECT_EQ(dump({}).size(), 3u);
  ASSERT_TRUE(findings_ && findings_->damage);
  EXPECT_EQ(findings_->damage->code, errc::corrupt);
  EXPECT_THAT(findings_->damage->message, HasSubstr(path + " at 616"));
}

TEST_F(log_inspect, a_directory_in_use_or_without_log_is_refused) {
  EXPECT_EQ(verify_log(disk_, "/elsewhere").error().code, errc::not_found);
  ASSERT_TRUE(world_.open());
  EXPECT_EQ(verify_log(disk_, "/log").error().code, errc::locked);
}

}  // namespace
}  // namespace perdure::transport
