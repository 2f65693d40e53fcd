#include "runtime/crc32c.hpp"

#include <string>

#include <gtest/gtest.h>

namespace perdure::runtime {
namespace {

std::string counting(std::size_t length, int first, int step) {
  std::string bytes;
  for (std::size_t i = 0; i < length; ++i) {
    bytes.push_back(static_cast<char>(first + static_cast<int>(i) * step));
  }
  return bytes;
}

// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
TEST(crc32c, gives_the_published_values) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(counting(32, 0, 1)), 0x46DD794Eu);
  EXPECT_EQ(crc32c(counting(32, 31, -1)), 0x113FDB5Cu);
}

TEST(crc32c, the_table_gives_the_published_values_too) {
  EXPECT_EQ(crc32c_by_table("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c_by_table(counting(32, 0, 1)), 0x46DD794Eu);
}

TEST(crc32c, every_length_and_alignment_agrees_with_the_table) {
  std::string bytes = counting(300, 7, 13);
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t length = 0; begin + length <= bytes.size(); ++length) {
      std::string_view part = std::string_view(bytes).substr(begin, length);
      ASSERT_EQ(crc32c(part, 0x1234), crc32c_by_table(part, 0x1234)) << begin << " " << length;
    }
  }
}

TEST(crc32c, goes_on_from_what_went_before) {
  std::string bytes = counting(100, 3, 5);
  std::uint32_t whole = crc32c(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    std::string_view view = bytes;
    ASSERT_EQ(crc32c(view.substr(cut), crc32c(view.substr(0, cut))), whole) << cut;
  }
}

}  // namespace
}  // namespace perdure::runtime
