#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "runtime/log.hpp"

namespace perdure::transport {

/// The newest batches in memory, up to a number of bytes, the newest always. Not thread-safe.
class log_tail {
 public:
  explicit log_tail(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// Records of one batch, in order, gap-free behind the last. The span returned is good until the
  /// next call.
  std::span<const runtime::log_record> add(std::vector<runtime::log_record> records,
                                           std::size_t batch_bytes);

  /// Forgets batches that end below `sequence`, but never the newest.
  void trim(std::uint64_t sequence);

  /// The first sequence held; all later ones are, too. One above the last if none is.
  std::uint64_t first_sequence() const;
  /// Null if it is not held.
  const runtime::log_record* find(std::uint64_t sequence) const;

 private:
  struct batch {
    std::vector<runtime::log_record> records;
    std::size_t cost;
  };

  void drop_oldest();

  std::uint64_t limit_bytes_;
  std::uint64_t held_bytes_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::deque<batch> batches_;
};

}  // namespace perdure::transport
