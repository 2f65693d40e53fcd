#include "deploy/option_value.hpp"

#include <array>
#include <limits>
#include <span>

#include <fmt/format.h>

namespace perdure::deploy {
namespace {

using runtime::errc;
using runtime::expected;
using runtime::fail;

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

/// The largest first: a value is printed in the largest unit that divides it.
constexpr auto sizes = std::to_array<unit>({{"TiB", std::uint64_t{1} << 40},
                                            {"GiB", std::uint64_t{1} << 30},
                                            {"MiB", std::uint64_t{1} << 20},
                                            {"KiB", std::uint64_t{1} << 10},
                                            {"B", 1}});
constexpr auto durations = std::to_array<unit>({{"d", 86'400'000'000},
                                                {"h", 3'600'000'000},
                                                {"min", 60'000'000},
                                                {"m", 60'000'000},  // as the API has it
                                                {"s", 1'000'000},
                                                {"ms", 1'000},
                                                {"us", 1}});

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The digits at the front of `text`, which are taken off it.
expected<std::uint64_t> take_digits(std::string_view& text) {
  std::uint64_t value = 0;
  bool any = false;
  while (!text.empty()) {
    const char c = text.front();
    if (c >= '0' && c <= '9') {
      const auto digit = static_cast<std::uint64_t>(c - '0');
      if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) {
        return fail(errc::invalid_argument, "is too large a number");
      }
      value = value * 10 + digit;
      any = true;
    } else if (!any || (c != '\'' && c != '_')) {
      break;
    }
    text.remove_prefix(1);
  }
  if (!any) return fail(errc::invalid_argument, "does not start with a number");
  return value;
}

expected<std::uint64_t> parse_with_unit(std::string_view text, std::span<const unit> units,
                                        std::string_view what) {
  text = trimmed(text);
  auto number = take_digits(text);
  if (!number) return fail(errc::invalid_argument, fmt::format("is not {}", what));
  text = trimmed(text);
  if (text.empty() && *number == 0) return 0;
  for (const auto& candidate : units) {
    if (text != candidate.name) continue;
    if (*number > std::numeric_limits<std::int64_t>::max() / candidate.factor) {
      return fail(errc::invalid_argument, "is too large");
    }
    return *number * candidate.factor;
  }
  return fail(errc::invalid_argument, text.empty() ? fmt::format("has no unit: write {}", what)
                                                   : fmt::format("is not {}", what));
}

std::string print_with_unit(std::uint64_t value, std::span<const unit> units) {
  if (value == 0) return "0";
  for (const auto& candidate : units) {
    if (value % candidate.factor == 0) {
      return fmt::format("{} {}", value / candidate.factor, candidate.name);
    }
  }
  return std::to_string(value);
}

}  // namespace

expected<std::uint64_t> parse_count(std::string_view text) {
  text = trimmed(text);
  auto value = take_digits(text);
  if (!value) return value;
  if (!text.empty()) return fail(errc::invalid_argument, "is not a number");
  return value;
}

std::string print_count(std::uint64_t value) { return std::to_string(value); }

expected<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, sizes, "a size such as 64 MiB");
}

std::string print_size(std::uint64_t bytes) { return print_with_unit(bytes, sizes); }

expected<runtime::duration> parse_duration(std::string_view text) {
  const auto us = parse_with_unit(text, durations, "a length of time such as 500 ms, 2 s or 7 d");
  if (!us) return std::unexpected(us.error());
  return runtime::duration{static_cast<std::int64_t>(*us)};
}

std::string print_duration(runtime::duration value) {
  return print_with_unit(static_cast<std::uint64_t>(value.us), durations);
}

expected<bool> parse_switch(std::string_view text) {
  text = trimmed(text);
  for (std::string_view yes : {"true", "yes", "on"}) {
    if (text == yes) return true;
  }
  for (std::string_view no : {"false", "no", "off"}) {
    if (text == no) return false;
  }
  return fail(errc::invalid_argument, "is neither true nor false");
}

}  // namespace perdure::deploy
