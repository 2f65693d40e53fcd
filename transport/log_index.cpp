#include "transport/log_index.hpp"

#include <algorithm>

#include "runtime/invariant.hpp"
#include "runtime/simulation.hpp"

namespace perdure::transport {

void log_index::add_segment(std::shared_ptr<const segment_file> file) {
  INVARIANT(segments_.empty() || file->ordinal == segments_.back().file->ordinal + 1,
            "segment {} follows {}", file->ordinal, segments_.back().file->ordinal);
  segments_.push_back({.file = std::move(file), .places = {}});
}

void log_index::add_batch(std::uint64_t first_sequence, std::uint64_t last_sequence,
                          std::uint64_t position, std::uint64_t length) {
  INVARIANT(last_sequence_ == 0 || first_sequence == last_sequence_ + 1, "batch {} follows {}",
            first_sequence, last_sequence_);
  auto& segment = segments_.back();
  if (segment.places.empty() || position - segment.places.back().position >= granule_) {
    segment.places.push_back({.first_sequence = first_sequence, .position = position});
  }
  segment.end = position + length;
  last_sequence_ = last_sequence;
}

std::optional<log_index::window> log_index::find(std::uint64_t sequence) const {
  if (sequence > last_sequence_ || sequence < first_sequence()) return std::nullopt;
  // Segments without a batch lie only behind all others or, after a change of size, between them.
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    const auto& places = segment->places;
    if (places.empty() || places.front().first_sequence > sequence) continue;
    auto after = std::ranges::upper_bound(places, sequence, {}, &place::first_sequence);
    return window{.file = segment->file,
                  .begin = std::prev(after)->position,
                  .end = after == places.end() ? segment->end : after->position,
                  .segment_end = segment->end};
  }
  return std::nullopt;
}

std::uint64_t log_index::first_sequence() const {
  for (const auto& segment : segments_) {
    if (!segment.places.empty()) return segment.places.front().first_sequence;
  }
  return last_sequence_ + 1;
}

std::vector<std::shared_ptr<const segment_file>> log_index::trim(std::uint64_t sequence) {
  auto keep = segments_.begin();
  for (auto next = segments_.begin() + 1; next < segments_.end(); ++next) {
    if (next->places.empty()) continue;
    if (next->places.front().first_sequence > sequence && !MUTANT("trimmed-too-far")) break;
    keep = next;
  }
  std::vector<std::shared_ptr<const segment_file>> trimmed;
  for (auto segment = segments_.begin(); segment != keep; ++segment) {
    trimmed.push_back(std::move(segment->file));
  }
  segments_.erase(segments_.begin(), keep);
  return trimmed;
}

}  // namespace perdure::transport
