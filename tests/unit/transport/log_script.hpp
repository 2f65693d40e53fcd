#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/unit/transport/log_history.hpp"
#include "tests/unit/transport/log_world.hpp"

namespace perdure::transport {

/// A short life of a log that does everything a log does: it is made, or opened again after its
/// last life; takes requests of all sizes alone and together, fills several segments, prepares,
/// reads, trims, recycles and closes.
class log_script {
 public:
  explicit log_script(file_system& files, log_history before = {})
      : world_(files), history_(std::move(before)) {
    world_.options.tail_bytes = 1000;
  }

  static constexpr std::size_t first_life = 24;  ///< rounds
  static constexpr std::size_t later_life = 10;
  static constexpr std::size_t short_life = 3;

  /// Goes on until something fails; true if nothing did. Reads may fail: a log that cannot be read
  /// goes on.
  bool run(std::size_t rounds = first_life);

  log_world& world() { return world_; }
  const log_history& history() const { return history_; }
  std::string judge(const std::vector<told>& found) const { return history_.judge(found); }

  const runtime::error& failure() const { return failure_; }
  /// What it was about when it failed.
  enum class deed { opening, writing, trimming, closing };
  deed failed_while() const { return now_; }
  const std::vector<runtime::error>& failed_reads() const { return failed_reads_; }
  /// What was shown or read and should not have been. Empty: nothing.
  const std::string& wrong() const { return wrong_; }

 private:
  bool open();
  bool write(std::size_t requests);
  bool trim();
  void read();
  runtime::expected<void> read_partition(std::uint32_t partition);
  runtime::expected<void> read_single();
  bool check(const runtime::expected<void>& done);

  log_world world_;
  log_history history_;
  runtime::error failure_{};
  deed now_ = deed::opening;
  std::vector<runtime::error> failed_reads_;
  std::string wrong_;
};

}  // namespace perdure::transport
