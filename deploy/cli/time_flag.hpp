#pragma once

#include <string>

#include "runtime/ids.hpp"

namespace CLI {
class App;
}

namespace perdure::deploy {

/// Declares a flag that takes a length of time such as 30s or 10min, refused at once if it is none.
/// `into` outlives the parsing.
void declare_time_flag(CLI::App& command, const std::string& flag, runtime::duration& into,
                       const std::string& help);

}  // namespace perdure::deploy
