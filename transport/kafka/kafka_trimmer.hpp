#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "runtime/clock.hpp"
#include "runtime/turn_executor.hpp"
#include "transport/kafka/kafka_layout.hpp"
#include "transport/kafka/kafka_options.hpp"
#include "transport/kafka/trim_schedule.hpp"

namespace perdure::transport {

/// Deletes what a log does not need any more of the partitions whose oldest records may go
/// (`kafka_topic::newest`). Several nodes may do so at once: the furthest counts.
class kafka_trimmer {
 public:
  struct environment {
    const kafka_options& options;
    const kafka_layout& layout;
    const runtime::clock& clock;
    std::function<void(runtime::log_line::level, std::string)> report;
  };

  explicit kafka_trimmer(environment world) : world_(std::move(world)) {}

  /// What is before this of Kafka's offsets is not needed any more. Any thread.
  void allow(std::size_t partition, std::int64_t before);
  /// Deletes what is due; asks brokers for seconds, at most. What fails is reported and comes
  /// again. One thread.
  void look();

 private:
  std::map<std::size_t, std::int64_t> take_due();
  runtime::expected<void> remove(std::size_t partition, std::int64_t before);

  const environment world_;
  std::mutex mutex_;
  std::map<std::size_t, trim_schedule> schedules_;  ///< by partition
};

}  // namespace perdure::transport
