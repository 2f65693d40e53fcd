#pragma once

#include "deploy/cli/command_context.hpp"

namespace CLI {
class App;
}

namespace perdure::deploy {

/// The one command that runs a node instead of speaking to one; it blocks until a signal ends the
/// node.
void add_serve(CLI::App& parent, command_context& context);

}  // namespace perdure::deploy
