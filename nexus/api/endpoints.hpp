#pragma once

#include "nexus/api/api_call.hpp"

namespace perdure::nexus {

// The endpoints behind the routes of route_table.cpp. Each answers once, through call->reply.

// start_endpoint.cpp
void start_workflow(std::shared_ptr<api_call> call);

// read_endpoints.cpp
void list_workflows(std::shared_ptr<api_call> call);
void describe_workflow(std::shared_ptr<api_call> call);
void get_result(std::shared_ptr<api_call> call);
void get_history(std::shared_ptr<api_call> call);

// message_endpoints.cpp
void signal_workflow(std::shared_ptr<api_call> call);
void query_workflow(std::shared_ptr<api_call> call);

// control_endpoints.cpp
void cancel_workflow(std::shared_ptr<api_call> call);
void terminate_workflow(std::shared_ptr<api_call> call);
void pause_workflow(std::shared_ptr<api_call> call);
void resume_workflow(std::shared_ptr<api_call> call);

// node_endpoints.cpp
void list_agents(std::shared_ptr<api_call> call);
void get_status(std::shared_ptr<api_call> call);
void get_health(std::shared_ptr<api_call> call);
void get_readiness(std::shared_ptr<api_call> call);
void get_metrics(std::shared_ptr<api_call> call);

// cluster_endpoints.cpp
void get_cluster(std::shared_ptr<api_call> call);
void drain_node(std::shared_ptr<api_call> call);

}  // namespace perdure::nexus
