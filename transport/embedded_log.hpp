#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/log.hpp"
#include "transport/log_opening.hpp"
#include "transport/submit_queue.hpp"

namespace perdure::transport {

/// The log on one machine: durable within one write and one sync of a preallocated file, for
/// everything that was submitted while the write before was under way. Whole batches or nothing
/// survive a crash; damage to what was acknowledged is refused with file and offset, never repaired
/// (DESIGN 8, docs/formats/).
///
/// After a failed write or sync nobody knows what is on the disk: the log answers everything that
/// is not durable with `outcome_unknown`, refuses all else, and is of no more use; a new one on the
/// same directory finds everything that was acknowledged.
///
/// Offsets are one sequence for all partitions, gap-free, from 1.
///
/// Threads: `run_once`, `wait_for_work` and `close` belong to the driver; `prepare_segment` to the
/// driver or one helper; all else to any thread.
class embedded_log final : public runtime::log {
 public:
  /// Reads the files once and shows every record of every partition to `visit`, in log order;
  /// afterwards everything shown is on the disk. Errors: `locked`, `corrupt`, `unsupported_format`,
  /// `no_space`, `io_failed`, `denied`, `invalid_argument` for an option out of its limits.
  static runtime::expected<std::unique_ptr<embedded_log>> open(const embedded_log_options& options,
                                                               const log_environment& environment,
                                                               const record_visitor& visit);
  ~embedded_log() override;

  /// REQUIRES: before the first `run_once`; the listener outlives the log.
  void set_listener(runtime::log_listener& listener) { listener_ = &listener; }

  void submit(runtime::append_request request) override;
  runtime::expected<std::size_t> run_once() override;
  void wait_for_work() override;
  void stop_waiting() override;
  runtime::expected<std::vector<runtime::log_record>> read(runtime::partition_index partition,
                                                           runtime::offset after,
                                                           std::size_t limit_bytes) override;
  runtime::expected<std::vector<runtime::log_record>> read_at(
      runtime::partition_index partition, std::span<const runtime::offset> offsets) override;
  runtime::expected<void> trim(runtime::offset before) override;
  runtime::offset end(runtime::partition_index partition) const override;
  bool atomic_batches() const override { return true; }
  /// A request counts its records and 8 bytes for each.
  std::size_t limit_bytes() const override { return batch_limit_; }

  /// Makes the next segment unless it is there, so that `run_once` need not. An error is not final:
  /// `run_once` tries again itself when it needs the segment.
  runtime::expected<void> prepare_segment() { return supply_->prepare(); }
  /// Blocks until the next segment should be prepared, or `stop_waiting_for_segment` was called.
  void wait_until_segment_wanted() { supply_->wait_until_wanted(); }
  void stop_waiting_for_segment() { supply_->stop_waiting(); }

  /// Brings the mark page to the disk and refuses everything from then on; requests that still wait
  /// complete as `unavailable`. The destructor does it too, and cannot tell of errors.
  runtime::expected<void> close();

  runtime::incarnation incarnation() const { return incarnation_; }
  const opening_report& opening() const { return report_; }

 private:
  embedded_log(const embedded_log_options& options, const log_environment& environment,
               opened_log opened);

  /// Those of the waiting requests that make the next batch; answers requests that are too large.
  std::span<runtime::append_request> next_batch();
  /// Writes and syncs. The records, which lie in memory as they do in the file.
  runtime::expected<std::vector<runtime::log_record>> write(
      std::span<const runtime::append_request> requests);
  runtime::expected<void> roll(std::size_t batch_bytes);
  void publish(std::vector<runtime::log_record> records,
               std::span<runtime::append_request> requests);
  runtime::expected<void> sync_mark_if_due();
  /// Remembers `why` for all that comes, and answers what waits with `answer`.
  void stop(runtime::error why, const runtime::error& answer);
  void answer_waiting(const runtime::error& answer);
  runtime::error stop_after_failure(const runtime::error& cause);

  const runtime::clock& clock_;
  const std::string directory_;
  const runtime::duration mark_sync_;
  const std::size_t batch_limit_;
  const runtime::incarnation incarnation_;
  const opening_report report_;
  runtime::log_listener* listener_ = nullptr;

  std::unique_ptr<directory_lock> lock_;
  std::unique_ptr<mark_page> mark_;
  std::unique_ptr<segment_supply> supply_;
  std::unique_ptr<log_reader> reader_;
  submit_queue queue_;
  std::mutex trim_mutex_;                  ///< trims reach the mark page in their order
  std::atomic<bool> trim_failed_ = false;  ///< to sync the mark; the driver stops the log

  // The driver's own.
  live_segment current_;
  std::uint64_t position_;
  std::uint64_t batch_position_ = 0;
  std::size_t batch_length_ = 0;
  std::uint64_t last_sequence_;
  std::vector<runtime::append_request> waiting_;
  std::size_t answered_ = 0;  ///< of `waiting_`, from the front
  std::optional<runtime::timestamp> mark_due_;
  std::optional<runtime::error> stopped_;
  std::atomic<bool> refusing_ = false;  ///< `stopped_` for other threads
};

}  // namespace perdure::transport
