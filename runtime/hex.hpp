#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace perdure::runtime {

/// 32 lower-case hexadecimal digits: what keys and ids are shown as.
inline std::string hex_of(std::uint64_t high, std::uint64_t low) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    text[15 - i] = digits[(high >> (4 * i)) & 0xfU];
    text[31 - i] = digits[(low >> (4 * i)) & 0xfU];
  }
  return text;
}

}  // namespace perdure::runtime
