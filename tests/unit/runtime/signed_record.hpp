#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/crc32c.hpp"

namespace perdure::runtime {

/// Gives bytes that look like a record the length and the checksum that fit them
/// (docs/formats/envelope.md). REQUIRES: at least an envelope's 28 bytes.
inline void sign_record(std::string& record) {
  constexpr std::size_t length_at = 4, checksum_at = 8;
  const auto length = static_cast<std::uint32_t>(record.size());
  std::memcpy(record.data() + length_at, &length, sizeof length);
  const auto head = crc32c(std::string_view(record).substr(0, checksum_at));
  const auto sum = crc32c(std::string_view(record).substr(checksum_at + sizeof head), head);
  std::memcpy(record.data() + checksum_at, &sum, sizeof sum);
}

}  // namespace perdure::runtime
