#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/table.hpp"
#include "deploy/cli/words.hpp"

namespace perdure::deploy {
namespace {

std::string figure(const json& object, const char* member) {
  return std::to_string(number_of(object, member));
}

std::string agents_of(const json& node) {
  std::string all;
  for (const auto& agent : node.value("agents", json::array())) {
    all += fmt::format("{}{}/{} ({})", all.empty() ? "" : ", ", text_of(agent, "namespace"),
                       text_of(agent, "agent"), build_in_words(text_of(agent, "build")));
  }
  return all;
}

std::string told(const json& cluster, std::size_t width) {
  table nodes({"NODE", "STATE", "WEIGHT", "OWNS", "AGENTS"});
  for (const auto& node : cluster.value("nodes", json::array())) {
    nodes.add({text_of(node, "node"), text_of(node, "state"), figure(node, "weight"),
               figure(node, "owns"), agents_of(node)});
  }
  table partitions({"NAMESPACE", "NUMBER", "OWNER", "HELD BY", "FOLLOWER", "EPOCH", "LAG"});
  for (const auto& one : cluster.value("partitions", json::array())) {
    partitions.add({text_of(one, "namespace"), figure(one, "number_in_namespace"),
                    text_of(one, "owner"), text_of(one, "holder"), text_of(one, "follower"),
                    figure(one, "epoch"), figure(one, "lag")});
  }
  return fmt::format("{}\n{}\nlag as {} sees it, which is {}\n", nodes.text(width),
                     partitions.text(width), text_of(cluster, "node"), text_of(cluster, "state"));
}

void run(command_context& context) {
  const auto connected = context.api();
  if (!connected) return context.fail(connected.error());
  const auto answer = (*connected)->get("/v1/cluster", runtime::seconds(30));
  if (!answer) return context.fail(answer.error());
  context.show(*answer, told(*answer, context.world().width));
}

}  // namespace

void add_cluster_status(CLI::App& parent, command_context& context) {
  auto& command =
      *parent.add_subcommand("status", "The nodes of the cluster, and who owns which partition");
  command.callback([&context] { run(context); });
}

}  // namespace perdure::deploy
