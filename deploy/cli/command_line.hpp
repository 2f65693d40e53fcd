#pragma once

#include <memory>
#include <string>
#include <vector>

#include "deploy/cli/command_context.hpp"

namespace CLI {
class App;
}

namespace perdure::deploy {

/// The program's whole grammar, over a context.
std::unique_ptr<CLI::App> make_command_line(command_context& context);

/// Runs one command line (without the program's name) and says how the process ends.
exit_code run_command_line(const std::vector<std::string>& arguments, command_world world);

/// docs/cli.md, printed from the grammar.
std::string command_line_document();

}  // namespace perdure::deploy
