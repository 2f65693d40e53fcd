#include "examples/licence_audit/policy.hpp"

#include <string>

#include <gtest/gtest.h>

namespace licence_audit {
namespace {

TEST(category_of, follows_the_tables) {
  EXPECT_EQ(category_of("MIT"), legal::v1::PERMISSIVE);
  EXPECT_EQ(category_of("CC0-1.0"), legal::v1::PUBLIC_DOMAIN);
  EXPECT_EQ(category_of("MPL-2.0"), legal::v1::WEAK_COPYLEFT);
  EXPECT_EQ(category_of("LGPL-2.1-or-later"), legal::v1::WEAK_COPYLEFT);
  EXPECT_EQ(category_of("GPL-3.0-only"), legal::v1::STRONG_COPYLEFT);
  EXPECT_EQ(category_of("AGPL-3.0-only"), legal::v1::NETWORK_COPYLEFT);
  EXPECT_EQ(category_of("GFDL-1.3-no-invariants-only"), legal::v1::STRONG_COPYLEFT);
}

TEST(category_of, is_doubtful_for_what_is_not_in_them) {
  for (const auto* key :
       {"", "LicenseRef-custom-12345678", "GFDL-1.3-or-later", "mit", "BSD-3-Clause-Clear"}) {
    EXPECT_EQ(category_of(key), legal::v1::DOUBTFUL) << key;
  }
}

TEST(category_of, an_exception_may_free_what_is_built_with_it) {
  EXPECT_EQ(category_of("GPL-3.0-or-later WITH GCC-exception-3.1"), legal::v1::WEAK_COPYLEFT);
  EXPECT_EQ(category_of("GPL-2.0-only WITH Linux-syscall-note"), legal::v1::WEAK_COPYLEFT);
  EXPECT_EQ(category_of("GPL-2.0-only WITH LicenseRef-OpenSSL-exception"),
            legal::v1::STRONG_COPYLEFT);
  EXPECT_EQ(category_of("Apache-2.0 WITH LLVM-exception"), legal::v1::PERMISSIVE);
}

TEST(category_of, a_choice_is_its_best_a_sum_its_worst) {
  auto of = [](std::string_view text) {
    return category_of(*parse_expression(text),
                       [](const auto& one) { return category_of(one.name); });
  };
  EXPECT_EQ(of("GPL-2.0-only or MIT"), legal::v1::PERMISSIVE);
  EXPECT_EQ(of("GPL-2.0-only and MIT"), legal::v1::STRONG_COPYLEFT);
  EXPECT_EQ(of("(GPL-2.0-only or MIT) and MPL-2.0"), legal::v1::WEAK_COPYLEFT);
  EXPECT_EQ(of("unheard-of or GPL-2.0-only"), legal::v1::STRONG_COPYLEFT);
}

std::optional<legal::v1::Decision> decide(std::string wording) {
  legal::v1::Question question;
  question.set_key("LicenseRef-x");
  question.set_wording(std::move(wording));
  return decide_by_policy(question);
}

TEST(decide_by_policy, clear_words_need_nobody) {
  const auto permissive = decide("permission is granted to use modify and redistribute this");
  ASSERT_TRUE(permissive);
  EXPECT_EQ(permissive->category(), legal::v1::PERMISSIVE);
  EXPECT_EQ(permissive->key(), "LicenseRef-x");
  EXPECT_EQ(permissive->decided_by(), "policy");
  const auto given = decide("the author explicitly disclaims copyright to it");
  ASSERT_TRUE(given);
  EXPECT_EQ(given->category(), legal::v1::PUBLIC_DOMAIN);
}

TEST(decide_by_policy, doubt_goes_to_a_person) {
  EXPECT_FALSE(decide(""));
  EXPECT_FALSE(decide("all rights reserved"));
  EXPECT_FALSE(decide("permission is granted to use and redistribute this"));
  EXPECT_FALSE(
      decide("permission is granted to use modify and redistribute this for educational purposes"));
  EXPECT_FALSE(
      decide("permission is granted to modify and redistribute this under the same terms"));
}

TEST(decide_by_policy, words_that_were_cut_short_go_to_a_person) {
  const std::string clear = "permission is granted to use modify and redistribute this ";
  EXPECT_TRUE(decide(clear + std::string(1'000, 'x')));
  EXPECT_FALSE(decide(clear + std::string(longest_wording - clear.size(), 'x')));
}

TEST(decide_by_policy, does_not_depend_on_who_asked) {
  legal::v1::Question question;
  question.set_key("LicenseRef-x");
  question.set_wording("permission is granted to use modify and redistribute this");
  const auto first = decide_by_policy(question);
  question.set_asked_for("another-package");
  question.set_name("Another");
  const auto second = decide_by_policy(question);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
}

TEST(name_of_category, is_a_word_for_each) {
  for (int value = legal::v1::PUBLIC_DOMAIN; value <= legal::v1::Category_MAX; ++value) {
    EXPECT_NE(name(static_cast<legal::v1::Category>(value)), "not judged") << value;
  }
  EXPECT_EQ(name(legal::v1::CATEGORY_UNSPECIFIED), "not judged");
}

}  // namespace
}  // namespace licence_audit
