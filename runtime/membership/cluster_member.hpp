#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/membership/cluster_record.hpp"

namespace perdure::runtime::membership {

/// One stay of a node in the cluster: the offset of the join that began it. 0: nobody.
using member_id = strong_id<struct member_tag>;

inline constexpr std::uint32_t highest_weight = 100;

/// An agent whose code a node has.
struct hosted_agent {
  std::string name;
  std::string build;

  bool operator==(const hosted_agent&) const = default;
};

/// A namespace that a node serves: it may own its partitions, and has the code of these agents.
struct hosted_namespace {
  std::string name;
  std::vector<hosted_agent> agents;

  bool operator==(const hosted_namespace&) const = default;
};

/// What a node says of itself when it joins.
struct node_profile {
  std::string node;          ///< its name: the same after a restart, 1 to 256 bytes
  session_id session;        ///< never 0
  std::uint32_t weight = 1;  ///< its share relative to others', 1 to 100
  std::string address;       ///< where other nodes reach it
  std::vector<hosted_namespace> hosted;
  /// Where nodes of other namespaces deliver messages: "http://10.0.0.7:7090"; empty: nowhere.
  std::string door = {};

  bool serves(std::string_view name_space) const;
  /// Null: it does not have that agent for that namespace.
  const hosted_agent* find(std::string_view name_space, std::string_view agent) const;
  bool hosts(std::string_view name_space, std::string_view agent) const {
    return find(name_space, agent) != nullptr;
  }
};
node_profile profile_of(const wire::Join& join);
/// All but `replaces`.
void write_profile(const node_profile& profile, wire::Join& out);

/// A node that is a member now.
struct cluster_member : node_profile {
  member_id id;
  bool leaving = false;
  std::uint64_t heartbeats = 0;  ///< number of the last
  offset heard;                  ///< its last sign of life: a heartbeat, or its join
  /// By whom, and where they said so. A sign of life ends them all.
  std::map<member_id, offset> suspicions;
};

/// A name that joined once, a member now or not.
struct cluster_node {
  offset joined;             ///< its last join: the next one names it
  session_id session;        ///< of that join
  std::uint64_t drains = 0;  ///< version of its last `drain` record
  bool drained = false;
};

inline constexpr std::uint32_t most_partitions = 65'535;  ///< of all namespaces

/// Whether a namespace can have `count` partitions, with indexes from `first` on: 1 to 256.
constexpr bool row_fits(std::uint32_t first, std::uint32_t count) {
  return count >= 1 && count <= 256 && first >= 1 && first <= most_partitions - (count - 1);
}

/// A namespace's partitions have indexes in a row, for ever.
struct cluster_namespace {
  std::uint32_t first = 0;  ///< index of its partition 0
  std::uint32_t count = 0;
  incarnation log;

  bool has(partition_index index) const {
    return index.value >= first && index.value - first < count;
  }
  bool operator==(const cluster_namespace&) const = default;
};

}  // namespace perdure::runtime::membership
