#include "runtime/membership/member.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/membership/lone_cluster.hpp"
#include "tests/unit/runtime/membership/lone_member.hpp"

namespace perdure::runtime::membership {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr partition_index p1(1), p2(2);

TEST(member, appends_nothing_before_it_has_read_to_the_end) {
  lone_member m;
  m.pass(seconds(2));
  EXPECT_THAT(m.waiting(), IsEmpty());
  EXPECT_EQ(m.acts.condition(), member_condition::reading);
  EXPECT_EQ(m.acts.next_wake(), timestamp());
}

TEST(member, rule_9_9_says_its_namespaces_and_joins_when_they_are_there) {
  lone_member m;
  m.acts.on_caught_up(m.now);
  m.pass(milliseconds(10));
  EXPECT_THAT(m.waiting(), ElementsAre("namespace"));
  EXPECT_EQ(m.acts.condition(), member_condition::joining);
  m.land_own();
  EXPECT_THAT(m.waiting(), ElementsAre("join"));
  m.land_own();
  EXPECT_EQ(m.acts.condition(), member_condition::present);
  EXPECT_EQ(m.acts.self(), member_id(2));
  EXPECT_EQ(m.role(1).owns, want::when_left);
  EXPECT_THAT(m.waiting(), ElementsAre("heartbeat"));
}

TEST(member, what_is_lost_is_appended_again) {
  lone_member m;
  m.acts.on_caught_up(m.now);
  m.lose_own();
  m.pass(milliseconds(990));
  m.lose_own();
  m.pass(milliseconds(20));
  EXPECT_THAT(m.waiting(), ElementsAre("namespace"));
  m.land_own();
  m.lose_own();
  m.pass(milliseconds(1'000));
  EXPECT_THAT(m.waiting(), ElementsAre("join"));
  EXPECT_LE(m.acts.next_wake(), m.now + seconds(1));
}

TEST(member, rule_9_9_does_not_join_with_another_number_of_partitions) {
  lone_member m;
  m.land(namespace_record("alpha", 8));
  m.acts.on_caught_up(m.now);
  m.pass(seconds(3));
  EXPECT_THAT(m.waiting(), IsEmpty());
  EXPECT_EQ(m.acts.condition(), member_condition::stopped);
  EXPECT_EQ(m.acts.problem()->code, errc::invalid_argument);
  EXPECT_EQ(m.acts.problem()->message,
            "namespace 'alpha' has 8 partitions in the cluster and 2 in the configuration: set it "
            "back to 8, the number is fixed for ever");
}

TEST(member, rule_9_9_a_race_for_a_namespace_that_it_loses_stops_it) {
  lone_member m;
  m.acts.on_caught_up(m.now);
  m.pass(milliseconds(10));
  m.land(namespace_record("alpha", 4));
  m.land_own();
  m.live(seconds(2));
  EXPECT_EQ(m.acts.condition(), member_condition::stopped);
  EXPECT_EQ(m.count(record_kind::join), 0u);
}

TEST(member, rule_9_2_joins_over_its_former_session) {
  lone_member m;
  m.land(namespace_record("alpha", 2));
  const auto before = m.join("me", 99);
  m.begin();
  EXPECT_THAT(m.told, Contains(HasSubstr("ended: replaced")));
  EXPECT_EQ(m.folded().find(before), nullptr);
  // What that one holds is claimed at once: there is nothing to wait for.
  m.acts.on_holder(p1, {session_id(99), offset(2)}, m.now);
  EXPECT_EQ(m.role(1), (partition_role{want::now, true, session_id(99)}));
}

TEST(member, rule_9_2_stops_when_another_process_has_its_name) {
  lone_member m;
  m.begin();
  m.join("me", 99);
  EXPECT_EQ(m.acts.condition(), member_condition::stopped);
  EXPECT_EQ(m.acts.problem()->code, errc::already_exists);
  EXPECT_EQ(m.role(1), partition_role());
  m.lose_own();
  m.pass(seconds(5));
  EXPECT_THAT(m.waiting(), IsEmpty());
}

TEST(member, rule_9_2_of_two_that_start_with_one_name_the_last_to_join_stays) {
  lone_member m;
  m.land(namespace_record("alpha", 2));
  m.acts.on_caught_up(m.now);
  m.pass(milliseconds(10));
  m.lose_own();
  const auto other = m.join("me", 99);
  m.live(seconds(2));
  EXPECT_EQ(m.acts.condition(), member_condition::present);
  EXPECT_EQ(m.folded().find(other), nullptr);
}

TEST(member, a_heartbeat_comes_every_interval) {
  lone_member m;
  m.begin();
  m.live(seconds(10));
  EXPECT_NEAR(static_cast<double>(m.count(record_kind::heartbeat)), 50, 3);
}

TEST(member, rule_9_3_an_outage_of_the_log_accuses_nobody) {
  lone_member m;
  m.begin();
  const auto other = m.join("other", 2);
  m.live(milliseconds(500));
  m.heartbeat(other);
  m.pass(seconds(600));
  EXPECT_LE(m.appended.size(), 602u);
  m.land_own();
  m.live(milliseconds(300));
  EXPECT_EQ(m.count(record_kind::suspect), 0u);
  EXPECT_TRUE(m.folded().find(other)->suspicions.empty());
}

TEST(member, rule_9_3_a_process_that_was_stopped_accuses_nobody) {
  lone_member m;
  m.begin();
  const auto other = m.join("other", 2);
  m.live(milliseconds(500));
  m.heartbeat(other);
  m.now = m.now + seconds(3'600);
  m.live(milliseconds(500));
  EXPECT_EQ(m.count(record_kind::suspect), 0u);
}

/// From the last sign of life: see docs/adr/0010-membership.md.
TEST(member, rule_9_3_a_silent_member_is_suspected_then_gone_in_time) {
  lone_member m;
  m.begin();
  const auto other = m.join("other", 2);
  m.live(milliseconds(330));
  m.heartbeat(other);
  const auto suspected = m.until([&] { return m.count(record_kind::suspect) > 0; });
  EXPECT_GE(suspected, milliseconds(600));
  EXPECT_LE(suspected, milliseconds(900));
  const auto gone = m.until([&] { return m.folded().find(other) == nullptr; });
  EXPECT_GE(gone, milliseconds(350));
  EXPECT_LE(gone, milliseconds(500));
  EXPECT_EQ(m.count(record_kind::suspect), 1u);
  EXPECT_EQ(m.count(record_kind::gone), 1u);
}

TEST(member, rule_9_3_an_accusation_that_is_lost_is_made_again) {
  lone_member m;
  m.begin();
  const auto other = m.join("other", 2);
  int lost = 0;
  for (int i = 0; i < 300 && m.folded().find(other) != nullptr; ++i) {
    m.pass(milliseconds(10));
    std::erase_if(m.appended, [&](const auto& record) {
      return record_view::parse(payload(record))->front().kind != record_kind::heartbeat &&
             ++lost % 2 == 1;
    });
    m.land_own();
  }
  EXPECT_EQ(m.folded().find(other), nullptr);
}

TEST(member, rule_9_3_a_heartbeat_between_begins_the_count_anew) {
  lone_member m;
  m.begin();
  const auto other = m.join("other", 2);
  for (int i = 0; i < 20; ++i) {
    m.live(milliseconds(590));
    m.heartbeat(other);
  }
  EXPECT_EQ(m.count(record_kind::suspect), 0u);
  m.until([&] { return m.count(record_kind::suspect) > 0; });
  m.live(milliseconds(150));
  m.heartbeat(other);
  m.live(milliseconds(700));
  EXPECT_EQ(m.count(record_kind::gone), 0u);
}

TEST(member, rule_9_3_the_accused_answers_at_once) {
  lone_member m;
  m.begin();
  const auto other = m.join("other", 2);
  m.live(milliseconds(250));
  m.lose_own();
  ASSERT_THAT(m.waiting(), IsEmpty());
  m.land(suspect_record(m.acts.self(), other, m.folded().find(m.acts.self())->heard));
  EXPECT_THAT(m.waiting(), ElementsAre("heartbeat"));
  m.lose_own();
  m.pass(milliseconds(110));
  EXPECT_THAT(m.waiting(), Contains("heartbeat")) << "again, until it is heard";
  m.land_own();
  EXPECT_TRUE(m.folded().find(m.acts.self())->suspicions.empty());
}

TEST(member, rule_9_4_declared_gone_it_wants_nothing_and_joins_again_under_its_session) {
  lone_member m;
  m.begin();
  const auto first = m.acts.self();
  m.acts.on_holder(p1, {session_id(1), offset(2)}, m.now);
  const auto other = m.join("other", 2);
  ASSERT_EQ(m.role(1).owns, want::when_left);
  m.land(suspect_record(first, other, m.folded().find(first)->heard));
  m.land(gone_record(first, other, offset(m.log.size())));
  EXPECT_EQ(m.role(1), partition_role());
  EXPECT_EQ(m.role(2), partition_role());
  EXPECT_THAT(m.waiting(), Contains("join"));
  m.land_own();
  EXPECT_NE(m.acts.self(), first);
  EXPECT_EQ(m.folded().find(m.acts.self())->session, session_id(1));
  EXPECT_EQ(m.acts.condition(), member_condition::present);
  EXPECT_EQ(m.role(1).owns, want::no) << "it hands over what it still holds";
}

TEST(member, rule_9_4_a_new_stay_has_heartbeats_of_its_own) {
  lone_member m;
  m.begin();
  const auto other = m.join("other", 2);
  for (int i = 0; i < 2; ++i) {
    const auto me = m.acts.self();
    m.lose_own();  // the first heartbeat of this stay too
    m.land(suspect_record(me, other, m.folded().find(me)->heard));
    m.lose_own();
    m.land(gone_record(me, other, offset(m.log.size())));
    m.pass(milliseconds(500));
    m.land_own();
    EXPECT_THAT(m.waiting(), Contains("heartbeat")) << "at once";
  }
}

TEST(member, rule_9_4_gone_again_and_again_it_waits_longer_each_time) {
  lone_member m;
  m.begin();
  const auto other = m.join("other", 2);
  std::vector<duration> pauses;
  for (int i = 0; i < 4; ++i) {
    const auto me = m.acts.self();
    m.land(suspect_record(me, other, m.folded().find(me)->heard));
    m.land(gone_record(me, other, offset(m.log.size())));
    pauses.push_back(m.until([&] { return bool(m.acts.self()); }));
    m.heartbeat(other);
  }
  EXPECT_LE(pauses[0], milliseconds(10));
  EXPECT_EQ(pauses[1], milliseconds(500));
  EXPECT_EQ(pauses[2], milliseconds(1'000));
  EXPECT_EQ(pauses[3], milliseconds(2'000));
}

TEST(member, rule_9_6_says_what_is_warm_until_it_is_known) {
  lone_member m;
  m.begin();
  m.join("other", 2);
  EXPECT_EQ(m.role(1), (partition_role{want::when_left, true, {}}));
  m.live(milliseconds(50));
  m.acts.on_warm(p1, m.now);  // it owns it, so that is known
  m.acts.on_warm(p2, m.now);
  m.live(milliseconds(50));
  EXPECT_EQ(m.count(record_kind::warm), 0u);
}

TEST(member, rule_9_6_a_newcomer_reads_then_says_so_then_owns) {
  lone_member m;
  m.land(namespace_record("alpha", 2));
  const auto other = m.join("other", 2);
  m.begin();
  ASSERT_EQ(m.folded().placements().at(p1).owner, other);
  for (const auto p : {p1, p2}) {
    EXPECT_EQ(m.role(p.value), (partition_role{want::no, true, {}}));
    m.acts.on_warm(p, m.now);
  }
  m.live(milliseconds(20));
  EXPECT_EQ(m.count(record_kind::warm), 2u);
  for (const auto p : {p1, p2}) {
    const auto& place = m.folded().placements().at(p);
    EXPECT_TRUE(place.find(m.acts.self())->warm);
    const bool first = score("me", 1, p) > score("other", 1, p);
    EXPECT_EQ(place.owner, first ? m.acts.self() : other);
    EXPECT_EQ(m.role(p.value).owns, first ? want::when_left : want::no);
  }
}

TEST(member, rule_9_8_leaves_when_it_holds_nothing_any_more) {
  lone_member m;
  m.begin();
  m.acts.on_holder(p1, {session_id(1), offset(2)}, m.now);
  m.acts.leave(m.now);
  m.live(milliseconds(20));
  EXPECT_EQ(m.acts.condition(), member_condition::leaving);
  EXPECT_EQ(m.count(record_kind::leaving), 1u);
  EXPECT_EQ(m.role(1).owns, want::no);
  m.live(seconds(3));
  EXPECT_EQ(m.count(record_kind::left), 0u);
  EXPECT_GT(m.count(record_kind::heartbeat), 10u) << "it is a member until then";
  m.acts.on_holder(p1, {}, m.now);
  m.live(milliseconds(20));
  EXPECT_EQ(m.count(record_kind::left), 1u);
  EXPECT_EQ(m.acts.condition(), member_condition::left);
  const auto records = m.log.size();
  m.live(seconds(3));
  EXPECT_EQ(m.log.size(), records) << "it does not join again";
}

TEST(member, rule_9_8_an_end_waits_for_nothing) {
  lone_member m;
  m.begin();
  m.acts.on_holder(p1, {session_id(1), offset(2)}, m.now);
  m.acts.end(m.now);
  m.live(milliseconds(20));
  EXPECT_EQ(m.count(record_kind::left), 1u);
  EXPECT_EQ(m.count(record_kind::leaving), 0u);
  EXPECT_EQ(m.acts.condition(), member_condition::left);
}

TEST(member, rule_9_8_declared_gone_while_it_leaves_it_has_left) {
  lone_member m;
  m.begin();
  const auto other = m.join("other", 2);
  m.acts.on_holder(p1, {session_id(1), offset(2)}, m.now);
  m.acts.leave(m.now);
  m.land_own();
  m.live(milliseconds(20));
  m.land(suspect_record(m.acts.self(), other, m.folded().find(m.acts.self())->heard));
  m.land(gone_record(m.acts.self(), other, offset(m.log.size())));
  m.lose_own();
  EXPECT_EQ(m.acts.condition(), member_condition::left);
  m.pass(seconds(5));
  EXPECT_THAT(m.waiting(), Not(Contains("join")));
}

TEST(member, who_never_joined_has_left_at_once) {
  lone_member m;
  m.acts.leave(m.now);
  m.acts.on_caught_up(m.now);
  m.pass(seconds(2));
  EXPECT_EQ(m.acts.condition(), member_condition::left);
  EXPECT_THAT(m.waiting(), IsEmpty());
}

TEST(member, rule_9_10_the_eldest_writes_a_view_when_there_are_enough_records) {
  auto options = options_of_me();
  options.view_every = 20;
  lone_member m(options);
  m.begin();
  m.live(seconds(9));
  EXPECT_EQ(m.count(record_kind::view), 2u);
  EXPECT_TRUE(m.forget);
  EXPECT_LT(m.forget.value, m.log.size() - 20);
}

TEST(member, rule_9_10_the_next_in_age_writes_it_if_the_eldest_does_not) {
  auto options = options_of_me();
  options.view_every = 20;
  lone_member m(options);
  m.land(namespace_record("alpha", 2));
  const auto other = m.join("other", 2);
  m.begin();
  while (m.folded().records() < 38) {
    m.live(milliseconds(100));
    m.heartbeat(other);
  }
  EXPECT_EQ(m.count(record_kind::view), 0u);
  m.live(seconds(1));
  EXPECT_EQ(m.count(record_kind::view), 1u);
  EXPECT_LT(m.folded().records(), 20u);
}

TEST(member, rule_9_10_who_lost_its_place_begins_like_one_that_starts) {
  lone_member m;
  m.begin();
  const auto me = m.acts.self();
  m.live(seconds(1));
  auto view = m.folded().view(me);
  m.acts.lose_place();
  EXPECT_EQ(m.role(1), partition_role());
  EXPECT_EQ(m.acts.condition(), member_condition::reading);
  m.lose_own();
  // It reads on behind what is forgotten: a record, and the view that follows it.
  m.land(heartbeat_record(me, 99));
  view.set_follows(m.log.size());
  m.pass(seconds(2));
  EXPECT_THAT(m.waiting(), IsEmpty());
  cluster_state all(reading_from::first_record);
  for (std::size_t i = 0; i < m.log.size(); ++i) apply_to(all, offset(i + 1), m.log[i]);
  m.land(encode(record_kind::view, all.view(me)));
  EXPECT_EQ(m.acts.self(), me);
  EXPECT_EQ(m.acts.condition(), member_condition::present);
  EXPECT_EQ(m.role(1).owns, want::when_left);
  m.live(seconds(1));
  EXPECT_GT(m.folded().find(me)->heartbeats, all.find(me)->heartbeats);
}

TEST(member, rule_9_10_who_lost_its_place_takes_no_log_that_has_its_namespaces_elsewhere) {
  lone_member m;
  m.begin();
  m.live(seconds(1));
  m.acts.lose_place();
  m.lose_own();
  // The topic was made anew: another namespace came first, and took the first indexes.
  cluster_state other(reading_from::first_record);
  const auto at = m.log.size();
  std::vector<std::string> log{namespace_record("zeta", 3), namespace_record("alpha", 2),
                               join_record({.node = "other", .session = 2})};
  for (std::size_t i = 0; i < log.size(); ++i) apply_to(other, offset(at + i + 1), log[i]);
  for (const auto& record : log) m.land(record);
  m.land(encode(record_kind::view, other.view(member_id(at + 3))));
  EXPECT_EQ(m.acts.condition(), member_condition::stopped);
  ASSERT_TRUE(m.acts.problem());
  EXPECT_EQ(m.acts.problem()->code, errc::corrupt);
  EXPECT_THAT(m.acts.problem()->message, HasSubstr("'alpha' at another place"));
}

TEST(member, a_clock_that_was_set_back_does_not_silence_it) {
  lone_member m;
  m.begin();
  m.now = {1};
  m.live(seconds(1));
  EXPECT_GE(m.count(record_kind::heartbeat), 5u);
  m.land_own();
  m.acts.leave(m.now);
  m.live(milliseconds(50));
  EXPECT_EQ(m.acts.condition(), member_condition::left);
}

TEST(member, told_is_what_people_want_to_know) {
  lone_member m;
  m.begin();
  m.live(seconds(1));
  EXPECT_THAT(m.told, Each(Not(HasSubstr("heard"))));
  EXPECT_THAT(m.told, Contains("node me joined as member 2"));
}

TEST(member, conditions_have_names) {
  EXPECT_EQ(name(member_condition::reading), "reading");
  EXPECT_EQ(name(member_condition::joining), "joining");
  EXPECT_EQ(name(member_condition::present), "present");
  EXPECT_EQ(name(member_condition::leaving), "leaving");
  EXPECT_EQ(name(member_condition::left), "left");
  EXPECT_EQ(name(member_condition::stopped), "stopped");
}

}  // namespace
}  // namespace perdure::runtime::membership
