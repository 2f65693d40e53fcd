#include "runtime/author/failure.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace perdure {
namespace {

using runtime::decode_failure;
using runtime::encode_failure;

failure_info deep(std::size_t depth) {
  failure_info info{outcome::failed, "t", "m", "", {}};
  if (depth > 1) {
    info.causes.push_back(deep(depth - 1));
  }
  return info;
}

std::size_t depth_of(const failure_info& info) {
  return info.causes.empty() ? 1 : 1 + depth_of(info.causes.front());
}

TEST(failure, rule_6_4_a_chain_of_causes_goes_through) {
  const failure_info info{
      outcome::timed_out,
      "late",
      "too late",
      "call",
      {{outcome::denied, "a", "b", "c", {}}, {outcome::failed, "d", "", "", {}}}};
  EXPECT_EQ(decode_failure(encode_failure(info).view()).value(), info);
}

TEST(failure, its_encoded_form_always_fits_into_a_record) {
  EXPECT_EQ(depth_of(decode_failure(encode_failure(deep(500)).view()).value()),
            runtime::deepest_failure_chain);
  auto wide = deep(1);
  wide.causes.assign(100, deep(1));
  for (auto& cause : wide.causes) {
    cause.causes.assign(100, failure_info{outcome::failed, std::string(20'000, 'x'), "", "", {}});
  }
  EXPECT_LT(encode_failure(wide).size(), std::size_t{1} << 20);
  EXPECT_EQ(decode_failure(encode_failure(wide).view())->causes.size(),
            runtime::widest_failure_causes);
}

TEST(failure, text_that_is_not_utf_8_is_made_so_without_touching_what_is) {
  const auto back = [](std::string text) {
    return decode_failure(encode_failure({outcome::failed, "t", std::move(text), "", {}}).view())
        .value()
        .message;
  };
  EXPECT_EQ(back("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"),
            "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
  EXPECT_EQ(back("a\xFF\xC3"), "a??");
  EXPECT_EQ(back("\xC0\x80 \xED\xA0\x80 \xF4\x90\x80\x80 \xE0\x80\x80"), "?? ??? ???? ???");
  EXPECT_EQ(back(std::string(9'000, 'x')).size(), runtime::longest_failure_text);
  // A character is not cut in two.
  EXPECT_EQ(back(std::string(runtime::longest_failure_text - 1, 'x') + "\xC3\xA9").size(),
            runtime::longest_failure_text - 1);
}

TEST(failure, bytes_that_are_none_are_an_error) {
  EXPECT_EQ(decode_failure("\xFF").error().code, runtime::errc::invalid_argument);
  EXPECT_FALSE(decode_failure(""));                  // no kind
  EXPECT_FALSE(decode_failure("\x08\x01"));          // ok is no failure
  EXPECT_FALSE(decode_failure("\x08\x7F"));          // no such kind
  EXPECT_FALSE(decode_failure("\x08\x02\x2A\x00"));  // a cause without kind
}

TEST(failure, what_says_all_in_one_line) {
  EXPECT_STREQ(failure("no_stock", "nothing left").what(), "no_stock: nothing left");
  EXPECT_STREQ(failure(runtime::plain_failure(outcome::denied, "not allowed", "call x")).what(),
               "denied: not allowed (call x)");
  EXPECT_STREQ(failure("bare", "").what(), "bare");
}

TEST(failure, a_cause_is_added_to_a_copy) {
  const failure inner("inner", "i");
  const failure outer("outer", "o");
  const auto both = outer.because_of(inner);
  EXPECT_TRUE(outer.causes().empty());
  ASSERT_EQ(both.causes().size(), 1U);
  EXPECT_EQ(both.causes().front().type, "inner");
}

TEST(failure, foreign_exceptions_are_described_by_their_type) {
  const auto described = [](auto thrown) {
    try {
      throw thrown;
    } catch (...) {
      return describe_current_exception();
    }
  };
  EXPECT_EQ(described(std::out_of_range("far out")).type, "std::out_of_range");
  EXPECT_EQ(described(std::out_of_range("far out")).message, "far out");
  EXPECT_EQ(described(42).type, "int");
  EXPECT_EQ(described(permanent_error("word", "text")).type, "word");
  EXPECT_EQ(described(permanent_error("text")).type, "permanent_error");
}

}  // namespace
}  // namespace perdure
