#include "transport/log_opening.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/invariant.hpp"
#include "runtime/simulation.hpp"
#include "transport/log_creation.hpp"
#include "transport/log_records.hpp"

namespace perdure::transport {
namespace {

using runtime::expected;

/// Fills a reader with what a scan finds and shows the records to the caller's visitor.
class collector final : public scan_visitor {
 public:
  collector(const embedded_log_options& options, file_system& files, const record_visitor& visit)
      : options_(options), files_(files), visit_(visit) {}

  void on_log(runtime::incarnation incarnation) override {
    reader_ = std::make_unique<log_reader>(files_, incarnation, options_.index_bytes,
                                           options_.tail_bytes);
  }
  void on_segment(const std::shared_ptr<const segment_file>& segment) override {
    not_indexed_.push_back(segment);
  }
  void on_batch(const batch_view& batch, const batch_place& place) override {
    index_segments();
    visit_(reader_->add_batch(copied_records_of(batch), place.position, batch.bytes().size()));
    any_ = true;
  }

  /// The reader ends with the segment that is written to next: blank ones behind it come later.
  std::unique_ptr<log_reader> take_reader() {
    if (!any_) {
      not_indexed_.resize(1);
      index_segments();
    }
    return std::move(reader_);
  }

 private:
  void index_segments() {
    for (auto& segment : not_indexed_) reader_->add_segment(std::move(segment));
    not_indexed_.clear();
  }

  const embedded_log_options& options_;
  file_system& files_;
  const record_visitor& visit_;
  std::unique_ptr<log_reader> reader_;
  std::vector<std::shared_ptr<const segment_file>> not_indexed_;
  bool any_ = false;
};

expected<void> write_zeros(file& opened, std::uint64_t begin, std::uint64_t end) {
  std::string zeros(std::min<std::uint64_t>(end - begin, std::uint64_t{1} << 20), '\0');
  for (std::uint64_t at = begin; at < end; at += zeros.size()) {
    std::string_view slice(zeros.data(), std::min<std::uint64_t>(zeros.size(), end - at));
    if (auto done = opened.write(at, slice); !done) return done;
  }
  return {};
}

class opener {
 public:
  opener(const embedded_log_options& options, const log_environment& environment)
      : options_(options), files_(environment.files), random_(environment.random) {}

  expected<opened_log> run(const record_visitor& visit) {
    if (auto done = lock_and_create(); !done) return std::unexpected(done.error());
    collector found(options_, files_, visit);
    auto scanned = scan(files_, directory_, found);
    if (!scanned) return std::unexpected(scanned.error());
    scanned_ = std::move(*scanned);
    opened_.reader = found.take_reader();
    // A process that ended behind a rename left a name that may be in the system's memory alone.
    if (auto done = files_.sync_directory(directory_.path()); !done) {
      return std::unexpected(done.error());
    }
    if (auto done = open_segments(); !done) return std::unexpected(done.error());
    if (auto done = open_mark(); !done) return std::unexpected(done.error());
    if (auto done = remove_leftovers(); !done) return std::unexpected(done.error());
    fill_report();
    return std::move(opened_);
  }

 private:
  expected<void> lock_and_create() {
    if (auto done = files_.make_directory(directory_.path()); !done) return done;
    auto lock = files_.lock(directory_.lock(), lock_mode::exclusive);
    if (!lock) return std::unexpected(lock.error());
    opened_.lock = std::move(*lock);
    auto names = files_.list(directory_.path());
    if (!names) return std::unexpected(names.error());
    if (std::ranges::binary_search(*names, "identity")) return {};
    opened_.report.created = true;
    return create_log(files_, directory_, options_, random_);
  }

  /// Repairs segments, and opens the one that the log ends in and the blank ones behind it.
  expected<void> open_segments() {
    opened_.supply = std::make_unique<segment_supply>(
        files_, directory_, scanned_.incarnation, options_.segment_bytes, options_.spare_segments);
    for (std::size_t i = 0; i < scanned_.segments.size(); ++i) {
      auto& segment = scanned_.segments[i];
      bool written = i < scanned_.last_segment;
      const bool is_cut = std::ranges::find(scanned_.cuts, segment.file->path, &cut_tail::path) !=
                          scanned_.cuts.end();
      if (written && segment.missing_bytes == 0 && !is_cut) continue;
      auto opened = files_.open(segment.file->path, open_mode::write);
      if (!opened) return std::unexpected(opened.error());
      bool ends_here = i == scanned_.last_segment;
      if (auto done = repair(segment, **opened, ends_here); !done) return done;
      live_segment live{.segment = segment.file, .opened = std::move(*opened)};
      if (ends_here) {
        opened_.current = std::move(live);
        opened_.position = segment.end;
      } else if (!written) {
        opened_.supply->add_ready(std::move(live));
      }
    }
    opened_.supply->set_next_ordinal(scanned_.segments.back().file->ordinal + 1);
    return {};
  }

  /// Makes true what the rest relies on: all batches are on the disk, zeros lie behind them.
  expected<void> repair(const scanned_segment& segment, file& opened, bool ends_here) {
    bool changed = false;
    if (segment.missing_bytes > 0) {
      REACHED("segment-made-whole");
      std::uint64_t whole = segment.file->file_bytes;
      if (auto done = opened.allocate(whole); !done) return done;
      if (auto done = write_zeros(opened, whole - segment.missing_bytes, whole); !done) return done;
      changed = true;
    }
    for (const auto& cut : scanned_.cuts) {
      if (cut.path != opened.path() || MUTANT("cut-not-zeroed")) continue;
      if (auto done = write_zeros(opened, cut.position, cut.position + cut.bytes); !done) {
        return done;
      }
      changed = true;
    }
    // The last batch may be in the system's memory alone, and if its sync failed the system may
    // take it for clean: only writing it again makes the next sync write it.
    if (ends_here && !scanned_.unsynced_batch.empty() && !MUTANT("unsynced-batch-not-rewritten")) {
      REACHED("last-batch-written-again");
      auto done = opened.write(scanned_.unsynced_position, scanned_.unsynced_batch);
      if (!done) return done;
      changed = true;
    }
    return changed && !MUTANT("repair-not-synced") ? opened.sync() : expected<void>();
  }

  expected<void> open_mark() {
    decoded_mark now{.mark = scanned_.mark, .counter = scanned_.mark_counter};
    if (scanned_.mark_incomplete) {
      auto done = write_mark_file(files_, directory_, scanned_.incarnation, scanned_.mark);
      if (!done) return done;
      now.counter = 2;
    }
    auto page = files_.map_page(directory_.mark());
    if (!page) return std::unexpected(page.error());
    opened_.mark = std::make_unique<mark_page>(std::move(*page), scanned_.incarnation, now);
    // The slot that counts may be in the system's memory alone. A loss of power may tear the other
    // one as soon as that is written to.
    opened_.mark->write_again();
    if (auto done = opened_.mark->sync(); !done) return done;
    opened_.mark->set_synced_through(scanned_.last_sequence);
    return opened_.mark->sync();
  }

  /// Trimmed segments whose recycling a crash prevented, and unfinished files.
  expected<void> remove_leftovers() {
    for (const auto& name : scanned_.leftovers) {
      auto done = files_.remove(fmt::format("{}/{}", directory_.path(), name));
      // An unfinished mark may have become the new one.
      if (!done && done.error().code != runtime::errc::not_found) return done;
    }
    return {};
  }

  void fill_report() {
    opened_.incarnation = scanned_.incarnation;
    opened_.last_sequence = scanned_.last_sequence;
    opened_.report.segments = scanned_.segments.size();
    opened_.report.batches = scanned_.batches;
    opened_.report.records = scanned_.records;
    opened_.report.last = runtime::offset(scanned_.last_sequence);
    opened_.report.cuts = std::move(scanned_.cuts);
    opened_.report.notes = std::move(scanned_.notes);
  }

  const embedded_log_options& options_;
  file_system& files_;
  runtime::random_source& random_;
  log_directory directory_{options_.directory};
  opened_log opened_;
  log_scan scanned_;
};

}  // namespace

expected<opened_log> open_log(const embedded_log_options& options,
                              const log_environment& environment, const record_visitor& visit) {
  if (auto valid = options.validate(); !valid) return std::unexpected(valid.error());
  return opener(options, environment).run(visit);
}

}  // namespace perdure::transport
