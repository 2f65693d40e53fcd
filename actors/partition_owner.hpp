#pragma once

#include <functional>
#include <string>

#include "runtime/ids.hpp"

namespace perdure::actors {

/// Whose a partition is, by its own log, and where that node says that it is reached.
struct partition_owner {
  runtime::session_id session;  ///< 0: nobody's
  std::string node;             ///< empty: that session is no member of the cluster (any more)
  std::string address;          ///< of its link; empty: it has none
  bool operator==(const partition_owner&) const = default;
};

using owner_function = std::function<partition_owner(runtime::partition_index)>;

}  // namespace perdure::actors
