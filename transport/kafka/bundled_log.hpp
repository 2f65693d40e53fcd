#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/log.hpp"
#include "transport/kafka/bundled_partition.hpp"

namespace perdure::transport {

/// All that a log of bundles is, but for who carries them: its partitions, and the way of each
/// request to them. Pure; threads as of its partitions.
class bundled_log {
 public:
  struct options {
    std::size_t limit_bytes = 0;   ///< of a request, and of a bundle's records with their entries
    std::uint64_t writer = 0;      ///< tells this log's bundles from all others
    std::uint64_t tail_bytes = 0;  ///< so much of the newest is kept in memory
    runtime::duration bundle_wait{};  ///< of a bundle for answers to the one before it, at most
  };

  bundled_log(std::span<const kafka_topic> topics, const options& how);
  bundled_log(const bundled_log&) = delete;
  bundled_log& operator=(const bundled_log&) = delete;

  const kafka_layout& layout() const { return layout_; }
  bundle_tail& tail() { return tail_; }
  const bundle_tail& tail() const { return tail_; }
  /// By number in the layout; their addresses stay.
  std::vector<bundled_partition>& partitions() { return partitions_; }
  bundled_partition& operator[](std::size_t number) { return partitions_[number]; }
  const bundled_partition& operator[](std::size_t number) const { return partitions_[number]; }
  /// Error `invalid_argument`: the log does not have it.
  runtime::expected<std::size_t> find(runtime::partition_index partition) const;

  /// Whether a request waits for its bundles: no answer to it is known yet.
  bool is_acceptable(const runtime::append_request& request) const;
  /// Each of a request's partitions gets its share; what is too large gets its answer in its turn.
  void take(runtime::append_request request);
  /// Of the next bundle that is put together.
  bundle_identity next_identity() { return {writer_, ++bundles_}; }
  /// When the first bundle may go, monotonic; none: none waits that could.
  std::optional<runtime::timestamp> next_send() const;
  bool is_idle() const;
  void answer_waiting(const runtime::error& why);

  std::size_t limit_bytes() const { return limit_bytes_; }

 private:
  bool fits(const runtime::append_request& request) const;

  const kafka_layout layout_;
  const std::size_t limit_bytes_;
  const std::uint64_t writer_;
  bundle_tail tail_;
  std::vector<bundled_partition> partitions_;
  std::uint64_t bundles_ = 0;
};

}  // namespace perdure::transport
