#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"
#include "transport/file_system.hpp"

namespace perdure::transport {

/// What the log remembers about itself outside its segments.
struct log_mark {
  std::uint64_t synced_through = 0;  ///< every record up to this one is on the disk
  std::uint64_t first_ordinal = 1;   ///< the oldest segment that was not trimmed away
  std::uint64_t first_sequence = 1;  ///< the first record in it
  bool operator==(const log_mark&) const = default;
};

/// What a mark page says. docs/formats/data_directory.md
struct decoded_mark {
  log_mark mark;
  std::uint64_t counter = 0;
  bool slot_damaged = false;  ///< the other slot is not readable: this one may be one write older
};

/// Two slots are written in turn, so that a crash in the middle of a write leaves the other.
/// `corrupt` if neither is readable.
runtime::expected<decoded_mark> decode_mark(std::span<const char, mapped_page::page_bytes> page,
                                            runtime::incarnation incarnation,
                                            const std::string& path);

/// Writes `mark` into the slot whose turn `counter` (1, 2, 3…) is.
void encode_mark(std::span<char, mapped_page::page_bytes> page, runtime::incarnation incarnation,
                 std::uint64_t counter, const log_mark& mark);

/// The mark page of a running log. Without it a log whose end was cut off would look like a shorter
/// log. Stores survive the process at once, the machine after `sync`. Thread-safe.
class mark_page {
 public:
  mark_page(std::unique_ptr<mapped_page> page, runtime::incarnation incarnation,
            const decoded_mark& now);

  /// The newest slot as it is, so that the next sync brings it to the disk even if one that failed
  /// made the system take it for clean.
  void write_again();
  void set_synced_through(std::uint64_t sequence);
  /// Writes both slots, so that a file that is recycled next is named by neither.
  void set_first(std::uint64_t ordinal, std::uint64_t sequence);
  /// After an error every later call gives the same: a second sync may claim success for what is
  /// lost.
  runtime::expected<void> sync();

 private:
  void store();

  mutable std::mutex mutex_;
  std::unique_ptr<mapped_page> page_;
  runtime::incarnation incarnation_;
  log_mark mark_;
  std::uint64_t counter_;
  std::optional<runtime::error> failed_;
};

}  // namespace perdure::transport
