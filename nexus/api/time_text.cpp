#include "nexus/api/time_text.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace perdure::nexus {
namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> units{{{"us", 1},
                                                                          {"ms", 1'000},
                                                                          {"s", 1'000'000},
                                                                          {"m", 60'000'000},
                                                                          {"h", 3'600'000'000},
                                                                          {"d", 86'400'000'000}}};
constexpr std::int64_t longest = 366'000LL * 86'400'000'000;
static_assert(longest < INT64_MAX / 2);

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string to_text(runtime::timestamp time) {
  using namespace std::chrono;
  const sys_time<microseconds> at{microseconds(time.us)};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss clock{at - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::optional<runtime::duration> parse_duration(std::string_view text) {
  // Whole units and the fraction apart: a double would not give back every microsecond.
  std::int64_t whole = 0;
  const auto [whole_end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (text.empty() || !is_digit(text.front()) || error != std::errc()) return {};
  text.remove_prefix(static_cast<std::size_t>(whole_end - text.data()));
  std::string_view fraction;
  if (text.starts_with('.')) {
    std::size_t digits = 1;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    fraction = text.substr(1, digits - 1);
    if (fraction.empty()) return {};
    text.remove_prefix(digits);
  }
  for (const auto& [name, size] : units) {
    if (text != name) continue;
    if (whole > longest / size) return {};
    std::int64_t us = whole * size;
    std::int64_t place = size;
    for (const char digit : fraction) {
      if (place % 10 != 0 && digit != '0') return {};  // below a microsecond
      place /= 10;
      us += place * (digit - '0');
    }
    return runtime::duration{us};
  }
  return {};
}

}  // namespace perdure::nexus
