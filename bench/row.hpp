#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/disk_gauge.hpp"

namespace perdure::bench {

/// One measured figure.
struct row {
  std::string name;
  std::size_t in_flight = 0;  ///< how many at once, 0 where that has no meaning
  double value = 0;
  std::string unit;
  double ratio_to_fdatasync =
      0;  ///< of times: how many bare fdatasyncs, measured by turns; 0 where that has no meaning
  double fdatasync_seconds = 0;  ///< what the ratio is to
};

/// What a number of things took together.
struct spent {
  double seconds = 0;
  double cpu_seconds = 0;  ///< of all threads of this process
  spent& operator+=(const spent& other);
};

/// What the benchmarks share: the disk, and the rows so far.
struct results {
  disk_gauge disk;
  std::vector<std::size_t> loads = {1, 16, 64, 256};  ///< how many at once
  std::vector<row> rows;

  /// A rate of things that each wait for the disk, how long one takes in the disk's samples of now,
  /// and what one takes of the processor. `together`: how many of them are waited for at once.
  void add_rate(const std::string& name, std::size_t in_flight, double count, const spent& all,
                const std::string& unit, double together = 1);
  void add(const std::string& name, std::size_t in_flight, double value, const std::string& unit);
};

// One benchmark each; they throw std::runtime_error when something fails.

/// The disk alone.
void measure_fdatasync(results& all);
/// Ten-step workflows with 120-byte results, through the in-process client.
void measure_steps(results& all);
/// Ten calls one after the other between two agents in different partitions.
void measure_calls(results& all);
/// A hundred steps at once, and all of their results.
void measure_fan(results& all);
/// Workflows that wait and were evicted: bytes each, and how long one takes to come back.
void measure_parked(results& all);
/// The HTTP server alone.
void measure_echo(results& all);
/// Starts of ten-step workflows, and their results, over HTTP.
void measure_step_http(results& all);

}  // namespace perdure::bench
