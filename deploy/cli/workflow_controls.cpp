#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"

namespace perdure::deploy {
namespace {

struct control {
  const char* name;
  const char* help;
  const char* done;
};

constexpr control controls[] = {
    {"cancel", "Ask a workflow to stop: its code cleans up and decides how it ends",
     "is asked to stop"},
    {"terminate", "End a workflow at once, without its code", "is to end at once"},
    {"pause", "Let nothing new of a workflow begin; what runs ends and its result waits",
     "is to pause"},
    {"resume", "Let a paused workflow go on, or a parked one try again", "is to go on"},
};

struct wanted_control {
  std::string workflow_id, run_id, reason, key;
};

void run(const control& what, const wanted_control& wanted, command_context& context) {
  json body = json::object();
  if (!wanted.reason.empty()) body["reason"] = wanted.reason;
  if (!wanted.key.empty()) body["request_key"] = wanted.key;
  const auto answer = context.post(command_context::workflow_path(wanted.workflow_id) + "/" +
                                       what.name + command_context::run_query(wanted.run_id),
                                   body);
  if (!answer) return context.fail(answer.error());
  context.show(*answer, fmt::format("{} {}\n", wanted.workflow_id, what.done));
}

}  // namespace

void add_workflow_controls(CLI::App& parent, command_context& context) {
  for (const auto& what : controls) {
    auto wanted = std::make_shared<wanted_control>();
    auto& command = *parent.add_subcommand(what.name, what.help);
    command.add_option("workflow", wanted->workflow_id, "Its workflow id")->required();
    command.add_option("--run", wanted->run_id, "A run of it; without: the newest")
        ->type_name("RUN");
    command.add_option("--reason", wanted->reason, "For the history")->type_name("TEXT");
    command
        .add_option("--key", wanted->key,
                    "A request key: the same request with the same key takes effect once")
        ->type_name("KEY");
    command.callback([wanted, &what, &context] { run(what, *wanted, context); });
  }
}

}  // namespace perdure::deploy
