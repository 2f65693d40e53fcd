#include "transport/segment_supply.hpp"

#include <algorithm>
#include <iterator>

#include "runtime/simulation.hpp"
#include "transport/file_header.hpp"

namespace perdure::transport {
namespace {

using runtime::expected;

/// Zeros go to the disk in slices, so that appends in between wait for one slice at most.
constexpr std::uint64_t slice_bytes = std::uint64_t{1} << 20;

}  // namespace

segment_supply::segment_supply(file_system& files, log_directory directory,
                               runtime::incarnation incarnation, std::uint64_t segment_bytes,
                               std::size_t spare_limit)
    : files_(files),
      directory_(std::move(directory)),
      incarnation_(incarnation),
      segment_bytes_(segment_bytes),
      spare_limit_(spare_limit) {}

void segment_supply::add_ready(live_segment segment) {
  std::scoped_lock lock(mutex_);
  ready_.push_back(std::move(segment));
}

void segment_supply::set_next_ordinal(std::uint64_t ordinal) {
  std::scoped_lock making(making_mutex_);
  next_ordinal_ = ordinal;
}

expected<void> segment_supply::prepare() {
  std::scoped_lock making(making_mutex_);
  {
    std::scoped_lock lock(mutex_);
    if (!ready_.empty()) return {};
  }
  auto made = make(next_ordinal_);
  std::scoped_lock lock(mutex_);
  failed_ = !made;
  if (!made) return std::unexpected(made.error());
  ++next_ordinal_;
  ready_.push_back(std::move(*made));
  return {};
}

expected<live_segment> segment_supply::take() {
  std::scoped_lock making(making_mutex_);
  std::unique_lock lock(mutex_);
  if (ready_.empty()) {
    REACHED("segment-made-while-others-wait");
    lock.unlock();
    auto made = make(next_ordinal_);
    if (!made) return made;
    ++next_ordinal_;
    lock.lock();
    ready_.push_back(std::move(*made));
  }
  live_segment next = std::move(ready_.front());
  ready_.pop_front();
  failed_ = false;
  wanted_.notify_one();
  return next;
}

void segment_supply::retire(std::vector<std::shared_ptr<const segment_file>> segments) {
  {
    std::scoped_lock lock(mutex_);
    std::ranges::move(segments, std::back_inserter(retired_));
  }
  remove_excess();
}

void segment_supply::wait_until_wanted() {
  std::unique_lock lock(mutex_);
  wanted_.wait(lock, [this] { return stopping_ || (ready_.empty() && !failed_); });
}

void segment_supply::stop_waiting() {
  std::scoped_lock lock(mutex_);
  stopping_ = true;
  wanted_.notify_one();
}

expected<void> segment_supply::checked(expected<void> synced) {
  if (!synced) sync_failure_ = synced.error();
  return synced;
}

expected<live_segment> segment_supply::make(std::uint64_t ordinal) {
  if (sync_failure_) return std::unexpected(*sync_failure_);
  std::string unfinished = directory_.unfinished("segment");
  auto raw = raw_file(unfinished);
  if (!raw) return std::unexpected(raw.error());
  if (auto done = fill(**raw, ordinal); !done) return std::unexpected(done.error());
  std::string path = directory_.segment(ordinal);
  if (auto done = files_.rename(unfinished, path); !done) return std::unexpected(done.error());
  if (!MUTANT("directory-not-synced")) {
    auto done = checked(files_.sync_directory(directory_.path()));
    if (!done) return std::unexpected(done.error());
  }
  auto opened = files_.open(path, open_mode::write);
  if (!opened) return std::unexpected(opened.error());
  return live_segment{.segment = std::make_shared<const segment_file>(segment_file{
                          .ordinal = ordinal, .path = path, .file_bytes = segment_bytes_}),
                      .opened = std::move(*opened)};
}

expected<std::unique_ptr<file>> segment_supply::raw_file(const std::string& path) {
  if (auto retired = take_retired()) {
    if (auto done = files_.rename(retired->path, path); !done) return std::unexpected(done.error());
    return files_.open(path, open_mode::write);
  }
  auto opened = files_.open(path, open_mode::create);
  if (!opened) return opened;
  if (auto done = (*opened)->allocate(segment_bytes_); !done) return std::unexpected(done.error());
  return opened;
}

expected<void> segment_supply::fill(file& raw, std::uint64_t ordinal) {
  std::string zeros(std::min(slice_bytes, segment_bytes_), '\0');
  for (std::uint64_t at = 0; at < segment_bytes_ && !MUTANT("segment-not-zeroed");
       at += zeros.size()) {
    std::string_view slice(zeros.data(),
                           std::min<std::uint64_t>(zeros.size(), segment_bytes_ - at));
    if (auto done = raw.write(at, slice); !done) return done;
    if (auto done = checked(raw.sync()); !done) return done;
  }
  auto header = encode(file_header{.kind = file_kind::segment,
                                   .incarnation = incarnation_,
                                   .ordinal = ordinal,
                                   .file_bytes = segment_bytes_});
  if (auto done = raw.write(0, {header.data(), header.size()}); !done) return done;
  return checked(raw.sync());
}

std::shared_ptr<const segment_file> segment_supply::take_retired() {
  remove_excess();
  std::scoped_lock lock(mutex_);
  // Nobody gets a new share of a trimmed segment, so one share means that nobody reads it.
  auto found = std::ranges::find_if(retired_, [this](const auto& segment) {
    const bool unread = segment.use_count() == 1 || MUTANT("segment-recycled-while-read");
    if (!unread) REACHED("trimmed-segment-is-read");
    return unread && segment->file_bytes == segment_bytes_;
  });
  if (found == retired_.end()) return nullptr;
  REACHED("segment-recycled");
  auto taken = std::move(*found);
  retired_.erase(found);
  return taken;
}

void segment_supply::remove_excess() {
  std::vector<std::shared_ptr<const segment_file>> excess;
  {
    std::scoped_lock lock(mutex_);
    // The newest are kept: they and the log are one sequence of files, also if the mark is lost.
    std::size_t left = retired_.size();
    std::erase_if(retired_, [&](auto& segment) {
      bool keep = segment.use_count() > 1 ||
                  (segment->file_bytes == segment_bytes_ && left <= spare_limit_);
      --left;
      if (!keep) excess.push_back(std::move(segment));
      return !keep;
    });
  }
  // What cannot be removed is tried again on the next opening: it is not part of the log any more.
  for (const auto& segment : excess) {
    [[maybe_unused]] auto tried = files_.remove(segment->path);
  }
}

}  // namespace perdure::transport
