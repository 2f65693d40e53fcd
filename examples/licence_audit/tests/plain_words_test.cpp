#include "examples/licence_audit/plain_words.hpp"

#include <string>

#include <gtest/gtest.h>

namespace licence_audit {
namespace {

std::string plain(std::string_view text) { return std::string(plain_words(text).text()); }

TEST(plain_words, are_lower_case_without_punctuation) {
  EXPECT_EQ(plain("THE SOFTWARE IS PROVIDED \"AS IS\", (Really!)"),
            " the software is provided as is really ");
}

TEST(plain_words, survive_comment_marks_and_bullets) {
  EXPECT_EQ(plain("/*\n * Permission is\n * granted\n */\n# - to all\n"),
            " permission is granted to all ");
}

TEST(plain_words, join_what_a_hyphen_interrupts) {
  EXPECT_EQ(plain("fur-\nnished"), " furnished ");
  EXPECT_EQ(plain(" * fur-\n * nished"), " furnished ");
  EXPECT_EQ(plain("non-infringement"), " noninfringement ");
  EXPECT_EQ(plain("a - b -- c"), " a b c ");
  EXPECT_EQ(plain("end-"), " end ");
}

TEST(plain_words, keep_versions) {
  EXPECT_EQ(plain("version 2.1. GPL-2+ or v3."), " version 2.1 gpl2+ or v3 ");
}

TEST(plain_words, treat_bytes_beyond_ascii_as_spaces) {
  EXPECT_EQ(plain("\xE2\x80\x9C"
                  "AS IS\xE2\x80\x9D \xC2\xA9 me"),
            " as is me ");
}

TEST(plain_words, know_the_line_of_each_word) {
  const plain_words words("one two\n\n  three\nfo-\nur five\n", 10);
  auto line_of = [&words](std::string_view word) {
    return words.line_at(words.text().find(word) + 1);
  };
  EXPECT_EQ(line_of(" one "), 10U);
  EXPECT_EQ(line_of(" two "), 10U);
  EXPECT_EQ(line_of(" three "), 12U);
  EXPECT_EQ(line_of(" four "), 13U);
  EXPECT_EQ(line_of(" five "), 14U);
}

TEST(plain_words, of_nothing_are_empty) {
  EXPECT_TRUE(plain_words("").empty());
  EXPECT_TRUE(plain_words(" \n * . \n").empty());
  EXPECT_EQ(plain_words("").line_at(0), 0U);
}

}  // namespace
}  // namespace licence_audit
