#pragma once

#include <cstdint>

namespace perdure::actors {

/// Whether this node is to own a partition: whoever assigns partitions to nodes says so.
enum class partition_want : std::uint8_t {
  no,         ///< if it owns it, it hands it over
  when_left,  ///< it claims it when nobody owns it: its owner has handed over
  now,        ///< it claims it whoever owns it: the owner is gone
};

}  // namespace perdure::actors
