#include "deploy/option_value.hpp"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace perdure::deploy {
namespace {

TEST(option_value, counts_are_digits) {
  EXPECT_EQ(parse_count("0"), 0U);
  EXPECT_EQ(parse_count(" 42 "), 42U);
  EXPECT_EQ(parse_count("1'000_000"), 1'000'000U);
  EXPECT_EQ(parse_count("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  for (const auto* bad : {"", "-1", "1.5", "x", "1x", "18446744073709551616", "'1"}) {
    EXPECT_FALSE(parse_count(bad)) << bad;
  }
}

TEST(option_value, sizes_have_units) {
  EXPECT_EQ(parse_size("64MiB"), 64U << 20);
  EXPECT_EQ(parse_size("64 MiB"), 64U << 20);
  EXPECT_EQ(parse_size("512 B"), 512U);
  EXPECT_EQ(parse_size("0"), 0U);
  for (const auto* bad : {"64", "64MB", "64 mib", "MiB", "", "-1 B", "99999999999 TiB", "1 B B"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
}

TEST(option_value, times_have_units) {
  EXPECT_EQ(parse_duration("2s"), runtime::seconds(2));
  EXPECT_EQ(parse_duration("500 ms"), runtime::milliseconds(500));
  EXPECT_EQ(parse_duration("7d"), runtime::seconds(7 * 24 * 3600));
  EXPECT_EQ(parse_duration("0"), runtime::duration{});
  EXPECT_EQ(parse_duration("3m"), parse_duration("3 min"));
  for (const auto* bad : {"2", "2 sec", "s", "", "-2s", "9999999999999 d"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(option_value, what_is_printed_is_read_back) {
  for (const std::uint64_t size :
       {0ULL, 1ULL, 1023ULL, 1024ULL, 64ULL << 20, 3ULL << 30, (1ULL << 40) + 1}) {
    EXPECT_EQ(parse_size(print_size(size)), size);
  }
  for (const std::int64_t us : {0LL, 1LL, 999LL, 1'000LL, 90'000'000LL, 86'400'000'000LL}) {
    EXPECT_EQ(parse_duration(print_duration({us})), runtime::duration{us});
  }
  EXPECT_EQ(print_size(64 << 20), "64 MiB");
  EXPECT_EQ(print_duration(runtime::seconds(90)), "90 s");
}

TEST(option_value, switches_are_words) {
  EXPECT_EQ(parse_switch("true"), true);
  EXPECT_EQ(parse_switch("off"), false);
  EXPECT_FALSE(parse_switch("1"));
  EXPECT_FALSE(parse_switch(""));
}

}  // namespace
}  // namespace perdure::deploy
