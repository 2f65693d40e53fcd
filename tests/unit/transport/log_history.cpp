#include "tests/unit/transport/log_history.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace perdure::transport {

std::string log_history::judge(const std::vector<told>& found) const {
  std::size_t begin = found.empty() ? 0 : found.front().at - 1;
  if (begin > trimmed) return fmt::format("begins after record {}", begin);
  std::size_t end = begin + found.size();
  if (end < acknowledged) return fmt::format("{} records of {} acknowledged", end, acknowledged);
  if (end > submitted.size()) return fmt::format("{} records, more than were submitted", end);
  auto expected = submitted.begin() + static_cast<std::ptrdiff_t>(begin);
  if (!std::equal(found.begin(), found.end(), expected)) return "other records than submitted";
  if (!std::ranges::binary_search(batch_ends, end)) {
    return fmt::format("ends after record {}, in the middle of a batch", end);
  }
  return {};
}

void log_history::adopt(const std::vector<told>& found) {
  ++lives;
  acknowledged = found.empty() ? 0 : found.back().at;
  submitted.resize(acknowledged);
  while (batch_ends.back() > acknowledged) batch_ends.pop_back();
}

std::vector<told> log_history::readable(std::uint32_t partition) const {
  std::vector<told> all;
  for (std::size_t i = trimmed; i < acknowledged; ++i) {
    if (partition == submitted[i].partition) all.push_back(submitted[i]);
  }
  return all;
}

}  // namespace perdure::transport
