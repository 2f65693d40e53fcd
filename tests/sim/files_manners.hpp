#pragma once

#include <cstdint>
#include <initializer_list>

#include "tests/sim/embedded_form.hpp"

namespace perdure::sim {

/// What the workload `files` does with its log.
struct files_manners {
  embedded_manners log;
  std::uint32_t partitions = 1, writers = 1, readers = 1;
  std::size_t requests = 0;         ///< until it is over
  std::size_t large = 0;            ///< one request in so many fills most of a batch
  runtime::duration pace;           ///< of writers and readers, at most
  runtime::duration trims, leaves;  ///< time between two, at most
  std::uint64_t kept = 0;           ///< so many records are seldom trimmed
  double crash = 0;                 ///< at each call that changes the disk
  double meanwhile = 0;             ///< that other threads go on in the middle of a call
};

/// The seed's own: at extremes.
files_manners drawn_files(testing::dice& chance);
/// Options that may differ from one start to the next.
void draw_sizes(testing::dice& chance, transport::embedded_log_options& log);

template <class T>
T any_of(testing::dice& chance, std::initializer_list<T> these) {
  return these.begin()[chance.below(these.size())];
}

}  // namespace perdure::sim
