#include <gtest/gtest.h>

#include "transport/kafka/bundle_tail.hpp"
#include "transport/kafka/fetch_pace.hpp"

namespace perdure::transport {
namespace {

using runtime::milliseconds;

/// So many looks, so many bundles before each.
pace look(fetch_pace& one, int looks, int bundles,
          runtime::duration since = fetch_pace::look_interval) {
  auto suits = pace::at_once;
  for (int i = 0; i < looks; ++i) {
    for (int k = 0; k < bundles; ++k) one.count();
    suits = one.look(since);
  }
  return suits;
}

TEST(fetch_pace, few_bundles_are_fetched_at_once) {
  fetch_pace one;
  EXPECT_EQ(look(one, 100, 0), pace::at_once);
  EXPECT_EQ(look(one, 100, 49), pace::at_once);
}

TEST(fetch_pace, many_are_fetched_in_bulk_after_three_looks_in_a_row) {
  fetch_pace one;
  EXPECT_EQ(look(one, 2, 50), pace::at_once);
  EXPECT_EQ(look(one, 1, 49), pace::at_once);
  EXPECT_EQ(look(one, 2, 1'000), pace::at_once) << "the looks before were not in a row with these";
  EXPECT_EQ(look(one, 1, 50), pace::in_bulk);
}

TEST(fetch_pace, what_is_not_few_for_a_second_goes_on_in_bulk) {
  fetch_pace one;
  ASSERT_EQ(look(one, 3, 50), pace::in_bulk);
  EXPECT_EQ(look(one, 100, 25), pace::in_bulk);
  EXPECT_EQ(look(one, 9, 0), pace::in_bulk);
  EXPECT_EQ(look(one, 1, 25), pace::in_bulk);
  EXPECT_EQ(look(one, 9, 24), pace::in_bulk);
  EXPECT_EQ(look(one, 1, 24), pace::at_once);
  EXPECT_EQ(look(one, 2, 50), pace::at_once);
  EXPECT_EQ(look(one, 1, 50), pace::in_bulk);
}

TEST(fetch_pace, it_counts_by_the_second_however_late_a_look_is) {
  fetch_pace one;
  EXPECT_EQ(look(one, 10, 50, milliseconds(200)), pace::at_once);
  EXPECT_EQ(look(one, 3, 500, milliseconds(1'000)), pace::in_bulk);
  EXPECT_EQ(look(one, 10, 249, milliseconds(1'000)), pace::at_once);
}

TEST(fetch_pace, a_wait_in_bulk_is_no_election) {
  EXPECT_LE(bulk_wait, runtime::duration{bundle_tail::shortest_election.us / 5});
}

}  // namespace
}  // namespace perdure::transport
