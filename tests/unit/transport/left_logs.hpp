#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/transport/log_history.hpp"
#include "tests/unit/transport/memory_disk.hpp"

namespace perdure::transport {

/// A log as a life of the script, its end or an operator left it: one for each thing that an
/// opening may have to put right.
struct left_log {
  std::string name;
  std::string repair;  ///< how an operation begins that only the opening of such a log needs
  std::shared_ptr<const memory_disk> disk;
  log_history history;
};

std::vector<left_log> left_logs();

}  // namespace perdure::transport
