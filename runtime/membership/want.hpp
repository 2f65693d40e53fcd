#pragma once

#include <cstdint>

#include "runtime/ids.hpp"

namespace perdure::runtime::membership {

/// Whether a node is to own a partition (docs/adr/0007-who-claims.md; the same words as the
/// `partition_want` of `actors/`).
enum class want : std::uint8_t {
  no,         ///< if it owns it, it hands it over
  when_left,  ///< it claims it when nobody owns it: its owner has handed over
  now,        ///< it claims it from its owner, which is gone
};

/// What an operator says of a node.
enum class drain_wish : std::uint8_t {
  drain = 1,  ///< it is to own nothing, through restarts too
  undo,
};

/// What a node has to do with one partition.
struct partition_role {
  want owns = want::no;
  /// It reads the log and says when it is warm: its follower, its owner, or to become one.
  bool reads = false;
  session_id from;  ///< for `now`: the session whose claim may be overridden, no other's

  bool operator==(const partition_role&) const = default;
};

/// Whose claim is a partition's epoch, as its own log says.
struct partition_holder {
  session_id session;  ///< 0: nobody has claimed, or its owner has handed over
  offset view;         ///< the last record of the cluster log that it had read when it claimed

  bool operator==(const partition_holder&) const = default;
};

}  // namespace perdure::runtime::membership
