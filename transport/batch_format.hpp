#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "runtime/ids.hpp"
#include "runtime/log.hpp"

namespace perdure::transport {

// The log's unit: what is written with one write and made durable with one sync, whole or not at
// all. docs/formats/batch.md has the grammar and a worked example.
//
//   batch  := header(32) entry(8)* record* zero(0..7)
//   header := body_checksum:u32 length:u32 first_sequence:u64 synced_through:u64 count:u32
//             header_checksum:u32
//   entry  := partition:u32 length:u32

inline constexpr std::size_t batch_header_bytes = 32;
inline constexpr std::size_t batch_entry_bytes = 8;
inline constexpr std::size_t batch_alignment = 8;

/// Where a batch stands. Part of its checksums: the bytes of a batch are no batch at any other
/// place, so what a recycled file still holds, or a block that went astray, is never taken for
/// live.
struct batch_place {
  runtime::incarnation incarnation;
  std::uint64_t ordinal = 0;   ///< of the segment
  std::uint64_t position = 0;  ///< in its file
};

/// Why bytes are not a batch.
enum class batch_fault {
  blank,           ///< zeros where a header would be
  header_wrong,    ///< the header's checksum is wrong
  header_invalid,  ///< its checksum is right, its numbers are such as no writer writes
  too_short,       ///< the length goes beyond what there is
  body_wrong,      ///< the checksum of what follows the header is wrong
  table_wrong,     ///< the records' lengths do not fill the batch
};
std::string_view name(batch_fault fault);

/// A batch whose checksum and structure hold. Looks into bytes that others own.
class batch_view {
 public:
  struct record {
    runtime::partition_index partition;
    runtime::offset at;
    std::string_view bytes;
  };

  explicit batch_view(std::string_view checked) : bytes_(checked) {}

  std::string_view bytes() const { return bytes_; }
  std::uint64_t first_sequence() const;
  std::uint64_t last_sequence() const { return first_sequence() + count() - 1; }
  /// Everything up to this sequence was on the disk before this batch was written.
  std::uint64_t synced_through() const;
  std::uint32_t count() const;

  /// Calls `visit(record)` for each, in order.
  template <class Visit>
  void for_each(Visit visit) const {
    std::size_t at = batch_header_bytes + batch_entry_bytes * count();
    for (std::uint32_t i = 0; i < count(); ++i) {
      record found = entry(i);
      found.bytes = bytes_.substr(at, found.bytes.size());
      at += found.bytes.size();
      visit(found);
    }
  }

 private:
  /// The record's table entry; its bytes have the right size only.
  record entry(std::uint32_t index) const;

  std::string_view bytes_;
};

/// Size of a batch of `count` records that have `record_bytes` bytes together.
constexpr std::size_t batch_bytes(std::size_t count, std::size_t record_bytes) {
  std::size_t exact = batch_header_bytes + batch_entry_bytes * count + record_bytes;
  return (exact + batch_alignment - 1) / batch_alignment * batch_alignment;
}

/// The batch that begins at the front of `bytes`, which may go on beyond it. Any bytes will do.
std::expected<batch_view, batch_fault> decode_batch(std::string_view bytes,
                                                    const batch_place& place);

/// True if `bytes` begin with a batch's header. A checksum of its own makes this cheap: recovery
/// asks it of every place where a batch could stand.
bool begins_with_batch_header(std::string_view bytes, const batch_place& place);

/// Sums of a request's entries. REQUIRES: the entries lie within the bytes.
std::size_t record_bytes(const runtime::append_request& request);

/// Fills `into` with the batch of all records of `requests`.
/// REQUIRES: into.size() == batch_bytes(their number, their bytes), at least one record.
void encode_batch(std::span<char> into, const batch_place& place, std::uint64_t first_sequence,
                  std::uint64_t synced_through, std::span<const runtime::append_request> requests);

}  // namespace perdure::transport
