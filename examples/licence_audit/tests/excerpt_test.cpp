#include "examples/licence_audit/excerpt.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace licence_audit {
namespace {

using audit::v1::Excerpt;
using audit::v1::Problem;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view header =
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";

Excerpt excerpt(std::string_view rest) {
  return make_excerpt("pkg", std::string(header) + std::string(rest));
}

std::vector<Problem::Kind> kinds(const Excerpt& of) {
  std::vector<Problem::Kind> result;
  for (const auto& problem : of.problems()) result.push_back(problem.kind());
  return result;
}

std::string files(std::string_view licence) {
  return fmt::format("Files: *\nCopyright: me\nLicense: {}\n\n", licence);
}

TEST(excerpt, counts_each_grant) {
  const auto result = excerpt(files("Expat") + files("GPL-2+") + files("Expat") +
                              "License: Expat\n Do.\n\nLicense: GPL-2+\n See.\n");
  ASSERT_EQ(result.grants_size(), 2);
  EXPECT_EQ(result.grants(0).expression(), "Expat");
  EXPECT_EQ(result.grants(0).stanzas(), 2U);
  EXPECT_EQ(result.grants(0).line(), 5U);
  EXPECT_THAT(kinds(result), IsEmpty());
}

TEST(excerpt, keeps_the_words_of_unusual_licences_only) {
  const auto result = excerpt(files("Expat") + files("custom") + "License: Expat\n Do.\n\n" +
                              "License: custom\n Be nice.\n");
  ASSERT_EQ(result.texts_size(), 1);
  EXPECT_EQ(result.texts(0).name(), "custom");
  EXPECT_EQ(result.texts(0).text(), "Be nice.\n");
  EXPECT_EQ(result.texts(0).line(), 15U);
}

TEST(excerpt, a_licence_without_text_is_a_problem_once) {
  const auto result =
      excerpt(files("GPL-2+ or Expat") + files("Expat") + "License: GPL-2+\n See.\n");
  EXPECT_THAT(kinds(result), ElementsAre(Problem::NO_LICENCE_TEXT));
}

TEST(excerpt, words_in_place_of_a_name_are_kept_as_words) {
  const auto result =
      excerpt("Files: *\nCopyright: me\nLicense: Permission is granted\n to all.\n");
  EXPECT_THAT(kinds(result), ElementsAre(Problem::BAD_EXPRESSION));
  ASSERT_EQ(result.texts_size(), 1);
  EXPECT_EQ(result.texts(0).text(), "Permission is granted\nto all.\n");
}

TEST(excerpt, a_name_on_the_line_below_is_found) {
  const auto result = excerpt("Files: *\nCopyright: me\nLicense:\n Expat\n Do.\n");
  ASSERT_EQ(result.grants_size(), 1);
  EXPECT_EQ(result.grants(0).expression(), "Expat");
}

TEST(excerpt, an_empty_licence_is_a_missing_field) {
  const auto result = excerpt("Files: *\nCopyright: me\nLicense:\n");
  EXPECT_EQ(result.grants_size(), 0);
  EXPECT_THAT(kinds(result), ElementsAre(Problem::MISSING_FIELD));
}

TEST(excerpt, texts_alone_are_grants) {
  const auto result = excerpt("License: Expat\n Do.\n");
  ASSERT_EQ(result.grants_size(), 1);
  EXPECT_EQ(result.grants(0).expression(), "Expat");
}

TEST(excerpt, free_text_is_prose) {
  const auto result = make_excerpt("pkg", "Under the GPL.\nReally.");
  EXPECT_EQ(result.form(), audit::v1::FREE_TEXT);
  EXPECT_EQ(result.lines(), 2U);
  EXPECT_EQ(result.prose_line(), 1U);
  EXPECT_EQ(result.prose(), "Under the GPL.\nReally.");
}

TEST(excerpt, no_text_is_unreadable) {
  const auto result = make_excerpt("pkg", std::string("\0\1", 2));
  EXPECT_EQ(result.form(), audit::v1::UNREADABLE);
  EXPECT_EQ(result.bytes(), 2U);
  EXPECT_THAT(kinds(result), ElementsAre(Problem::BINARY));
}

TEST(excerpt, giant_files_are_cut_to_what_a_journal_takes) {
  std::string many;
  for (int i = 0; i < 3'000; ++i) {
    many += fmt::format("Files: {0}\nCopyright: x\nLicense: custom-{0}\n {1}\n\n", i,
                        std::string(1'000, 'w'));
  }
  many += std::string(2'000'000, 'p') + "\n";
  const auto result = excerpt(many);
  EXPECT_LT(result.ByteSizeLong(), 700'000U);
  EXPECT_THAT(kinds(result), Contains(Problem::CUT_OFF));
  EXPECT_LE(result.problems_size(), 50);
}

TEST(excerpt, any_cut_and_any_flip_of_a_file_gives_an_excerpt) {
  const std::string good = std::string(header) + files("Expat or custom") +
                           "License: custom\n Be näice.\n .\n Please.\n\nWords.\n";
  for (std::size_t size = 0; size <= good.size(); ++size) {
    EXPECT_NE(make_excerpt("p", good.substr(0, size)).form(), audit::v1::FORM_UNSPECIFIED);
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char flip : {'\x01', '\x20', '\x40', '\x80', '\xFF'}) {
      auto bad = good;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      const auto result = make_excerpt("p", bad);
      std::string bytes;
      ASSERT_TRUE(result.SerializeToString(&bytes));
      EXPECT_TRUE(Excerpt().ParseFromString(bytes)) << "byte " << at;
    }
  }
}

}  // namespace
}  // namespace licence_audit
