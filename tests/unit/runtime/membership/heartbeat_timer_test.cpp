#include "runtime/membership/heartbeat_timer.hpp"

#include <gtest/gtest.h>

namespace perdure::runtime::membership {
namespace {

constexpr timestamp at(std::int64_t ms) { return {ms * 1'000}; }

struct heartbeat_timer_test : ::testing::Test {
  heartbeat_timer timer{milliseconds(200), seconds(1)};
};

TEST_F(heartbeat_timer_test, the_first_is_due_at_once_and_the_next_an_interval_after_it_came_back) {
  EXPECT_EQ(timer.due(0, false, at(1'000)), 1u);
  EXPECT_EQ(timer.due(0, false, at(1'001)), 0u);
  EXPECT_TRUE(timer.on_read_back(at(1'050)));
  EXPECT_EQ(timer.next(false), at(1'250));
  EXPECT_EQ(timer.due(1, false, at(1'249)), 0u);
  EXPECT_EQ(timer.due(1, false, at(1'250)), 2u);
}

TEST_F(heartbeat_timer_test, rule_9_3_what_does_not_come_back_is_appended_again_with_its_number) {
  EXPECT_EQ(timer.due(0, false, at(0)), 1u);
  EXPECT_EQ(timer.next(false), at(1'000));
  EXPECT_EQ(timer.due(0, false, at(999)), 0u);
  EXPECT_EQ(timer.due(0, false, at(1'000)), 1u);
  EXPECT_EQ(timer.due(0, false, at(600'000)), 1u);
  EXPECT_TRUE(timer.on_read_back(at(600'001)));
  EXPECT_EQ(timer.due(1, false, at(600'002)), 0u) << "a long silence gives no credit";
}

TEST_F(heartbeat_timer_test, rule_9_3_a_suspicion_is_answered_at_once) {
  EXPECT_EQ(timer.due(0, false, at(0)), 1u);
  timer.on_read_back(at(1));
  EXPECT_EQ(timer.next(true), timestamp{});
  EXPECT_EQ(timer.due(1, true, at(2)), 2u);
  EXPECT_EQ(timer.due(1, true, at(101)), 0u);
  EXPECT_EQ(timer.due(1, true, at(102)), 2u) << "every half interval, until it is heard";
  EXPECT_FALSE(timer.on_read_back(at(103))) << "it came early, so it measures no silence";
  EXPECT_EQ(timer.due(2, false, at(200)), 0u);
  EXPECT_EQ(timer.due(2, false, at(201)), 3u) << "the others come as if nothing had been";
}

TEST_F(heartbeat_timer_test, what_is_on_its_way_answers_a_suspicion_too) {
  EXPECT_EQ(timer.due(0, false, at(0)), 1u);
  EXPECT_EQ(timer.due(0, true, at(50)), 0u);
  EXPECT_EQ(timer.due(0, true, at(100)), 1u);
  EXPECT_TRUE(timer.on_read_back(at(101)));
}

TEST_F(heartbeat_timer_test, a_clock_that_jumps_costs_one_heartbeat_at_most) {
  EXPECT_EQ(timer.due(0, false, at(1'000'000)), 1u);
  timer.on_read_back(at(1'000'000));
  EXPECT_EQ(timer.due(1, false, at(5)), 0u);  // back by a quarter of an hour
  EXPECT_EQ(timer.due(1, false, at(205)), 2u);
  EXPECT_EQ(timer.due(1, false, at(1)), 0u);
  EXPECT_EQ(timer.due(1, false, at(1'001)), 2u);
  timer.on_read_back(at(1'001));
  EXPECT_EQ(timer.due(2, false, at(9'000'000)), 3u);  // and forward
  timer.on_read_back(at(9'000'000));
  EXPECT_EQ(timer.due(3, false, at(9'000'100)), 0u);
}

TEST_F(heartbeat_timer_test, a_new_stay_begins_with_number_1) {
  EXPECT_EQ(timer.due(41, false, at(10)), 42u);
  timer.clear();
  EXPECT_EQ(timer.due(0, false, at(11)), 1u);
}

}  // namespace
}  // namespace perdure::runtime::membership
