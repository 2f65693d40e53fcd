#pragma once

#include <string>
#include <vector>

namespace perdure::testing {

/// Reads a log offline, as `perdure log verify` does, and looks itself, without the core, at what
/// the messages in it say. Each sentence is a broken promise: damage; a channel whose numbers are
/// not 1, 2, 3… in each partition that takes them; a result that a run takes twice.
std::vector<std::string> problems_of_log(const std::string& directory);

}  // namespace perdure::testing
