#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace perdure::deploy {

/// Rows for people: columns aligned, the whole no wider than the terminal.
class table {
 public:
  explicit table(std::vector<std::string> head) : rows_{std::move(head)} {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  /// Columns that take the most room give some up until the rows fit into `width`; 0: nothing is
  /// cut. Each line ends in \n, without spaces before it.
  std::string text(std::size_t width) const;

 private:
  std::vector<std::size_t> widths(std::size_t width) const;

  std::vector<std::vector<std::string>> rows_;  ///< the first is the head
};

}  // namespace perdure::deploy
