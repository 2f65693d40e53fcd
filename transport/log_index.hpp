#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace perdure::transport {

/// A segment as a file: what does not change while it has this name. Whoever reads from it holds a
/// share; it is recycled when nobody does.
struct segment_file {
  std::uint64_t ordinal = 0;
  std::string path;
  std::uint64_t file_bytes = 0;
};

/// Where in the files a sequence is: one remembered place for every `granule` bytes of log, which
/// costs about 16 bytes of memory per granule. Not thread-safe.
class log_index {
 public:
  explicit log_index(std::uint64_t granule) : granule_(granule) {}

  /// Part of a segment that begins and ends at a batch and holds the sequence asked for.
  struct window {
    std::shared_ptr<const segment_file> file;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t segment_end = 0;  ///< of the batches in this segment
  };

  void add_segment(std::shared_ptr<const segment_file> file);
  /// Batches come in order, into the last segment added.
  void add_batch(std::uint64_t first_sequence, std::uint64_t last_sequence, std::uint64_t position,
                 std::uint64_t length);

  std::optional<window> find(std::uint64_t sequence) const;
  std::uint64_t first_sequence() const;
  std::uint64_t last_sequence() const { return last_sequence_; }

  /// Forgets the segments all of whose sequences are below `sequence`, never the last one that
  /// holds any, and returns them.
  std::vector<std::shared_ptr<const segment_file>> trim(std::uint64_t sequence);
  std::uint64_t first_ordinal() const { return segments_.front().file->ordinal; }

 private:
  struct place {
    std::uint64_t first_sequence;
    std::uint64_t position;
  };
  struct indexed_segment {
    std::shared_ptr<const segment_file> file;
    std::uint64_t end = 0;
    std::vector<place> places;  ///< empty: no batch yet
  };

  std::uint64_t granule_;
  std::uint64_t last_sequence_ = 0;
  std::vector<indexed_segment> segments_;
};

}  // namespace perdure::transport
