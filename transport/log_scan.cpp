#include "transport/log_scan.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/simulation.hpp"
#include "transport/file_header.hpp"
#include "transport/little_endian.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::expected;
using runtime::fail;

std::unexpected<runtime::error> damaged(std::string_view path, std::uint64_t position,
                                        std::string_view what) {
  return fail(errc::corrupt,
              fmt::format("{} at {}: {}; this was acknowledged once, so nothing is repaired: "
                          "restore the directory from a copy",
                          path, position, what));
}

class scanner {
 public:
  scanner(file_system& files, const log_directory& directory, scan_visitor& visitor)
      : files_(files), directory_(directory), visitor_(visitor) {}

  expected<log_scan> run() {
    if (auto done = read_identity(); !done) return std::unexpected(done.error());
    if (auto done = read_mark(); !done) return std::unexpected(done.error());
    auto ordinals = find_segments();
    if (!ordinals) return std::unexpected(ordinals.error());
    for (std::uint64_t ordinal : *ordinals) {
      if (auto done = scan_segment(ordinal); !done) return std::unexpected(done.error());
    }
    if (auto done = compare_with_mark(); !done) return std::unexpected(done.error());
    return std::move(result_);
  }

 private:
  expected<void> compare_with_mark() {
    if (result_.last_sequence >= result_.mark.synced_through || MUTANT("short-log-accepted"))
      return {};
    std::string hint;
    if (result_.last_segment + 1 == result_.segments.size()) {
      std::uint64_t next = result_.segments.back().file->ordinal + 1;
      hint = fmt::format(" (there is no {})", directory_.segment(next));
    }
    return damaged(
        end_path_, end_position_,
        fmt::format("the log ends after record {}, but {} says that records up to {} "
                    "were on the disk{}",
                    result_.last_sequence, directory_.mark(), result_.mark.synced_through, hint));
  }

  /// A small file, or the front of a large one.
  expected<std::string> read_front(const std::string& path, std::size_t limit) {
    auto opened = files_.open(path, open_mode::read);
    if (!opened) return std::unexpected(opened.error());
    std::string bytes(limit, '\0');
    auto count = (*opened)->read(0, bytes);
    if (!count) return std::unexpected(count.error());
    bytes.resize(*count);
    return bytes;
  }

  expected<void> read_identity() {
    std::string path = directory_.identity();
    auto bytes = read_front(path, file_header::header_bytes + 1);
    if (!bytes && bytes.error().code == errc::not_found) {
      return fail(errc::not_found,
                  fmt::format("{} holds no log: there is no file {}", directory_.path(), path));
    }
    if (!bytes) return std::unexpected(bytes.error());
    auto header = decode_file_header(*bytes, path);
    if (!header) return std::unexpected(header.error());
    if (header->kind != file_kind::identity || bytes->size() != file_header::header_bytes) {
      return damaged(path, 0, "this is not an identity file");
    }
    result_.incarnation = header->incarnation;
    visitor_.on_log(header->incarnation);
    return {};
  }

  expected<void> read_mark() {
    std::string path = directory_.mark();
    auto bytes = read_front(path, mapped_page::page_bytes);
    if (!bytes && bytes.error().code == errc::not_found) {
      return damaged(path, 0,
                     "the mark page is missing, so that a log cut short could not be told (to "
                     "accept that, make it an empty file and open the log again)");
    }
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) {
      result_.mark_given_up = true;
      result_.mark_incomplete = true;
      result_.notes.push_back(
          fmt::format("{} is empty: whether the log's end is missing cannot be told", path));
      return {};
    }
    result_.mark_incomplete = bytes->size() < mapped_page::page_bytes;
    bytes->resize(mapped_page::page_bytes);
    auto decoded = decode_mark(std::span<const char, mapped_page::page_bytes>(*bytes),
                               result_.incarnation, path);
    if (!decoded) return std::unexpected(decoded.error());
    if (result_.mark_incomplete) {
      result_.notes.push_back(fmt::format("{} is shorter than it was made", path));
    } else if (decoded->slot_damaged) {
      result_.notes.push_back(fmt::format("{}: one of the two slots is damaged", path));
    }
    result_.mark = decoded->mark;
    result_.mark_counter = decoded->counter;
    expected_sequence_ = decoded->mark.first_sequence;
    result_.last_sequence = expected_sequence_ - 1;
    return {};
  }

  expected<std::vector<std::uint64_t>> find_segments() {
    auto names = files_.list(directory_.path());
    if (!names) return std::unexpected(names.error());
    std::vector<std::uint64_t> ordinals;
    for (const auto& name : *names) {
      auto ordinal = log_directory::segment_ordinal(name);
      if (log_directory::is_unfinished(name)) result_.leftovers.push_back(name);
      if (!ordinal) continue;
      if (!result_.mark_given_up && *ordinal < result_.mark.first_ordinal) {
        REACHED("trimmed-segment-left-over");
        result_.leftovers.push_back(name);
      } else {
        ordinals.push_back(*ordinal);
      }
    }
    std::ranges::sort(ordinals);
    if (result_.mark_given_up && !ordinals.empty()) result_.mark.first_ordinal = ordinals.front();
    std::uint64_t next = result_.mark.first_ordinal;
    end_path_ = directory_.segment(next);
    end_position_ = 0;
    if (ordinals.empty()) return damaged(end_path_, 0, "the file is missing");
    for (std::uint64_t ordinal : ordinals) {
      if (ordinal != next++) return damaged(directory_.segment(next - 1), 0, "the file is missing");
    }
    return ordinals;
  }

  /// The segment's bytes; what is missing at its end reads as zeros.
  expected<std::string_view> load_segment(scanned_segment& segment, std::uint64_t ordinal) {
    std::string path = directory_.segment(ordinal);
    auto opened = files_.open(path, open_mode::read);
    if (!opened) return std::unexpected(opened.error());
    std::string front(file_header::header_bytes, '\0');
    auto count = (*opened)->read(0, front);
    if (!count) return std::unexpected(count.error());
    front.resize(*count);
    auto header = decode_file_header(front, path);
    if (!header) return std::unexpected(header.error());
    if (header->kind != file_kind::segment || header->ordinal != ordinal ||
        header->incarnation != result_.incarnation) {
      return damaged(path, 0, "the header belongs to another file");
    }
    if (header->file_bytes % batch_alignment != 0 || header->file_bytes > limit_segment_bytes) {
      return damaged(path, 0, fmt::format("the header says {} bytes", header->file_bytes));
    }
    auto size = (*opened)->size();
    if (!size) return std::unexpected(size.error());
    if (*size > header->file_bytes) {
      return damaged(path, header->file_bytes, "the file is longer than it was made");
    }
    segment.file = std::make_shared<const segment_file>(
        segment_file{.ordinal = ordinal, .path = path, .file_bytes = header->file_bytes});
    if (capacity_ < header->file_bytes) {
      buffer_ = std::make_unique_for_overwrite<char[]>(header->file_bytes);
      capacity_ = header->file_bytes;
    }
    std::span<char> whole(buffer_.get(), header->file_bytes);
    count = (*opened)->read(0, whole);
    if (!count) return std::unexpected(count.error());
    segment.missing_bytes = whole.size() - *count;
    std::ranges::fill(whole.subspan(*count), '\0');
    if (segment.missing_bytes > 0) {
      result_.notes.push_back(
          fmt::format("{} is {} bytes shorter than it was made", path, segment.missing_bytes));
    }
    return std::string_view(whole.data(), whole.size());
  }

  expected<void> scan_segment(std::uint64_t ordinal) {
    scanned_segment segment;
    auto bytes = load_segment(segment, ordinal);
    if (!bytes) return std::unexpected(bytes.error());
    visitor_.on_segment(segment.file);
    batch_place place{.incarnation = result_.incarnation,
                      .ordinal = ordinal,
                      .position = file_header::header_bytes};
    bool holds_batches = false;
    auto batch = decode_batch(bytes->substr(place.position), place);
    for (; batch; batch = decode_batch(bytes->substr(place.position), place)) {
      if (auto done = take(*batch, place, *segment.file); !done) return done;
      holds_batches = true;
      place.position += batch->bytes().size();
    }
    segment.end = place.position;
    if (holds_batches) {
      result_.last_segment = result_.segments.size();
      end_path_ = segment.file->path;
      end_position_ = segment.end;
    }
    result_.segments.push_back(segment);
    return look_behind(*bytes, place, batch.error(), *segment.file);
  }

  expected<void> take(const batch_view& batch, const batch_place& place,
                      const segment_file& segment) {
    const bool follows = batch.first_sequence() == expected_sequence_;
    // If nothing is missing there, zeros that cut this off once did not reach the disk.
    if (!result_.cuts.empty() && !follows && !MUTANT("hole-accepted")) {
      const cut_tail& last = result_.cuts.back();
      return damaged(last.path, last.position,
                     fmt::format("{}, but the log goes on in {} at {}", last.why, segment.path,
                                 place.position));
    }
    if (result_.cuts.empty() && expected_sequence_ != 0 && !follows &&
        !MUTANT("missing-batch-accepted")) {
      return damaged(
          end_path_, end_position_,
          fmt::format("record {} should follow, but the log goes on with record {} in "
                      "{} at {}",
                      expected_sequence_, batch.first_sequence(), segment.path, place.position));
    }
    if (expected_sequence_ == 0) result_.mark.first_sequence = batch.first_sequence();
    visitor_.on_batch(batch, place);
    result_.batches += 1;
    result_.records += batch.count();
    result_.last_sequence = batch.last_sequence();
    expected_sequence_ = batch.last_sequence() + 1;
    end_path_ = segment.path;
    end_position_ = place.position + batch.bytes().size();
    if (result_.last_sequence > result_.mark.synced_through) {
      result_.unsynced_batch = batch.bytes();
      result_.unsynced_position = place.position;
    }
    return {};
  }

  /// What stands behind the last batch of a segment: zeros, the rest of an interrupted write, or
  /// signs that acknowledged batches stood there. At most one batch is ever unsynced, so a header
  /// farther on proves that what stands here was on the disk.
  expected<void> look_behind(std::string_view bytes, batch_place place, batch_fault why,
                             const segment_file& segment) {
    std::uint64_t end = place.position;
    std::uint64_t last_used = end;
    for (std::uint64_t at = end; at + batch_alignment <= bytes.size(); at += batch_alignment) {
      if (load<std::uint64_t>(bytes.data() + at) == 0) continue;
      last_used = at + batch_alignment;
      place.position = at;
      if (at != end && begins_with_batch_header(bytes.substr(at), place) &&
          !MUTANT("damage-cut-instead-of-refused")) {
        return damaged(segment.path, end,
                       fmt::format("{}, but a batch stands behind it at {}", name(why), at));
      }
    }
    if (last_used > end) {
      REACHED("tail-cut");
      result_.cuts.push_back({.path = segment.path,
                              .position = end,
                              .bytes = last_used - end,
                              .why = std::string(name(why))});
    }
    return {};
  }

  file_system& files_;
  const log_directory& directory_;
  scan_visitor& visitor_;
  log_scan result_;
  std::uint64_t expected_sequence_ = 0;  ///< 0: any
  std::string end_path_;                 ///< where the next batch is looked for
  std::uint64_t end_position_ = 0;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
};

}  // namespace

expected<log_scan> scan(file_system& files, const log_directory& directory, scan_visitor& visitor) {
  return scanner(files, directory, visitor).run();
}

}  // namespace perdure::transport
