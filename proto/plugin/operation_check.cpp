#include "proto/plugin/operation_check.hpp"

#include <algorithm>

#include "proto/id_template.hpp"

namespace perdure::plugin {
namespace {

bool starts_runs(const operation_model& operation) {
  return operation.kind == operation_kind::workflow || operation.kind == operation_kind::function;
}

void check_id(const google::protobuf::MethodDescriptor& method, const operation_model& model,
              problems& found) {
  if (!starts_runs(model)) {
    found.add(method, "has an id template, but a " +
                          std::string(model.kind == operation_kind::signal ? "signal" : "query") +
                          " goes to a workflow that exists: remove `id`");
    return;
  }
  const auto refuse = [&](const std::string& why) {
    found.add(method, "id template \"" + model.id_template + "\": " + why);
  };
  const auto parsed = proto::id_template::parse(model.id_template);
  if (!parsed) return refuse(parsed.error());
  const auto fits = parsed->check(*method.input_type());
  if (!fits) refuse(fits.error());
}

}  // namespace

void check_operation(const google::protobuf::MethodDescriptor& method, const operation_model& model,
                     problems& found) {
  if (method.client_streaming() || method.server_streaming()) {
    found.add(method,
              "streams, and what is durable is one message: remove `stream` (many answers: a query "
              "that is asked again; many requests: a signal)");
  }
  if (method.name().ends_with('_')) {
    found.add(method, "ends with an underscore, as generated names do: rename the rpc");
  }
  if (model.kind == operation_kind::signal && !model.output.empty) {
    found.add(method,
              "is a signal, which nobody answers: return google.protobuf.Empty instead of " +
                  model.output.full_name);
  }
  if (model.kind == operation_kind::query && model.output.empty) {
    found.add(method,
              "is a query and returns nothing: return a message, or make it a SIGNAL if it is to "
              "change something");
  }
  if (!model.id_template.empty()) check_id(method, model, found);
}

void check_operations(const google::protobuf::ServiceDescriptor& service,
                      const service_model& model, problems& found) {
  if (std::ranges::none_of(model.operations, starts_runs)) {
    found.add(service,
              "has no rpc that starts a run: add a workflow or a function (the kind of an rpc "
              "without options is WORKFLOW)");
    return;
  }
  const auto has_workflow = std::ranges::any_of(model.operations, [](const auto& operation) {
    return operation.kind == operation_kind::workflow;
  });
  for (int i = 0; i < service.method_count() && !has_workflow; ++i) {
    if (starts_runs(model.operations[static_cast<std::size_t>(i)])) continue;
    found.add(*service.method(i),
              "is a signal or query, and the service has no workflow that could take it: add a "
              "workflow, a FUNCTION takes neither");
  }
}

}  // namespace perdure::plugin
