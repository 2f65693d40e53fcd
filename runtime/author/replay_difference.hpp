#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runtime/command.hpp"

namespace perdure::detail {

/// What replay found where the code now asks for something else than the journal holds, in words:
/// "event 17 (turn 9): the journal has step `fetch`, the code now asks for a timer of 3 s". Nothing
/// if they agree. `before`: how many commands the run's earlier turns hold; events count commands
/// from 1.
std::optional<std::string> describe_difference(runtime::turn_seq turn, std::size_t before,
                                               const std::vector<runtime::command_summary>& journal,
                                               const std::vector<runtime::command_summary>& code);

/// "step `fetch`", "a timer of 3 s", "a call of planning.v1.Planner/Plan to team/plan-7"
std::string describe(const runtime::command_summary& command);

}  // namespace perdure::detail
