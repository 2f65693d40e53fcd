#pragma once

#include <functional>
#include <memory>
#include <span>

#include "runtime/author/registry.hpp"
#include "tests/sim/recorded_runs.hpp"

namespace perdure::sim {

/// Whose code there is, and which of it does the same whenever it is brought back.
struct replay_code {
  std::span<const std::unique_ptr<registry>> offered;  ///< a run takes the first that has its agent
  std::function<bool(const runtime::run_description&)> repeats;
};

/// DESIGN 12, invariant 14: brings back the code of every run that ever was in that partition, from
/// the log alone, and compares each of its turns with what was recorded. Throws violated.
void check_replays(runtime::memory_log& books, runtime::partition_index partition,
                   std::span<const recorded_run> runs, const replay_code& code);

}  // namespace perdure::sim
