#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/history_story.hpp"
#include "nexus/api/percent_encoding.hpp"

namespace perdure::deploy {
namespace {

struct wanted_history {
  std::string workflow_id, run_id;
  bool whole_values = false;
};

/// All pages of it.
std::expected<json, api_failure> read(const wanted_history& wanted, command_context& context) {
  json events = json::array();
  std::string page;
  do {
    auto path = command_context::workflow_path(wanted.workflow_id) + "/history?limit=1000";
    if (!wanted.run_id.empty()) path += "&run_id=" + nexus::percent_encode(wanted.run_id);
    if (!page.empty()) path += "&page=" + nexus::percent_encode(page);
    const auto answer = context.get(path);
    if (!answer) return std::unexpected(answer.error());
    for (const auto& event : answer->value("events", json::array())) events.push_back(event);
    page = text_of(*answer, "next_page");
  } while (!page.empty());
  return events;
}

void run(const wanted_history& wanted, command_context& context) {
  const auto events = read(wanted, context);
  if (!events) return context.fail(events.error());
  const auto values = wanted.whole_values ? value_length::whole : value_length::one_line;
  context.show({{"events", *events}}, tell_story(*events, context.world().width, values));
}

}  // namespace

void add_workflow_history(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_history>();
  auto& command = *parent.add_subcommand("history",
                                         "A workflow's story: what each step was given and gave "
                                         "back, how long it took, which attempt");
  command.add_option("workflow", wanted->workflow_id, "Its workflow id")->required();
  command.add_option("--run", wanted->run_id, "A run of it; without: the newest")->type_name("RUN");
  command.add_flag("--full", wanted->whole_values, "Values in full instead of on one line");
  command.callback([wanted, &context] { run(*wanted, context); });
}

}  // namespace perdure::deploy
