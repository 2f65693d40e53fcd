#pragma once

#include <bit>
#include <concepts>
#include <cstring>

namespace perdure::transport {

/// Numbers as the log's files hold them: little-endian, unaligned.
template <std::unsigned_integral Number>
Number load(const char* from) {
  Number number = 0;
  std::memcpy(&number, from, sizeof number);
  return std::endian::native == std::endian::little ? number : std::byteswap(number);
}

template <std::unsigned_integral Number>
void store(char* to, Number number) {
  if constexpr (std::endian::native != std::endian::little) number = std::byteswap(number);
  std::memcpy(to, &number, sizeof number);
}

}  // namespace perdure::transport
