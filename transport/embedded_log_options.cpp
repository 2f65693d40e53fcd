#include "transport/embedded_log_options.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "transport/batch_format.hpp"
#include "transport/file_header.hpp"

namespace perdure::transport {
namespace {

constexpr std::uint64_t least_segment_bytes = 4096;
constexpr std::uint64_t most_batch_bytes = std::uint64_t{16} << 20;

}  // namespace

runtime::expected<void> embedded_log_options::validate() const {
  struct limits {
    const char* name;
    std::uint64_t value;
    std::uint64_t least;
    std::uint64_t most;
  };
  const limits all[] = {
      {"segment_bytes", segment_bytes, least_segment_bytes, limit_segment_bytes},
      {"batch_bytes", batch_bytes, 1024, most_batch_bytes},
      {"tail_bytes", tail_bytes, 0, std::uint64_t{1} << 40},
      {"index_bytes", index_bytes, 512, limit_segment_bytes},
      {"spin_us", spin_us, 0, 10'000},
      {"mark_sync_ms", mark_sync_ms, 10, 60'000},
      {"spare_segments", spare_segments, 0, 64},
  };
  for (const auto& option : all) {
    if (option.value < option.least || option.value > option.most) {
      return runtime::fail(runtime::errc::invalid_argument,
                           fmt::format("log option {} is {}: give {} to {}", option.name,
                                       option.value, option.least, option.most));
    }
  }
  if (segment_bytes % least_segment_bytes != 0) {
    return runtime::fail(runtime::errc::invalid_argument,
                         fmt::format("log option segment_bytes is {}: give a multiple of {}",
                                     segment_bytes, least_segment_bytes));
  }
  if (directory.empty()) {
    return runtime::fail(runtime::errc::invalid_argument,
                         "log option directory is empty: name the log's directory");
  }
  return {};
}

std::uint64_t embedded_log_options::effective_batch_bytes() const {
  // What a batch has besides records and entries: header and at most one alignment of zeros.
  constexpr std::uint64_t around = batch_header_bytes + batch_alignment;
  return std::min(batch_bytes, segment_bytes - file_header::header_bytes - around);
}

}  // namespace perdure::transport
