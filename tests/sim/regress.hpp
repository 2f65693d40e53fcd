#pragma once

#include <memory>

#include "tests/sim/workload.hpp"

namespace perdure::sim {

/// regress.cpp; docs/testing.md says what it does and checks.
std::unique_ptr<workload> make_regress(testing::dice& chance);

}  // namespace perdure::sim
