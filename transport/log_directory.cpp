#include "transport/log_directory.hpp"

#include <charconv>

#include <fmt/format.h>

namespace perdure::transport {
namespace {
constexpr std::string_view prefix = "segment-";
constexpr std::string_view suffix = ".log";
constexpr std::size_t digits = 16;
}  // namespace

std::string log_directory::segment(std::uint64_t ordinal) const {
  return fmt::format("{}/{}{:016}{}", path_, prefix, ordinal, suffix);
}

std::optional<std::uint64_t> log_directory::segment_ordinal(std::string_view name) {
  if (name.size() != prefix.size() + digits + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix)) {
    return std::nullopt;
  }
  const char* begin = name.data() + prefix.size();
  std::uint64_t ordinal = 0;
  auto [end, failure] = std::from_chars(begin, begin + digits, ordinal);
  if (failure != std::errc{} || end != begin + digits || ordinal == 0) return std::nullopt;
  return ordinal;
}

}  // namespace perdure::transport
