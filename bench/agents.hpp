#pragma once

#include "runtime/author/agent.hpp"

namespace perdure::bench {

inline constexpr std::string_view agent_name = "bench.Bench";

/// Registers the one agent of all benchmarks: Ten (ten steps), Fan (a hundred at once), Calls (ten
/// calls of Echo in another namespace), Echo (gives back its input), Park (waits for a signal),
/// Tick (a hundred sleeps of 10 ms).
void register_bench_agents(registry& offered);

}  // namespace perdure::bench
