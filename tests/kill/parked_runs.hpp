#pragma once

#include <functional>
#include <string>

#include "tests/kill/api_client.hpp"

namespace perdure::testing {

/// A kill from outside cannot be told from a crash (DESIGN 5.3): what is parked for it is named so,
/// and goes on when it is told to. It may be a run that another one waits for: all that are parked
/// go on. Says what is parked for another reason, and returns how many were resumed.
int resume_parked(api_client& client, const std::function<void(std::string)>& problem);

}  // namespace perdure::testing
