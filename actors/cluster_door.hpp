#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "actors/peer.hpp"
#include "runtime/client.hpp"

namespace perdure::actors {

/// Hears whose a partition is, by its own log, whenever that has changed: session 0, and nobody
/// owns it. `view` as in the claim. Any thread.
using holder_function = std::function<void(runtime::partition_index, runtime::session_id session,
                                           runtime::offset view)>;

/// Whether the node of that session has that agent for that namespace; none: nobody knows. Any
/// thread.
using hosts_function = std::function<std::optional<bool>(
    runtime::session_id session, std::string_view name_space, std::string_view agent)>;

/// What a node has to do with the cluster that it is a member of.
struct cluster_door {
  holder_function on_holder;
  /// Without what only partitions know.
  std::function<runtime::cluster_status()> status;
  std::function<void(std::string node, runtime::membership::drain_wish,
                     runtime::reply_to<runtime::drain_reply>)>
      drain;
  owner_function owner = {};  ///< any thread
  hosts_function hosts = {};
  hosting_function hosting = {};  ///< any thread
  /// Whether something is true of every agent that some node has for a namespace. Any thread.
  std::function<bool(std::string_view name_space,
                     const std::function<bool(std::string_view agent)>& is_known)>
      all_agents = {};
};

}  // namespace perdure::actors
