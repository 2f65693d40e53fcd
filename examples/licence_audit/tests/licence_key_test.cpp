#include "examples/licence_audit/licence_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace licence_audit {
namespace {

using testing::StartsWith;

/// The key; "~" before it: the name only resembles it; "?": unknown.
std::string key(std::string_view name) {
  const auto result = licence_key(name);
  if (!result) return "?";
  return result->exact ? result->key : "~" + result->key;
}

TEST(licence_key, spellings_of_one_licence_are_one) {
  for (const auto* name : {"GPL-2+", "GPL-2.0+", "GPLv2+", "gpl-2+", "GPL2+", "GNU-GPL-2+",
                           "GPL-2.0-or-later", "GPL-2.0.0+"}) {
    EXPECT_EQ(key(name), "GPL-2.0-or-later") << name;
  }
  for (const auto* name : {"Expat", "MIT", "expat", "MIT/X11", "MIT License"}) {
    EXPECT_EQ(key(name), "MIT") << name;
  }
  for (const auto* name : {"BSD-3-clause", "BSD-3-Clause", "BSD-3", "BSD3", "bsd_3_clause"}) {
    EXPECT_EQ(key(name), "BSD-3-Clause") << name;
  }
}

TEST(licence_key, a_version_without_plus_is_that_version_only) {
  EXPECT_EQ(key("GPL-2"), "GPL-2.0-only");
  EXPECT_EQ(key("LGPL-2.1"), "LGPL-2.1-only");
  EXPECT_EQ(key("AGPL-3"), "AGPL-3.0-only");
  EXPECT_EQ(key("LPGL-2.1+"), "LGPL-2.1-or-later");
}

TEST(licence_key, no_version_is_any_version) {
  EXPECT_EQ(key("GPL"), "GPL-1.0-or-later");
  EXPECT_EQ(key("LGPL"), "LGPL-2.0-or-later");
}

TEST(licence_key, documentation_without_invariants_is_another_licence) {
  EXPECT_EQ(key("GFDL-1.3+"), "GFDL-1.3-or-later");
  EXPECT_EQ(key("GFDL-NIV-1.3+"), "GFDL-1.3-no-invariants-or-later");
  EXPECT_EQ(key("GFDL-1.3+-no-invariant"), "GFDL-1.3-no-invariants-or-later");
}

TEST(licence_key, an_exception_within_the_name_is_found) {
  EXPECT_EQ(key("GPL-2+-autoconf-exception"), "GPL-2.0-or-later WITH Autoconf-exception-generic");
  EXPECT_EQ(key("GPL-3+-WITH-BISON-EXCEPTION"), "GPL-3.0-or-later WITH Bison-exception-2.2");
  EXPECT_EQ(key("APACHE-2-LLVM-EXCEPTIONS"), "Apache-2.0 WITH LLVM-exception");
}

TEST(licence_key, a_variant_only_resembles) {
  EXPECT_EQ(key("BSD-3-clause-JANET"), "~BSD-3-Clause");
  EXPECT_EQ(key("BSD3_Google"), "~BSD-3-Clause");
  EXPECT_EQ(key("GPL-2+-or-X11"), "~GPL-2.0-or-later");
  EXPECT_EQ(key("public-domain-md5"), "~LicenseRef-public-domain");
  EXPECT_EQ(key("Iconv-PD"), "~LicenseRef-public-domain");
}

TEST(licence_key, unknown_names_are_unknown) {
  for (const auto* name :
       {"", "custom", "GPLWithACException", "BSD-like", "BSD", "other", "+", "BSL"}) {
    EXPECT_EQ(key(name), "?") << name;
  }
}

TEST(exception_key, is_spdx_where_spdx_has_one) {
  EXPECT_EQ(exception_key("Autoconf-exception"), "Autoconf-exception-generic");
  EXPECT_EQ(exception_key("AutoConf"), "Autoconf-exception-generic");
  EXPECT_EQ(exception_key("Linux-syscall-note-exception"), "Linux-syscall-note");
  EXPECT_EQ(exception_key("embedded-exception"), "LicenseRef-embedded-exception");
}

TEST(unknown_key, depends_on_name_and_words) {
  EXPECT_EQ(unknown_key("My Licence!", ""), "LicenseRef-my");
  EXPECT_THAT(unknown_key("custom", " be nice "), StartsWith("LicenseRef-custom-"));
  EXPECT_EQ(unknown_key("custom", " be nice "), unknown_key("CUSTOM", " be nice "));
  EXPECT_NE(unknown_key("custom", " be nice "), unknown_key("custom", " be nasty "));
  EXPECT_EQ(unknown_key("", " "), "LicenseRef-unnamed");
  EXPECT_EQ(unknown_key("OPL-1+", ""), "LicenseRef-opl-1");
}

TEST(unknown_key, is_fit_for_a_workflow_id) {
  const auto key = unknown_key(std::string(5'000, 'x') + "/../ \n|", " words ");
  EXPECT_LT(key.size(), 100U);
  EXPECT_EQ(
      key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."),
      std::string::npos);
}

}  // namespace
}  // namespace licence_audit
