#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "transport/kafka/read_bundle.hpp"

namespace perdure::transport {

/// The newest bundles of all partitions in memory, up to a number of bytes, and how far each
/// partition was read. Partitions by their number in the layout. Any thread.
class bundle_tail {
 public:
  using held_bundle = std::shared_ptr<const read_bundle>;

  /// How far a partition was read.
  struct read_through {
    std::int64_t bundle = -1;  ///< the last one's offset of Kafka's; -1: none
    std::uint32_t checksum = 0;
    runtime::offset record;  ///< the last one's
  };

  bundle_tail(std::uint64_t limit_bytes, std::size_t partitions)
      : limit_bytes_(limit_bytes), partitions_(partitions) {}

  /// No election and no new topic takes less, from the last that the old one gave to the first of
  /// the new one.
  static constexpr runtime::duration shortest_election = runtime::milliseconds(50);

  /// REQUIRES: behind the partition's last. `now`: monotonic.
  void add(std::size_t partition, held_bundle bundle, runtime::timestamp now = {});

  read_through last(std::size_t partition) const;
  /// The first that was ever read, even if it is no longer held.
  read_through first(std::size_t partition) const;
  /// What was read last before each pause that is long enough for another leader, in order; those
  /// that nobody has given up yet.
  std::vector<read_through> seams(std::size_t partition) const;
  /// What was read last may be of another leader than what comes next, however soon that does: an
  /// acknowledgement that is old counted for it. It is one of those, too.
  void doubt_last(std::size_t partition);
  /// Those below that place need not be compared any more.
  void forget_seams(std::size_t partition, std::int64_t before);

  /// A bundle was acknowledged at that place, read or not.
  void acknowledge(std::size_t partition, std::int64_t at);
  /// The highest; -1: none.
  std::int64_t acknowledged(std::size_t partition) const;

  /// Null if it is not held.
  held_bundle find(std::size_t partition, std::int64_t at) const;
  /// The first bundle held with an offset of at least that, if nothing between was forgotten; null
  /// if something was, or there is none.
  held_bundle next(std::size_t partition, std::int64_t at) const;

 private:
  struct held {
    read_through first;
    read_through last;
    runtime::timestamp read_last;
    std::deque<read_through> seams;
    std::int64_t acknowledged = -1;
    std::int64_t forgotten = -1;  ///< all up to this one
    std::deque<held_bundle> bundles;

    void add_seam();
  };

  void forget_oldest();

  const std::uint64_t limit_bytes_;
  mutable std::mutex mutex_;
  std::uint64_t held_bytes_ = 0;
  std::vector<held> partitions_;
  std::deque<std::size_t> order_;  ///< whose bundles they are, oldest first
};

}  // namespace perdure::transport
