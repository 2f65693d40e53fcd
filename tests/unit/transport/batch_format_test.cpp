#include "transport/batch_format.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/transport/log_world.hpp"
#include "tests/unit/transport/signed_batch.hpp"
#include "tests/world/document.hpp"
#include "transport/little_endian.hpp"

namespace perdure::transport {
namespace {

constexpr batch_place place{
    .incarnation = runtime::incarnation(0x1122334455667788), .ordinal = 3, .position = 512};

std::string batch_of(const std::vector<std::vector<std::pair<std::uint32_t, std::string>>>& all,
                     std::uint64_t first_sequence) {
  std::vector<runtime::append_request> requests;
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const auto& records : all) {
    requests.push_back(request_of(records));
    count += records.size();
    bytes += record_bytes(requests.back());
  }
  std::string batch(batch_bytes(count, bytes), '?');
  encode_batch(batch, place, first_sequence, first_sequence - 1, requests);
  return batch;
}

std::string example() { return batch_of({{{1, "hello"}}, {{2, "perdure!!"}}}, 41); }

void sign(std::string& batch) { sign_batch(batch, place); }

batch_fault fault_of(std::string_view bytes, const batch_place& where = place) {
  auto decoded = decode_batch(bytes, where);
  EXPECT_FALSE(decoded);
  return decoded ? batch_fault::blank : decoded.error();
}

TEST(batch_format, is_what_the_document_shows) {
  EXPECT_EQ(example(), testing::shown_bytes("batch.md", "0000: 9f 11 d2 8a"));
}

TEST(batch_format, gives_back_what_was_put_in) {
  std::string bytes = batch_of({{{7, "a"}, {0, ""}}, {{9, std::string(1000, 'z')}}}, 5);
  std::string more = bytes + "and more";
  auto batch = decode_batch(more, place);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->bytes(), bytes);
  EXPECT_EQ(batch->first_sequence(), 5u);
  EXPECT_EQ(batch->last_sequence(), 7u);
  EXPECT_EQ(batch->synced_through(), 4u);
  std::vector<told> found;
  batch->for_each([&](const batch_view::record& record) {
    found.push_back({record.at.value, record.partition.value, std::string(record.bytes)});
  });
  EXPECT_EQ(found, (std::vector<told>{{5, 7, "a"}, {6, 0, ""}, {7, 9, std::string(1000, 'z')}}));
}

TEST(batch_format, records_are_taken_from_where_the_request_says) {
  runtime::append_request request{
      .bytes = "--second+first",
      .entries = {{.partition = runtime::partition_index(1), .begin = 9, .length = 5},
                  {.partition = runtime::partition_index(1), .begin = 2, .length = 6}},
      .completion = {}};
  std::vector<runtime::append_request> requests;
  requests.push_back(std::move(request));
  std::string bytes(batch_bytes(2, 11), '?');
  encode_batch(bytes, place, 1, 0, requests);
  std::string found;
  decode_batch(bytes, place)->for_each([&](const auto& record) {
    found += record.bytes;
    found += ' ';
  });
  EXPECT_EQ(found, "first second ");
}

TEST(batch_format, rule_8_every_flipped_bit_is_noticed) {
  std::string good = example();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(decode_batch(bad, place)) << "bit " << bit;
  }
}

TEST(batch_format, rule_8_every_truncation_is_noticed) {
  std::string good = example();
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_EQ(fault_of(good.substr(0, length)), batch_fault::too_short) << length;
  }
}

TEST(batch_format, rule_8_is_no_batch_at_another_place) {
  std::string good = example();
  EXPECT_TRUE(decode_batch(good, place));
  EXPECT_TRUE(begins_with_batch_header(good, place));
  for (batch_place other :
       {batch_place{runtime::incarnation(1), 3, 512}, batch_place{place.incarnation, 4, 512},
        batch_place{place.incarnation, 3, 520}}) {
    EXPECT_EQ(fault_of(good, other), batch_fault::header_wrong);
    EXPECT_FALSE(begins_with_batch_header(good, other));
  }
}

TEST(batch_format, zeros_are_blank) {
  EXPECT_EQ(fault_of(std::string(64, '\0')), batch_fault::blank);
}

TEST(batch_format, a_signed_header_that_no_writer_writes_is_refused) {
  struct change {
    std::size_t at;
    std::uint32_t value;
    batch_fault fault;
  };
  for (change each : {change{4, 63, batch_fault::header_invalid},     // length not aligned
                      change{4, 32, batch_fault::header_invalid},     // no room for the entries
                      change{4, 0xFFFFFFF8, batch_fault::too_short},  // beyond the file
                      change{8, 40, batch_fault::header_invalid},     // synced beyond itself
                      change{24, 0, batch_fault::header_invalid},     // no record
                      change{24, 0xFFFFFFFF, batch_fault::header_invalid},
                      change{24, 1, batch_fault::table_wrong},  // records do not fill it
                      change{36, 20, batch_fault::table_wrong},
                      change{60, 0x01002121, batch_fault::table_wrong},  // padding not zero
                      change{36, 0xFFFFFFFF, batch_fault::table_wrong}}) {
    std::string bad = example();
    store(bad.data() + each.at, each.value);
    sign(bad);
    EXPECT_EQ(fault_of(bad), each.fault) << each.at << " " << each.value;
  }
}

TEST(batch_format, a_sequence_that_would_wrap_is_refused) {
  std::string bad = example();
  store(bad.data() + 8, ~std::uint64_t{0});
  sign(bad);
  EXPECT_EQ(fault_of(bad), batch_fault::header_invalid);
}

}  // namespace
}  // namespace perdure::transport
