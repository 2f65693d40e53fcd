#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/table.hpp"
#include "deploy/cli/words.hpp"

namespace perdure::deploy {
namespace {

/// Which nodes of the cluster have which agents.
std::string hosts_of(const json& hosts, std::size_t width) {
  table rows({"AGENT", "NAMESPACE", "NODE", "BUILD"});
  for (const auto& host : hosts) {
    rows.add({text_of(host, "agent"), text_of(host, "namespace"), text_of(host, "node"),
              build_in_words(text_of(host, "build"))});
  }
  return hosts.empty() ? "no node of the cluster has agents\n" : rows.text(width);
}

std::string operations_of(const json& agents, std::size_t width) {
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

std::string told(const json& answer, std::size_t width) {
  auto operations = operations_of(answer.value("agents", json::array()), width);
  const auto hosts = answer.find("hosts");
  if (hosts == answer.end()) return operations;
  return fmt::format("{}\n{}", hosts_of(*hosts, width), operations);
}

void run(command_context& context) {
  const auto connected = context.api();
  if (!connected) return context.fail(connected.error());
  const auto answer = (*connected)->get("/v1/agents", runtime::seconds(30));
  if (!answer) return context.fail(answer.error());
  context.show(*answer, told(*answer, context.world().width));
}

}  // namespace

void add_agents_list(CLI::App& parent, command_context& context) {
  auto& command = *parent.add_subcommand(
      "list",
      "The agents of the node and their operations; in a cluster also which node has which agent");
  command.callback([&context] { run(context); });
}

}  // namespace perdure::deploy
