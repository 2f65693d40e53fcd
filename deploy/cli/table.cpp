#include "deploy/cli/table.hpp"

#include <algorithm>
#include <numeric>

#include "deploy/cli/text_width.hpp"

namespace perdure::deploy {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 6;

}  // namespace

std::vector<std::size_t> table::widths(std::size_t width) const {
  std::vector<std::size_t> result(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < std::min(row.size(), result.size()); ++i) {
      result[i] = std::max(result[i], text_width(row[i]));
    }
  }
  const auto gaps = gap * (result.size() - 1);
  while (width > 0 && std::accumulate(result.begin(), result.end(), gaps) > width) {
    auto widest = std::ranges::max_element(result);
    if (*widest <= narrowest) break;
    --*widest;
  }
  return result;
}

std::string table::text(std::size_t width) const {
  const auto columns = widths(width);
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < std::min(row.size(), columns.size()); ++i) {
      const auto cell = fitted(row[i], columns[i]);
      line += cell;
      line.append(columns[i] - text_width(cell) + gap, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
  return out;
}

}  // namespace perdure::deploy
