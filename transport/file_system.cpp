#include "transport/file_system.hpp"

#include <fmt/format.h>

namespace perdure::transport {

runtime::expected<void> file::write(std::uint64_t position, std::string_view bytes) {
  while (!bytes.empty()) {
    auto written = write_some(position, bytes);
    if (!written) return std::unexpected(written.error());
    if (*written == 0) {
      return runtime::fail(runtime::errc::io_failed,
                           fmt::format("write {} at {}: the system took no byte", path_, position));
    }
    position += *written;
    bytes.remove_prefix(*written);
  }
  return {};
}

runtime::expected<std::size_t> file::read(std::uint64_t position, std::span<char> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    auto count = read_some(position + filled, into.subspan(filled));
    if (!count) return std::unexpected(count.error());
    if (*count == 0) break;
    filled += *count;
  }
  return filled;
}

}  // namespace perdure::transport
