#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"

namespace perdure::transport {

/// The format that this program writes, and the oldest program's format that can read it. On disk.
inline constexpr std::uint16_t log_format = 1;
inline constexpr std::uint16_t log_oldest_reader = 1;

/// No segment is longer. Bounds what a reader must hold in memory.
inline constexpr std::uint64_t limit_segment_bytes = std::uint64_t{1} << 30;

// On disk: never change or reuse.
enum class file_kind : std::uint32_t {
  identity = 1,  ///< the file `identity`, made last: with it a log exists
  segment = 2,   ///< a segment of batches
};

/// The first 512 bytes of the file `identity` and of every segment: docs/formats/data_directory.md.
/// Written and synced before the file gets its name, never changed afterwards.
struct file_header {
  static constexpr std::size_t header_bytes = 512;

  file_kind kind = file_kind::segment;
  runtime::incarnation incarnation;
  std::uint64_t ordinal = 0;     ///< segments count 1, 2, 3…; 0 in `identity`
  std::uint64_t file_bytes = 0;  ///< length of the whole file
  std::uint16_t format = log_format;
  std::uint16_t oldest_reader = log_oldest_reader;

  bool operator==(const file_header&) const = default;
};

std::array<char, file_header::header_bytes> encode(const file_header& header);

/// `path` is for the error texts: `corrupt` if the bytes are not a header as it was written,
/// `unsupported_format` if a newer program wrote it and says that this one cannot read it.
runtime::expected<file_header> decode_file_header(std::string_view bytes, const std::string& path);

}  // namespace perdure::transport
