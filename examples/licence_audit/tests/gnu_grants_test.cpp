#include "examples/licence_audit/gnu_grants.hpp"

#include <string>

#include <gtest/gtest.h>

namespace licence_audit {
namespace {

/// "GPL-2.0-or-later high, …"
std::string grants(std::string_view text) {
  std::string result;
  for (const auto& one : gnu_grants(plain_words(text))) {
    if (!result.empty()) result += ", ";
    result += one.key + (one.confidence == audit::v1::HIGH     ? " high"
                         : one.confidence == audit::v1::MEDIUM ? " medium"
                                                               : " low");
  }
  return result;
}

TEST(gnu_grants, the_usual_words_are_a_grant) {
  EXPECT_EQ(grants("you can redistribute it and/or modify it under the terms of the GNU General\n"
                   "Public License as published by the Free Software Foundation; either version 2\n"
                   "of the License, or (at your option) any later version."),
            "GPL-2.0-or-later high");
  EXPECT_EQ(grants("under the terms of the GNU Lesser General Public License as published by the "
                   "Free Software Foundation; version 2.1 only."),
            "LGPL-2.1-only high");
  EXPECT_EQ(grants("modify it under the terms of the GNU Library General Public License as "
                   "published by the Free Software Foundation; either version 2, or (at your "
                   "option) any later version."),
            "LGPL-2.0-or-later high");
  EXPECT_EQ(grants("under the terms of the GNU Affero General Public License, version 3"),
            "AGPL-3.0-only high");
}

TEST(gnu_grants, abbreviations_are_grants) {
  EXPECT_EQ(grants("License (library): LGPLv2.1+"), "LGPL-2.1-or-later high");
  EXPECT_EQ(grants("Released under the GPL v2 or later."), "GPL-2.0-or-later high");
  EXPECT_EQ(grants("licensed under GPL-2"), "GPL-2.0-only high");
}

TEST(gnu_grants, the_version_may_come_first) {
  EXPECT_EQ(grants("distributed under version 2 or later of the GNU General Public License"),
            "GPL-2.0-or-later high");
  EXPECT_EQ(grants("licensed under version 3 of the GNU GPL"), "GPL-3.0-only high");
}

TEST(gnu_grants, a_reference_is_no_second_grant) {
  EXPECT_EQ(grants("under the terms of the GNU General Public License, version 2 or any later "
                   "version. On Debian systems, the complete text of the GNU General Public "
                   "License version 3 can be found in `/usr/share/common-licenses/GPL-3'."),
            "GPL-2.0-or-later high");
}

TEST(gnu_grants, a_reference_gives_the_version_that_the_grant_lacks) {
  EXPECT_EQ(grants("Released under the terms of the GPL; see /usr/share/common-licenses/GPL-3."),
            "GPL-3.0-only medium");
  EXPECT_EQ(grants("is licensed under the GPL, see `/usr/share/common-licenses/GPL'."),
            "GPL-1.0-or-later medium");
}

TEST(gnu_grants, a_mention_is_weak) {
  EXPECT_EQ(grants("It is not under the GPL."), "GPL-1.0-or-later low");
  EXPECT_EQ(grants("Unlike the GNU General Public License this one is short."),
            "GPL-1.0-or-later low");
}

TEST(gnu_grants, each_family_is_weighed_alone) {
  EXPECT_EQ(grants("The library is under the LGPL, version 2.1 or later; the tools come under the "
                   "terms of the GNU General Public License, version 3."),
            "GPL-3.0-only high, LGPL-2.1-or-later high");
}

TEST(gnu_grants, documentation_says_whether_texts_are_closed) {
  EXPECT_EQ(grants("under the GNU Free Documentation License, Version 1.3 or any later version, "
                   "with no Invariant Sections, with no Front-Cover Texts"),
            "GFDL-1.3-no-invariants-or-later high");
  EXPECT_EQ(grants("under the GNU Free Documentation License, Version 1.2; the Invariant Sections "
                   "are \"Funding\""),
            "GFDL-1.2-only high");
}

TEST(gnu_grants, other_numbers_are_no_versions) {
  EXPECT_EQ(grants("under the terms of the GNU General Public License, 51 Franklin Street, version "
                   "7 of this program"),
            "GPL-1.0-or-later medium");
}

TEST(gnu_grants, are_none_without_gnu) {
  EXPECT_EQ(grants(""), "");
  EXPECT_EQ(grants("the general public may license this version 2"), "");
}

}  // namespace
}  // namespace licence_audit
