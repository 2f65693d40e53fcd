#include <functional>
#include <utility>

#include "nexus/api/endpoints.hpp"
#include "nexus/api/value_json.hpp"

namespace perdure::nexus {
namespace {

using runtime::operation_kind;

struct message_types {
  std::string input, output;
};

message_types types_of(const agent_directory::operation* operation) {
  if (!operation) return {};
  return {operation->description.input_type, operation->description.output_type};
}

/// Finds out what a signal or query takes. Mostly its name says so; where agents disagree, the
/// workflow's agent is looked up first. A name that no agent declares takes bytes: workflow code
/// may wait for any signal.
void with_types(const std::shared_ptr<api_call>& call, operation_kind kind, const std::string& name,
                std::function<void(message_types)> go_on) {
  const agent_directory::by_name known = call->api.agents.find(kind, name);
  if (!known.ambiguous) return go_on(types_of(known.found));
  call->api.gateway.describe(call->target(), [call, kind, name, go_on = std::move(go_on)](
                                                 runtime::expected<runtime::run_details> run) {
    if (!run) return call->reply.fail(std::move(run.error()));
    go_on(types_of(call->api.agents.find(run->summary.agent, kind, name)));
  });
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
    auto value = encode_value("input", type.empty() ? types.input : type, input);
    if (!value) return call->reply.fail(value.error());
    request.exact = value->exact || (!type.empty() && value->message);
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
  if (!type.empty()) return send({});
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
      out.begin_object().optional_member("output_type", type).key("output");
      append_value(out, runtime::message_type(type), result.view());
      out.end_object();
      return json_response(out.take());
    };
    call->api.gateway.query(std::move(request), answer<runtime::payload>(call->reply, render));
  };
  with_types(call, operation_kind::query, call->parameter("query"), ask);
}

}  // namespace perdure::nexus
