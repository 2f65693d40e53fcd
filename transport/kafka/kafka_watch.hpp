#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/clock.hpp"
#include "transport/kafka/bundle_tail.hpp"
#include "transport/kafka/kafka_fetcher.hpp"
#include "transport/kafka/kafka_groups.hpp"
#include "transport/kafka/kafka_layout.hpp"
#include "transport/kafka/kafka_trimmer.hpp"
#include "transport/kafka/regress_check.hpp"

namespace perdure::transport {

/// Sees to it that a log still holds what was read of it (DESIGN 5.5): has each partition looked at
/// (`regress_check`), in turn and at once where something is suspect. Tells consumer groups how far
/// was applied, deletes what nobody needs. A thread of its own, since brokers may be slow to
/// answer; what it found waits for the log's driver.
class kafka_watch {
 public:
  using finding = regress_check::finding;

  struct environment {
    kafka_fetcher& fetcher;
    kafka_groups& groups;
    kafka_trimmer& trimmer;
    const kafka_layout& layout;
    bundle_tail& tail;
    std::function<runtime::offset(runtime::partition_index)> applied;  ///< 0: groups are not told
    std::function<void()> wake;                                        ///< there is a finding
    std::function<void(const std::string&)> cannot_tell;  ///< a group was not told, and why
  };

  explicit kafka_watch(environment world);
  ~kafka_watch();
  kafka_watch(const kafka_watch&) = delete;
  kafka_watch& operator=(const kafka_watch&) = delete;

  /// Something is wrong with that partition: what about it will be found out soon. Any thread.
  void suspect(std::size_t partition);
  /// What was found since the last time. Any thread.
  std::vector<finding> take();
  /// Tells the groups a last time and ends. Not from its own thread.
  void stop();

 private:
  void run(const std::stop_token& stop);
  std::vector<std::size_t> wait(const std::stop_token& stop);
  void report(finding found);
  void tell_groups();
  /// The place behind the last that was applied, of Kafka's; none: it is not to be told.
  std::optional<std::int64_t> next_of(std::size_t partition) const;

  environment world_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<std::size_t> suspects_;
  std::vector<finding> found_;

  // The thread's own.
  regress_check check_;
  std::vector<bool> lost_;          ///< by partition
  std::vector<std::int64_t> told_;  ///< to groups, by partition
  unsigned looks_ = 0;
  bool could_tell_ = true;
  std::jthread thread_;
};

}  // namespace perdure::transport
