#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/table.hpp"

namespace perdure::deploy {
namespace {

std::string told(const json& agents, std::size_t width) {
  table rows({"AGENT", "OPERATION", "KIND", "TAKES", "GIVES", "ID", "BUILD"});
  bool any = false;
  for (const auto& agent : agents) {
    for (const auto& operation : agent.value("operations", json::array())) {
      any = true;
      rows.add({text_of(agent, "name"), text_of(operation, "name"), text_of(operation, "kind"),
                text_of(operation, "input_type"), text_of(operation, "output_type"),
                text_of(operation, "id_template"), text_of(agent, "build")});
    }
  }
  return any ? rows.text(width) : "this node has no agents\n";
}

void run(command_context& context) {
  const auto connected = context.api();
  if (!connected) return context.fail(connected.error());
  const auto answer = (*connected)->get("/v1/agents", runtime::seconds(30));
  if (!answer) return context.fail(answer.error());
  context.show(*answer, told(answer->value("agents", json::array()), context.world().width));
}

}  // namespace

void add_agents_list(CLI::App& parent, command_context& context) {
  auto& command = *parent.add_subcommand("list", "The agents of the node and their operations");
  command.callback([&context] { run(context); });
}

}  // namespace perdure::deploy
