#include "examples/licence_audit/licence_expression.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace licence_audit {
namespace {

/// The expression with all its parentheses; "-" if it is none.
std::string parsed(std::string_view text) {
  const auto result = parse_expression(text);
  if (!result) return "-";
  return render(*result, [](const licence_expression& one) {
    return one.exception.empty() ? one.name : one.name + " WITH " + one.exception;
  });
}

TEST(licence_expression, one_name_is_itself) {
  EXPECT_EQ(parsed("GPL-2+"), "GPL-2+");
  EXPECT_EQ(parsed("  Expat \t"), "Expat");
  EXPECT_EQ(parsed("Expat,"), "Expat");
}

TEST(licence_expression, and_binds_more_tightly_than_or) {
  EXPECT_EQ(parsed("A or B and C"), "A OR B AND C");
  EXPECT_EQ(parsed("(A or B) and C"), "(A OR B) AND C");
}

TEST(licence_expression, a_comma_binds_least) {
  EXPECT_EQ(parsed("A or B, and C"), "(A OR B) AND C");
  EXPECT_EQ(parsed("A, B, and C"), "A AND B AND C");
  EXPECT_EQ(parsed("A and B, or C"), "A AND B OR C");
}

TEST(licence_expression, the_order_of_parts_does_not_matter) {
  EXPECT_EQ(parsed("GPL-1+ or Artistic"), parsed("Artistic or GPL-1+"));
  EXPECT_EQ(parsed("A and A"), "A");
}

TEST(licence_expression, an_exception_belongs_to_the_name_before_it) {
  EXPECT_EQ(parsed("GPL-2+ with Autoconf exception"), "GPL-2+ WITH Autoconf-exception");
  EXPECT_EQ(parsed("A or GPL-3+ with GCC Runtime exception"),
            "A OR GPL-3+ WITH GCC-Runtime-exception");
  EXPECT_EQ(parsed("GPL-2 with"), "-");
}

TEST(licence_expression, spellings_of_the_wild_are_understood) {
  EXPECT_EQ(parsed("A OR B"), "A OR B");
  EXPECT_EQ(parsed("A and/or B"), "A OR B");
  EXPECT_EQ(parsed("A | B"), "A OR B");
  EXPECT_EQ(parsed("LGPLv3+_or_GPLv2+"), "GPLv2+ OR LGPLv3+");
  EXPECT_EQ(parsed("GPL-2 or later"), "GPL-2+");
  EXPECT_EQ(parsed("MIT/X Consortium License"), "MIT/X-Consortium-License");
}

TEST(licence_expression, perl_is_a_choice_of_two) {
  EXPECT_EQ(parsed("Perl"), "Artistic OR GPL-1+");
  EXPECT_EQ(parsed("Perl and Expat"), "(Artistic OR GPL-1+) AND Expat");
}

TEST(licence_expression, a_sentence_is_none) {
  EXPECT_EQ(parsed("Permission is hereby granted, free of charge, to any person"), "-");
  EXPECT_EQ(parsed("Permission to use, copy, modify, and distribute this software"), "-");
  EXPECT_EQ(parsed("one two three four five"), "-");
}

TEST(licence_expression, nonsense_is_none) {
  for (const auto* text : {"", " ", "or", "A or", "and B", "(A", "A)", "()", ", A", "A or or B",
                           "with X", "A with with B"}) {
    EXPECT_EQ(parsed(text), "-") << text;
  }
}

TEST(licence_expression, deep_nesting_is_refused_not_a_crash) {
  EXPECT_EQ(parsed(std::string(100'000, '(') + "A"), "-");
  EXPECT_EQ(parsed(std::string(10, '(') + "A" + std::string(10, ')')), "A");
}

TEST(licence_expression, visits_each_licence_from_left_to_right) {
  std::vector<std::string> names;
  const auto expression = parse_expression("C or (A and B), and D");
  ASSERT_TRUE(expression);
  for_each_licence(*expression, [&](const auto& one) { names.push_back(one.name); });
  EXPECT_EQ(names, (std::vector<std::string>{"C", "A", "B", "D"}));
}

}  // namespace
}  // namespace licence_audit
