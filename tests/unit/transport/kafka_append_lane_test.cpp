#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/transport/log_world.hpp"
#include "transport/kafka/append_lane.hpp"
#include "transport/kafka/bundle_format.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::error;
using runtime::expected;
using runtime::offset;
using runtime::partition_index;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t limit = 100;
const error unknown{errc::outcome_unknown, "unknown"};
const error absent{errc::unavailable, "absent"};

struct lane : ::testing::Test {
  std::shared_ptr<split_append> append(
      std::string name, const std::vector<std::pair<std::uint32_t, std::string>>& records) {
    auto request = request_of(records);
    request.completion = [this, name = std::move(name)](const expected<offset>& outcome) {
      told.push_back(outcome ? fmt::format("{} at {}", name, outcome->value)
                             : fmt::format("{} {}", name, runtime::name(outcome.error().code)));
    };
    return std::make_shared<split_append>(std::move(request));
  }
  void add(const std::string& bytes) { one.add(append(bytes, {{1, bytes}})); }

  append_lane one{partition_index(1), limit};
  append_lane two{partition_index(2), limit};
  std::vector<std::string> told;
};

TEST_F(lane, what_waits_goes_together_and_is_told_in_order) {
  add("a");
  add("b");
  EXPECT_THAT(one.load(), ElementsAre("a", "b"));
  add("c");
  EXPECT_TRUE(one.is_flying() && one.is_waiting());
  one.settle(offset(70));
  EXPECT_THAT(told, ElementsAre("a at 70", "b at 71"));
  EXPECT_THAT(one.load(), ElementsAre("c"));
  one.settle(std::unexpected(unknown));
  EXPECT_THAT(told, ElementsAre("a at 70", "b at 71", "c outcome_unknown"));
  EXPECT_FALSE(one.is_flying() || one.is_waiting());
}

TEST_F(lane, a_bundle_takes_so_many_bytes_and_requests_stay_whole) {
  add(std::string(40, 'a'));
  one.add(append("pair", {{1, std::string(26, 'b')}, {1, std::string(22, 'c')}}));
  add("d");
  EXPECT_EQ(one.load().size(), 3U) << "40 + 4, 26 + 22 + 8: all that fits";
  one.settle(offset(1));
  EXPECT_THAT(one.load(), ElementsAre("d"));
}

TEST_F(lane, a_bundle_takes_no_more_records_than_offsets_can_tell) {
  append_lane wide{partition_index(1), std::size_t{1} << 30};
  const std::vector<std::pair<std::uint32_t, std::string>> many(40'000, {1, "x"});
  wide.add(append("first", many));
  wide.add(append("second", many));
  EXPECT_EQ(wide.load().size(), 40'000U);
}

TEST_F(lane, what_is_refused_is_told_when_its_turn_comes_and_harms_nobody) {
  add("a");
  one.add(append("large", {{1, "x"}}), error{errc::too_large, "too large"});
  add("b");
  EXPECT_THAT(one.load(), ElementsAre("a"));
  EXPECT_THAT(told, IsEmpty());
  one.settle(offset(1));
  EXPECT_THAT(told, ElementsAre("a at 1", "large too_large"));
  EXPECT_THAT(one.load(), ElementsAre("b"));
  one.settle(offset(2));
  one.add(append("alone", {{1, "x"}}), error{errc::too_large, "too large"});
  EXPECT_THAT(one.load(), IsEmpty());
  EXPECT_EQ(told.back(), "alone too_large");
}

TEST_F(lane, what_did_not_leave_goes_before_what_came_later) {
  add("a");
  add("b");
  one.load();
  add("c");
  one.unload();
  EXPECT_FALSE(one.is_flying());
  EXPECT_THAT(one.load(), ElementsAre("a", "b", "c"));
}

TEST_F(lane, all_that_waits_can_be_answered) {
  add("a");
  one.add(append("large", {{1, "x"}}), error{errc::too_large, "too large"});
  one.answer_waiting(absent);
  EXPECT_THAT(told, ElementsAre("a unavailable", "large too_large"));
}

TEST_F(lane, a_request_to_two_partitions_is_told_when_both_are_known) {
  const auto both = append("both", {{2, "x"}, {1, "y"}, {2, "z"}});
  EXPECT_THAT(both->partitions(), ElementsAre(partition_index(2), partition_index(1)));
  one.add(both);
  two.add(both);
  EXPECT_THAT(one.load(), ElementsAre("y"));
  EXPECT_THAT(two.load(), ElementsAre("x", "z"));
  one.settle(offset(1));
  EXPECT_THAT(told, IsEmpty());
  two.settle(offset(9));
  EXPECT_THAT(told, ElementsAre("both at 9")) << "the first record's";
}

TEST_F(lane, what_landed_in_part_is_unknown_and_what_landed_nowhere_is_not) {
  const auto outcome_of = [this](const expected<offset>& first, const expected<offset>& second) {
    const auto both = append("x", {{1, "y"}, {2, "z"}});
    one.add(both);
    two.add(both);
    one.load();
    two.load();
    one.settle(first);
    two.settle(second);
    return told.back();
  };
  EXPECT_EQ(outcome_of(offset(1), std::unexpected(absent)), "x outcome_unknown");
  EXPECT_EQ(outcome_of(std::unexpected(absent), offset(1)), "x outcome_unknown");
  EXPECT_EQ(outcome_of(std::unexpected(absent), std::unexpected(absent)), "x unavailable");
  EXPECT_EQ(outcome_of(std::unexpected(absent), std::unexpected(unknown)), "x outcome_unknown");
  EXPECT_EQ(outcome_of(std::unexpected(unknown), offset(4)), "x outcome_unknown");
}

}  // namespace
}  // namespace perdure::transport
