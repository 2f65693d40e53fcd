#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/clock.hpp"
#include "runtime/log.hpp"
#include "runtime/random.hpp"
#include "transport/embedded_log_options.hpp"
#include "transport/file_system.hpp"
#include "transport/log_reader.hpp"
#include "transport/log_scan.hpp"
#include "transport/mark_page.hpp"
#include "transport/segment_supply.hpp"

namespace perdure::transport {

/// What the log needs from outside; all of it outlives the log.
struct log_environment {
  file_system& files;
  const runtime::clock& clock;
  runtime::random_source& random;  ///< makes the incarnation of a new log
};

/// What was found on opening, for the node's start-up lines.
struct opening_report {
  bool created = false;
  std::uint64_t segments = 0;
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  runtime::offset last;
  std::vector<cut_tail> cuts;      ///< of writes that nobody was told had succeeded
  std::vector<std::string> notes;  ///< oddities without loss
};

/// The records of one batch, in log order; the payloads stay good.
using record_visitor = std::function<void(std::span<const runtime::log_record>)>;

/// The parts of a log that was opened: everything in it is on the disk, and behind its end there
/// are zeros.
struct opened_log {
  std::unique_ptr<directory_lock> lock;
  runtime::incarnation incarnation;
  std::unique_ptr<log_reader> reader;
  std::unique_ptr<mark_page> mark;
  std::unique_ptr<segment_supply> supply;
  live_segment current;
  std::uint64_t position = 0;  ///< in `current`, where the next batch goes
  std::uint64_t last_sequence = 0;
  opening_report report;
};

/// Locks the directory, makes a log in it if there is none, reads it, cuts what an interrupted
/// write left, and makes durable what the last process may not have. Errors as those of `scan`, and
/// `locked`.
runtime::expected<opened_log> open_log(const embedded_log_options& options,
                                       const log_environment& environment,
                                       const record_visitor& visit);

}  // namespace perdure::transport
