#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/membership/lone_cluster.hpp"

namespace perdure::runtime::membership {
namespace {

using ::testing::HasSubstr;

TEST(cluster_state_members, rule_9_2_a_member_is_the_offset_of_its_join) {
  lone_cluster f;
  f.put(namespace_record("alpha", 2));
  EXPECT_THAT(f.put(join_record({.node = "a", .session = 5, .weight = 3})),
              HasSubstr("node a joined as member 2"));
  const auto* member = f.folded.find(member_id(2));
  ASSERT_NE(member, nullptr);
  EXPECT_EQ(member->session, session_id(5));
  EXPECT_EQ(member->weight, 3u);
  EXPECT_EQ(member->address, "127.0.0.1:1");
  EXPECT_EQ(member->heard, offset(2));
  EXPECT_EQ(f.folded.find(session_id(5)), member);
  EXPECT_EQ(f.folded.find_node("a")->joined, offset(2));
}

TEST(cluster_state_members, rule_9_2_a_join_names_the_one_that_it_replaces) {
  lone_cluster f;
  const auto first = f.join("a");
  EXPECT_THAT(f.put(join_record({.node = "a", .session = 9})),
              HasSubstr("nothing: the join replaces another one"));
  EXPECT_THAT(f.put(join_record({.node = "a", .session = 9, .replaces = first.value})),
              HasSubstr("member 1 of node a (session 100) ended: replaced"));
  EXPECT_EQ(f.folded.members().size(), 1u);
  // The first process was slow to say it again, after it was replaced.
  EXPECT_THAT(f.put(join_record({.node = "a", .session = 100, .replaces = first.value})),
              HasSubstr("nothing: the join replaces another one"));
  EXPECT_THAT(f.copy(offset(first.value)), HasSubstr("nothing"));
}

TEST(cluster_state_members, rule_9_2_a_node_that_is_gone_joins_over_its_last_join_too) {
  lone_cluster f;
  const auto first = f.join("a");
  f.put(left_record(first));
  EXPECT_THAT(f.put(join_record({.node = "a", .session = 9})), HasSubstr("nothing"));
  EXPECT_THAT(f.put(join_record({.node = "a", .session = 9, .replaces = first.value})),
              HasSubstr("node a joined as member 4"));
}

TEST(cluster_state_members, a_join_without_name_or_session_is_void) {
  lone_cluster f;
  EXPECT_THAT(f.put(join_record({.node = ""})), HasSubstr("nothing"));
  EXPECT_THAT(f.put(join_record({.node = std::string(257, 'x')})), HasSubstr("nothing"));
  EXPECT_THAT(f.put(join_record({.node = "a", .session = 0})), HasSubstr("nothing"));
  EXPECT_TRUE(f.folded.members().empty());
}

TEST(cluster_state_members, a_weight_beyond_its_limits_is_the_limit) {
  lone_cluster f;
  const auto none = f.join({.node = "a", .weight = 0});
  const auto many = f.join({.node = "b", .session = 2, .weight = 4'000'000'000});
  EXPECT_EQ(f.folded.find(none)->weight, 1u);
  EXPECT_EQ(f.folded.find(many)->weight, highest_weight);
}

TEST(cluster_state_members, rule_9_3_only_the_next_heartbeat_is_a_sign_of_life) {
  lone_cluster f;
  const auto a = f.join("a");
  EXPECT_THAT(f.put(heartbeat_record(a, 2)), HasSubstr("nothing: not the member's next"));
  EXPECT_THAT(f.put(heartbeat_record(a, 1)), HasSubstr("member 1 is heard"));
  EXPECT_EQ(f.folded.find(a)->heard, offset(3));
  EXPECT_THAT(f.copy(offset(3)), HasSubstr("nothing: not the member's next"));
  EXPECT_EQ(f.folded.find(a)->heard, offset(3));
  f.put(left_record(a));
  EXPECT_THAT(f.put(heartbeat_record(a, 2)), HasSubstr("nothing: no member, or not any more"));
}

TEST(cluster_state_members, rule_9_3_a_suspicion_names_the_last_sign_of_life) {
  lone_cluster f;
  const auto a = f.join("a"), b = f.join("b");
  f.heartbeat(b);
  EXPECT_THAT(f.put(suspect_record(b, a, offset(b.value))), HasSubstr("it was heard since"));
  EXPECT_THAT(f.suspect(b, a), HasSubstr("member 2 is suspected by 1"));
  EXPECT_THAT(f.suspect(b, a), HasSubstr("nothing: it is suspected by that one already"));
}

TEST(cluster_state_members, rule_9_3_any_heartbeat_refutes_all_suspicions) {
  lone_cluster f;
  const auto a = f.join("a"), b = f.join("b"), c = f.join("c");
  f.suspect(b, a);
  const auto suspicion = f.last();
  f.suspect(b, c);
  EXPECT_THAT(f.heartbeat(b), HasSubstr("member 2 is suspected no more"));
  EXPECT_THAT(f.put(gone_record(b, a, suspicion)), HasSubstr("does not stand any more"));
  EXPECT_THAT(f.copy(suspicion), HasSubstr("it was heard since"));
  EXPECT_NE(f.folded.find(b), nullptr);
}

TEST(cluster_state_members, rule_9_3_the_end_names_the_suspicion_that_stands) {
  lone_cluster f;
  const auto a = f.join("a"), b = f.join("b");
  f.suspect(b, a);
  const auto first = f.last();
  f.heartbeat(b);
  f.suspect(b, a);
  EXPECT_THAT(f.put(gone_record(b, a, first)), HasSubstr("does not stand any more"));
  EXPECT_THAT(f.gone(b, a), HasSubstr("ended: gone"));
}

TEST(cluster_state_members, rule_9_3_who_does_not_refute_is_gone) {
  lone_cluster f;
  const auto a = f.join("a"), b = f.join("b"), c = f.join("c");
  f.suspect(b, a);
  EXPECT_THAT(f.put(gone_record(b, c, f.last())), HasSubstr("nothing"));  // c did not suspect it
  EXPECT_THAT(f.gone(b, a), HasSubstr("member 2 of node b (session 101) ended: gone"));
  EXPECT_EQ(f.folded.find(b), nullptr);
  EXPECT_THAT(f.copy(f.last()), HasSubstr("nothing"));
}

TEST(cluster_state_members, rule_9_3_what_a_member_said_of_others_ends_with_it) {
  lone_cluster f;
  const auto a = f.join("a"), b = f.join("b"), c = f.join("c");
  f.suspect(b, a);
  const auto suspicion = f.last();
  f.suspect(a, c);
  f.gone(a, c);
  EXPECT_TRUE(f.folded.find(b)->suspicions.empty());
  EXPECT_THAT(f.put(gone_record(b, a, suspicion)), HasSubstr("must be two members"));
}

TEST(cluster_state_members, rule_9_3_nobody_accuses_itself_or_a_stranger) {
  lone_cluster f;
  const auto a = f.join("a");
  EXPECT_THAT(f.put(suspect_record(a, a, offset(1))), HasSubstr("must be two members"));
  EXPECT_THAT(f.put(suspect_record(member_id(77), a, offset(1))), HasSubstr("nothing"));
  EXPECT_THAT(f.put(suspect_record(a, member_id(77), offset(1))), HasSubstr("nothing"));
  EXPECT_THAT(f.put(gone_record(a, a, offset(1))), HasSubstr("nothing"));
}

TEST(cluster_state_members, rule_9_8_a_member_leaves_in_two_steps) {
  lone_cluster f;
  f.put(namespace_record("alpha", 4));
  const auto a = f.join("a");
  EXPECT_EQ(f.owner(1), a);
  EXPECT_THAT(f.put(leaving_record(a)), HasSubstr("member 2 is leaving"));
  EXPECT_EQ(f.owner(1), member_id());
  EXPECT_NE(f.folded.find(a), nullptr);
  EXPECT_THAT(f.copy(f.last()), HasSubstr("nothing"));
  EXPECT_THAT(f.put(left_record(a)), HasSubstr("ended: left"));
  EXPECT_THAT(f.copy(f.last()), HasSubstr("nothing"));
}

TEST(cluster_state_members, of_names_that_are_gone_the_newest_256_are_remembered) {
  lone_cluster f;
  const auto drained = f.join("drained");
  f.put(drain_words("drained", true, 1));
  f.put(left_record(drained));
  for (int i = 0; i < 300; ++i) f.put(left_record(f.join(fmt::format("n{}", i))));
  f.join("last");
  EXPECT_EQ(f.folded.nodes().size(), 256u + 2);
  EXPECT_EQ(f.folded.find_node("n0"), nullptr);
  EXPECT_NE(f.folded.find_node("n299"), nullptr);
  EXPECT_NE(f.folded.find_node("drained"), nullptr);
}

TEST(cluster_state_members, rule_9_1_a_copy_of_what_took_effect_changes_nothing) {
  lone_cluster f;
  f.put(namespace_record("alpha", 4));
  const auto a = f.join("a"), b = f.join("b"), c = f.join("c");
  f.warm(b);
  f.heartbeat(c);
  f.suspect(c, a);
  f.heartbeat(c);
  f.put(drain_words("a", true, 1));
  f.put(drain_words("a", false, 2));
  f.warm(a);
  f.put(leaving_record(c));
  f.put(left_record(c));
  f.suspect(b, a);
  f.gone(b, a);
  const auto first_line_off = [&] {
    const auto text = f.folded.canonical();
    return text.substr(text.find('\n'));  // what was applied and how many
  };
  const auto before = first_line_off();
  for (auto at = f.last(); at; --at.value) {
    EXPECT_THAT(f.copy(at), ::testing::StartsWith("nothing: "));
    EXPECT_EQ(first_line_off(), before) << at.value;
  }
}

TEST(cluster_state_members, records_of_mailboxes_are_refused_by_name) {
  std::string bytes;
  encode_record(bytes, {record_kind::barrier, {}, {}}, ::perdure::record::v1::Barrier());
  cluster_decoder decoder;
  const auto record = decoder.decode(offset(3), payload(bytes));
  ASSERT_FALSE(record);
  EXPECT_THAT(record.error().message,
              HasSubstr("the barrier record at offset 3 belongs into a mailbox"));
  record_decoder mailbox;
  const auto join = mailbox.decode(offset(4), payload(join_record({})));
  ASSERT_FALSE(join);
  EXPECT_THAT(join.error().message,
              HasSubstr("the join record at offset 4 belongs into the cluster log"));
}

}  // namespace
}  // namespace perdure::runtime::membership
