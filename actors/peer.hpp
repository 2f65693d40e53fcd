#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/client.hpp"

namespace perdure::actors {

/// A node of the cluster, and where it says that it is reached.
struct peer {
  runtime::session_id session;  ///< 0: nobody
  std::string node;             ///< empty: that session is no member of the cluster (any more)
  std::string address;          ///< of its link; empty: it has none
  bool operator==(const peer&) const = default;
};

/// Whose a partition is, by its own log.
using owner_function = std::function<peer(runtime::partition_index)>;
/// A node that has an agent, and the agent's build there.
struct agent_peer {
  peer at;
  std::string build;
  bool operator==(const agent_peer&) const = default;
};
/// Which nodes have an agent for its namespace, by name of node.
using hosting_function = std::function<std::vector<agent_peer>(const runtime::agent_address&)>;

}  // namespace perdure::actors
