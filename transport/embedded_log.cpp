#include "transport/embedded_log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/invariant.hpp"
#include "runtime/simulation.hpp"
#include "transport/file_header.hpp"
#include "transport/log_records.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::error;
using runtime::expected;
using runtime::fail;
using runtime::log_record;

namespace {

/// How long an idle driver sleeps at a time when nothing is due.
constexpr runtime::duration idle = runtime::seconds(3600);

/// What a request takes of a batch, without header and padding.
std::size_t cost(const runtime::append_request& request) {
  return batch_entry_bytes * request.entries.size() + record_bytes(request);
}

void answer(runtime::append_request& request, const expected<runtime::offset>& outcome) {
  if (request.completion) std::exchange(request.completion, nullptr)(outcome);
}

}  // namespace

expected<std::unique_ptr<embedded_log>> embedded_log::open(const embedded_log_options& options,
                                                           const log_environment& environment,
                                                           const record_visitor& visit) {
  auto opened = open_log(options, environment, visit);
  if (!opened) return std::unexpected(opened.error());
  return std::unique_ptr<embedded_log>(new embedded_log(options, environment, std::move(*opened)));
}

embedded_log::embedded_log(const embedded_log_options& options, const log_environment& environment,
                           opened_log opened)
    : clock_(environment.clock),
      directory_(options.directory),
      mark_sync_(runtime::milliseconds(options.mark_sync_ms)),
      batch_limit_(options.effective_batch_bytes()),
      incarnation_(opened.incarnation),
      report_(std::move(opened.report)),
      lock_(std::move(opened.lock)),
      mark_(std::move(opened.mark)),
      supply_(std::move(opened.supply)),
      reader_(std::move(opened.reader)),
      queue_(environment.clock, runtime::duration{options.spin_us}),
      current_(std::move(opened.current)),
      position_(opened.position),
      last_sequence_(opened.last_sequence) {}

embedded_log::~embedded_log() { [[maybe_unused]] auto untold = close(); }

void embedded_log::submit(runtime::append_request request) {
  INVARIANT(!request.entries.empty(), "an append request of no records");
  for (const auto& entry : request.entries) {
    INVARIANT(
        entry.begin <= request.bytes.size() && entry.length <= request.bytes.size() - entry.begin,
        "a record at {} of {} bytes is not within {} bytes", entry.begin, entry.length,
        request.bytes.size());
  }
  queue_.push(std::move(request));
}

expected<std::size_t> embedded_log::run_once() {
  if (stopped_) {
    answer_waiting(*stopped_);
    return std::unexpected(*stopped_);
  }
  if (auto done = sync_mark_if_due(); !done) {
    return std::unexpected(stop_after_failure(done.error()));
  }
  if (answered_ == waiting_.size()) {
    waiting_.clear();
    answered_ = 0;
    queue_.take(waiting_);
  }
  auto requests = next_batch();
  if (requests.empty()) return 0;
  auto records = write(requests);
  if (!records) return std::unexpected(stop_after_failure(records.error()));
  std::size_t count = records->size();
  publish(std::move(*records), requests);
  return count;
}

std::span<runtime::append_request> embedded_log::next_batch() {
  while (answered_ < waiting_.size() && cost(waiting_[answered_]) > batch_limit_) {
    auto& request = waiting_[answered_++];
    answer(request, fail(errc::too_large,
                         fmt::format("{} records of {} bytes are more than the {} bytes (8 for "
                                     "each record counted) that the log takes together: append "
                                     "less at once",
                                     request.entries.size(), record_bytes(request), batch_limit_)));
  }
  std::size_t end = answered_;
  for (std::size_t sum = 0; end < waiting_.size(); ++end) {
    sum += cost(waiting_[end]);
    if (sum > batch_limit_ || (end > answered_ && BUGGIFY("batch-of-one-request"))) break;
  }
  return std::span(waiting_).subspan(answered_, end - answered_);
}

expected<std::vector<log_record>> embedded_log::write(
    std::span<const runtime::append_request> requests) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const auto& request : requests) {
    count += request.entries.size();
    bytes += record_bytes(request);
  }
  std::size_t length = batch_bytes(count, bytes);
  if (auto done = roll(length); !done) return std::unexpected(done.error());
  auto buffer = std::make_shared_for_overwrite<char[]>(length);
  batch_place place{
      .incarnation = incarnation_, .ordinal = current_.segment->ordinal, .position = position_};
  encode_batch({buffer.get(), length}, place, last_sequence_ + 1, last_sequence_, requests);
  std::string_view batch(buffer.get(), length);
  if (auto done = current_.opened->write(position_, batch); !done) {
    return std::unexpected(done.error());
  }
  if (MUTANT("mark-before-sync")) mark_->set_synced_through(last_sequence_ + count);
  auto synced = MUTANT("sync-skipped") ? expected<void>() : current_.opened->sync();
  if (!synced && !MUTANT("sync-failure-ignored")) return std::unexpected(synced.error());
  batch_position_ = position_;
  batch_length_ = length;
  position_ += length;
  last_sequence_ += count;
  return records_of(buffer, batch_view(batch));
}

expected<void> embedded_log::roll(std::size_t batch_bytes) {
  bool early = position_ > file_header::header_bytes && BUGGIFY("segment-ends-early");
  while (std::exchange(early, false) || position_ + batch_bytes > current_.segment->file_bytes) {
    REACHED("next-segment");
    auto next = supply_->take();
    if (!next) return std::unexpected(next.error());
    current_ = std::move(*next);
    position_ = file_header::header_bytes;
    reader_->add_segment(current_.segment);
  }
  return {};
}

void embedded_log::publish(std::vector<log_record> records,
                           std::span<runtime::append_request> requests) {
  if (!MUTANT("mark-not-raised")) mark_->set_synced_through(last_sequence_);
  if (!mark_due_) mark_due_ = clock_.monotonic() + mark_sync_;
  runtime::offset first = records.front().at;
  auto durable = reader_->add_batch(std::move(records), batch_position_, batch_length_);
  answered_ += requests.size();
  if (listener_ != nullptr) listener_->on_durable(durable);
  for (auto& request : requests) {
    answer(request, first);
    first.value += request.entries.size();
  }
}

expected<void> embedded_log::sync_mark_if_due() {
  bool due = mark_due_ && clock_.monotonic() >= *mark_due_;
  if (!due && !trim_failed_) return {};
  REACHED("mark-synced");
  mark_due_.reset();
  return mark_->sync();
}

void embedded_log::wait_for_work() {
  if (answered_ < waiting_.size()) return;
  runtime::duration limit = idle;
  if (mark_due_) limit = std::max(*mark_due_ - clock_.monotonic(), runtime::duration{0});
  queue_.wait(limit);
}

void embedded_log::stop_waiting() { queue_.interrupt(); }

error embedded_log::stop_after_failure(const error& cause) {
  REACHED("log-stopped");
  error why{cause.code,
            fmt::format("the log in {} stopped: {}. Nothing that was acknowledged is lost; put the "
                        "cause right and start again",
                        directory_, cause.message)};
  error unknown{errc::outcome_unknown,
                fmt::format("the record may be in the log or not: {}", cause.message)};
  stop(why, unknown);
  return why;
}

void embedded_log::stop(error why, const error& answer) {
  stopped_ = std::move(why);
  refusing_ = true;
  answer_waiting(answer);
}

void embedded_log::answer_waiting(const error& outcome) {
  for (; answered_ < waiting_.size(); ++answered_) {
    answer(waiting_[answered_], std::unexpected(outcome));
  }
  std::vector<runtime::append_request> rest;
  queue_.take(rest);
  for (auto& request : rest) answer(request, std::unexpected(outcome));
}

expected<std::vector<log_record>> embedded_log::read(runtime::partition_index partition,
                                                     runtime::offset after,
                                                     std::size_t limit_bytes) {
  return reader_->read(partition, after, limit_bytes);
}

/// One sequence for all partitions: an offset says enough.
expected<std::vector<log_record>> embedded_log::read_at(runtime::partition_index,
                                                        std::span<const runtime::offset> offsets) {
  return reader_->read_at(offsets);
}

runtime::offset embedded_log::end(runtime::partition_index partition) const {
  return reader_->end(partition);
}

expected<void> embedded_log::trim(runtime::offset before) {
  if (refusing_) return fail(errc::unavailable, "the log has stopped");
  std::scoped_lock lock(trim_mutex_);
  auto trimmed = reader_->trim(before);
  if (trimmed.segments.empty()) return {};
  mark_->set_first(trimmed.first_ordinal, trimmed.first_sequence);
  // Only a mark that is on the disk lets the files be used for something else.
  REACHED("log-was-trimmed");
  auto done = MUTANT("retired-before-the-mark") ? expected<void>() : mark_->sync();
  if (!done) {
    trim_failed_ = true;
    queue_.interrupt();
    return done;
  }
  supply_->retire(std::move(trimmed.segments));
  return {};
}

expected<void> embedded_log::close() {
  if (stopped_) {
    answer_waiting(*stopped_);
    return {};
  }
  error closed{errc::unavailable, fmt::format("the log in {} is closed", directory_)};
  stop(closed, closed);
  return mark_->sync();
}

}  // namespace perdure::transport
