#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "nexus/api/endpoints.hpp"
#include "nexus/api/run_json.hpp"
#include "nexus/api/value_json.hpp"

namespace perdure::nexus {
namespace {

using runtime::errc;
using runtime::expected;
using runtime::id_policy;
using runtime::run_result;
using runtime::start_reply;
using runtime::start_request;

api_result<id_policy> parse_policy(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, id_policy>, 4> policies{
      {{"", id_policy::reject_running},
       {"reject_running", id_policy::reject_running},
       {"reject_ever", id_policy::reject_ever},
       {"attach", id_policy::attach}}};
  for (const auto& [name, policy] : policies) {
    if (name == text) return policy;
  }
  return refuse(errc::invalid_argument,
                "\"id_policy\" must be \"reject_running\", \"reject_ever\" or \"attach\"");
}

api_result<void> check_id(std::string_view given) {
  if (given != "." && given != "..") return {};
  return refuse(errc::invalid_argument,
                "\"workflow_id\" must not be \".\" or \"..\": no path could name it");
}

/// The caller's id, or the one that the operation makes of its request, or none: then the edge
/// derives it from the request key.
api_result<std::string> choose_id(std::string given, const agent_directory::operation& operation,
                                  const encoded_value& input) {
  if (!given.empty() || !operation.id || !input.message) return given;
  auto made = operation.id->apply(*input.message);
  if (!made) return refuse(errc::invalid_argument, fmt::format("\"input\": {}", made.error()));
  if (made->size() > longest_id || !is_plain_text(*made)) {
    return refuse(errc::invalid_argument,
                  fmt::format("the workflow id that is made of \"input\" has {} bytes or control "
                              "characters; the limit is {}",
                              made->size(), longest_id));
  }
  return *std::move(made);
}

struct wanted_start {
  start_request request;
  runtime::duration wait;
};

/// Names of the nodes that have the agent which this one lacks; empty: nobody.
std::string others_with_agent(const api_call& call, const start_request& request) {
  if (call.api.agents.has(request.agent)) return {};
  std::string nodes;
  for (const auto& host :
       call.api.gateway.agent_hosts().value_or(std::vector<runtime::agent_host>())) {
    if (host.name_space == request.name_space && host.agent == request.agent)
      nodes += (nodes.empty() ? "" : ", ") + host.node;
  }
  return nodes;
}

/// What an agent takes, and how it makes ids, only nodes know that have it: bytes made of JSON here
/// would be others, and the run another one.
api_result<void> encode_untyped(start_request& request, const std::string& nodes,
                                std::string_view input) {
  auto value = encode_value("input", {}, input);
  if (!value) return std::unexpected(std::move(value.error()));
  if (!value->exact || request.workflow_id.empty()) {
    return refuse(errc::failed_state,
                  fmt::format("this node does not have agent \"{}\", so it does not know what the "
                              "agent takes and how it makes ids: start it through a node that has "
                              "it ({}), or give a \"workflow_id\", and the input's bytes as "
                              "{{\"base64\": \"…\"}} or none",
                              request.agent, nodes));
  }
  request.input = std::move(value->bytes);
  return {};
}

api_result<wanted_start> read_start(api_call& call) {
  fields body = call.body();
  wanted_start wanted;
  start_request& request = wanted.request;
  request.name_space = call.parameter("namespace");
  request.agent = body.text("agent", fields::presence::required);
  request.operation = body.text("operation", fields::presence::required);
  request.request_key = body.text("request_key");
  request.timeout = body.duration("timeout");
  request.delay = body.duration("delay");
  wanted.wait = std::min(body.duration("wait"), call.api.options.longest_wait);
  std::string id = body.text("workflow_id");
  const std::string policy = body.text("id_policy");
  const std::string_view input = body.json("input");
  if (const auto& error = body.error()) return std::unexpected(*error);
  if (const auto& error = call.query.error()) return std::unexpected(*error);

  const auto parsed_policy = parse_policy(policy);
  if (!parsed_policy) return std::unexpected(parsed_policy.error());
  request.policy = *parsed_policy;
  if (auto checked = check_id(id); !checked) return std::unexpected(std::move(checked.error()));
  if (const auto nodes = others_with_agent(call, request); !nodes.empty()) {
    request.workflow_id = std::move(id);
    if (auto done = encode_untyped(request, nodes, input); !done)
      return std::unexpected(std::move(done.error()));
    return wanted;
  }
  const auto operation = call.api.agents.startable(request.agent, request.operation);
  if (!operation) return std::unexpected(operation.error());
  auto value = encode_value("input", (*operation)->description.input_type, input);
  if (!value) return std::unexpected(std::move(value.error()));
  auto chosen = choose_id(std::move(id), **operation, *value);
  if (!chosen) return std::unexpected(std::move(chosen.error()));
  request.workflow_id = *std::move(chosen);
  request.input = std::move(value->bytes);
  return wanted;
}

transport::http_response render(const start_reply& started, const run_result* result) {
  json_writer out;
  out.begin_object()
      .member("workflow_id", started.workflow_id)
      .member("run_id", started.run_id)
      .member("duplicate", started.duplicate)
      .member("attached", started.attached);
  if (result) append_result_members(out, *result);
  out.end_object();
  return json_response(out.take(), started.duplicate || started.attached ? 200 : 201);
}

}  // namespace

void start_workflow(std::shared_ptr<api_call> call) {
  auto wanted = read_start(*call);
  if (!wanted) return call->reply.fail(wanted.error());
  if (wanted->wait.us == 0) {
    call->api.gateway.start(std::move(wanted->request),
                            answer<start_reply>(call->reply, [](const start_reply& started) {
                              return render(started, nullptr);
                            }));
    return;
  }
  const auto then_wait = [call, name_space = wanted->request.name_space,
                          wait = wanted->wait](expected<start_reply> started) {
    if (!started) return call->reply.fail(std::move(started.error()));
    const auto done = [started = *started](const run_result& result) {
      return render(started, &result);
    };
    call->api.gateway.result({name_space, started->workflow_id, started->run_id}, wait,
                             answer<run_result>(call->reply, done));
  };
  call->api.gateway.start(std::move(wanted->request), then_wait);
}

}  // namespace perdure::nexus
