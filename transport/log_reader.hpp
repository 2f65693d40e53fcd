#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "runtime/log.hpp"
#include "transport/file_system.hpp"
#include "transport/log_index.hpp"
#include "transport/log_tail.hpp"

namespace perdure::transport {

/// What is durable, for readers of all threads: the newest records from memory, older ones from the
/// files, each batch checked again. The driver adds, everybody reads.
class log_reader {
 public:
  log_reader(file_system& files, runtime::incarnation incarnation, std::uint64_t index_bytes,
             std::uint64_t tail_bytes);

  void add_segment(std::shared_ptr<const segment_file> segment);
  /// A batch of `length` bytes at `position` of the last segment. The span is good until the next
  /// call.
  std::span<const runtime::log_record> add_batch(std::vector<runtime::log_record> records,
                                                 std::uint64_t position, std::uint64_t length);

  runtime::expected<std::vector<runtime::log_record>> read(runtime::partition_index partition,
                                                           runtime::offset after,
                                                           std::size_t limit_bytes) const;
  runtime::expected<std::vector<runtime::log_record>> read_at(
      std::span<const runtime::offset> offsets) const;
  runtime::offset end(runtime::partition_index partition) const;
  std::uint64_t last_sequence() const;

  /// What `log_index::trim` gives, and where the log begins now.
  struct trimmed {
    std::vector<std::shared_ptr<const segment_file>> segments;
    std::uint64_t first_ordinal = 0;
    std::uint64_t first_sequence = 0;
  };
  trimmed trim(runtime::offset before);

 private:
  struct scan_state;
  /// Both go on from `state` and leave in it where to go on; bounded work at a time.
  void read_tail(scan_state& state) const;
  runtime::expected<void> read_segment(scan_state& state, const log_index::window& from) const;
  runtime::expected<log_index::window> find(std::uint64_t sequence) const;

  file_system& files_;
  const runtime::incarnation incarnation_;
  mutable std::mutex mutex_;
  log_index index_;
  log_tail tail_;
  std::unordered_map<runtime::partition_index, runtime::offset> ends_;
};

}  // namespace perdure::transport
