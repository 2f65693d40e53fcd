#pragma once

#include <google/protobuf/descriptor.h>

#include "proto/plugin/model.hpp"
#include "proto/plugin/problems.hpp"

namespace perdure::plugin {

/// What an rpc must not be on its own: the rules of docs/agents.md, "What is refused".
void check_operation(const google::protobuf::MethodDescriptor& method, const operation_model& model,
                     problems& found);

/// What the rpcs of a service must not be together.
void check_operations(const google::protobuf::ServiceDescriptor& service,
                      const service_model& model, problems& found);

}  // namespace perdure::plugin
