#pragma once

#include <memory>

#include "tests/sim/workload.hpp"

namespace perdure::sim {

// One file each, named after it; docs/testing.md says what each does and checks.
std::unique_ptr<workload> make_ring(testing::dice& chance);
std::unique_ptr<workload> make_bank(testing::dice& chance);
std::unique_ptr<workload> make_ping_pong(testing::dice& chance);
std::unique_ptr<workload> make_fan(testing::dice& chance);
std::unique_ptr<workload> make_timers(testing::dice& chance);
std::unique_ptr<workload> make_signals(testing::dice& chance);
std::unique_ptr<workload> make_cancels(testing::dice& chance);
std::unique_ptr<workload> make_controls(testing::dice& chance);
std::unique_ptr<workload> make_nondeterministic(testing::dice& chance);
std::unique_ptr<workload> make_queries(testing::dice& chance);
std::unique_ptr<workload> make_builds(testing::dice& chance);
std::unique_ptr<workload> make_keys(testing::dice& chance);
std::unique_ptr<workload> make_poison(testing::dice& chance);
std::unique_ptr<workload> make_mixed(testing::dice& chance);
std::unique_ptr<bare_workload> make_files(world& in);
std::unique_ptr<workload> make_nobody(testing::dice& chance);
std::unique_ptr<workload> make_haste(testing::dice& chance);
std::unique_ptr<workload> make_authors(testing::dice& chance);
std::unique_ptr<workload> make_failures(testing::dice& chance);
std::unique_ptr<workload> make_limits(testing::dice& chance);

}  // namespace perdure::sim
