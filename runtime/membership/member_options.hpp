#pragma once

#include <string>
#include <vector>

#include "runtime/membership/cluster_member.hpp"

namespace perdure::runtime::membership {

/// A namespace as a node's configuration has it.
struct wanted_namespace {
  std::string name;
  std::uint32_t partitions = 8;  ///< 1 to 256; fixed for ever by whoever says it first
  incarnation log;  ///< of the partitions' logs, drawn at random: counts if this node is the first
};

/// Everything that one node says and expects of the cluster. Nodes may differ in the times: they
/// stand in no rule of the fold.
struct member_options {
  node_profile profile;
  /// Those that it serves, as `profile.hosted` names them.
  std::vector<wanted_namespace> namespaces;

  /// From one heartbeat read back to the next. Shorter: quicker failover, more records. 20 ms to
  /// 10 s, and five times the way there and back.
  duration heartbeat = milliseconds(200);
  std::uint32_t suspect_after = 4;  ///< own heartbeats without a sign of another's life; 2 to 100
  std::uint32_t gone_after = 2;     ///< and from the suspicion to the end; 1 to 100
  /// Own heartbeats that another may take to hand over what this node is to own: 30 s. Longer than
  /// an owner that leaves waits for its steps.
  std::uint32_t hand_over = 150;
  /// What was appended and not read back is appended again after that. 100 ms to 1 min.
  duration again = seconds(1);
  /// Records of the cluster log between two views, 10 or more: bounds what a start reads.
  std::uint64_t view_every = 10'000;
};

}  // namespace perdure::runtime::membership
