#include <functional>
#include <utility>

#include "nexus/api/agent_lookup.hpp"
#include "nexus/api/endpoints.hpp"
#include "nexus/api/value_json.hpp"
#include "runtime/message_schema.hpp"

namespace perdure::nexus {
namespace {

using catalogue_reply = runtime::expected<std::shared_ptr<const runtime::agent_catalogue>>;
using runtime::operation_kind;

struct message_types {
  runtime::value_type input, output;
  std::shared_ptr<const runtime::message_schema> schema;  ///< of the agent's program; null: ours
  std::string agent;                                      ///< whose these are; empty: of any here
};

message_types types_of(const runtime::agent_catalogue& catalogue,
                       const runtime::operation_description* operation, std::string agent) {
  return {catalogue.input_of(operation), catalogue.output_of(operation), catalogue.schema,
          std::move(agent)};
}

/// Finds out what a signal or query takes. Mostly its name says so; where agents disagree, or the
/// workflow may be of an agent that this node does not have, the workflow's agent is looked up
/// first. A name that no agent declares takes bytes: workflow code may wait for any signal.
void with_types(const std::shared_ptr<api_call>& call, operation_kind kind, const std::string& name,
                std::function<void(message_types)> go_on) {
  const auto target = call->target();
  if (call->api.gateway.has_all_agents(target.name_space)) {
    const auto known = find_by_name(call->api.own, kind, name);
    if (!known.ambiguous) return go_on(types_of(call->api.own, known.operation, {}));
  }
  const auto with_run = [call, kind, name, space = target.name_space,
                         go_on = std::move(go_on)](runtime::expected<runtime::run_details> run) {
    if (!run) return call->reply.fail(std::move(run.error()));
    const auto& agent = run->summary.agent;
    call->api.gateway.catalogue(
        {space, agent}, [agent, kind, name, go_on](const catalogue_reply& told) {
          if (!told) return go_on({});
          const auto& all = **told;
          go_on(types_of(all, find_operation(all, agent, kind, name), agent));
        });
  };
  call->api.gateway.describe(target, with_run);
}

/// Whether the messages of that name are for this program to make, whoever the workflow is.
bool is_known_here(const api_call& call, const std::string& type) {
  return runtime::make_message(nullptr, type) != nullptr ||
         call.api.gateway.has_all_agents(call.parameter("namespace"));
}

}  // namespace

void signal_workflow(std::shared_ptr<api_call> call) {
  fields body = call->body();
  runtime::signal_request request;
  request.target = call->target();
  request.name = call->parameter("signal");
  request.request_key = body.text("request_key");
  const std::string type = body.text("type");
  const std::string_view input = body.json("input");
  if (const auto& error = body.error()) return call->reply.fail(*error);
  if (const auto& error = call->query.error()) return call->reply.fail(*error);

  auto send = [call, request, type, input](const message_types& types) mutable {
    auto value = encode_value(
        "input", type.empty() ? types.input : runtime::message_type(type, types.schema), input);
    if (!value) return call->reply.fail(value.error());
    request.exact = value->exact || (!type.empty() && value->message);
    request.typed_by = types.agent;
    request.body = std::move(value->bytes);
    call->api.gateway.signal(
        std::move(request),
        answer<runtime::start_reply>(call->reply, [](const runtime::start_reply& taken) {
          json_writer out;
          out.begin_object()
              .member("workflow_id", taken.workflow_id)
              .member("run_id", taken.run_id)
              .member("duplicate", taken.duplicate)
              .end_object();
          return json_response(out.take());
        }));
  };
  if (!type.empty() && is_known_here(*call, type)) return send({});
  with_types(call, operation_kind::signal, call->parameter("signal"), send);
}

void query_workflow(std::shared_ptr<api_call> call) {
  fields body = call->body();
  runtime::query_request request;
  request.target = call->target();
  request.name = call->parameter("query");
  const std::string_view input = body.json("input");
  if (const auto& error = body.error()) return call->reply.fail(*error);
  if (const auto& error = call->query.error()) return call->reply.fail(*error);

  const auto ask = [call, request, input](const message_types& types) mutable {
    auto value = encode_value("input", types.input, input);
    if (!value) return call->reply.fail(value.error());
    request.input = std::move(value->bytes);
    const auto render = [type = types.output](const runtime::payload& result) {
      json_writer out;
      out.begin_object().optional_member("output_type", type.message).key("output");
      append_value(out, type, result.view());
      out.end_object();
      return json_response(out.take());
    };
    call->api.gateway.query(std::move(request), answer<runtime::payload>(call->reply, render));
  };
  with_types(call, operation_kind::query, call->parameter("query"), ask);
}

}  // namespace perdure::nexus
