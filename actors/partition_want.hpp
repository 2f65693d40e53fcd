#pragma once

#include <cstdint>

#include "runtime/ids.hpp"

namespace perdure::actors {

/// Whether this node is to own a partition: whoever assigns partitions to nodes says so.
enum class partition_want : std::uint8_t {
  no,         ///< if it owns it, it hands it over
  when_left,  ///< it claims it when nobody owns it: its owner has handed over
  now,        ///< it claims it whoever owns it: the owner is gone
};

/// The same with what membership knows of it (docs/adr/0012-a-node-in-the-cluster.md).
struct wanted_partition {
  partition_want what = partition_want::now;
  /// For `now`: holds only while the epoch is this session's. 0: whoever's it is.
  runtime::session_id from = {};
  runtime::offset view = {};  ///< what the node has read of the cluster log; 0: there is none
};

}  // namespace perdure::actors
