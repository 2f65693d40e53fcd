#pragma once

#include <span>

#include "runtime/client.hpp"
#include "tests/sim/recorded_runs.hpp"

namespace perdure::sim {

/// A closed run's history, as a client was told it, is what its journal in the books says: all that
/// each turn consumed, asked for and became, each once, in order, from its start to its end. Throws
/// violated.
void check_history(runtime::memory_log& books, runtime::partition_index where,
                   const recorded_run& of, std::span<const runtime::history_event> told);

}  // namespace perdure::sim
