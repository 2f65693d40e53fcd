#pragma once

#include <chrono>
#include <string>

#include "runtime/author/agent.hpp"

namespace perdure::testing {

/// Takes a label, gives the nonce of the attempt whose result counted.
inline constexpr step<std::string(std::string)> effect{
    "effect", backoff(std::chrono::milliseconds(5), 2.0, std::chrono::milliseconds(50))};

}  // namespace perdure::testing
