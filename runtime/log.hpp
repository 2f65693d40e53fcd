#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"
#include "runtime/payload.hpp"

namespace perdure::runtime {

/// One encoded record on its way to a partition. `begin`/`length` lie within
/// `append_request::bytes`.
struct append_entry {
  partition_index partition;
  std::uint32_t begin = 0;
  std::uint32_t length = 0;
};

/// Records that are handed to the log together. Where the log has atomic batches they land together
/// or not at all and keep their order; elsewhere each lands, fails or stays unknown by itself.
struct append_request {
  std::string bytes;  ///< the records, one behind the other, encoded once and never copied field by
                      ///< field again
  std::vector<append_entry> entries;  ///< at least one
  /// Called once on the log's driving thread when the outcome is known: the offset of the first
  /// entry (the others follow consecutively on the embedded log), or the error. `outcome_unknown`
  /// means: may land yet, or never. Those of requests to one partition come in the order in which
  /// they were submitted. May be empty.
  std::function<void(expected<offset>)> completion;
};

/// A record as it stands in the log: its place and its bytes, which stay alive with the payload.
struct log_record {
  partition_index partition;
  offset at;
  payload bytes;
};

/// Hears what became durable. Called on the log's driving thread, in log order, each record once;
/// must not block and must not call back into the log except `submit`.
class log_listener {
 public:
  virtual ~log_listener() = default;
  /// All records of one write, of all partitions, in log order; valid during the call, the payloads
  /// beyond.
  virtual void on_durable(std::span<const log_record> records) = 0;
  /// The log does not hold any more what it had shown of that partition, or what comes next cannot
  /// be read: nothing of it comes any more, and nothing is taken (DESIGN 5.5, 5.6). On the driving
  /// thread, once for each. Logs that end as a whole never say it.
  virtual void on_lost(partition_index /*partition*/, const error& /*why*/) {}
  /// Records of that partition that would have come next were forgotten (`log::trim`, by whoever)
  /// before they were read: what comes next is behind a hole. On the driving thread. Logs whose
  /// records are all needed never say it: there it is `on_lost`.
  virtual void on_forgotten(partition_index /*partition*/) {}
};

/// The log of an installation: durable, ordered, offsets strictly increasing per partition (DESIGN
/// 8). Three forms: embedded files, Kafka, simulated. A class without threads: one driver calls
/// `run_once`; all else may be called from any thread.
class log {
 public:
  virtual ~log() = default;

  /// Queues records. Never blocks, never fails here: the outcome comes by the request's completion
  /// and, when durable, by the listener.
  virtual void submit(append_request request) = 0;

  /// Writes everything that waits with one write and one sync, then calls listener and completions.
  /// Returns how many records became durable (0: nothing waited). An error is final for the
  /// embedded log: nothing unacknowledged may be assumed, the process must end (DESIGN 5.4).
  /// Driver's thread only.
  virtual expected<std::size_t> run_once() = 0;

  /// Blocks the driver until something waits or `stop_waiting` was called. Returns at once when
  /// something waits.
  virtual void wait_for_work() = 0;
  virtual void stop_waiting() = 0;

  /// Up to about `limit_bytes` (at least one record if there is one) of a partition's records with
  /// offset > `after`.
  virtual expected<std::vector<log_record>> read(partition_index partition, offset after,
                                                 std::size_t limit_bytes) = 0;

  /// The partition's records at exactly these offsets, in the order asked. Error
  /// `not_found` or corrupt for an offset that holds no record; `unavailable` where it may be asked
  /// again.
  virtual expected<std::vector<log_record>> read_at(partition_index partition,
                                                    std::span<const offset> offsets) = 0;

  /// Allows everything before `before` to be forgotten; whole segments are recycled. Nothing below
  /// may be read any more.
  virtual expected<void> trim(offset before) = 0;

  /// The offset of the partition's last durable record, 0 if none.
  virtual offset end(partition_index partition) const = 0;

  virtual bool atomic_batches() const = 0;

  /// Largest request accepted, in bytes of records. The embedded log: 16 MiB (DESIGN 7.6).
  virtual std::size_t limit_bytes() const = 0;
};

/// One partition of a log, for whoever reads what its state points at. The log outlives it.
struct partition_log {
  log& of;
  partition_index which;

  expected<std::vector<log_record>> read_at(std::span<const offset> offsets) const {
    return of.read_at(which, offsets);
  }
};

}  // namespace perdure::runtime
