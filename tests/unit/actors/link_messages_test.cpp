#include "actors/link_messages.hpp"

#include <gmock/gmock.h>

#include "perdure/link/v1/link.pb.h"

namespace perdure::actors {
namespace {

using runtime::errc;

TEST(link_messages, a_greeting_comes_back_as_it_was) {
  const greeting said{3, "node-1", runtime::session_id(~std::uint64_t{0})};
  EXPECT_EQ(decode_greeting(to_bytes(said)), said);
}

TEST(link_messages, a_query_comes_back_with_all_its_bytes) {
  passed_query asked{7, 2, {{"team", "order \xff", "team~0~1~2"}, "show", runtime::payload()}};
  asked.request.input = runtime::payload(std::string("\0\x80 input", 8));
  const auto back = decode_query(to_bytes(asked));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->number, 7u);
  EXPECT_EQ(back->attempt, 2u);
  EXPECT_EQ(back->request.target.name_space, "team");
  EXPECT_EQ(back->request.target.workflow_id, "order \xff");
  EXPECT_EQ(back->request.target.run_id, "team~0~1~2");
  EXPECT_EQ(back->request.name, "show");
  EXPECT_EQ(back->request.input, asked.request.input);
}

TEST(link_messages, an_answer_is_a_value_or_an_error_with_its_code_and_text) {
  const auto empty = decode_answer(to_bytes(passed_answer{1, 1, runtime::payload()}));
  ASSERT_TRUE(empty && empty->value) << "a value may have no bytes";
  for (auto code = errc::invalid_argument; code <= errc::failed_state;
       code = static_cast<errc>(std::to_underlying(code) + 1)) {
    const auto back = decode_answer(to_bytes(passed_answer{1, 9, runtime::fail(code, "so it is")}));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->attempt, 9u);
    EXPECT_EQ(back->value.error(), (runtime::error{code, "so it is"}));
  }
}

TEST(link_messages, an_error_of_a_newer_build_may_be_asked_again) {
  link::v1::Answer answer;
  answer.set_error("an_error_of_next_year");
  answer.set_text("what it says");
  const auto back = decode_answer(answer.SerializeAsString());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->value.error(), (runtime::error{errc::unavailable, "what it says"}));
}

TEST(link_messages, bytes_that_are_none_are_refused) {
  for (const std::string bytes : {"\xff", "\x0a\x10short", "\x08"}) {
    EXPECT_FALSE(decode_greeting(bytes));
    EXPECT_FALSE(decode_query(bytes));
    EXPECT_FALSE(decode_answer(bytes));
  }
}

}  // namespace
}  // namespace perdure::actors
