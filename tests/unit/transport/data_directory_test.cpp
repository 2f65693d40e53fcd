#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/crc32c.hpp"
#include "tests/world/document.hpp"
#include "transport/file_header.hpp"
#include "transport/little_endian.hpp"
#include "transport/log_directory.hpp"
#include "transport/mark_page.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using ::testing::HasSubstr;

constexpr runtime::incarnation life(0x1122334455667788);

std::string bytes_of(const file_header& header) {
  auto bytes = encode(header);
  return {bytes.begin(), bytes.end()};
}

file_header example() {
  return {.kind = file_kind::segment, .incarnation = life, .ordinal = 3, .file_bytes = 4096};
}

using page_bytes = std::array<char, mapped_page::page_bytes>;

std::string_view slot(const page_bytes& page, std::size_t index) {
  return {page.data() + index * 2048, 64};
}

TEST(file_header, is_what_the_document_shows) {
  EXPECT_EQ(bytes_of(example()),
            testing::shown_bytes("data_directory.md", "0000: 70 65 72 64 6c 6f 67 0a"));
}

TEST(file_header, gives_back_what_was_put_in) {
  EXPECT_EQ(decode_file_header(bytes_of(example()), "f"), example());
}

TEST(file_header, rule_8_every_flipped_byte_and_truncation_is_refused) {
  std::string good = bytes_of(example());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    auto flipped = decode_file_header(bad, "some/file");
    ASSERT_FALSE(flipped) << i;
    EXPECT_EQ(flipped.error().code, errc::corrupt);
    EXPECT_THAT(flipped.error().message, HasSubstr("some/file at 0"));
    EXPECT_FALSE(decode_file_header(good.substr(0, i), "some/file"));
  }
}

TEST(file_header, rule_8_a_newer_format_is_refused_by_name) {
  file_header newer = example();
  newer.format = 7;
  EXPECT_TRUE(decode_file_header(bytes_of(newer), "f")) << "it says that format 1 can read it";
  newer.oldest_reader = 2;
  auto refused = decode_file_header(bytes_of(newer), "f");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unsupported_format);
  EXPECT_THAT(refused.error().message, HasSubstr("log format 7"));
}

TEST(log_directory, names_segments_so_that_they_sort) {
  log_directory directory("d");
  EXPECT_EQ(directory.segment(42), "d/segment-0000000000000042.log");
  EXPECT_EQ(log_directory::segment_ordinal("segment-0000000000000042.log"), 42u);
  for (const char* other : {"segment-42.log", "segment-00000000000000x2.log", "identity",
                            "segment-0000000000000000.log", "segment-0000000000000042.log2"}) {
    EXPECT_FALSE(log_directory::segment_ordinal(other)) << other;
  }
}

TEST(mark_page, is_what_the_document_shows) {
  page_bytes page{};
  encode_mark(page, life, 7, {.synced_through = 42, .first_ordinal = 2, .first_sequence = 17});
  EXPECT_EQ(slot(page, 1), testing::shown_bytes("data_directory.md", "0800: 70 65 72 64 6d"));
}

TEST(mark_page, the_newer_slot_counts) {
  page_bytes page{};
  encode_mark(page, life, 1, {.synced_through = 10});
  encode_mark(page, life, 2, {.synced_through = 20});
  encode_mark(page, life, 3, {.synced_through = 30});
  auto decoded = decode_mark(page, life, "mark");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->mark.synced_through, 30u);
  EXPECT_EQ(decoded->counter, 3u);
  EXPECT_FALSE(decoded->slot_damaged);
}

TEST(mark_page, a_damaged_slot_leaves_the_other_and_is_told) {
  page_bytes good{};
  encode_mark(good, life, 1, {.synced_through = 10});
  encode_mark(good, life, 2, {.synced_through = 20});
  for (std::size_t i = 0; i < 64; ++i) {
    page_bytes page = good;
    page[i] = static_cast<char>(page[i] ^ 1);
    auto decoded = decode_mark(page, life, "mark");
    ASSERT_TRUE(decoded) << i;
    EXPECT_EQ(decoded->mark.synced_through, 10u);
    EXPECT_TRUE(decoded->slot_damaged);
    page[2048 + i] = static_cast<char>(page[2048 + i] ^ 1);
    EXPECT_EQ(decode_mark(page, life, "mark").error().code, errc::corrupt) << i;
  }
}

TEST(mark_page, of_another_log_or_a_newer_format_is_refused) {
  page_bytes page{};
  encode_mark(page, runtime::incarnation(5), 1, {});
  EXPECT_EQ(decode_mark(page, life, "mark").error().code, errc::corrupt);
  encode_mark(page, life, 1, {});
  store(page.data() + 2048 + 10, std::uint16_t{9});
  store(page.data() + 2048 + 60, runtime::crc32c({page.data() + 2048, 60}));
  EXPECT_EQ(decode_mark(page, life, "mark").error().code, errc::unsupported_format);
}

}  // namespace
}  // namespace perdure::transport
