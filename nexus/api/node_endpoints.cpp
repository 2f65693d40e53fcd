#include <utility>

#include <fmt/format.h>

#include "nexus/api/endpoints.hpp"
#include "nexus/api/run_json.hpp"

namespace perdure::nexus {
namespace {

using runtime::errc;
using runtime::expected;
using runtime::node_status;

/// None of these takes parameters. True if the call was refused for one.
bool refused(api_call& call) {
  const auto& error = call.query.error();
  if (error) call.reply.fail(*error);
  return error.has_value();
}

/// Why the node is not ready, for whoever waits for it.
std::string what_is_missing(const node_status& node) {
  for (const auto& partition : node.partitions) {
    if (!partition.is_settled()) {
      return fmt::format("the node is not ready: partition {} of namespace {} is {}",
                         partition.number_in_namespace, partition.name_space, partition.state);
    }
  }
  return "the node is not ready: it has not caught up with its log";
}

void append_host(json_writer& out, const runtime::agent_host& host) {
  out.begin_object()
      .member("namespace", host.name_space)
      .member("agent", host.agent)
      .member("node", host.node)
      .member("build", host.build)
      .end_object();
}

}  // namespace

void list_agents(std::shared_ptr<api_call> call) {
  if (refused(*call)) return;
  json_writer out;
  out.begin_object().key("agents").begin_array();
  for (const auto& agent : call->api.own.agents) append_agent(out, agent);
  out.end_array();
  if (const auto hosts = call->api.gateway.agent_hosts()) {
    out.key("hosts").begin_array();
    for (const auto& host : *hosts) append_host(out, host);
    out.end_array();
  }
  out.end_object();
  call->reply.send(json_response(out.take()));
}

void get_status(std::shared_ptr<api_call> call) {
  if (refused(*call)) return;
  call->api.gateway.status(answer<node_status>(call->reply, [](const node_status& node) {
    json_writer out;
    append_status(out, node);
    return json_response(out.take());
  }));
}

/// Says that the process answers, and asks nobody: an orchestrator restarts what does not.
void get_health(std::shared_ptr<api_call> call) {
  if (refused(*call)) return;
  call->reply.send(json_response(R"({"status":"ok"})"));
}

void get_readiness(std::shared_ptr<api_call> call) {
  if (refused(*call)) return;
  call->api.gateway.status(answer<node_status>(call->reply, [](const node_status& node) {
    if (node.ready) return json_response(R"({"ready":true})");
    return to_response(runtime::error{errc::unavailable, what_is_missing(node)});
  }));
}

/// A node in trouble still shows its metrics: without its status, then.
void get_metrics(std::shared_ptr<api_call> call) {
  if (refused(*call)) return;
  call->api.gateway.status([call](expected<node_status> node) {
    call->reply.send_later([call, node = std::move(node)] {
      auto gauges = to_families(node ? *node : node_status{});
      return transport::http_response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                                      .headers = {{"Cache-Control", "no-store"}},
                                      .body = call->api.measured.exposition(std::move(gauges))};
    });
  });
}

}  // namespace perdure::nexus
