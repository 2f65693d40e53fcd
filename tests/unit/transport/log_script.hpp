#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/unit/transport/log_world.hpp"

namespace perdure::transport {

/// A short life of a log that does everything a log does: it is made, takes requests of all sizes
/// alone and together, fills several segments, prepares, trims, recycles and closes. And what must
/// be true of the log at any moment of it.
class log_script {
 public:
  explicit log_script(file_system& files) : world_(files) { world_.options.tail_bytes = 1000; }

  /// Goes on until something fails; true if nothing did.
  bool run();

  /// What is wrong with a log that has these records, if the script's process ended now. Empty: it
  /// has everything acknowledged, nothing but what was submitted, in order, in whole batches.
  std::string judge(const std::vector<told>& found) const;

  log_world& world() { return world_; }
  const runtime::error& failure() const { return failure_; }
  /// What it was about when it failed.
  enum class deed { opening, writing, trimming, closing };
  deed failed_while() const { return now_; }
  std::size_t acknowledged() const { return acknowledged_; }
  std::size_t submitted() const { return submitted_.size(); }

 private:
  bool write(std::size_t requests);
  bool check(const runtime::expected<void>& done);

  log_world world_;
  runtime::error failure_{};
  deed now_ = deed::opening;
  std::vector<told> submitted_;
  std::vector<std::size_t> batch_ends_{0};  ///< numbers of records
  std::size_t acknowledged_ = 0;
  std::size_t trimmed_ = 0;  ///< records allowed to be forgotten
};

}  // namespace perdure::transport
