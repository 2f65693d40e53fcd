#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"
#include "transport/file_system.hpp"
#include "transport/log_scan.hpp"

namespace perdure::transport {

/// What an offline look at a log directory found: `perdure log verify`.
struct log_findings {
  /// The first damage to acknowledged bytes: why this log would not open. None: it would.
  std::optional<runtime::error> damage;
  /// Bytes that the next opening would cut: rests of writes that were never acknowledged.
  std::vector<cut_tail> cuts;
  std::vector<std::string> notes;  ///< oddities without loss

  // What was read, up to the damage if there is any.
  runtime::incarnation incarnation;
  std::uint64_t segments = 0;
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::uint64_t batch_bytes = 0;
  runtime::offset first;  ///< 0: no record
  runtime::offset last;
};

/// A record as it stands in a file.
struct dumped_record {
  runtime::offset at;
  runtime::partition_index partition;
  std::string_view bytes;            ///< good during the call
  std::string_view path;             ///< of the segment
  std::uint64_t position = 0;        ///< of the bytes in the file
  std::uint64_t batch_position = 0;  ///< of the batch that holds them
  runtime::offset batch_first;       ///< the first record of that batch
};

struct dump_filter {
  std::optional<runtime::partition_index> partition;  ///< none: all
  runtime::offset from;                               ///< this one and later
};

/// Reads a whole log and changes nothing, not even the lock file. Errors: `locked` while a node
/// runs on it, `not_found` if there is no log; damage is a finding, not an error.
runtime::expected<log_findings> verify_log(file_system& files, const std::string& directory);

/// The same, and shows each record that passes the filter, in log order, up to the damage.
runtime::expected<log_findings> dump_log(file_system& files, const std::string& directory,
                                         const dump_filter& filter,
                                         const std::function<void(const dumped_record&)>& show);

}  // namespace perdure::transport
