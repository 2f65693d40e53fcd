#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/membership/cluster_state.hpp"

namespace perdure::runtime::membership {

/// A namespace as nodes that do not serve it see it.
struct neighbour {
  cluster_namespace row;
  /// Where its nodes take messages; of those that leave last.
  std::vector<std::string> doors;

  bool operator==(const neighbour&) const = default;
};
using neighbours = std::map<std::string, neighbour, std::less<>>;

/// All namespaces of the installation but those that `self` serves.
neighbours neighbours_of(const cluster_state& folded, const node_profile& self);

/// Whether a record that did this may have changed them.
bool concerns_neighbours(const cluster_action& what);

}  // namespace perdure::runtime::membership
