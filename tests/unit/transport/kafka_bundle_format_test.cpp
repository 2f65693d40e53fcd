#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/transport/signed_bundle.hpp"
#include "tests/world/document.hpp"
#include "transport/kafka/bundle_format.hpp"
#include "transport/kafka/read_bundle.hpp"
#include "transport/little_endian.hpp"

namespace perdure::transport {
namespace {

using ::testing::HasSubstr;

constexpr bundle_identity identity{.writer = 0x1122334455667788, .number = 9};

std::string bundle_of(const std::vector<std::string>& records) {
  const std::vector<std::string_view> views(records.begin(), records.end());
  return encode_bundle(identity, views);
}

std::string example() { return bundle_of({"hello", "", "perdure!!"}); }

bundle_fault fault_of(std::string_view bytes) {
  const auto decoded = decode_bundle(bytes);
  EXPECT_FALSE(decoded);
  return decoded ? bundle_fault::too_short : decoded.error();
}

TEST(bundle_format, is_what_the_document_shows) {
  EXPECT_EQ(example(), testing::shown_bytes("bundle.md", "0000: 4b 9c d5 a7"));
}

TEST(bundle_format, gives_back_what_was_put_in) {
  const std::vector<std::string> records{"a", "", std::string(100'000, 'z')};
  const auto bytes = bundle_of(records);
  EXPECT_EQ(bytes.size(), bundle_size(3, 100'001));
  const auto decoded = decode_bundle(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->identity, identity);
  EXPECT_EQ(std::vector<std::string>(decoded->records.begin(), decoded->records.end()), records);
}

TEST(bundle_format, takes_as_many_records_as_an_offset_can_tell_apart) {
  const std::vector<std::string> records(bundle_records, "x");
  const auto bytes = bundle_of(records);
  EXPECT_EQ(decode_bundle(bytes)->records.size(), bundle_records);
  auto more = bytes;
  store(more.data() + 24, bundle_records + 1);
  more += "12345";
  sign_bundle(more);
  EXPECT_EQ(fault_of(more), bundle_fault::table_wrong);
}

TEST(bundle_format, no_two_bundles_have_the_same_checksum_for_what_they_hold) {
  const std::vector<std::string_view> records{"same"};
  EXPECT_NE(decode_bundle(encode_bundle({1, 1}, records))->checksum,
            decode_bundle(encode_bundle({2, 1}, records))->checksum);
  EXPECT_NE(decode_bundle(encode_bundle({1, 1}, records))->checksum,
            decode_bundle(encode_bundle({1, 2}, records))->checksum);
}

TEST(bundle_format, every_flipped_bit_and_every_lost_byte_is_found) {
  const auto whole = example();
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(fault_of(damaged), bundle_fault::checksum_wrong) << bit;
  }
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto fault = fault_of(std::string_view(whole).substr(0, length));
    EXPECT_EQ(fault, length < bundle_header_bytes ? bundle_fault::too_short
                                                  : bundle_fault::checksum_wrong);
  }
}

TEST(bundle_format, lengths_that_do_not_fill_it_are_refused_whatever_the_checksum_says) {
  for (const std::uint32_t length : {0U, 4U, 6U, 0xFFFFFFFFU}) {
    auto bytes = example();
    store(bytes.data() + bundle_header_bytes, length);
    sign_bundle(bytes);
    EXPECT_EQ(fault_of(bytes), bundle_fault::table_wrong) << length;
  }
  for (const std::uint32_t count : {0U, 2U, 4U, 0xFFFFFFFFU}) {
    auto bytes = example();
    store(bytes.data() + 24, count);
    sign_bundle(bytes);
    EXPECT_EQ(fault_of(bytes), bundle_fault::table_wrong) << count;
  }
}

TEST(bundle_format, a_later_format_is_read_if_it_lets_this_one_and_else_refused_by_name) {
  auto later = example() + "something new";
  store(later.data() + 4, std::uint16_t{2});
  sign_bundle(later);
  EXPECT_EQ(decode_bundle(later)->records.size(), 3U);
  store(later.data() + 6, std::uint16_t{2});
  sign_bundle(later);
  EXPECT_EQ(fault_of(later), bundle_fault::newer);
  const kafka_partition from{"perdure.team", "", 3, runtime::partition_index(4)};
  const auto read = read_bundle_of(from, 17, later);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, runtime::errc::unsupported_format);
  EXPECT_THAT(read.error().message,
              HasSubstr("topic perdure.team, partition 3, Kafka's offset 17"));
}

TEST(read_bundle, its_records_know_their_places_and_outlive_the_bytes) {
  auto bytes = example();
  const kafka_partition from{"perdure.team", "", 3, runtime::partition_index(4)};
  const auto read = read_bundle_of(from, 17, bytes);
  bytes.assign(bytes.size(), '?');
  ASSERT_TRUE(read);
  ASSERT_EQ(read->records.size(), 3U);
  EXPECT_EQ(read->records[2].bytes.view(), "perdure!!");
  EXPECT_EQ(read->records[2].partition, runtime::partition_index(4));
  EXPECT_EQ(read->records[2].at, to_offset({17, 2}));
  EXPECT_EQ(read->records[2].at.value, 18U * 65'536 + 2);
}

TEST(read_bundle, whatever_is_no_bundle_is_refused_with_its_place) {
  const kafka_partition from{"t", "", 0, runtime::partition_index(1)};
  for (const auto* bytes : {"", "somebody wrote this with kafka-console-producer"}) {
    const auto read = read_bundle_of(from, 0, bytes);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, runtime::errc::corrupt);
  }
  EXPECT_TRUE(read_bundle_of(from, last_bundle, example()));
  EXPECT_FALSE(read_bundle_of(from, last_bundle + 1, example()));
}

}  // namespace
}  // namespace perdure::transport
