#pragma once

#include <string>
#include <vector>

#include "deploy/embedded_node.hpp"
#include "deploy/link_options.hpp"
#include "deploy/node_doors.hpp"
#include "deploy/option.hpp"
#include "nexus/api/api_options.hpp"
#include "runtime/installation.hpp"
#include "runtime/membership/member_options.hpp"
#include "transport/http_server_options.hpp"
#include "transport/kafka/kafka_options.hpp"

namespace perdure::deploy {

/// All that can be set about a node, put together from what its parts take.
struct node_options {
  node_options();

  embedded_node_options embedded;
  transport::kafka_options kafka;  ///< with bootstrap servers: instead of the embedded log
  runtime::membership::member_options member;  ///< times and weight, of a node on Kafka
  link_options link;                           ///< of a node on Kafka, to others of its cluster
  node_doors_options doors;                    ///< of a node on Kafka
  transport::http_server_options http;
  nexus::api_options http_api;  ///< its longest wait is settled from the request deadline
  runtime::log_line::level log_level = runtime::log_line::level::info;
};

/// The declarations, in the order of the documentation. Those of one section stand together.
std::vector<option<node_options>> declare_node_options();
std::vector<option<runtime::namespace_options>> declare_namespace_options();

/// A namespace of whose partitions nothing has been said yet: `settle_partitions` says it.
runtime::namespace_options unsettled_namespace();
/// As many partitions as are usual on its log where nothing was said: 4, on Kafka 8 (DESIGN 1).
void settle_partitions(node_options& options);

/// What no single declaration can see: names twice, callers that are not there, sizes that do not
/// fit each other. Errors are sentences for people; none: all is well.
std::vector<std::string> check(const node_options& options);

}  // namespace perdure::deploy
