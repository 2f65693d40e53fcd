#include "deploy/cli/serve.hpp"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/node_main.hpp"
#include "deploy/node_settings.hpp"

namespace perdure::deploy {
namespace {

/// Before `serve` stand the flags of commands that ask a node, and two of them are names of options
/// of a node too. To run under another name than the one given would be worse than not to run.
void refuse_flags_of_clients(const CLI::App& program) {
  for (const auto* flag : {"--node", "--namespace"}) {
    if (program.get_option(flag)->count() == 0) continue;
    throw CLI::ValidationError(
        fmt::format("{0} before `serve` says which node or namespace to ask, and a node asks none; "
                    "to set the node's own write `perdure serve {0} NAME`",
                    flag));
  }
}

void run(const node_settings& settings, command_context& context) {
  const auto options = settings.resolve();
  if (!options) {
    for (const auto& line : options.error()) context.fail(exit_code::usage, line);
    return;
  }
  const registry nobody;
  context.end_with(static_cast<exit_code>(run_node(*options, nobody)));
}

}  // namespace

void add_serve(CLI::App& parent, command_context& context) {
  auto settings = std::make_shared<node_settings>();
  auto& command = *parent.add_subcommand(
      "serve",
      "Run a node without agents: its log, API and metrics. What needs an agent waits as "
      "no_handler; all that is there can be looked at and steered. A node with agents is a program "
      "that calls perdure::node_main and takes the same flags");
  settings->declare(command);
  // Runs between the flags before the command and those behind it, and before the environment is
  // looked at, where PERDURE_NODE may well be set for other commands.
  command.preparse_callback([&parent](std::size_t) { refuse_flags_of_clients(parent); });
  command.callback([settings, &context] { run(*settings, context); });
}

}  // namespace perdure::deploy
