#include <iterator>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/table.hpp"

namespace perdure::deploy {
namespace {

struct wanted_run {
  std::string workflow_id, run_id;
};

/// "waiting: for signal `approve`"
std::string state_of(const json& run) {
  auto state = text_of(run, "status");
  if (const auto condition = text_of(run, "condition"); !condition.empty() && condition != state) {
    state += ", " + condition;
  }
  const auto detail = text_of(run, "detail");
  return detail.empty() ? state : state + ": " + detail;
}

std::string open_things(const json& run, std::size_t width) {
  const auto open = run.value("open", json::array());
  if (open.empty()) return {};
  table rows({"#", "OPEN", "NAME", "TARGET", "ATTEMPT", "DUE", "LAST FAILURE"});
  for (const auto& thing : open) {
    const auto attempt = number_of(thing, "attempt");
    rows.add({std::to_string(number_of(thing, "number")), text_of(thing, "kind"),
              text_of(thing, "name"), text_of(thing, "target"),
              attempt == 0 ? "" : std::to_string(attempt), time_in_words(text_of(thing, "due")),
              text_of(thing, "last_failure")});
  }
  return "\n" + rows.text(width);
}

std::string told(const json& run, std::size_t width) {
  std::string out;
  auto line = [&out](std::string_view name, const std::string& value) {
    if (!value.empty()) fmt::format_to(std::back_inserter(out), "{:<10} {}\n", name, value);
  };
  line("workflow", text_of(run, "workflow_id"));
  line("namespace", text_of(run, "namespace"));
  line("run", text_of(run, "run_id"));
  line("agent", text_of(run, "agent") + "/" + text_of(run, "operation"));
  line("build", text_of(run, "build"));
  line("caller", text_of(run, "parent"));
  line("state", state_of(run));
  line("started", time_in_words(text_of(run, "started")));
  line("updated", time_in_words(text_of(run, "updated")));
  line("closed", time_in_words(text_of(run, "closed")));
  line("turns", std::to_string(number_of(run, "turns")));
  line("partition", std::to_string(number_of(run, "partition")));
  if (const auto queued = number_of(run, "queued_data") + number_of(run, "queued_controls")) {
    line("queued", fmt::format("{} inputs wait for it", queued));
  }
  if (const auto input = run.find("input"); input != run.end())
    line("input", value_in_words(*input));
  return out + open_things(run, width);
}

}  // namespace

void add_workflow_describe(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_run>();
  auto& command = *parent.add_subcommand("describe", "A workflow's state, and what it waits for");
  command.add_option("workflow", wanted->workflow_id, "Its workflow id")->required();
  command.add_option("--run", wanted->run_id, "A run of it; without: the newest")->type_name("RUN");
  command.callback([wanted, &context] {
    const auto answer = context.get(command_context::workflow_path(wanted->workflow_id) +
                                    command_context::run_query(wanted->run_id));
    if (!answer) return context.fail(answer.error());
    context.show(*answer, told(*answer, context.world().width));
  });
}

}  // namespace perdure::deploy
