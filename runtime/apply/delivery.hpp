#pragma once

#include "runtime/state.hpp"

namespace perdure::runtime {

/// A message at its target: taken from a channel, or delivered by the turn of the same partition.
struct state::delivery {
  partition_index source;
  const wire::Body& body;
  offset at;
  std::uint32_t part =
      0;  ///< 0: `at` is a message record; else the outgoing part of the turn at `at`
  payload content;
  slot_number slot;
  timestamp sent;  ///< the owner's time of the turn that sent it: this partition's log time may lag
                   ///< behind
};

}  // namespace perdure::runtime
