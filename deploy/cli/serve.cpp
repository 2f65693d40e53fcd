#include "deploy/cli/serve.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "deploy/node_main.hpp"
#include "deploy/node_settings.hpp"

namespace perdure::deploy {
namespace {

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
  command.callback([settings, &context] { run(*settings, context); });
}

}  // namespace perdure::deploy
