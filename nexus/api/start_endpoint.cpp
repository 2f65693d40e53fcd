#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "nexus/api/agent_lookup.hpp"
#include "nexus/api/endpoints.hpp"
#include "nexus/api/run_json.hpp"
#include "nexus/api/value_json.hpp"
#include "proto/id_template.hpp"

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
api_result<std::string> choose_id(std::string given,
                                  const runtime::operation_description& operation,
                                  const encoded_value& input) {
  if (!given.empty() || operation.id_template.empty() || !input.message) return given;
  const auto refuse_input = [](const std::string& why) {
    return refuse(errc::invalid_argument, fmt::format("\"input\": {}", why));
  };
  // The plugin has checked it when the agent was compiled.
  const auto id = proto::id_template::parse(operation.id_template);
  if (!id) return refuse_input(id.error());
  auto made = id->apply(*input.message);
  if (!made) return refuse_input(made.error());
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
  std::string_view input;  ///< JSON, in the body of the call
  runtime::duration wait;
};

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
  request.workflow_id = body.text("workflow_id");
  const std::string policy = body.text("id_policy");
  wanted.input = body.json("input");
  if (const auto& error = body.error()) return std::unexpected(*error);
  if (const auto& error = call.query.error()) return std::unexpected(*error);

  const auto parsed_policy = parse_policy(policy);
  if (!parsed_policy) return std::unexpected(parsed_policy.error());
  request.policy = *parsed_policy;
  if (auto checked = check_id(request.workflow_id); !checked)
    return std::unexpected(std::move(checked.error()));
  return wanted;
}

/// Makes the input's bytes and the workflow's id as the agent takes and makes them.
api_result<void> encode(wanted_start& wanted, const runtime::agent_catalogue& catalogue) {
  start_request& request = wanted.request;
  const auto operation = find_startable(catalogue, request.agent, request.operation);
  if (!operation) return std::unexpected(operation.error());
  auto value = encode_value("input", catalogue.input_of(*operation), wanted.input);
  if (!value) return std::unexpected(std::move(value.error()));
  auto chosen = choose_id(std::move(request.workflow_id), **operation, *value);
  if (!chosen) return std::unexpected(std::move(chosen.error()));
  request.workflow_id = *std::move(chosen);
  request.input = std::move(value->bytes);
  return {};
}

/// Of an agent of which nobody tells what it takes, and how it makes ids: bytes made of JSON here
/// would be others, and the run another one.
api_result<void> encode_untyped(wanted_start& wanted, const runtime::error& why) {
  auto value = encode_value("input", {}, wanted.input);
  if (!value) return std::unexpected(std::move(value.error()));
  if (!value->exact || wanted.request.workflow_id.empty()) {
    return refuse(why.code,
                  fmt::format("what agent \"{}\" takes, and how it makes ids, is not known to this "
                              "node: {}; or give a \"workflow_id\", and the input's bytes as "
                              "{{\"base64\": \"…\"}} or none",
                              wanted.request.agent, why.message));
  }
  wanted.request.input = std::move(value->bytes);
  return {};
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

void start(const std::shared_ptr<api_call>& call, wanted_start wanted) {
  if (wanted.wait.us == 0) {
    call->api.gateway.start(std::move(wanted.request),
                            answer<start_reply>(call->reply, [](const start_reply& started) {
                              return render(started, nullptr);
                            }));
    return;
  }
  const auto then_wait = [call, name_space = wanted.request.name_space,
                          wait = wanted.wait](expected<start_reply> started) {
    if (!started) return call->reply.fail(std::move(started.error()));
    const auto done = [started = *started](const run_result& result) {
      return render(started, &result);
    };
    call->api.gateway.result({name_space, started->workflow_id, started->run_id}, wait,
                             answer<run_result>(call->reply, done));
  };
  call->api.gateway.start(std::move(wanted.request), then_wait);
}

/// Where what the agent takes is told by `catalogue`, or nobody tells it.
void start_by(const std::shared_ptr<api_call>& call, wanted_start wanted,
              const expected<runtime::catalogue_pointer>& catalogue) {
  const bool nobody_has_it = !catalogue && catalogue.error().code == errc::not_found;
  auto encoded = catalogue       ? encode(wanted, **catalogue)
                 : nobody_has_it ? encode(wanted, call->api.own)
                                 : encode_untyped(wanted, catalogue.error());
  if (!encoded) return call->reply.fail(encoded.error());
  start(call, std::move(wanted));
}

}  // namespace

void start_workflow(std::shared_ptr<api_call> call) {
  auto wanted = read_start(*call);
  if (!wanted) return call->reply.fail(wanted.error());
  if (call->api.own.find(wanted->request.agent) != nullptr) {
    if (auto encoded = encode(*wanted, call->api.own); !encoded)
      return call->reply.fail(encoded.error());
    return start(call, *std::move(wanted));
  }
  runtime::agent_address agent{wanted->request.name_space, wanted->request.agent};
  call->api.gateway.catalogue(std::move(agent),
                              [call, wanted = *std::move(wanted)](const auto& catalogue) {
                                start_by(call, wanted, catalogue);
                              });
}

}  // namespace perdure::nexus
