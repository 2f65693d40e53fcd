#include "transport/batch_cursor.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "transport/little_endian.hpp"

namespace perdure::transport {
namespace {
constexpr std::uint64_t read_ahead_bytes = std::uint64_t{256} << 10;
constexpr std::size_t length_at = 4;
}  // namespace

batch_cursor::batch_cursor(file& opened, batch_place place, std::uint64_t end)
    : opened_(opened), place_(place), end_(end), buffer_position_(place.position) {}

std::string_view batch_cursor::available() const {
  return std::string_view(buffer_).substr(place_.position - buffer_position_);
}

runtime::expected<void> batch_cursor::fill(std::size_t wanted) {
  if (available().size() >= wanted) return {};
  std::uint64_t left = end_ - place_.position;
  std::string fresh(std::min(left, std::max<std::uint64_t>(wanted, read_ahead_bytes)), '\0');
  auto count = opened_.read(place_.position, fresh);
  if (!count) return std::unexpected(count.error());
  fresh.resize(*count);
  buffer_ = std::move(fresh);
  buffer_position_ = place_.position;
  return {};
}

runtime::expected<std::optional<batch_view>> batch_cursor::next() {
  if (place_.position >= end_) return std::nullopt;
  if (auto done = fill(batch_header_bytes); !done) return std::unexpected(done.error());
  if (begins_with_batch_header(available(), place_)) {
    auto length = load<std::uint32_t>(available().data() + length_at);
    if (auto done = fill(length); !done) return std::unexpected(done.error());
  }
  auto batch = decode_batch(available(), place_);
  if (!batch) {
    return runtime::fail(runtime::errc::corrupt,
                         fmt::format("{} at {}: {}; it was good when the log was opened",
                                     opened_.path(), place_.position, name(batch.error())));
  }
  place_.position += batch->bytes().size();
  return *batch;
}

}  // namespace perdure::transport
