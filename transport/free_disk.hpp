#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "runtime/clock.hpp"
#include "transport/file_system.hpp"

namespace perdure::transport {

/// How much of a disk is free, asked as often as one likes: the system is asked five times a second
/// at most. Any thread.
class free_disk {
 public:
  /// `files` and `clock` outlive it.
  free_disk(file_system& files, const runtime::clock& clock, std::string path)
      : files_(files), clock_(clock), path_(std::move(path)) {}

  /// Where the system does not tell: what it told last, at first "as much as you like".
  std::uint64_t bytes();

 private:
  file_system& files_;
  const runtime::clock& clock_;
  const std::string path_;
  std::atomic<std::int64_t> next_us_ = INT64_MIN;  ///< monotonic
  std::atomic<std::uint64_t> bytes_ = UINT64_MAX;
};

}  // namespace perdure::transport
