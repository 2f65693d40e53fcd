#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/input_value.hpp"
#include "nexus/api/percent_encoding.hpp"

namespace perdure::deploy {
namespace {

struct wanted_signal {
  std::string workflow_id, run_id, signal, key, type;
  input_value input;
};

void run(const wanted_signal& wanted, command_context& context) {
  const auto input = wanted.input.read(context.world());
  if (!input) return context.fail(input.error());
  json body = json::object();
  if (*input) body["input"] = **input;
  if (!wanted.key.empty()) body["request_key"] = wanted.key;
  if (!wanted.type.empty()) body["type"] = wanted.type;
  const auto answer = context.post(command_context::workflow_path(wanted.workflow_id) +
                                       "/signals/" + nexus::percent_encode(wanted.signal) +
                                       command_context::run_query(wanted.run_id),
                                   body);
  if (!answer) return context.fail(answer.error());
  const auto* how = answer->value("duplicate", false) ? "had been given" : "was given";
  context.show(*answer,
               fmt::format("{} {} the signal {}\n", wanted.workflow_id, how, wanted.signal));
}

}  // namespace

void add_workflow_signal(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_signal>();
  auto& command = *parent.add_subcommand("signal", "Send a signal to a workflow");
  command.add_option("workflow", wanted->workflow_id, "Its workflow id")->required();
  command.add_option("signal", wanted->signal, "The signal's name")->required();
  wanted->input.declare(command);
  command.add_option("--run", wanted->run_id, "A run of it; without: the newest")->type_name("RUN");
  command
      .add_option("--key", wanted->key,
                  "A request key: the same signal with the same key takes effect once")
      ->type_name("KEY");
  command
      .add_option("--type", wanted->type,
                  "The value's message type, if the agent does not declare the signal")
      ->type_name("TYPE");
  command.callback([wanted, &context] { run(*wanted, context); });
}

}  // namespace perdure::deploy
