#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/unit/transport/log_world.hpp"

namespace perdure::transport {

/// What was submitted to a log in all its lives and what of it was acknowledged: so what must be
/// true of the log if its process ends now.
struct log_history {
  std::vector<told> submitted;
  std::vector<std::size_t> batch_ends{0};  ///< numbers of records
  std::size_t acknowledged = 0;
  std::size_t trimmed = 0;  ///< records allowed to be forgotten
  std::size_t lives = 0;

  /// What is wrong with a log that has these records. Empty: it has everything acknowledged,
  /// nothing but what was submitted, in order, in whole batches.
  std::string judge(const std::vector<told>& found) const;

  /// A log was opened and showed these records, which `judge` likes: whatever it showed is acted
  /// upon, so it must be there from now on; what it did not show never was.
  void adopt(const std::vector<told>& found);

  /// Those of a partition that a reader must be able to get.
  std::vector<told> readable(std::uint32_t partition) const;
};

}  // namespace perdure::transport
