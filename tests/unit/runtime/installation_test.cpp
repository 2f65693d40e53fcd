#include "runtime/installation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/records.hpp"

namespace perdure::runtime {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr incarnation life(7);

/// A log that a node with this configuration opens, again and again.
class installations : public ::testing::Test {
 protected:
  expected<installation> open() {
    opening_fold fold;
    fold.read(log_);
    return fold.match(wanted_, life);
  }
  /// Opens, and appends what a node would append first.
  installation opened() {
    auto result = open();
    if (!result) throw std::runtime_error(result.error().message);
    for (const auto& entry : result->first_records.entries)
      append(entry.partition, result->first_records.bytes.substr(entry.begin, entry.length));
    return *std::move(result);
  }
  std::string refusal() {
    auto result = open();
    return result ? "opened"
                  : std::string(name(result.error().code)) + ": " + result.error().message;
  }
  void append(partition_index partition, std::string bytes) {
    log_.push_back({partition, offset(log_.size() + 1), payload(std::move(bytes))});
  }

  std::vector<namespace_options> wanted_{{"team", 2, {}, 60, 10}, {"legal", 1, {"team"}, 60, 10}};
  std::vector<log_record> log_;
};

TEST_F(installations, a_new_one_opens_and_configures_every_partition_and_is_found_again) {
  const auto fresh = opened();
  EXPECT_EQ(fresh.first_records.entries.size(), 6u) << "two records for each of three partitions";
  EXPECT_TRUE(fresh.partitions.at(1).fresh && fresh.partitions.at(3).fresh);
  const auto again = opened();
  EXPECT_THAT(again.first_records.entries, IsEmpty());
  EXPECT_FALSE(again.partitions.at(1).fresh);
  EXPECT_EQ(again.partitions.at(2).folded->name_space(), "team");
  EXPECT_EQ(again.partitions.at(2).folded->number(), 1u);
  EXPECT_EQ(again.partitions.at(3).folded->callers(), std::vector<std::string>{"team"});
  EXPECT_EQ(again.where.all().at("team"), fresh.where.all().at("team"));
}

TEST_F(installations, one_that_was_founded_in_part_is_founded_to_its_end_with_the_same_indexes) {
  const auto whole = opened();
  const auto all = std::exchange(log_, {});
  for (unsigned landed = 0; landed < 64; ++landed) {  // any of the six records
    log_.clear();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool opens =
          i % 2 == 0 || (landed >> (i - 1) & 1U) != 0;  // none without the one before
      if ((landed >> i & 1U) != 0 && opens)
        append(all[i].partition, std::string(all[i].bytes.view()));
    }
    const auto rest = opened();
    EXPECT_EQ(rest.where.all(), whole.where.all()) << landed;
    const auto again = opened();
    EXPECT_THAT(again.first_records.entries, IsEmpty()) << landed;
    for (std::size_t i = 1; i <= 3; ++i) {
      EXPECT_FALSE(again.partitions.at(i).fresh) << landed;
      EXPECT_EQ(again.partitions.at(i).folded->name_space(), i < 3 ? "team" : "legal") << landed;
    }
  }
}

TEST_F(installations, the_entries_of_one_partition_can_be_appended_alone) {
  const auto fresh = opened();
  std::string alone;
  for (const std::uint32_t i : {1U, 2U, 3U}) {
    const auto own = only_of(partition_index(i), fresh.first_records);
    EXPECT_EQ(own.entries.size(), 2u);
    for (const auto& entry : own.entries) EXPECT_EQ(entry.partition, partition_index(i));
    alone += own.bytes;
  }
  EXPECT_EQ(alone, fresh.first_records.bytes);
}

TEST_F(installations, rule_5_6_a_record_that_cannot_be_read_ends_the_fold_of_its_partition_only) {
  opened();
  append(partition_index(1), "no record at all");
  append(partition_index(1), "nor this");
  wanted_[0].retention_runs = 11;
  const auto again = open();
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_TRUE(again->partitions.at(1).unreadable);
  EXPECT_THAT(again->partitions.at(1).unreadable->message, HasSubstr("partition 1, offset 7"));
  EXPECT_FALSE(again->partitions.at(2).unreadable);
  ASSERT_EQ(again->first_records.entries.size(), 1u);
  EXPECT_EQ(again->first_records.entries[0].partition, partition_index(2)) << "nothing for it";
}

TEST_F(installations, rule_5_6_a_config_that_switches_on_a_newer_core_cannot_be_read) {
  opened();
  wire::Config newer;
  newer.set_version(2);
  newer.set_core_version(core_version + 1);
  std::string bytes;
  encode_record(bytes, {record_kind::config, {1}, {}}, newer);
  append(partition_index(2), bytes);
  const auto again = open();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->partitions.at(2).unreadable->code, errc::unsupported_format);
  EXPECT_THAT(again->partitions.at(2).unreadable->message, HasSubstr("use a newer program"));
}

TEST_F(installations, a_changed_configuration_is_recorded_in_the_partitions_that_it_changes) {
  opened();
  wanted_[1].callers = {};
  wanted_[1].retention_runs = 11;
  const auto changed = opened();
  ASSERT_EQ(changed.first_records.entries.size(), 1u);
  EXPECT_EQ(changed.first_records.entries[0].partition, partition_index(3));
  const auto again = opened();
  EXPECT_THAT(again.first_records.entries, IsEmpty());
  EXPECT_EQ(again.partitions.at(3).folded->config_version(), 2u);
  EXPECT_THAT(again.partitions.at(3).folded->callers(), IsEmpty());
  EXPECT_EQ(again.partitions.at(3).folded->retention_runs(), 11u);
}

TEST_F(installations, a_namespace_may_come_later_and_in_any_order) {
  opened();
  wanted_.insert(wanted_.begin(), {"late", 2, {}, 60, 10});
  EXPECT_EQ(opened().first_records.entries.size(), 4u);
  const auto again = opened();
  EXPECT_EQ(again.where.all().at("late"), (std::vector{partition_index(4), partition_index(5)}));
  EXPECT_EQ(again.where.all().at("legal"), std::vector{partition_index(3)});
}

TEST_F(installations, an_opening_that_was_broken_off_is_finished) {
  auto half = open();
  ASSERT_TRUE(half);
  const auto& first = half->first_records;
  for (std::size_t i = 0; i + 1 < first.entries.size(); ++i)  // the last one has no config
    append(first.entries[i].partition,
           first.bytes.substr(first.entries[i].begin, first.entries[i].length));
  const auto finished = opened();
  ASSERT_EQ(finished.first_records.entries.size(), 1u);
  EXPECT_EQ(finished.first_records.entries[0].partition, partition_index(3));
  EXPECT_THAT(opened().first_records.entries, IsEmpty());
}

TEST_F(installations, a_changed_number_of_partitions_is_refused_by_name) {
  opened();
  wanted_[0].partitions = 3;
  EXPECT_THAT(refusal(), AllOf(HasSubstr("invalid_argument"), HasSubstr("'team'"),
                               HasSubstr("set it back to 2")));
}

TEST_F(installations, a_namespace_that_the_configuration_forgot_is_refused_by_name) {
  opened();
  wanted_.pop_back();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("'legal'"), HasSubstr("add it with 1 partitions")));
}

TEST_F(installations, records_of_a_partition_that_nobody_opened_are_refused) {
  opened();
  append(partition_index(9), start_record({}));
  EXPECT_THAT(refusal(), AllOf(HasSubstr("corrupt"), HasSubstr("partition 9")));
}

TEST_F(installations, rule_5_6_each_such_partition_is_named_with_its_place_and_the_first_counts) {
  opened();
  append(partition_index(2), "noise");
  append(partition_index(1), encoded(static_cast<record_kind>(40), wire::Barrier()));
  append(partition_index(1), "noise");
  const auto again = open();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->partitions.at(2).unreadable->code, errc::corrupt);
  EXPECT_THAT(again->partitions.at(2).unreadable->message, HasSubstr("partition 2, offset 7: "));
  EXPECT_EQ(again->partitions.at(1).unreadable->code, errc::unsupported_format);
  EXPECT_THAT(again->partitions.at(1).unreadable->message,
              AllOf(HasSubstr("partition 1, offset 8: "), HasSubstr("40")));
}

TEST_F(installations, a_first_record_that_cannot_be_read_is_refused_nobody_knows_whose_it_is) {
  append(partition_index(1), "noise");
  EXPECT_THAT(refusal(), HasSubstr("corrupt: partition 1, offset 1: "));
}

}  // namespace
}  // namespace perdure::runtime
