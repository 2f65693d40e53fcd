#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "nexus/api/agent_lookup.hpp"
#include "nexus/api/endpoints.hpp"
#include "nexus/api/value_json.hpp"
#include "runtime/message_schema.hpp"

namespace perdure::nexus {
namespace {

using runtime::errc;
using runtime::operation_kind;

struct message_types {
  runtime::value_type input, output;
  std::shared_ptr<const runtime::message_schema> schema;  ///< of the agent's program; null: ours
  std::string agent;                                      ///< whose these are; empty: of any here
  std::optional<runtime::error> unknown;  ///< the agent is another node's, and nobody tells
};

message_types types_of(const runtime::agent_catalogue& catalogue,
                       const runtime::operation_description* operation, std::string agent) {
  return {.input = catalogue.input_of(operation),
          .output = catalogue.output_of(operation),
          .schema = catalogue.schema,
          .agent = std::move(agent),
          .unknown = {}};
}

message_types own_types(const api_call& call, operation_kind kind, const std::string& name) {
  return types_of(call.api.own, find_by_name(call.api.own, kind, name).operation, {});
}

/// Of a run that is there, by what its agent's nodes tell.
void with_agents_types(const std::shared_ptr<api_call>& call, const std::string& agent,
                       operation_kind kind, const std::string& name,
                       const std::function<void(message_types)>& go_on) {
  const auto hear = [agent, kind, name, go_on](const auto& told) {
    if (told) return go_on(types_of(**told, find_operation(**told, agent, kind, name), agent));
    message_types none;
    // An agent that nobody has: the partition's owner says so.
    if (told.error().code != errc::not_found) none.unknown = told.error();
    go_on(std::move(none));
  };
  call->api.gateway.catalogue({call->parameter("namespace"), agent}, hear);
}

/// Finds out what a signal or query takes. Mostly its name says so; where agents disagree, or the
/// workflow may be of an agent that this node does not have, the workflow's agent is looked up
/// first. A name that no agent declares takes bytes: workflow code may wait for any signal.
void with_types(const std::shared_ptr<api_call>& call, operation_kind kind, const std::string& name,
                std::function<void(message_types)> go_on) {
  if (call->api.gateway.has_all_agents(call->parameter("namespace")) &&
      !find_by_name(call->api.own, kind, name).ambiguous) {
    return go_on(own_types(*call, kind, name));
  }
  const auto hear = [call, kind, name,
                     go_on = std::move(go_on)](const runtime::expected<std::string>& agent) {
    if (agent) return with_agents_types(call, *agent, kind, name, go_on);
    message_types types;
    // A run that is not there: what was asked before may still be answered.
    if (agent.error().code == errc::not_found) types = own_types(*call, kind, name);
    if (!types.input.is_known()) types.unknown = agent.error();
    go_on(std::move(types));
  };
  call->api.gateway.agent_of(call->target(), hear);
}

/// The message of that name as the run's agent has it; else, where its program does not tell of it,
/// as this one has it.
api_result<runtime::value_type> named_type(const std::string& type, const message_types& types) {
  for (const auto& schema : {types.schema, std::shared_ptr<const runtime::message_schema>()}) {
    if (runtime::make_message(schema.get(), type)) return runtime::message_type(type, schema);
  }
  return refuse(
      errc::invalid_argument,
      fmt::format("\"type\": neither this node nor the workflow's agent tells of a message "
                  "\"{}\": give its bytes as {{\"base64\": \"…\"}}",
                  type));
}

/// What bytes made of JSON are, nobody knows; those that were given as bytes need no types.
api_result<encoded_value> encode_input(const runtime::value_type& type, std::string_view json,
                                       const message_types& types) {
  auto value = encode_value("input", type, json);
  if (!value || value->exact || value->message || !types.unknown) return value;
  return std::unexpected(*types.unknown);
}

api_result<encoded_value> encode_signal(const std::string& type, std::string_view json,
                                        const message_types& types) {
  if (type.empty()) return encode_input(types.input, json, types);
  const auto named = named_type(type, types);
  if (!named) {
    auto bytes = encode_value("input", {}, json);
    if (bytes && bytes->exact) return bytes;
    if (types.unknown) return std::unexpected(*types.unknown);
    return std::unexpected(named.error());
  }
  auto value = encode_value("input", *named, json);
  if (value) value->exact = true;
  return value;
}

void show_answer(const api_call& call, const runtime::value_type& type,
                 const runtime::payload& result) {
  call.reply.send_later([type, result] {
    json_writer out;
    out.begin_object().optional_member("output_type", type.message).key("output");
    append_value(out, type, result.view());
    out.end_object();
    return json_response(out.take());
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
    auto value = encode_signal(type, input, types);
    if (!value) return call->reply.fail(value.error());
    request.exact = value->exact;
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
    auto value = encode_input(types.input, input, types);
    if (!value) return call->reply.fail(value.error());
    request.input = std::move(value->bytes);
    call->api.gateway.query(std::move(request),
                            [call, types](const runtime::expected<runtime::payload>& result) {
                              if (!result) return call->reply.fail(result.error());
                              if (!types.unknown) return show_answer(*call, types.output, *result);
                              // It was asked in bytes while nobody told; whoever has answered may
                              // tell by now.
                              with_types(call, operation_kind::query, call->parameter("query"),
                                         [call, result = *result](const message_types& now) {
                                           show_answer(*call, now.output, result);
                                         });
                            });
  };
  with_types(call, operation_kind::query, call->parameter("query"), ask);
}

}  // namespace perdure::nexus
