#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

#include "tests/kafka_log/driven_kafka_log.hpp"

namespace perdure::testing {

/// Work for the partitions 1 and 2 of a log whatever happens to its brokers, and a judgement of
/// what became of it.
class log_load {
 public:
  static constexpr std::uint32_t submitters = 4;
  /// So many of each wait for their outcome: while the brokers are away nobody submits more.
  static constexpr std::uint32_t window = 20;

  /// The log is open, and outlives it.
  explicit log_load(driven_kafka_log& log) : log_(log) {}

  /// The next record of that submitter, whose number is below `submitters`. Any thread, but one for
  /// each submitter. Returns the request's number.
  std::size_t submit(std::uint32_t who);
  /// All submit without an end, each from a thread of its own, while something is done, then some
  /// more.
  void go_on_while(const std::function<void()>& something);
  /// The same, while the log fetches at once and in bulk by turns
  /// (docs/adr/0016-fetches-in-bulk.md).
  void go_on_at_changing_pace();
  /// Waits until so many more of that partition were heard.
  void wait_for_more(std::uint32_t partition, std::size_t records);
  /// Nothing acknowledged is lost or elsewhere than told, nothing stands twice, nothing stands that
  /// was never submitted, and each submitter's records have their order. Opens the log again.
  void judge();

 private:
  driven_kafka_log& log_;
  std::mutex mutex_;
  std::map<std::size_t, told_record> submitted_;  ///< by number; the offset is not known
  std::array<int, submitters> next_{};
};

/// Appends to the partitions 1 and 2 through one log while another one, which must fetch all that
/// it hears, does so at once and in bulk by turns; both hear the same, once and in order. Both are
/// open.
void append_at_changing_pace(driven_kafka_log& log, driven_kafka_log& follower);

}  // namespace perdure::testing
