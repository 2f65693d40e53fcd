#include "deploy/cli/command_line.hpp"

#include <algorithm>
#include <ostream>

#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/serve.hpp"

namespace perdure::deploy {
namespace {

/// The flags that every command has. They may stand before or behind the command.
void declare_common_flags(CLI::App& app, command_context& context) {
  app.add_option("--node", context.node, "Where the node's API is")
      ->type_name("URL")
      ->envname("PERDURE_NODE")
      ->capture_default_str();
  app.add_option("-n,--namespace", context.name_space, "Whose workflows")
      ->type_name("NAME")
      ->envname("PERDURE_NAMESPACE")
      ->capture_default_str();
  app.add_flag("--json", context.as_json, "One JSON document instead of text for people");
}

void let_common_flags_follow(CLI::App& app) {
  app.fallthrough();
  for (auto* below : app.get_subcommands([](CLI::App*) { return true; })) {
    let_common_flags_follow(*below);
  }
}

}  // namespace

std::unique_ptr<CLI::App> make_command_line(command_context& context) {
  auto app = std::make_unique<CLI::App>("Perdure: swarms of durable agents", "perdure");
  app->require_subcommand(1);
  declare_common_flags(*app, context);
  add_serve(*app, context);
  auto& workflow =
      *app->add_subcommand("workflow", "Workflows: start them, look at them, steer them");
  workflow.require_subcommand(1);
  add_workflow_start(workflow, context);
  add_workflow_list(workflow, context);
  add_workflow_describe(workflow, context);
  add_workflow_history(workflow, context);
  add_workflow_result(workflow, context);
  add_workflow_signal(workflow, context);
  add_workflow_query(workflow, context);
  add_workflow_controls(workflow, context);
  auto& agents = *app->add_subcommand("agents", "What a node offers");
  agents.require_subcommand(1);
  add_agents_list(agents, context);
  auto& cluster = *app->add_subcommand("cluster", "The nodes that share a log on Kafka");
  cluster.require_subcommand(1);
  add_cluster_status(cluster, context);
  add_cluster_drain(cluster, context);
  auto& log = *app->add_subcommand("log", "A log on disk, while no node runs on it, or on Kafka");
  log.require_subcommand(1);
  add_log_verify(log, context);
  add_log_dump(log, context);
  auto& kafka = *app->add_subcommand("kafka", "The topics of a log on Kafka");
  kafka.require_subcommand(1);
  add_kafka_check(kafka, context);
  add_version(*app, context);
  let_common_flags_follow(*app);
  return app;
}

exit_code run_command_line(const std::vector<std::string>& arguments, command_world world) {
  command_context context(std::move(world));
  const auto app = make_command_line(context);
  auto reversed = arguments;  // as CLI11 wants them
  std::ranges::reverse(reversed);
  try {
    app->parse(reversed);
  } catch (const CLI::Success& asked_for_help) {
    app->exit(asked_for_help, context.world().out, context.world().err);
    return exit_code::ok;
  } catch (const CLI::ParseError& wrong) {
    context.world().err << "perdure: " << wrong.what() << "\nTry --help.\n";
    return exit_code::usage;
  }
  return context.result();
}

}  // namespace perdure::deploy
