#include <utility>

#include "nexus/api/endpoints.hpp"
#include "nexus/api/json_writer.hpp"

namespace perdure::nexus {
namespace {

using runtime::cluster_status;

void append_node(json_writer& out, const runtime::cluster_node_status& node) {
  out.begin_object()
      .member("node", node.node)
      .member("state", node.state)
      .member("weight", node.weight)
      .optional_member("address", node.address)
      .optional_member("door", node.door)
      .member("owns", node.owns);
  out.key("agents").begin_array();
  for (const auto& agent : node.agents) {
    out.begin_object()
        .member("namespace", agent.name_space)
        .member("agent", agent.name)
        .member("build", agent.build)
        .end_object();
  }
  out.end_array().end_object();
}

void append_partition(json_writer& out, const runtime::cluster_partition_status& partition) {
  out.begin_object()
      .member("namespace", partition.name_space)
      .member("partition", partition.partition)
      .member("number_in_namespace", partition.number_in_namespace)
      .member("owner", partition.owner)
      .member("holder", partition.holder)
      .member("follower", partition.follower)
      .member("epoch", partition.current.value)
      .member("applied", partition.applied.value)
      .member("lag", partition.lag)
      .end_object();
}

}  // namespace

void get_cluster(std::shared_ptr<api_call> call) {
  if (const auto& error = call->query.error()) return call->reply.fail(*error);
  call->api.gateway.cluster(answer<cluster_status>(call->reply, [](const cluster_status& cluster) {
    json_writer out;
    out.begin_object().member("node", cluster.node).member("state", cluster.state);
    out.key("nodes").begin_array();
    for (const auto& node : cluster.nodes) append_node(out, node);
    out.end_array().key("partitions").begin_array();
    for (const auto& partition : cluster.partitions) append_partition(out, partition);
    out.end_array().end_object();
    return json_response(out.take());
  }));
}

void drain_node(std::shared_ptr<api_call> call) {
  fields body = call->body();
  using runtime::membership::drain_wish;
  const auto wish = body.truth("undo") ? drain_wish::undo : drain_wish::drain;
  if (const auto& error = body.error()) return call->reply.fail(*error);
  if (const auto& error = call->query.error()) return call->reply.fail(*error);
  call->api.gateway.drain_node(
      call->parameter("node"), wish,
      answer<runtime::drain_reply>(call->reply, [](const runtime::drain_reply& done) {
        json_writer out;
        out.begin_object().member("node", done.node).member("drained", done.drained);
        out.key("only_here").begin_array();
        for (const auto& name_space : done.only_here) out.value(name_space);
        out.end_array().end_object();
        return json_response(out.take());
      }));
}

}  // namespace perdure::nexus
