#include "examples/licence_audit/free_text.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace licence_audit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> keys(std::string_view text) {
  std::vector<std::string> result;
  for (const auto& one : licences_in_text(text)) result.push_back(one.key());
  return result;
}

TEST(free_text, finds_each_licence_once_in_the_order_of_lines) {
  EXPECT_THAT(keys("The tools are under the terms of the GNU General Public License, version 3.\n"
                   "The fonts are under the SIL Open Font License, Version 1.1.\n"
                   "Again: the fonts are under the SIL Open Font License, Version 1.1.\n"
                   "The tables are in the public domain.\n"),
              ElementsAre("GPL-3.0-only", "OFL-1.1", "LicenseRef-public-domain"));
}

TEST(free_text, shows_where_and_what) {
  const auto found =
      licences_in_text("Hello.\n\n\tLicensed under the Apache License, Version 2.0\n", 40);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].key(), "Apache-2.0");
  EXPECT_EQ(found[0].line(), 42U);
  EXPECT_EQ(found[0].evidence(), "Licensed under the Apache License, Version 2.0");
  EXPECT_EQ(found[0].confidence(), audit::v1::HIGH);
}

TEST(free_text, what_is_named_in_passing_counts_only_alone) {
  EXPECT_THAT(keys("It resembles the MIT license."), ElementsAre("MIT"));
  EXPECT_THAT(keys("It resembles the MIT license. It is in the public domain."),
              ElementsAre("LicenseRef-public-domain"));
}

TEST(free_text, a_special_exception_is_a_licence_of_its_own) {
  EXPECT_THAT(
      keys("under the terms of the GNU General Public License, version 3 or any later version\n"
           "with the GCC Runtime Library Exception\n"),
      ElementsAre("GPL-3.0-or-later", "GPL-3.0-or-later WITH GCC-exception-3.1"));
}

TEST(free_text, of_unknown_words_is_nothing) {
  EXPECT_THAT(keys(""), IsEmpty());
  EXPECT_THAT(keys("All rights reserved."), IsEmpty());
}

TEST(free_text, a_giant_line_is_searched_like_any_other) {
  const auto text =
      std::string(2'000'000, 'x') + " licensed under the GPL-2 " + std::string(100, 'y');
  const auto found = licences_in_text(text);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].key(), "GPL-2.0-only");
  EXPECT_LE(found[0].evidence().size(), 100U);
}

TEST(evidence_line, is_trimmed_and_cut_between_characters) {
  EXPECT_EQ(evidence_line("a\n  b c \r\nd", 2), "b c");
  EXPECT_EQ(evidence_line("a", 2), "");
  EXPECT_EQ(evidence_line(" \n", 1), "");
  const auto line = evidence_line(std::string(99, 'a') + "\xC3\xA9", 1);
  EXPECT_EQ(line, std::string(99, 'a'));
}

TEST(wording_for_question, is_cut_between_words) {
  const plain_words words(std::string(1'999, 'a') + " bbb ccc");
  EXPECT_EQ(wording_for_question(words), std::string(1'999, 'a'));
  EXPECT_EQ(wording_for_question(plain_words("Be nice!")), "be nice");
  EXPECT_EQ(wording_for_question(plain_words("")), "");
}

}  // namespace
}  // namespace licence_audit
