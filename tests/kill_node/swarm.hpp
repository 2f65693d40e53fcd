#pragma once

#include "runtime/author/registry.hpp"

namespace perdure::testing {

/// The agents of the kill harness: "test.Agent", with text in and text out. What each operation
/// gives is told with it; tests/kill checks it against the ledger.
void register_swarm(registry& offered);

}  // namespace perdure::testing
