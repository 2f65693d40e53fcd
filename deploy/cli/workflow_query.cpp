#include <memory>

#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/input_value.hpp"
#include "nexus/api/percent_encoding.hpp"

namespace perdure::deploy {
namespace {

struct wanted_query {
  std::string workflow_id, run_id, query;
  input_value input;
};

void run(const wanted_query& wanted, command_context& context) {
  const auto input = wanted.input.read(context.world());
  if (!input) return context.fail(input.error());
  json body = json::object();
  if (*input) body["input"] = **input;
  const auto answer = context.post(command_context::workflow_path(wanted.workflow_id) +
                                       "/queries/" + nexus::percent_encode(wanted.query) +
                                       command_context::run_query(wanted.run_id),
                                   body);
  if (!answer) return context.fail(answer.error());
  context.show(*answer, whole_value(answer->value("output", json())) + "\n");
}

}  // namespace

void add_workflow_query(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_query>();
  auto& command = *parent.add_subcommand("query", "Ask a workflow's code; changes nothing");
  command.add_option("workflow", wanted->workflow_id, "Its workflow id")->required();
  command.add_option("query", wanted->query, "The query's name")->required();
  wanted->input.declare(command);
  command.add_option("--run", wanted->run_id, "A run of it; without: the newest")->type_name("RUN");
  command.callback([wanted, &context] { run(*wanted, context); });
}

}  // namespace perdure::deploy
