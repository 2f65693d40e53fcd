#include "examples/licence_audit/text_decoding.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace licence_audit {
namespace {

using audit::v1::Problem;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_view_literals;

std::vector<Problem::Kind> kinds(const decoded_text& decoded) {
  std::vector<Problem::Kind> result;
  for (const auto& problem : decoded.problems) result.push_back(problem.kind());
  return result;
}

TEST(decode_text, leaves_good_text_alone) {
  const auto decoded = decode_text("Grüße, 漢字 and 🙂\n");
  EXPECT_EQ(decoded.text, "Grüße, 漢字 and 🙂\n");
  EXPECT_THAT(decoded.problems, IsEmpty());
}

TEST(decode_text, takes_off_byte_order_mark_and_carriage_returns) {
  EXPECT_EQ(decode_text("\xEF\xBB\xBF"
                        "a\r\nb\rc\r")
                .text,
            "a\nb\rc");
}

TEST(decode_text, reads_other_bytes_as_latin_1) {
  const auto decoded = decode_text(
      "first\nRen\xE9"
      "e\n");
  EXPECT_EQ(decoded.text, "first\nRenée\n");
  ASSERT_THAT(kinds(decoded), ElementsAre(Problem::BAD_ENCODING));
  EXPECT_EQ(decoded.problems[0].line(), 2U);
}

TEST(decode_text, a_cut_off_character_is_not_one) {
  for (const auto bytes : {"end \xC3"sv, "end \xE6\xBC"sv, "end \xF0\x9F\x99"sv}) {
    EXPECT_THAT(kinds(decode_text(bytes)), ElementsAre(Problem::BAD_ENCODING)) << bytes;
  }
}

TEST(decode_text, overlong_forms_and_surrogates_are_no_characters) {
  for (const auto bytes :
       {"x\xC0\x80"sv, "x\xE0\x80\x80"sv, "x\xF0\x80\x80\x80"sv, "x\xED\xA0\x80"sv,
        "x\xF4\x90\x80\x80"sv, "x\xF8\x88\x80\x80\x80"sv, "x\x80"sv}) {
    EXPECT_THAT(kinds(decode_text(bytes)), ElementsAre(Problem::BAD_ENCODING)) << bytes;
  }
}

TEST(decode_text, what_is_no_text_is_told) {
  EXPECT_THAT(kinds(decode_text("")), ElementsAre(Problem::EMPTY));
  EXPECT_THAT(kinds(decode_text(" \n\t\n")), ElementsAre(Problem::EMPTY));
  EXPECT_THAT(kinds(decode_text("GIF89a\0\1"sv)), ElementsAre(Problem::BINARY));
  EXPECT_THAT(kinds(decode_text("\xFF\xFE"
                                "a\0"sv)),
              ElementsAre(Problem::BINARY));
  EXPECT_THAT(kinds(decode_text("\1\2\3 text")), ElementsAre(Problem::BINARY));
  EXPECT_FALSE(decode_text("").is_text);
}

TEST(decode_text, a_giant_line_is_noted_and_kept) {
  const auto decoded = decode_text("a\n" + std::string(20'000, 'b'));
  EXPECT_EQ(decoded.text.size(), 20'002U);
  ASSERT_THAT(kinds(decoded), ElementsAre(Problem::LONG_LINE));
  EXPECT_EQ(decoded.problems[0].line(), 2U);
}

}  // namespace
}  // namespace licence_audit
