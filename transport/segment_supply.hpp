#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"
#include "transport/file_system.hpp"
#include "transport/log_directory.hpp"
#include "transport/log_index.hpp"

namespace perdure::transport {

/// A segment to write to.
struct live_segment {
  std::shared_ptr<const segment_file> segment;
  std::unique_ptr<file> opened;
};

/// Makes segments before they are needed, out of new files or of trimmed ones: full length, zeros,
/// header, on the disk under its own name. So the append path never waits for a file to grow: that
/// would cost a journal commit of the file system each time. Thread-safe.
class segment_supply {
 public:
  segment_supply(file_system& files, log_directory directory, runtime::incarnation incarnation,
                 std::uint64_t segment_bytes, std::size_t spare_limit);

  /// Blank segments found on opening, to be used first, in order.
  void add_ready(live_segment segment);
  /// The ordinal after the last segment that exists.
  void set_next_ordinal(std::uint64_t ordinal);

  /// Makes one unless one is ready. Blocks for as long as the disk takes to write a segment.
  runtime::expected<void> prepare();
  /// The next segment in order; makes it now if none is ready. If making one failed before, it is
  /// tried once more; but not if a sync failed: the system may take for clean what is lost.
  runtime::expected<live_segment> take();
  /// Trimmed segments. They are reused once nobody reads them, or removed if enough are kept.
  void retire(std::vector<std::shared_ptr<const segment_file>> segments);

  /// Blocks until none is ready and none failed to be made, or `stop_waiting` was called.
  void wait_until_wanted();
  void stop_waiting();

 private:
  runtime::expected<live_segment> make(std::uint64_t ordinal);
  /// Notes that a sync failed.
  runtime::expected<void> checked(runtime::expected<void> synced);
  /// A file of the right length under the unfinished name, recycled if possible.
  runtime::expected<std::unique_ptr<file>> raw_file(const std::string& path);
  runtime::expected<void> fill(file& raw, std::uint64_t ordinal);
  std::shared_ptr<const segment_file> take_retired();
  /// Removes from the disk what is not worth keeping and read by nobody.
  void remove_excess();

  file_system& files_;
  const log_directory directory_;
  const runtime::incarnation incarnation_;
  const std::uint64_t segment_bytes_;
  const std::size_t spare_limit_;

  std::mutex making_mutex_;  ///< held while a file is made; taken before mutex_
  std::uint64_t next_ordinal_ = 1;
  std::optional<runtime::error> sync_failure_;

  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<live_segment> ready_;
  std::vector<std::shared_ptr<const segment_file>> retired_;
  bool failed_ = false;
  bool stopping_ = false;
};

}  // namespace perdure::transport
