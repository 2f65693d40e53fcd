#include "nexus/door/door_attempts.hpp"

#include <gtest/gtest.h>

namespace perdure::nexus {
namespace {

using runtime::milliseconds;
using runtime::timestamp;

constexpr timestamp start{1'000'000'000};
constexpr std::uint64_t longest = ~std::uint64_t{0};

TEST(door_attempts, one_that_works_is_kept) {
  door_attempts tries;
  EXPECT_EQ(tries.next(start), std::nullopt);
  tries.set({"a", "b", "c"}, 1);
  EXPECT_EQ(tries.next(start), "b");
  tries.succeeded();
  EXPECT_EQ(tries.next(start), "b");
  tries.set({"d", "a", "b"}, 0);
  EXPECT_EQ(tries.next(start), "b") << "it is still there";
}

TEST(door_attempts, the_next_is_tried_at_once_until_all_have_failed) {
  door_attempts tries;
  tries.set({"a", "b"}, 0);
  EXPECT_FALSE(tries.failed(start, 0));
  EXPECT_EQ(tries.next(start), "b");
  EXPECT_TRUE(tries.failed(start, 0));
  EXPECT_EQ(tries.next(start), std::nullopt);
  EXPECT_EQ(tries.not_before(), start + milliseconds(50));
  EXPECT_EQ(tries.next(tries.not_before()), "a");
}

TEST(door_attempts, pauses_double_up_to_five_seconds_with_jitter) {
  for (const std::uint64_t chance : {std::uint64_t{0}, std::uint64_t{77'777}, longest}) {
    door_attempts tries;
    tries.set({"a"}, 0);
    for (const std::int64_t most : {100, 200, 400, 800, 1'600, 3'200, 5'000, 5'000}) {
      EXPECT_TRUE(tries.failed(start, chance));
      EXPECT_GE(tries.not_before(), start + milliseconds(most / 2));
      EXPECT_LE(tries.not_before(), start + milliseconds(most));
    }
    tries.succeeded();
    EXPECT_EQ(tries.next(start), "a");
    tries.failed(start, chance);
    EXPECT_LE(tries.not_before(), start + milliseconds(100)) << "from the beginning";
  }
}

TEST(door_attempts, news_of_the_registry_end_a_pause) {
  door_attempts tries;
  tries.set({"a"}, 0);
  for (int i = 0; i < 10; ++i) tries.failed(start, longest);
  tries.set({"a"}, 0);
  EXPECT_EQ(tries.next(start), std::nullopt) << "no news";
  tries.set({"a", "b"}, 1);
  EXPECT_TRUE(tries.next(start));
  tries.set({}, 0);
  EXPECT_EQ(tries.next(start), std::nullopt);
  EXPECT_FALSE(tries.failed(start, 0));
}

}  // namespace
}  // namespace perdure::nexus
