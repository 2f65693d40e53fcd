#include "transport/log_reader.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "runtime/simulation.hpp"
#include "transport/batch_cursor.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::expected;
using runtime::fail;
using runtime::log_record;

namespace {

/// Records looked at while others wait for the lock.
constexpr std::uint64_t records_per_lock = 4096;

/// A copy of its own, so that one record of a file does not hold a whole batch in memory.
log_record copy_of(const batch_view::record& record) {
  return {.partition = record.partition,
          .at = record.at,
          .bytes = runtime::payload(std::string(record.bytes))};
}

/// The open file and the batch at hand while records at rising offsets are fetched.
class fetcher {
 public:
  fetcher(file_system& files, runtime::incarnation incarnation)
      : files_(files), incarnation_(incarnation) {}

  /// `sequence` was found to lie in `where`.
  expected<log_record> fetch(std::uint64_t sequence, const log_index::window& where) {
    if (!segment_ || segment_ != where.file) {
      auto opened = files_.open(where.file->path, open_mode::read);
      if (!opened) return std::unexpected(opened.error());
      cursor_.reset();
      opened_ = std::move(*opened);
      segment_ = where.file;
    }
    // The last window of the log grows with it.
    if (!cursor_ || begin_ != where.begin || end_ != where.end) {
      begin_ = where.begin;
      end_ = where.end;
      batch_.reset();
      cursor_.emplace(*opened_, batch_place{incarnation_, segment_->ordinal, begin_}, where.end);
    }
    while (!batch_ || batch_->last_sequence() < sequence) {
      auto next = cursor_->next();
      if (!next) return std::unexpected(next.error());
      if (!*next) return missing(sequence);
      batch_ = **next;
    }
    std::optional<log_record> found;
    batch_->for_each([&](const batch_view::record& record) {
      if (record.at.value == sequence) found = copy_of(record);
    });
    if (!found) return missing(sequence);
    return std::move(*found);
  }

 private:
  std::unexpected<runtime::error> missing(std::uint64_t sequence) const {
    return fail(errc::corrupt, fmt::format("{} at {}: record {} is no longer there", segment_->path,
                                           begin_, sequence));
  }

  file_system& files_;
  const runtime::incarnation incarnation_;
  std::shared_ptr<const segment_file> segment_;
  std::unique_ptr<file> opened_;
  std::uint64_t begin_ = 0, end_ = 0;
  std::optional<batch_cursor> cursor_;
  std::optional<batch_view> batch_;
};

}  // namespace

struct log_reader::scan_state {
  runtime::partition_index partition;
  std::uint64_t next;  ///< sequence to look at
  std::uint64_t end;   ///< the partition's last
  std::size_t limit_bytes;
  std::size_t found_bytes = 0;
  std::vector<log_record> found;

  bool done() const { return next > end || (!found.empty() && found_bytes >= limit_bytes); }
  void take(log_record record) {
    found_bytes += record.bytes.size();
    found.push_back(std::move(record));
  }
};

log_reader::log_reader(file_system& files, runtime::incarnation incarnation,
                       std::uint64_t index_bytes, std::uint64_t tail_bytes)
    : files_(files), incarnation_(incarnation), index_(index_bytes), tail_(tail_bytes) {}

void log_reader::add_segment(std::shared_ptr<const segment_file> segment) {
  std::scoped_lock lock(mutex_);
  index_.add_segment(std::move(segment));
}

std::span<const log_record> log_reader::add_batch(std::vector<log_record> records,
                                                  std::uint64_t position, std::uint64_t length) {
  std::scoped_lock lock(mutex_);
  index_.add_batch(records.front().at.value, records.back().at.value, position, length);
  for (const auto& record : records) ends_[record.partition] = record.at;
  return tail_.add(std::move(records), length);
}

expected<std::vector<log_record>> log_reader::read(runtime::partition_index partition,
                                                   runtime::offset after,
                                                   std::size_t limit_bytes) const {
  scan_state state{.partition = partition,
                   .next = after.value + 1,
                   .end = end(partition).value,
                   .limit_bytes = limit_bytes,
                   .found = {}};
  while (!state.done()) {
    std::uint64_t before = state.next;
    read_tail(state);
    if (state.next != before) continue;
    REACHED("read-from-a-segment");
    auto where = find(state.next);
    if (!where) return std::unexpected(where.error());
    if (auto done = read_segment(state, *where); !done) return std::unexpected(done.error());
  }
  return std::move(state.found);
}

void log_reader::read_tail(scan_state& state) const {
  std::scoped_lock lock(mutex_);
  std::uint64_t stop = state.next + records_per_lock;
  for (; state.next < stop && !state.done(); ++state.next) {
    const log_record* record = tail_.find(state.next);
    if (record == nullptr) return;
    if (record->partition == state.partition) state.take(*record);
  }
}

expected<void> log_reader::read_segment(scan_state& state, const log_index::window& from) const {
  auto opened = files_.open(from.file->path, open_mode::read);
  if (!opened) return std::unexpected(opened.error());
  batch_cursor cursor(**opened, batch_place{incarnation_, from.file->ordinal, from.begin},
                      from.segment_end);
  while (!state.done()) {
    auto batch = cursor.next();
    if (!batch) return std::unexpected(batch.error());
    if (!*batch) return {};
    (*batch)->for_each([&](const batch_view::record& record) {
      if (record.at.value < state.next || state.done()) return;
      if (record.partition == state.partition) state.take(copy_of(record));
      state.next = record.at.value + 1;
    });
  }
  return {};
}

expected<log_index::window> log_reader::find(std::uint64_t sequence) const {
  std::scoped_lock lock(mutex_);
  auto where = index_.find(sequence);
  if (where) return *where;
  return fail(errc::not_found,
              fmt::format("the log holds no record {}: it holds {} to {}", sequence,
                          index_.first_sequence(), index_.last_sequence()));
}

expected<std::vector<log_record>> log_reader::read_at(
    std::span<const runtime::offset> offsets) const {
  std::vector<log_record> found(offsets.size());
  std::vector<std::size_t> in_files;
  {
    std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      const log_record* record =
          BUGGIFY("read-from-files") ? nullptr : tail_.find(offsets[i].value);
      if (record != nullptr) {
        found[i] = *record;
      } else {
        in_files.push_back(i);
      }
    }
  }
  std::ranges::sort(in_files, {}, [&](std::size_t i) { return offsets[i]; });
  fetcher files(files_, incarnation_);
  for (std::size_t i : in_files) {
    auto where = find(offsets[i].value);
    if (!where) return std::unexpected(where.error());
    auto record = files.fetch(offsets[i].value, *where);
    if (!record) return std::unexpected(record.error());
    found[i] = std::move(*record);
  }
  return found;
}

runtime::offset log_reader::end(runtime::partition_index partition) const {
  std::scoped_lock lock(mutex_);
  auto found = ends_.find(partition);
  return found == ends_.end() ? runtime::offset() : found->second;
}

std::uint64_t log_reader::last_sequence() const {
  std::scoped_lock lock(mutex_);
  return index_.last_sequence();
}

log_reader::trimmed log_reader::trim(runtime::offset before) {
  std::scoped_lock lock(mutex_);
  trimmed result{.segments = index_.trim(before.value)};
  result.first_ordinal = index_.first_ordinal();
  result.first_sequence = index_.first_sequence();
  tail_.trim(result.first_sequence);
  return result;
}

}  // namespace perdure::transport
