#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/error.hpp"
#include "transport/kafka/bundle_source.hpp"
#include "transport/kafka/bundle_tail.hpp"
#include "transport/kafka/kafka_layout.hpp"

namespace perdure::transport {

/// Whether a log of bundles still holds what was read of it, and what was acknowledged (DESIGN
/// 5.5): compares each partition's ends, and bundles that were read, with what the brokers have
/// now. Pure but for what it asks of `source`; `kafka_watch` says when. One thread.
class regress_check {
 public:
  /// What was found out about a partition.
  struct finding {
    std::size_t partition = 0;
    /// The log does not hold what was read of it; none: all is well, reading may go on.
    std::optional<runtime::error> lost;
    /// What is before this of Kafka's offsets was deleted, rightly, and not all of it was read.
    std::optional<std::int64_t> first = {};
  };
  enum class thoroughness {
    ends,   ///< where the partition begins and ends
    bytes,  ///< and that what was read last, before each pause, and last time, stands there still
  };

  /// All outlive it.
  regress_check(bundle_source& source, const kafka_layout& layout, bundle_tail& tail)
      : source_(source), layout_(layout), tail_(tail), partitions_(layout.size()) {}

  /// None: nobody can tell now.
  std::optional<finding> look_at(std::size_t partition, thoroughness how);
  /// A round, of a second: the partitions whose turn it is, each to its bytes every fifth time.
  /// What there is to report.
  std::vector<finding> look_in_turn();

 private:
  struct looked_at {
    std::uint32_t missing = 0;  ///< how often in a row
    std::uint64_t looks = 0;
    bool lost = false;
    /// The last bundle of the last look at bytes, the first one before any. Where the reader went
    /// on within a topic that was made anew, what it read last is the new topic's; this one is of
    /// the topic that was looked at before.
    bundle_tail::read_through anchor;
  };

  std::optional<finding> look(std::size_t partition, thoroughness how);
  std::optional<finding> look_at_bytes(std::size_t partition);
  /// Bundles that were read, by rising place, with what stands in their places now.
  std::optional<finding> compare(std::size_t partition,
                                 std::span<const bundle_tail::read_through> read);
  /// Its oldest records may go, and that one has. None: nobody can tell now.
  std::optional<bool> is_forgotten(const kafka_partition& of, std::int64_t bundle);
  std::optional<finding> on_missing(std::size_t partition, const runtime::error& why);

  bundle_source& source_;
  const kafka_layout& layout_;
  bundle_tail& tail_;
  std::vector<looked_at> partitions_;
  std::size_t next_ = 0;  ///< whose turn it is
};

/// The words by which such a partition stops.
runtime::error log_regressed(const kafka_partition& of, const std::string& why);

}  // namespace perdure::transport
