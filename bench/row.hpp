#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace perdure::bench {

/// One measured figure.
struct row {
  std::string name;
  std::size_t in_flight = 0;  ///< how many at once, 0 where that has no meaning
  double value = 0;
  std::string unit;
  double ratio_to_fdatasync =
      0;  ///< of times: how many bare fdatasyncs of this run; 0 where that has no meaning
};

/// What a number of things took together.
struct spent {
  double seconds = 0;
  double cpu_seconds = 0;  ///< of all threads of this process
};

/// What the benchmarks share: the disk's own figure, measured first, and the rows so far.
struct results {
  double fdatasync_seconds = 0;
  std::vector<std::size_t> loads = {1, 16, 64, 256};  ///< how many at once
  std::vector<row> rows;

  /// A rate of things that each wait for the disk, how long one takes in fdatasyncs, and what one
  /// takes of the processor.
  void add_rate(const std::string& name, std::size_t in_flight, double count, const spent& all,
                const std::string& unit);
  void add(const std::string& name, std::size_t in_flight, double value, const std::string& unit);
};

// One benchmark each; they throw std::runtime_error when something fails.

/// Overwrites 4 KiB in a preallocated file on this disk, one fdatasync each.
void measure_fdatasync(results& all);
/// Ten-step workflows with 120-byte results, through the in-process client.
void measure_steps(results& all);
/// Ten calls one after the other between two agents in different partitions.
void measure_calls(results& all);
/// A hundred steps at once, and all of their results.
void measure_fan(results& all);
/// Workflows that wait and were evicted: bytes each, and how long one takes to come back.
void measure_parked(results& all);
/// The HTTP server alone, and starts of ten-step workflows over it.
void measure_http(results& all);

}  // namespace perdure::bench
