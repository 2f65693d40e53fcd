#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/records.hpp"
#include "tests/unit/runtime/signed_record.hpp"
#include "tests/world/document.hpp"

namespace perdure::runtime {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t format_at = 0, oldest_reader_at = 1, kind_at = 2, payloads_at = 14;

/// What docs/formats/envelope.md shows.
std::string example() {
  wire::Signal signal;
  signal.set_workflow_id("w-1");
  signal.set_name("approve");
  signal.set_request_key("k");
  signal.set_body_payload(1);
  return encoded(record_kind::signal, signal, {1'763'899'200'000'000}, {"yes"},
                 slot_number(0x0234));
}

std::string why_refused(std::string record) {
  const auto view = record_view::parse(payload(std::move(record)));
  return view ? "accepted" : fmt::format("{}: {}", name(view.error().code), view.error().message);
}

TEST(record_format, is_what_the_document_shows) {
  EXPECT_EQ(example(), testing::shown_bytes("envelope.md", "0000: 01 01 06 00"));
}

TEST(record_format, gives_back_what_was_put_in) {
  const std::string large(70'000, 'x');
  const auto bytes =
      encoded(record_kind::barrier, wire::Barrier{}, {-5}, {"one", "", large}, slot_number(4'095));
  const auto view = record_view::parse(payload(bytes));
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->front().kind, record_kind::barrier);
  EXPECT_EQ(view->front().time, timestamp{-5});
  EXPECT_EQ(view->front().slot, slot_number(4'095));
  EXPECT_EQ(view->payload_count(), 3u);
  EXPECT_EQ(view->body(1).view(), "one");
  EXPECT_EQ(view->body(2).view(), "");
  EXPECT_EQ(view->body(3).view(), large);
  EXPECT_EQ(view->body(0).view(), "");
  EXPECT_EQ(view->body(4).view(), "");
}

TEST(record_format, a_payload_is_a_view_that_keeps_the_record_alive) {
  payload body;
  {
    const auto view = record_view::parse(payload(example()));
    ASSERT_TRUE(view);
    body = view->body(1);
  }
  EXPECT_EQ(body.view(), "yes");
}

TEST(record_format, every_flipped_bit_is_noticed) {
  const auto bytes = example();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(why_refused(flipped), "accepted") << "bit " << bit;
  }
}

TEST(record_format, every_truncation_is_noticed) {
  const auto bytes = example();
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_NE(why_refused(bytes.substr(0, length)), "accepted") << length;
  EXPECT_THAT(why_refused(bytes + "x"), HasSubstr("but 55 are there"));
}

TEST(record_format, rule_5_6_a_newer_format_or_kind_is_refused_by_name) {
  auto newer = example();
  newer[format_at] = newer[oldest_reader_at] = 2;  // whatever follows may mean something else
  EXPECT_THAT(why_refused(newer), HasSubstr("format 2 needs a reader of format 2 or newer"));
  auto kind = example();
  kind[kind_at] = 99;
  sign_record(kind);
  EXPECT_THAT(why_refused(kind), HasSubstr("record kind 99 is unknown: run a newer perdure"));
}

/// A newer writer may add to the format what an old reader can do without.
TEST(record_format, a_newer_format_that_old_readers_may_read_is_read) {
  auto newer = example();
  newer[format_at] = 2;
  sign_record(newer);
  EXPECT_EQ(why_refused(newer), "accepted");
}

TEST(record_format, lengths_that_do_not_fit_are_refused_whatever_the_checksum_says) {
  auto many = example();
  many[payloads_at] = many[payloads_at + 1] = '\xff';
  sign_record(many);
  EXPECT_THAT(why_refused(many), HasSubstr("reaches beyond its end"));
  auto none = example();
  none[payloads_at] = 0;
  sign_record(none);
  EXPECT_THAT(why_refused(none), HasSubstr("payloads do not fill it"));
  auto header = example();
  header[24] = header[25] = header[26] = header[27] = '\xff';
  sign_record(header);
  EXPECT_THAT(why_refused(header), HasSubstr("reaches beyond its end"));
}

TEST(record_format, a_header_that_is_none_is_refused_with_kind_and_offset) {
  auto bytes = example();
  bytes[28 + 4] = '\xff';  // the header's first byte
  sign_record(bytes);
  record_decoder decoder;
  const auto record = decoder.decode(offset(12), payload(bytes));
  ASSERT_FALSE(record);
  EXPECT_THAT(record.error().message, HasSubstr("the signal record at offset 12"));
}

}  // namespace
}  // namespace perdure::runtime
