#include "runtime/crc32c.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace perdure::runtime {
namespace {

constexpr std::uint32_t reflected_polynomial = 0x82F63B78;

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? reflected_polynomial : 0);
    }
    table[i] = crc;
  }
  return table;
}

constexpr auto table = make_table();

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_processor(std::string_view bytes,
                                                                    std::uint32_t seed) {
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t crc = ~seed;
  for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    crc = _mm_crc32_u64(crc, word);
    at += sizeof word;
  }
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; left > 0; --left) narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(*at++));
  return ~narrow;
}

bool processor_can() { return __builtin_cpu_supports("sse4.2") != 0; }

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

std::uint32_t crc32c_by_processor(std::string_view bytes, std::uint32_t seed) {
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t crc = ~seed;
  for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    crc = __crc32cd(crc, word);
    at += sizeof word;
  }
  for (; left > 0; --left) crc = __crc32cb(crc, static_cast<unsigned char>(*at++));
  return ~crc;
}

bool processor_can() { return true; }

#else

std::uint32_t crc32c_by_processor(std::string_view bytes, std::uint32_t seed) {
  return crc32c_by_table(bytes, seed);
}

bool processor_can() { return false; }

#endif

}  // namespace

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
  for (char byte : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xFF];
  return ~crc;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
  static const bool fast = processor_can();
  return fast ? crc32c_by_processor(bytes, seed) : crc32c_by_table(bytes, seed);
}

}  // namespace perdure::runtime
