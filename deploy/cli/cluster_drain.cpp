#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "nexus/api/percent_encoding.hpp"

namespace perdure::deploy {
namespace {

struct wanted_drain {
  std::string node;
  bool undo = false;
};

std::string told(const json& done) {
  auto text = fmt::format("node {} {}\n", text_of(done, "node"),
                          done.value("drained", false)
                              ? "hands over all that it owns, and gets nothing until that is undone"
                              : "gets its share again");
  for (const auto& name_space : done.value("only_here", json::array())) {
    text += fmt::format("nobody else serves namespace '{}': its work waits until somebody does\n",
                        name_space.get<std::string>());
  }
  return text;
}

void run(const wanted_drain& wanted, command_context& context) {
  const auto connected = context.api();
  if (!connected) return context.fail(connected.error());
  const auto answer =
      (*connected)
          ->post("/v1/cluster/nodes/" + nexus::percent_encode(wanted.node) + "/drain",
                 json{{"undo", wanted.undo}}, runtime::seconds(30));
  if (!answer) return context.fail(answer.error());
  context.show(*answer, told(*answer));
}

}  // namespace

void add_cluster_drain(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_drain>();
  auto& command = *parent.add_subcommand(
      "drain", "Let a node hand over all that it owns and own nothing, through restarts too");
  command.add_option("node", wanted->node, "Its name, as `perdure cluster status` shows it")
      ->required();
  command.add_flag("--undo", wanted->undo, "Give it its share again");
  command.callback([wanted, &context] { run(*wanted, context); });
}

}  // namespace perdure::deploy
