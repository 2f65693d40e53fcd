#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/lone_fold.hpp"

namespace perdure::runtime {
namespace {

using ::testing::HasSubstr;

wire::Body reply_to(run_key caller, std::uint32_t command, outcome result = outcome::ok) {
  wire::Body body;
  body.set_kind(static_cast<std::uint32_t>(body_kind::call_result));
  set_key(*body.mutable_caller(), caller);
  body.set_command(command);
  body.set_outcome(static_cast<std::uint32_t>(result));
  return body;
}

void add_message(wire::Turn& turn, std::uint32_t target, bool enclosed = false) {
  auto& outgoing = *turn.add_outgoing();
  outgoing.set_target(target);
  outgoing.set_enclosed(enclosed);
  *outgoing.mutable_body() = call_body("callee");
}

TEST(fold_channel, rule_3_1_messages_of_valid_turns_are_numbered_per_channel_in_log_order) {
  lone_fold f;
  const auto one = f.start({.workflow_id = "one", .key = "1"});
  const auto two = f.start({.workflow_id = "two", .key = "2"});
  auto first = f.consuming(one);
  for (const auto target : {3u, 5u, 3u}) add_message(first, target);
  EXPECT_THAT(f.put(first), HasSubstr("message 1 to partition 3\nmessage 1 to partition 5\n"
                                      "message 2 to partition 3\n"));
  auto lost = f.consuming(two);
  lost.set_epoch(1);
  add_message(lost, 3);
  EXPECT_THAT(f.put(lost), Not(HasSubstr("message")));  // a void turn sends nothing
  auto second = f.consuming(two);
  add_message(second, 3, true);
  EXPECT_THAT(f.put(second), HasSubstr("message 3 to partition 3, enclosed"));
  EXPECT_EQ(f.folded.numbered(partition_index(3)), message_number(3));
  EXPECT_EQ(f.folded.numbered(partition_index(5)), message_number(1));
  EXPECT_EQ(f.folded.outbox().at(partition_index(3)).size(), 2u);  // the enclosed one needs none
}

TEST(fold_channel, rule_3_2_the_next_number_is_taken_a_copy_dropped_a_gap_refused) {
  lone_fold f;
  EXPECT_THAT(f.message(1, 2, call_body("b")), HasSubstr("nothing: a gap"));
  EXPECT_THAT(f.message(1, 1, call_body("a")), HasSubstr("message 1 of partition 1 taken"));
  EXPECT_THAT(f.message(1, 1, call_body("a")), HasSubstr("nothing: a copy"));
  EXPECT_THAT(f.message(1, 3, call_body("c")), HasSubstr("nothing: a gap"));
  EXPECT_THAT(f.message(1, 2, call_body("b")), HasSubstr("message 2 of partition 1 taken"));
  EXPECT_EQ(f.folded.taken(partition_index(1)), message_number(2));
}

TEST(fold_channel, what_is_refused_leaves_nothing_behind) {
  lone_fold f;
  f.put(signal_record("nobody", "x", "k"));
  const auto before = f.folded.canonical();
  f.message(9, 0, call_body("a"));
  f.message(10, 5, call_body("a"));
  EXPECT_EQ(f.folded.canonical(), before);
}

TEST(fold_channel, a_partition_takes_its_own_messages_from_its_turns_alone) {
  lone_fold f;
  EXPECT_THAT(f.message(0, 1, call_body("a")), HasSubstr("nothing: "));
  EXPECT_TRUE(f.folded.runs().empty());
}

TEST(fold_channel, rule_3_6_a_call_from_a_namespace_that_may_not_is_denied_and_its_number_taken) {
  lone_fold f;
  EXPECT_THAT(f.message(1, 1, call_body("a", "beta")),
              AllOf(HasSubstr("message 1 of partition 1 taken"), HasSubstr("refused the call"),
                    HasSubstr("a message to partition 1 is owed")));
  EXPECT_EQ(f.folded.owed_messages().front().body.outcome(),
            static_cast<std::uint32_t>(outcome::denied));
  f.put(config_record({.version = 1, .callers = {"beta"}}));
  EXPECT_THAT(f.message(1, 2, call_body("a", "beta")), HasSubstr("opened"));
}

TEST(fold_channel, rule_3_6_a_signal_from_a_namespace_that_may_not_is_dropped) {
  lone_fold f;
  const auto run = f.start();
  wire::Body signal;
  signal.set_kind(static_cast<std::uint32_t>(body_kind::signal));
  signal.set_workflow_id("w");
  signal.set_name("approve");
  signal.set_caller_namespace("beta");
  EXPECT_THAT(f.message(1, 1, signal),
              AllOf(HasSubstr("message 1 of partition 1 taken"), HasSubstr("refused")));
  EXPECT_EQ(f.run(run).data.size(), 1u);
  signal.set_caller_namespace("alpha");
  f.message(1, 2, signal);
  EXPECT_EQ(f.run(run).data.size(), 2u);
}

TEST(fold_channel, rule_3_8_a_reply_counts_only_from_where_the_call_went) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  add_call(turn, 1, 1);
  f.put(turn);
  EXPECT_THAT(f.message(4, 1, reply_to(run, 1)), HasSubstr("nothing: "));
  EXPECT_THAT(f.message(1, 1, reply_to(run, 1)), HasSubstr("settled: ok"));
  EXPECT_THAT(f.message(1, 2, reply_to(run, 1)), HasSubstr("nothing: the caller waits no more"));
  EXPECT_THAT(f.message(1, 3, reply_to({offset(99), {}}, 1)),
              HasSubstr("nothing: the caller waits no more"));
}

TEST(fold_channel, a_reply_of_an_unknown_outcome_is_a_failure) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  add_call(turn, 1, 1);
  f.put(turn);
  EXPECT_THAT(f.message(1, 1, reply_to(run, 1, static_cast<outcome>(77))),
              HasSubstr("settled: failed"));
}

TEST(fold_channel, rule_5_6_a_step_result_of_an_unknown_outcome_is_void) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  add_step(turn, 1);
  f.put(turn);
  EXPECT_THAT(f.put(step_result_record({run, 1, 1, static_cast<outcome>(77)})),
              HasSubstr("nothing: "));
  EXPECT_FALSE(f.run(run).things[0].settled);
}

TEST(fold_channel, two_local_calls_of_one_number_make_one_run) {
  lone_fold f;
  const auto run = f.start();
  auto turn = f.consuming(run);
  for (const auto* id : {"a", "b"}) {
    auto& outgoing = *turn.add_outgoing();
    outgoing.set_target(0);
    *outgoing.mutable_body() = call_body(id, "alpha", id_policy::reject_running, run, 1);
  }
  f.put(turn);
  EXPECT_EQ(f.folded.runs().size(), 2u);
  EXPECT_EQ(f.folded.newest("a").created, f.last());
  EXPECT_EQ(f.folded.newest("b"), run_key{});
}

TEST(fold_channel, rule_2_9_attach_joins_the_open_run_and_gets_the_kept_result_of_the_closed_one) {
  lone_fold f;
  f.message(1, 1, call_body("w"));
  const run_key run{f.last(), {}};
  const run_key second{offset(6), {}}, third{offset(7), {}};
  f.message(1, 2, call_body("w", "alpha", id_policy::attach, second));
  EXPECT_EQ(f.run(run).attached.size(), 1u);
  auto close = f.consuming(run);
  close.set_status(static_cast<std::uint32_t>(run_status::completed));
  close.set_result_payload(1);
  f.put(close, {"42"});
  ASSERT_EQ(f.folded.owed_messages().size(), 1u);  // the first caller's answer is in the turn
  EXPECT_EQ(key_of(f.folded.owed_messages()[0].body.caller()), second);
  EXPECT_EQ(f.folded.owed_messages()[0].payload.at, f.last());
  f.message(1, 3, call_body("w", "alpha", id_policy::attach, third));
  ASSERT_EQ(f.folded.owed_messages().size(), 2u);
  EXPECT_EQ(key_of(f.folded.owed_messages()[1].body.caller()), third);
  f.message(1, 4, call_body("w", "alpha", id_policy::reject_ever, third, 2));
  EXPECT_EQ(f.folded.owed_messages()[2].body.outcome(),
            static_cast<std::uint32_t>(outcome::rejected));
  EXPECT_THAT(f.message(1, 5, call_body("w", "alpha", id_policy::reject_running, third, 3)),
              HasSubstr("opened"));
}

TEST(fold_channel, cancel_of_one_of_several_callers_lets_only_it_go) {
  lone_fold f;
  f.message(1, 1, call_body("w"));
  const run_key run{f.last(), {}};
  const run_key second{offset(6), {}};
  f.message(1, 2, call_body("w", "alpha", id_policy::attach, second));
  auto cancel = call_body("w", "alpha", id_policy::attach, second);
  cancel.set_kind(static_cast<std::uint32_t>(body_kind::call_cancel));
  f.message(1, 3, cancel);
  EXPECT_TRUE(f.run(run).attached.empty());
  EXPECT_EQ(f.run(run).data.size(), 1u);
  EXPECT_EQ(f.folded.owed_messages()[0].body.outcome(),
            static_cast<std::uint32_t>(outcome::cancelled));
  set_key(*cancel.mutable_caller(), {offset(5), {}});
  EXPECT_THAT(f.message(1, 4, cancel), HasSubstr("cancel arrived"));
  cancel.set_terminate(true);
  EXPECT_THAT(f.message(1, 5, cancel), HasSubstr("control terminate arrived"));
  EXPECT_THAT(f.message(1, 6, call_body("nobody", "alpha", id_policy::attach, second, 9)),
              HasSubstr("opened"));
}

}  // namespace
}  // namespace perdure::runtime
