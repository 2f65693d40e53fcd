#pragma once

#include <cstdint>
#include <string_view>

namespace perdure::runtime {

/// CRC32C (Castagnoli, polynomial 0x1EDC6F41 reflected, as in iSCSI and ext4) of `bytes`, by the
/// processor's own instruction where there is one. `seed` is the checksum of what went before, so
/// that crc32c(b, crc32c(a)) == crc32c(ab); 0 starts afresh.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

/// The same, always by table: the fallback, and what the fast ways are tested against.
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace perdure::runtime
