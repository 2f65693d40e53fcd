#include <memory>

#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/run_result.hpp"

namespace perdure::deploy {
namespace {

struct wanted_result {
  std::string workflow_id, run_id;
  result_wait wait;
};

}  // namespace

void add_workflow_result(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_result>();
  auto& command = *parent.add_subcommand(
      "result", "What became of a workflow; ends with 7 if it failed, with 8 if it has not ended");
  command.add_option("workflow", wanted->workflow_id, "Its workflow id")->required();
  command.add_option("--run", wanted->run_id, "A run of it; without: the newest")->type_name("RUN");
  wanted->wait.declare(command);
  command.callback([wanted, &context] {
    show_result(context, wanted->wait, wanted->workflow_id, wanted->run_id);
  });
}

}  // namespace perdure::deploy
