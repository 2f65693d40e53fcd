#pragma once

#include <optional>
#include <vector>

#include "tests/sim/executors.hpp"
#include "tests/sim/sim_disk.hpp"

namespace perdure::sim {

/// What stays of a machine when its process ends.
struct machine {
  explicit machine(world& in) : clock(in), disk(in) {}
  node_clock clock;
  std::optional<runtime::crash_notes::page> page;  ///< what the last process left
  sim_disk disk;  ///< of the embedded log and its crash notes; otherwise nothing lies there
  std::uint64_t noted = 0;  ///< in which of its boots crash notes were opened last
};

}  // namespace perdure::sim
