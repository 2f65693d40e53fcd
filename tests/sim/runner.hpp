#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace perdure::sim {

struct kept_seed {
  std::uint64_t seed = 0;
  std::string workload;  ///< empty: the seed chooses
};

struct run_options {
  std::vector<kept_seed> seeds;       ///< besides `first`…`last`
  std::uint64_t first = 0, last = 0;  ///< the end is not run
  double minutes = 0;                 ///< begins no seed after that; 0: all of them
  std::string workload;               ///< empty: each seed chooses
  unsigned jobs = 1;                  ///< processes at a time
  unsigned twice = 0;                 ///< per cent of the seeds that run again in another process
  std::string mutant;                 ///< a bug that is planted; empty: none
  bool until_failure = false;         ///< begins no seed after one has failed
  bool all_reached = false;           ///< a mark that nobody came by is a failure
  std::string program, commit;        ///< for the command that repeats a failure
};

/// Runs the worlds and prints what failed as it fails, in the end what was done. Worlds run in
/// processes of their own, so that one which ends its process is told by its seed. 0: all held.
int run_seeds(const run_options& options);

/// Prints the hash of all that happens in one world.
void print_hash(std::uint64_t seed, const run_options& options);

/// Prints what happens in one world.
int tell_story(std::uint64_t seed, const run_options& options);

}  // namespace perdure::sim
