#include "transport/file_header.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/crc32c.hpp"
#include "transport/little_endian.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::fail;

constexpr std::string_view magic{"perdlog\n", 8};
// On disk: never move the first four and the checksum, programs of all ages look for them there.
constexpr std::size_t format_at = 8;
constexpr std::size_t oldest_reader_at = 10;
constexpr std::size_t kind_at = 12;
constexpr std::size_t incarnation_at = 16;
constexpr std::size_t ordinal_at = 24;
constexpr std::size_t file_bytes_at = 32;
constexpr std::size_t checksum_at = 508;
static_assert(checksum_at + sizeof(std::uint32_t) == file_header::header_bytes);

}  // namespace

std::array<char, file_header::header_bytes> encode(const file_header& header) {
  std::array<char, file_header::header_bytes> bytes{};
  std::ranges::copy(magic, bytes.begin());
  store(bytes.data() + format_at, header.format);
  store(bytes.data() + oldest_reader_at, header.oldest_reader);
  store(bytes.data() + kind_at, static_cast<std::uint32_t>(header.kind));
  store(bytes.data() + incarnation_at, header.incarnation.value);
  store(bytes.data() + ordinal_at, header.ordinal);
  store(bytes.data() + file_bytes_at, header.file_bytes);
  store(bytes.data() + checksum_at, runtime::crc32c({bytes.data(), checksum_at}));
  return bytes;
}

runtime::expected<file_header> decode_file_header(std::string_view bytes, const std::string& path) {
  if (bytes.size() < file_header::header_bytes) {
    return fail(errc::corrupt, fmt::format("{} at 0: {} bytes are too few for a header of {}", path,
                                           bytes.size(), file_header::header_bytes));
  }
  if (!bytes.starts_with(magic)) {
    return fail(errc::corrupt, fmt::format("{} at 0: not the header of a log's file", path));
  }
  auto stored = load<std::uint32_t>(bytes.data() + checksum_at);
  if (auto found = runtime::crc32c(bytes.substr(0, checksum_at)); found != stored) {
    return fail(errc::corrupt, fmt::format("{} at 0: the header's checksum is {:08x}, not {:08x}",
                                           path, found, stored));
  }
  file_header header{
      .kind = static_cast<file_kind>(load<std::uint32_t>(bytes.data() + kind_at)),
      .incarnation = runtime::incarnation(load<std::uint64_t>(bytes.data() + incarnation_at)),
      .ordinal = load<std::uint64_t>(bytes.data() + ordinal_at),
      .file_bytes = load<std::uint64_t>(bytes.data() + file_bytes_at),
      .format = load<std::uint16_t>(bytes.data() + format_at),
      .oldest_reader = load<std::uint16_t>(bytes.data() + oldest_reader_at),
  };
  if (header.oldest_reader > log_format) {
    return fail(errc::unsupported_format,
                fmt::format("{} has log format {}, for programs that read format {} or later; this "
                            "one reads up to {}: use a newer perdure",
                            path, header.format, header.oldest_reader, log_format));
  }
  return header;
}

}  // namespace perdure::transport
