#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace perdure::sim {

struct simulation_options {
  std::string workload;  ///< empty: the seed chooses
  bool story = false;    ///< write down what happens
  std::string mutant;    ///< the planted bug; empty: none
};

/// What became of one world.
struct outcome {
  std::string workload;
  std::string violated;    ///< the promise that does not hold; empty: all do
  std::uint64_t hash = 0;  ///< of all that happened, in order
  std::uint64_t moves = 0;
  std::size_t records = 0;
  double seconds = 0;       ///< simulated
  double busy_seconds = 0;  ///< of them, those in which anything happened
  std::uint32_t nodes = 0;  ///< 0: a workload below the nodes
  std::vector<std::string> story;
};

/// Lives through the world of a seed. Throws std::invalid_argument for a workload that is not
/// there.
outcome simulate(std::uint64_t seed, const simulation_options& options);

}  // namespace perdure::sim
