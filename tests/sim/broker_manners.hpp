#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "runtime/ids.hpp"
#include "tests/world/dice.hpp"

namespace perdure::sim {

/// Takes whatever the other forms of the log take.
inline constexpr std::size_t whole_bundle = std::size_t{16} << 20;

/// How brokers behave, besides what a log's manners say.
struct broker_manners {
  std::size_t bundle_bytes = whole_bundle;
  runtime::duration bundle_wait = runtime::milliseconds(2);
  std::uint64_t tail_bytes = 0;  ///< so much of the newest each node keeps in memory
  double away = 0;   ///< at each move: nobody reaches some or all partitions for a while
  double again = 0;  ///< of fetches: they bring also what was read before
  /// Nodes look for ever whether what they have read is still there; else only for some time after
  /// they have read something.
  bool watched = false;
  /// All that a node may ask for takes a request of that size.
  void make_room(std::size_t bytes) { bundle_bytes = std::max(bundle_bytes, bytes); }
};
broker_manners drawn_brokers(testing::dice& chance);

}  // namespace perdure::sim
