#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/error.hpp"
#include "transport/batch_format.hpp"
#include "transport/file_system.hpp"

namespace perdure::transport {

/// Reads the batches of a stretch of a segment, one after the other, each checked again.
class batch_cursor {
 public:
  /// From the batch at `place.position` to `end`, both known to be good once. `opened` outlives it.
  batch_cursor(file& opened, batch_place place, std::uint64_t end);

  /// The next batch, good until the next call; none at the end. `corrupt` if the file has changed.
  runtime::expected<std::optional<batch_view>> next();

 private:
  /// Makes at least `wanted` bytes at the place available, if the stretch has them.
  runtime::expected<void> fill(std::size_t wanted);
  std::string_view available() const;

  file& opened_;
  batch_place place_;
  std::uint64_t end_;
  std::string buffer_;
  std::uint64_t buffer_position_;
};

}  // namespace perdure::transport
