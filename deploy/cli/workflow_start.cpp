#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/input_value.hpp"
#include "deploy/cli/run_result.hpp"
#include "deploy/cli/time_flag.hpp"

namespace perdure::deploy {
namespace {

struct wanted_start {
  std::string agent, operation, workflow_id, key, policy;
  runtime::duration timeout, delay;
  input_value input;
  result_wait wait;
};

json body_of(const wanted_start& wanted, const std::optional<json>& input) {
  json body{{"agent", wanted.agent}, {"operation", wanted.operation}};
  auto add = [&body](const char* name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  add("workflow_id", wanted.workflow_id);
  add("request_key", wanted.key);
  add("id_policy", wanted.policy);
  auto add_time = [&body](const char* name, runtime::duration value) {
    if (value.us > 0) body[name] = fmt::format("{}us", value.us);
  };
  add_time("timeout", wanted.timeout);
  add_time("delay", wanted.delay);
  if (input) body["input"] = *input;
  return body;
}

void run(const wanted_start& wanted, command_context& context) {
  const auto input = wanted.input.read(context.world());
  if (!input) return context.fail(input.error());
  const auto answer = context.post("workflows", body_of(wanted, *input));
  if (!answer) return context.fail(answer.error());
  const auto id = text_of(*answer, "workflow_id");
  const auto run_id = text_of(*answer, "run_id");
  const auto* how = answer->value("duplicate", false)  ? "was started before by this key"
                    : answer->value("attached", false) ? "is there already"
                                                       : "started";
  if (wanted.wait.is_wanted()) {
    return show_result(context, wanted.wait, id, run_id);
  }
  context.show(*answer, fmt::format("{} {} (run {})\n", id, how, run_id));
}

}  // namespace

void add_workflow_start(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_start>();
  auto& command = *parent.add_subcommand("start", "Start a workflow or function of an agent");
  command.add_option("agent", wanted->agent, "The agent's name: see `agents list`")->required();
  command.add_option("operation", wanted->operation, "Which of its operations")->required();
  wanted->input.declare(command);
  command
      .add_option("--id", wanted->workflow_id,
                  "The workflow id; without it the agent's own rule or a hash makes one")
      ->type_name("ID");
  command
      .add_option("--key", wanted->key,
                  "A request key: the same start with the same key takes effect once")
      ->type_name("KEY");
  command
      .add_option("--policy", wanted->policy,
                  "If the id is in use: reject_running (default), reject_ever or attach")
      ->type_name("WORD");
  declare_time_flag(command, "--timeout", wanted->timeout,
                    "The run ends as timed_out after that; without: never");
  declare_time_flag(command, "--delay", wanted->delay, "Its code first runs after that");
  wanted->wait.declare(command);
  command.callback([wanted, &context] { run(*wanted, context); });
}

}  // namespace perdure::deploy
