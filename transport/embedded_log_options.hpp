#pragma once

#include <cstdint>
#include <string>

#include "runtime/error.hpp"

namespace perdure::transport {

/// What can be set about an embedded log. May differ from one start to the next.
struct embedded_log_options {
  /// The log's own directory, made if it is not there. Its disk decides the speed of everything.
  std::string directory;

  /// Size of a new segment file: 4 KiB to 1 GiB, a multiple of 4 KiB. Larger: rarer changes of
  /// file, coarser trimming. Two files are there at least.
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;

  /// Largest batch, hence largest request, in bytes: 1 KiB to 16 MiB, and never more than fits a
  /// segment. A request counts its records and 8 bytes for each.
  std::uint64_t batch_bytes = std::uint64_t{16} << 20;

  /// Memory for the newest records, which are read without touching the files, in bytes. 0: none.
  std::uint64_t tail_bytes = std::uint64_t{64} << 20;

  /// One remembered place per this many bytes of log: 512 or more. Smaller: less to read for an old
  /// record, more memory (about 16 bytes a place).
  std::uint64_t index_bytes = std::uint64_t{64} << 10;

  /// How long the driver looks for work before it sleeps, in microseconds: 0 to 10,000. Longer:
  /// a lone append meets a sleeping thread less often, and an idle log burns more of a core.
  std::uint32_t spin_us = 50;

  /// How often the mark page goes to the disk, in milliseconds: 10 to 60,000. It bounds what a lost
  /// tail can hide after a power failure.
  std::uint32_t mark_sync_ms = 1000;

  /// Trimmed segments kept for reuse: 0 to 64. More would only hold disk space.
  std::uint32_t spare_segments = 2;

  /// `invalid_argument` naming the first option out of its limits.
  runtime::expected<void> validate() const;

  /// `batch_bytes`, or what a segment can take if that is less.
  std::uint64_t effective_batch_bytes() const;
};

}  // namespace perdure::transport
