#include <gtest/gtest.h>

#include "transport/kafka/trim_schedule.hpp"

namespace perdure::transport {
namespace {

using runtime::seconds;
using runtime::timestamp;

constexpr timestamp begin{1'000'000};

TEST(trim_schedule, what_is_not_needed_goes_after_a_whole_pause) {
  trim_schedule one(seconds(10));
  EXPECT_EQ(one.due(begin), std::nullopt);
  one.allow(100);
  EXPECT_EQ(one.due(begin + seconds(9)), std::nullopt);
  EXPECT_EQ(one.due(begin + seconds(10)), std::nullopt) << "it was not needed for a second only";
  one.allow(200);
  EXPECT_EQ(one.due(begin + seconds(19)), std::nullopt);
  EXPECT_EQ(one.due(begin + seconds(20)), 100);
  one.on_deleted(100);
  EXPECT_EQ(one.due(begin + seconds(30)), 200);
}

TEST(trim_schedule, what_is_gone_is_not_deleted_again) {
  trim_schedule one(seconds(10));
  one.allow(100);
  EXPECT_EQ(one.due(begin), std::nullopt);
  EXPECT_EQ(one.due(begin + seconds(10)), 100);
  one.on_deleted(100);
  for (int i = 2; i < 10; ++i) EXPECT_EQ(one.due(begin + seconds(10 * i)), std::nullopt);
  one.allow(50);
  EXPECT_EQ(one.due(begin + seconds(100)), std::nullopt);
  EXPECT_EQ(one.due(begin + seconds(110)), std::nullopt) << "less than before";
}

TEST(trim_schedule, what_could_not_be_deleted_comes_again_with_what_has_come_since) {
  trim_schedule one(seconds(10));
  one.allow(100);
  EXPECT_EQ(one.due(begin), std::nullopt);
  one.allow(150);
  EXPECT_EQ(one.due(begin + seconds(10)), 100);
  EXPECT_EQ(one.due(begin + seconds(11)), std::nullopt) << "not at once";
  EXPECT_EQ(one.due(begin + seconds(20)), 150);
}

}  // namespace
}  // namespace perdure::transport
