#include <array>

#include "nexus/api/endpoints.hpp"
#include "nexus/api/route.hpp"

namespace perdure::nexus {
namespace {

using enum transport::http_method;

constexpr std::array<route, 18> routes{{
    {post, "/v1/namespaces/{namespace}/workflows", start_workflow},
    {get, "/v1/namespaces/{namespace}/workflows", list_workflows},
    {get, "/v1/namespaces/{namespace}/workflows/{workflow_id}", describe_workflow},
    {get, "/v1/namespaces/{namespace}/workflows/{workflow_id}/result", get_result},
    {get, "/v1/namespaces/{namespace}/workflows/{workflow_id}/history", get_history},
    {post, "/v1/namespaces/{namespace}/workflows/{workflow_id}/signals/{signal}", signal_workflow},
    {post, "/v1/namespaces/{namespace}/workflows/{workflow_id}/queries/{query}", query_workflow},
    {post, "/v1/namespaces/{namespace}/workflows/{workflow_id}/cancel", cancel_workflow},
    {post, "/v1/namespaces/{namespace}/workflows/{workflow_id}/terminate", terminate_workflow},
    {post, "/v1/namespaces/{namespace}/workflows/{workflow_id}/pause", pause_workflow},
    {post, "/v1/namespaces/{namespace}/workflows/{workflow_id}/resume", resume_workflow},
    {get, "/v1/agents", list_agents},
    {get, "/v1/status", get_status},
    {get, "/v1/cluster", get_cluster},
    {post, "/v1/cluster/nodes/{node}/drain", drain_node},
    {get, "/healthz", get_health},
    {get, "/readyz", get_readiness},
    {get, "/metrics", get_metrics},
}};

}  // namespace

std::span<const route> all_routes() { return routes; }

}  // namespace perdure::nexus
