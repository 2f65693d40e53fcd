// Whom a node asks about queries whose partition may be another node's, and when again
// (docs/adr/0013-links-between-nodes.md). No actors here, and no time but the test's own.

#include "actors/passed_questions.hpp"

#include <gmock/gmock.h>

namespace perdure::actors {
namespace {

using runtime::errc;
using runtime::fail;
using runtime::milliseconds;
using runtime::partition_index;
using runtime::payload;
using runtime::seconds;
using runtime::session_id;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr session_id self{1}, other{2}, third{3};
constexpr partition_index partition{7};

class passed_questions_test : public ::testing::Test {
 protected:
  std::uint64_t add(partition_index of = partition) { return *queries_.add(of, 100, now_); }
  static peer at(session_id session) {
    return {session, fmt_name(session), fmt_name(session) + ":1"};
  }
  void owned_by(session_id session) { owner_ = at(session); }
  void ask_for_agent() {
    ASSERT_TRUE(queries_.add(runtime::agent_address{"team", "clerk"}, 0, now_));
  }
  static std::string fmt_name(session_id session) {
    return "node-" + std::to_string(session.value);
  }
  void pass_time(runtime::duration time) {
    now_ = now_ + time;
    queries_.on_time(now_);
  }
  /// Takes what is to be done: "ask 1.1 at 2", "dial 2", "1: value", "1: unavailable".
  std::vector<std::string> done() {
    std::vector<std::string> lines;
    const auto out = queries_.take_output();
    for (const auto& to : out.dials) lines.push_back("dial " + std::to_string(to.session.value));
    for (const auto& ask : out.asks) {
      lines.push_back("ask " + std::to_string(ask.question) + "." + std::to_string(ask.attempt) +
                      " at " + std::to_string(ask.at.value));
    }
    for (const auto& [question, value] : out.answers) {
      lines.push_back(std::to_string(question) + ": " +
                      std::string(value ? value->view() : runtime::name(value.error().code)));
      if (!value) told_ = value.error().message;
    }
    return lines;
  }
  static runtime::expected<payload> value(std::string text) { return payload(std::move(text)); }
  static runtime::expected<payload> not_owner() { return fail(errc::unavailable, "not mine"); }

  using lines = std::vector<std::string>;
  peer owner_;
  std::vector<peer> hosts_;
  passed_questions_options options_{.self = self};
  passed_questions queries_{options_, [this](const question_target& whom) {
                              if (std::holds_alternative<runtime::agent_address>(whom))
                                return hosts_;
                              return owner_.session ? std::vector{owner_} : std::vector<peer>();
                            }};
  runtime::timestamp now_{1'000'000};
  std::string told_;
};

TEST_F(passed_questions_test, what_this_node_owns_it_asks_itself) {
  owned_by(self);
  add();
  EXPECT_EQ(done(), (lines{"ask 1.1 at 1"}));
  queries_.on_answer(1, 1, value("done"), now_);
  EXPECT_EQ(done(), (lines{"1: done"}));
  EXPECT_EQ(queries_.size(), 0u);
  EXPECT_EQ(queries_.next_wake(), runtime::timestamp{});
}

TEST_F(passed_questions_test, another_node_is_asked_over_a_link_that_is_made_once_and_kept) {
  owned_by(other);
  add();
  add();
  EXPECT_EQ(done(), (lines{"dial 2"}));
  queries_.on_link(other, now_);
  EXPECT_EQ(done(), (lines{"ask 1.1 at 2", "ask 2.1 at 2"}));
  queries_.on_answer(2, 1, value("two"), now_);
  queries_.on_answer(1, 1, value("one"), now_);
  EXPECT_EQ(done(), (lines{"2: two", "1: one"}));
  pass_time(seconds(100));
  add();
  EXPECT_EQ(done(), (lines{"ask 3.1 at 2"}));
}

TEST_F(passed_questions_test, who_is_not_the_owner_is_asked_again_after_a_pause) {
  owned_by(self);
  add();
  done();
  queries_.on_answer(1, 1, not_owner(), now_);
  pass_time(milliseconds(49));
  EXPECT_THAT(done(), IsEmpty());
  pass_time(milliseconds(1));
  EXPECT_EQ(done(), (lines{"ask 1.2 at 1"}));
}

TEST_F(passed_questions_test, an_owner_that_is_replaced_is_waited_for_no_longer) {
  owned_by(other);
  add();
  queries_.on_link(other, now_);
  done();
  owned_by(third);
  pass_time(milliseconds(50));
  EXPECT_EQ(done(), (lines{"dial 3"}));
  queries_.on_link(third, now_);
  EXPECT_EQ(done(), (lines{"ask 1.2 at 3"}));
  queries_.on_answer(1, 1, not_owner(), now_);  // late: it is not waited for any more
  EXPECT_THAT(done(), IsEmpty());
  queries_.on_answer(1, 1, value("from the old one"), now_);  // it saw all that was before
  EXPECT_EQ(done(), (lines{"1: from the old one"}));
  queries_.on_answer(1, 2, value("from the new one"), now_);
  EXPECT_THAT(done(), IsEmpty());
}

TEST_F(passed_questions_test, while_nobody_owns_it_who_was_asked_may_answer_yet) {
  owned_by(self);
  add();
  done();
  owner_ = {};
  pass_time(seconds(1));
  EXPECT_THAT(done(), IsEmpty());
  queries_.on_answer(1, 1, value("just so"), now_);
  EXPECT_EQ(done(), (lines{"1: just so"}));
}

TEST_F(passed_questions_test, a_lost_link_is_made_again_and_the_query_asked_again) {
  owned_by(other);
  add();
  queries_.on_link(other, now_);
  done();
  queries_.on_link_lost(other, "the link to it broke", now_);
  pass_time(milliseconds(199));
  EXPECT_THAT(done(), IsEmpty());
  pass_time(milliseconds(1));
  EXPECT_EQ(done(), (lines{"dial 2"}));
  queries_.on_link(other, now_);
  EXPECT_EQ(done(), (lines{"ask 1.2 at 2"}));
}

TEST_F(passed_questions_test, what_is_dead_costs_a_query_the_failover_and_no_more) {
  owned_by(other);
  add();
  queries_.on_link(other, now_);
  done();
  queries_.on_link_lost(other, "the link to it broke", now_);
  owner_.node.clear();  // its session is no member any more
  owner_.address.clear();
  pass_time(seconds(1));
  EXPECT_THAT(done(), IsEmpty());
  owned_by(self);
  pass_time(milliseconds(50));
  EXPECT_EQ(done(), (lines{"ask 1.2 at 1"}));
}

TEST_F(passed_questions_test, a_query_whose_time_is_over_says_whose_the_partition_is_and_why) {
  owned_by(other);
  add();
  done();
  queries_.on_link_lost(other, "connection refused", now_);
  pass_time(milliseconds(9'999));
  EXPECT_THAT(done(), ::testing::ElementsAre("dial 2"));
  pass_time(milliseconds(1));
  EXPECT_EQ(done(), (lines{"1: unavailable"}));
  EXPECT_THAT(told_, HasSubstr("node 'node-2'"));
  EXPECT_THAT(told_, HasSubstr("connection refused")) << "though it is being dialled again";
  EXPECT_EQ(queries_.size(), 0u);
}

TEST_F(passed_questions_test, a_link_that_does_not_come_up_is_dialled_again) {
  owned_by(other);
  add();
  EXPECT_EQ(done(), (lines{"dial 2"}));
  pass_time(seconds(3));
  EXPECT_THAT(done(), IsEmpty());
  pass_time(milliseconds(200));
  EXPECT_EQ(done(), (lines{"dial 2"}));
  pass_time(seconds(3));
  pass_time(seconds(1));
  pass_time(seconds(2));
  pass_time(seconds(1));
  EXPECT_THAT(done(), ::testing::Contains("1: unavailable"));
  pass_time(seconds(10));
  pass_time(seconds(10));
  EXPECT_EQ(queries_.links(), 0u) << "nothing is kept of what is not there";
  EXPECT_EQ(queries_.next_wake(), runtime::timestamp{});
}

TEST_F(passed_questions_test, a_build_that_speaks_otherwise_is_not_asked_and_the_client_hears_it) {
  owned_by(other);
  add();
  done();
  queries_.on_link_refused(other, "it speaks version 2", now_);
  EXPECT_EQ(done(), (lines{"1: unavailable"}));
  EXPECT_THAT(told_, HasSubstr("it speaks version 2"));
  EXPECT_THAT(told_, HasSubstr("through that node"));
  add();
  EXPECT_EQ(done(), (lines{"2: unavailable"})) << "without another try";
  pass_time(seconds(3));
  add();
  EXPECT_EQ(done(), (lines{"dial 2"}));
}

TEST_F(passed_questions_test, a_node_without_a_link_is_named_at_once) {
  owned_by(other);
  owner_.address.clear();
  add();
  EXPECT_EQ(done(), (lines{"1: unavailable"}));
  EXPECT_THAT(told_, HasSubstr("node 'node-2'"));
}

TEST_F(passed_questions_test, every_other_error_is_the_answer) {
  owned_by(self);
  add();
  done();
  queries_.on_answer(1, 1, fail(errc::failed_state, "the run is parked"), now_);
  EXPECT_EQ(done(), (lines{"1: failed_state"}));
}

TEST_F(passed_questions_test, too_many_and_too_large_ones_are_refused) {
  passed_questions few({.self = self, .questions = 2, .bytes = 150},
                       [](const question_target&) { return std::vector<peer>(); });
  ASSERT_TRUE(few.add(partition, 100, now_));
  EXPECT_EQ(few.add(partition, 51, now_).error().code, errc::overloaded);
  ASSERT_TRUE(few.add(partition, 50, now_));
  EXPECT_EQ(few.add(partition, 0, now_).error().code, errc::overloaded);
  few.on_time(now_ + seconds(10));
  EXPECT_EQ(few.take_output().answers.size(), 2u);
  EXPECT_TRUE(few.add(partition, 150, now_)) << "what has been answered is not counted";
}

TEST_F(passed_questions_test, an_agents_node_is_asked_like_an_owner) {
  hosts_ = {at(other)};
  ask_for_agent();
  EXPECT_EQ(done(), (lines{"dial 2"}));
  queries_.on_link(other, now_);
  EXPECT_EQ(done(), (lines{"ask 1.1 at 2"}));
  queries_.on_link_lost(other, "the link to it broke", now_);
  pass_time(milliseconds(200));
  EXPECT_EQ(done(), (lines{"dial 2"}));
  queries_.on_link(other, now_);
  EXPECT_EQ(done(), (lines{"ask 1.2 at 2"}));
  queries_.on_answer(1, 2, value("catalogue"), now_);
  EXPECT_EQ(done(), (lines{"1: catalogue"}));
}

TEST_F(passed_questions_test, of_several_nodes_with_an_agent_the_one_that_is_reached_is_asked) {
  hosts_ = {at(other), at(third)};
  ask_for_agent();
  EXPECT_EQ(done(), (lines{"dial 2"}));
  pass_time(milliseconds(50));
  EXPECT_EQ(done(), (lines{"dial 3"})) << "it does not wait for the first alone";
  queries_.on_link(third, now_);
  EXPECT_EQ(done(), (lines{"ask 1.1 at 3"}));
  queries_.on_answer(1, 1, value("catalogue"), now_);
  done();
  ask_for_agent();
  EXPECT_EQ(done(), (lines{"ask 2.1 at 3"}));
}

TEST_F(passed_questions_test, a_node_without_a_link_is_passed_over_for_one_that_has_one) {
  hosts_ = {at(other), at(third)};
  hosts_[0].address.clear();
  ask_for_agent();
  EXPECT_EQ(done(), (lines{"dial 3"}));
}

TEST_F(passed_questions_test, one_that_has_a_link_and_says_nothing_is_passed_over) {
  hosts_ = {at(other), at(third)};
  ask_for_agent();
  queries_.on_link(other, now_);
  EXPECT_EQ(done(), (lines{"dial 2", "ask 1.1 at 2"}));
  pass_time(milliseconds(999));
  EXPECT_THAT(done(), IsEmpty());
  pass_time(milliseconds(1));
  EXPECT_EQ(done(), (lines{"dial 3"}));
  queries_.on_link(third, now_);
  EXPECT_EQ(done(), (lines{"ask 1.2 at 3"}));
  queries_.on_answer(1, 1, value("late, and as good"), now_);
  EXPECT_EQ(done(), (lines{"1: late, and as good"}));
}

TEST_F(passed_questions_test, who_is_slow_is_waited_for_where_no_other_is_within_reach) {
  hosts_ = {at(other), at(third), at(session_id{4})};
  hosts_[2].address.clear();
  ask_for_agent();
  queries_.on_link(other, now_);
  queries_.on_link_refused(third, "it speaks otherwise", now_);
  EXPECT_EQ(done(), (lines{"dial 2", "ask 1.1 at 2"}));
  pass_time(milliseconds(1'500));
  EXPECT_THAT(done(), IsEmpty());
  queries_.on_answer(1, 1, value("after all"), now_);
  EXPECT_EQ(done(), (lines{"1: after all"}));
}

TEST_F(passed_questions_test, who_was_silent_is_asked_again_over_a_new_link) {
  hosts_ = {at(other), at(third)};
  ask_for_agent();
  queries_.on_link(other, now_);
  done();
  pass_time(milliseconds(1'000));
  EXPECT_EQ(done(), (lines{"dial 3"}));
  queries_.on_link_lost(other, "the link to it broke", now_);
  queries_.on_link_lost(third, "refused", now_);
  pass_time(milliseconds(200));
  EXPECT_EQ(done(), (lines{"dial 2"}));
  queries_.on_link(other, now_);
  EXPECT_EQ(done(), (lines{"ask 1.2 at 2"}));
}

TEST_F(passed_questions_test, who_accepts_and_says_nothing_keeps_no_other_from_being_dialled) {
  hosts_ = {at(other), at(third), at(session_id{4})};
  ask_for_agent();
  pass_time(milliseconds(50));
  EXPECT_EQ(done(), (lines{"dial 2", "dial 3"}));
  pass_time(milliseconds(950));
  EXPECT_EQ(done(), (lines{"dial 4"}));
  queries_.on_link(session_id{4}, now_);
  EXPECT_EQ(done(), (lines{"ask 1.1 at 4"}));
}

TEST_F(passed_questions_test, an_owner_that_takes_long_is_waited_for) {
  owned_by(other);
  add();
  queries_.on_link(other, now_);
  done();
  pass_time(seconds(5));
  EXPECT_THAT(done(), IsEmpty());
  owned_by(third);
  pass_time(milliseconds(50));
  EXPECT_EQ(done(), (lines{"dial 3"}));
  owned_by(other);
  pass_time(milliseconds(50));
  EXPECT_EQ(done(), (lines{"ask 1.2 at 2"})) << "it is its owner again";
}

TEST_F(passed_questions_test, while_two_are_dialled_no_third_one_is) {
  hosts_ = {at(other), at(third), at(session_id{4})};
  ask_for_agent();
  pass_time(milliseconds(50));
  EXPECT_EQ(done(), (lines{"dial 2", "dial 3"}));
  pass_time(milliseconds(50));
  EXPECT_THAT(done(), IsEmpty());
  queries_.on_link_lost(other, "refused", now_);
  EXPECT_EQ(done(), (lines{"dial 4"}));
}

TEST_F(passed_questions_test, what_an_agent_takes_is_waited_for_three_seconds) {
  hosts_ = {at(other)};
  ask_for_agent();
  queries_.on_link(other, now_);
  done();
  pass_time(milliseconds(2'999));
  EXPECT_THAT(done(), IsEmpty());
  pass_time(milliseconds(1));
  EXPECT_EQ(done(), (lines{"1: unavailable"}));
  EXPECT_THAT(told_, HasSubstr("agent 'clerk' is node 'node-2''s"));
}

TEST_F(passed_questions_test, while_queries_wait_it_looks_at_them_again) {
  owned_by(self);
  add();
  EXPECT_EQ(queries_.next_wake(), now_ + milliseconds(50));
  pass_time(milliseconds(50));
  EXPECT_EQ(queries_.next_wake(), now_ + milliseconds(50));
}

}  // namespace
}  // namespace perdure::actors
