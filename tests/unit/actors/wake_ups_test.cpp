#include "actors/wake_ups.hpp"

#include <gtest/gtest.h>

namespace perdure::actors {
namespace {

using runtime::timestamp;

TEST(wake_ups_test, only_an_earlier_time_needs_another_wake_up) {
  wake_ups ups;
  EXPECT_TRUE(ups.want(timestamp{100}));
  EXPECT_FALSE(ups.want(timestamp{100}));
  EXPECT_FALSE(ups.want(timestamp{500}));
  EXPECT_TRUE(ups.want(timestamp{50}));
  EXPECT_FALSE(ups.want(timestamp{70}));
}

TEST(wake_ups_test, those_on_their_way_do_not_multiply) {
  wake_ups ups;
  std::int64_t now = 0;
  for (int timer = 0; timer < 10'000; ++timer) {
    ups.want(timestamp{60'000'000});  // an idle frame
    ups.want(timestamp{++now});       // and a timer before it, which fires
    ups.arrived();
    EXPECT_LE(ups.on_the_way(), 2u);
  }
}

TEST(wake_ups_test, one_more_than_expected_is_harmless) {
  wake_ups ups;
  ups.arrived();
  EXPECT_TRUE(ups.want(timestamp{5}));
}

}  // namespace
}  // namespace perdure::actors
