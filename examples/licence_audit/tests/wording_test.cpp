#include "examples/licence_audit/wording.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "examples/licence_audit/policy.hpp"

namespace licence_audit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> keys(const std::vector<recognised>& found) {
  std::vector<std::string> result;
  for (const auto& one : found) result.push_back(one.key);
  return result;
}

TEST(wording, every_phrase_is_written_as_texts_are_searched) {
  for (const auto& w : known_wordings()) {
    for (const auto phrase : {w.start, w.also, w.never}) {
      if (phrase.empty()) continue;
      EXPECT_EQ(phrase, plain_words(phrase).text()) << w.key;
    }
  }
}

TEST(wording, every_licence_is_in_legals_tables) {
  for (const auto& w : known_wordings()) {
    EXPECT_NE(category_of(w.key), legal::v1::DOUBTFUL) << w.key;
  }
}

TEST(wording, every_phrase_is_found_in_itself) {
  for (const auto& w : known_wordings()) {
    const auto text = std::string(w.start) + std::string(w.also);
    EXPECT_THAT(keys(licences_by_wording(plain_words(text))), testing::Contains(w.key)) << text;
  }
}

TEST(wording, what_must_not_follow_makes_it_another_licence) {
  const std::string mit =
      "Permission is hereby granted, free of charge, to any person obtaining a copy of this "
      "software and associated documentation files (the \"Software\") … this permission notice "
      "shall be included … ";
  EXPECT_THAT(keys(licences_by_wording(plain_words(mit))), ElementsAre("MIT"));
  EXPECT_THAT(keys(licences_by_wording(plain_words(
                  mit + "the name shall not be used in advertising or otherwise to promote"))),
              ElementsAre("X11"));
}

std::string bsd(std::string_view rest) {
  return "Redistribution and use in source and binary forms, with or without modification, are "
         "permitted provided that: " +
         std::string(rest);
}

TEST(bsd_licences, are_told_by_their_clauses) {
  const std::string binary = "Redistributions in binary form must reproduce the notice. ";
  const std::string name = "The name may not be used to endorse or promote products. ";
  const std::string advertising = "All advertising materials mentioning features must say so. ";
  auto of = [](const std::string& text) { return keys(bsd_licences(plain_words(text))); };
  EXPECT_THAT(of(bsd("Redistributions of source code must retain the notice.")),
              ElementsAre("BSD-1-Clause"));
  EXPECT_THAT(of(bsd(binary)), ElementsAre("BSD-2-Clause"));
  EXPECT_THAT(of(bsd(binary + name)), ElementsAre("BSD-3-Clause"));
  EXPECT_THAT(of(bsd(binary + advertising + name)), ElementsAre("BSD-4-Clause"));
  EXPECT_THAT(of(bsd(binary + "The origin of this software must not be misrepresented.")),
              ElementsAre("bzip2-1.0.6"));
  EXPECT_THAT(of(bsd(binary + name + "nor may products be called \"x\"; may not be called Apache")),
              ElementsAre("Apache-1.1"));
  EXPECT_THAT(of("nothing of the kind"), IsEmpty());
}

TEST(bsd_licences, two_in_one_file_are_told_apart) {
  const auto text = bsd("in binary form ") + bsd("in binary form, to endorse or promote ");
  EXPECT_THAT(keys(bsd_licences(plain_words(text))), ElementsAre("BSD-2-Clause", "BSD-3-Clause"));
}

}  // namespace
}  // namespace licence_audit
