#include "examples/licence_audit/classify.hpp"

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "examples/licence_audit/excerpt.hpp"
#include "examples/licence_audit/text_decoding.hpp"

namespace licence_audit {
namespace {

using audit::v1::PackageFinding;
using audit::v1::Problem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

constexpr std::string_view header =
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";

PackageFinding judged(std::string_view rest) {
  return classify(make_excerpt("pkg", std::string(header) + std::string(rest)));
}
PackageFinding judged_text(std::string_view text) { return classify(make_excerpt("pkg", text)); }

std::string files(std::string_view licence, std::string_view text = "") {
  return fmt::format("Files: *\nCopyright: me\nLicense: {}\n{}\n", licence,
                     text.empty() ? "" : fmt::format(" {}\n", text));
}

std::vector<std::string> terms(const PackageFinding& finding) {
  std::vector<std::string> result;
  for (const auto& term : finding.terms()) result.push_back(term.expression());
  return result;
}

legal::v1::Decision decision(std::string key, legal::v1::Category category) {
  legal::v1::Decision result;
  result.set_key(std::move(key));
  result.set_category(category);
  return result;
}

TEST(classify, writes_terms_as_spdx_does) {
  const auto finding =
      judged(files("GPL-2+ or Expat, and BSD-3-clause") + files("GPL-3+ with Bison exception"));
  EXPECT_THAT(terms(finding), ElementsAre("(GPL-2.0-or-later OR MIT) AND BSD-3-Clause",
                                          "GPL-3.0-or-later WITH Bison-exception-2.2"));
  EXPECT_EQ(finding.category(), legal::v1::WEAK_COPYLEFT);
  EXPECT_EQ(finding.licences_size(), 4);
}

TEST(classify, a_name_of_its_own_is_known_by_its_words) {
  const auto finding =
      judged(files("my-licence", "Licensed under the Apache License, Version 2.0."));
  EXPECT_THAT(terms(finding), ElementsAre("Apache-2.0"));
  EXPECT_EQ(finding.licences(0).name(), "my-licence");
  EXPECT_EQ(finding.licences(0).line(), 6U);
  EXPECT_THAT(questions_for_legal(finding), IsEmpty());
}

TEST(classify, a_variant_is_what_its_words_say) {
  const std::string two =
      "Redistribution and use in source and binary forms, with or without modification, are "
      "permitted: in binary form too.";
  EXPECT_THAT(terms(judged(files("BSD-2-clause-Smith", two))), ElementsAre("BSD-2-Clause"));
  EXPECT_THAT(terms(judged(files("BSD-3-clause-Smith", two))), ElementsAre("BSD-2-Clause"));
  EXPECT_THAT(terms(judged(files("BSD-3-clause-Smith"))), ElementsAre("BSD-3-Clause"));
  EXPECT_THAT(terms(judged(files("BSD-3-clause-Smith", "Be nice."))),
              ElementsAre(MatchesRegex("LicenseRef-bsd-3-clause-smith-[0-9a-f]+")));
}

TEST(classify, unknown_words_are_a_question_for_legal) {
  const auto finding = judged(files("custom", "Be nice."));
  EXPECT_EQ(finding.category(), legal::v1::DOUBTFUL);
  const auto questions = questions_for_legal(finding);
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_THAT(questions[0].key(), MatchesRegex("LicenseRef-custom-[0-9a-f]+"));
  EXPECT_EQ(questions[0].name(), "custom");
  EXPECT_EQ(questions[0].wording(), "be nice");
  EXPECT_EQ(questions[0].asked_for(), "pkg");
}

TEST(classify, the_same_words_are_the_same_question_however_they_are_broken) {
  const auto one = questions_for_legal(judged(files("custom", "Be nice to all.")));
  const auto two = questions_for_legal(judged(files("custom", "Be\n nice to\n .\n ALL")));
  const auto other = questions_for_legal(judged(files("custom", "Be nasty to all.")));
  ASSERT_EQ(one.size(), 1U);
  ASSERT_EQ(two.size(), 1U);
  ASSERT_EQ(other.size(), 1U);
  EXPECT_EQ(one[0].key(), two[0].key());
  EXPECT_NE(one[0].key(), other[0].key());
}

TEST(classify, a_doubt_that_a_choice_avoids_is_no_question) {
  EXPECT_THAT(questions_for_legal(judged(files("Expat or custom", "Be nice."))), IsEmpty());
  EXPECT_EQ(questions_for_legal(judged(files("Expat and custom", "Be nice."))).size(), 1U);
}

TEST(classify, words_in_place_of_a_name_are_read) {
  const auto finding = judged(files("This software is in the public domain"));
  EXPECT_THAT(terms(finding), ElementsAre("LicenseRef-public-domain"));
  EXPECT_EQ(finding.problems(0).kind(), Problem::BAD_EXPRESSION);
}

TEST(classify, what_stands_outside_the_stanzas_counts_too) {
  const auto finding = judged(files("Expat") + "\nThe logo is under the GPL-3.\n");
  EXPECT_THAT(terms(finding), ElementsAre("GPL-3.0-only", "MIT"));
}

TEST(classify, free_text_without_known_licence_is_a_finding_and_a_question) {
  const auto finding = judged_text("We think that it is all right.");
  EXPECT_EQ(finding.category(), legal::v1::DOUBTFUL);
  EXPECT_EQ(finding.problems(0).kind(), Problem::NO_LICENCE);
  EXPECT_EQ(questions_for_legal(finding).size(), 1U);
}

TEST(classify, free_text_that_only_mentions_a_licence_is_doubtful) {
  const auto finding = judged_text("This is like the MIT license.");
  ASSERT_EQ(finding.licences_size(), 1);
  EXPECT_THAT(finding.licences(0).key(), MatchesRegex("LicenseRef-mit-[0-9a-f]+"));
  EXPECT_EQ(finding.category(), legal::v1::DOUBTFUL);
}

TEST(classify, a_file_without_any_grant_is_doubtful_without_question) {
  const auto finding = judged("Comment: hello\n");
  EXPECT_EQ(finding.category(), legal::v1::DOUBTFUL);
  EXPECT_THAT(questions_for_legal(finding), IsEmpty());
}

TEST(classify, an_unreadable_file_is_a_finding) {
  const auto finding =
      classify(unreadable("pkg", make_problem(Problem::LINK_LOOP, 0, "round and round")));
  EXPECT_EQ(finding.form(), audit::v1::UNREADABLE);
  EXPECT_EQ(finding.category(), legal::v1::DOUBTFUL);
  EXPECT_EQ(finding.problems_size(), 1);
  EXPECT_THAT(questions_for_legal(finding), IsEmpty());
}

TEST(apply_decisions, settles_what_was_doubtful) {
  auto finding = judged(files("custom and Expat", "Be nice.") + files("MPL-2.0"));
  const auto key = questions_for_legal(finding).at(0).key();
  apply_decisions(finding, {decision(key, legal::v1::PERMISSIVE)});
  EXPECT_EQ(finding.category(), legal::v1::WEAK_COPYLEFT);
  EXPECT_EQ(finding.decisions_size(), 1);
  apply_decisions(finding, {decision(key, legal::v1::REFUSED)});
  EXPECT_EQ(finding.category(), legal::v1::REFUSED);
  EXPECT_EQ(finding.decisions_size(), 1);
}

TEST(apply_decisions, understands_its_own_terms) {
  auto finding =
      judged(files("GPL-2+ with Autoconf exception") + files("GPL-2+ with Libtool exception") +
             files("GPL-3+ with GCC Runtime Library exception"));
  const auto before = finding.SerializeAsString();
  apply_decisions(finding, {});
  EXPECT_EQ(finding.SerializeAsString(), before);
  EXPECT_EQ(finding.category(), legal::v1::WEAK_COPYLEFT);
}

TEST(apply_decisions, an_open_question_stays_doubtful) {
  auto finding = judged(files("custom", "Be nice."));
  apply_decisions(finding, {});
  EXPECT_EQ(finding.category(), legal::v1::DOUBTFUL);
}

}  // namespace
}  // namespace licence_audit
