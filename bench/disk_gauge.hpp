#pragma once

#include <memory>
#include <vector>

#include "bench/scratch_directory.hpp"
#include "transport/posix_file_system.hpp"

namespace perdure::bench {

/// What this disk's own fdatasync takes: 4 KiB over written blocks of a preallocated file, one
/// fdatasync each. A virtual disk drifts within minutes, so what is compared with it is measured
/// by turns with it. Throws std::runtime_error when the disk fails.
class disk_gauge {
 public:
  disk_gauge();
  /// Adds the times of that many to what the median is of.
  void sample(int count);
  /// Forgets the samples.
  void begin() { seconds_.clear(); }
  double median_seconds() { return quantile_seconds(0.5); }
  /// REQUIRES: samples, and 0 <= part < 1.
  double quantile_seconds(double part);

 private:
  scratch_directory directory_;
  transport::posix_file_system files_;
  std::unique_ptr<transport::file> file_;
  std::uint64_t next_ = 0;
  std::vector<double> seconds_;
};

}  // namespace perdure::bench
