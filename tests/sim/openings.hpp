#pragma once

#include <span>

#include "runtime/installation.hpp"
#include "tests/world/dice.hpp"

namespace perdure::sim {

/// All is done: what a node would say that began on this log with another configuration, or after a
/// record of it was damaged, on copies. A changed configuration is recorded, or refused by name;
/// damage stops its partition, with its place named, and harms no other (DESIGN 5.6). Throws
/// violated.
void check_openings(std::span<const runtime::log_record> records,
                    std::span<const runtime::namespace_options> configured, testing::dice& chance);

}  // namespace perdure::sim
