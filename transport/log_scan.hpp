#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"
#include "transport/batch_format.hpp"
#include "transport/file_system.hpp"
#include "transport/log_directory.hpp"
#include "transport/log_index.hpp"
#include "transport/mark_page.hpp"

namespace perdure::transport {

/// Bytes behind the last whole batch that are not zero: what is left of a write that a crash
/// interrupted. Nobody was told that it succeeded.
struct cut_tail {
  std::string path;
  std::uint64_t position = 0;
  std::uint64_t bytes = 0;
  std::string why;
};

struct scanned_segment {
  std::shared_ptr<const segment_file> file;
  std::uint64_t end = 0;            ///< where the next batch would stand
  std::uint64_t missing_bytes = 0;  ///< the file is shorter than it was made
};

/// All that a log's files say.
struct log_scan {
  runtime::incarnation incarnation;
  log_mark mark;
  std::uint64_t mark_counter = 0;
  bool mark_given_up = false;    ///< the mark file is empty
  bool mark_incomplete = false;  ///< it must be written anew
  std::vector<scanned_segment> segments;
  std::vector<std::string> leftovers;  ///< names of files that belong to no log any more
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::uint64_t last_sequence = 0;
  std::size_t last_segment = 0;  ///< index of the one that the log ends in
  /// The last batch, if the mark does not say that it is on the disk.
  std::string unsynced_batch;
  std::uint64_t unsynced_position = 0;
  std::vector<cut_tail> cuts;
  std::vector<std::string> notes;  ///< oddities without loss, for people
};

/// Hears what a scan finds, in log order.
class scan_visitor {
 public:
  virtual ~scan_visitor() = default;
  virtual void on_log(runtime::incarnation incarnation) = 0;
  /// Every segment, those without a batch too.
  virtual void on_segment(const std::shared_ptr<const segment_file>& segment) = 0;
  /// A batch of the segment last heard of. The view is good during the call.
  virtual void on_batch(const batch_view& batch, const batch_place& place) = 0;
};

/// Reads a whole log once, oldest batch first, and changes nothing. Errors: `corrupt` with file and
/// position where acknowledged bytes are gone or changed (what stands before was visited),
/// `unsupported_format`, `not_found` if there is no log, files that cannot be read.
runtime::expected<log_scan> scan(file_system& files, const log_directory& directory,
                                 scan_visitor& visitor);

}  // namespace perdure::transport
