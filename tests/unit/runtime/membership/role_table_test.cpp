#include "runtime/membership/role_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/membership/lone_cluster.hpp"

namespace perdure::runtime::membership {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint32_t hand_over = 5;
constexpr partition_index p(1);

/// A cluster of `a` and `b` in which one partition belongs to `b`, seen by `b`.
struct role_table_test : ::testing::Test {
  role_table_test() {
    f.put(namespace_record("alpha", 1));
    a = f.join({.node = "a", .session = 1});
    // A heavy one, so that it is the first in rank.
    b = f.join({.node = "b", .session = 2, .weight = 100});
    update();
  }
  void update() {
    roles.update(f.folded, b);
    roles.take_changed();
  }
  partition_role role() { return roles.roles().at(p); }
  void held_by(std::uint64_t session, std::uint64_t view = 0) {
    roles.on_holder(p, {session_id(session), offset(view)});
    update();
  }
  void own_it() {
    f.warm(b);
    update();
    ASSERT_EQ(f.owner(1), b);
  }

  lone_cluster f;
  member_id a, b;
  role_table roles{session_id(2), hand_over};
};

TEST_F(role_table_test, rule_9_7_who_is_to_become_owner_reads_and_does_not_want) {
  EXPECT_EQ(f.owner(1), a);
  EXPECT_EQ(role(), (partition_role{want::no, true, {}}));
}

TEST_F(role_table_test, rule_9_7_what_nobody_holds_is_claimed_when_left) {
  own_it();
  EXPECT_EQ(role(), (partition_role{want::when_left, true, {}}));
}

TEST_F(role_table_test, rule_9_7_an_owner_that_lives_hands_over) {
  own_it();
  held_by(1);
  EXPECT_EQ(role().owns, want::when_left);
  held_by(0);
  EXPECT_EQ(role().owns, want::when_left);
}

TEST_F(role_table_test, rule_9_7_from_a_session_that_is_gone_it_is_claimed_now) {
  own_it();
  held_by(1);
  f.suspect(a, b);
  f.gone(a, b);
  update();
  EXPECT_EQ(role(), (partition_role{want::now, true, session_id(1)}));
}

TEST_F(role_table_test, rule_9_7_a_session_that_nobody_knows_is_gone_too) {
  own_it();
  held_by(77);
  EXPECT_EQ(role(), (partition_role{want::now, true, session_id(77)}));
}

TEST_F(role_table_test, rule_9_7_but_not_one_that_may_be_news) {
  own_it();
  held_by(77, f.last().value + 1);  // it had read more than we have
  EXPECT_EQ(role().owns, want::when_left);
  f.heartbeat(a);
  update();
  EXPECT_EQ(role().owns, want::now);
}

TEST_F(role_table_test, rule_9_7_whoever_joined_again_under_the_same_session_lives) {
  own_it();
  held_by(1);
  f.suspect(a, b);
  f.gone(a, b);
  f.join({.node = "a", .session = 1});
  update();
  EXPECT_EQ(role().owns, want::when_left);
}

TEST_F(role_table_test, rule_9_7_an_owner_that_does_not_hand_over_is_waited_for_so_long) {
  own_it();
  held_by(1);
  for (std::uint32_t i = 0; i < hand_over; ++i) {
    EXPECT_EQ(role().owns, want::when_left);
    roles.on_own_heartbeat();
    update();
  }
  EXPECT_EQ(role(), (partition_role{want::now, true, session_id(1)}));
  held_by(3);                         // another was quicker: it has its own time
  EXPECT_EQ(role().owns, want::now);  // a stranger
  held_by(1);
  EXPECT_EQ(role().owns, want::when_left);
}

TEST_F(role_table_test, what_is_its_own_is_not_waited_for) {
  own_it();
  held_by(2);
  for (int i = 0; i < 9; ++i) roles.on_own_heartbeat();
  update();
  EXPECT_EQ(role(), (partition_role{want::when_left, true, {}}));
}

TEST_F(role_table_test, rule_9_4_who_is_no_member_wants_nothing) {
  own_it();
  held_by(2);
  EXPECT_FALSE(roles.must_hand_over());
  roles.update(f.folded, {});
  EXPECT_EQ(role(), partition_role());
  EXPECT_TRUE(roles.must_hand_over());
  held_by(0);
  EXPECT_FALSE(roles.must_hand_over());
}

TEST_F(role_table_test, who_has_lost_its_place_in_the_log_wants_nothing) {
  own_it();
  roles.update(cluster_state(reading_from::within), {});
  EXPECT_EQ(role(), partition_role());
  EXPECT_THAT(roles.take_changed(), ElementsAre(std::pair(p, partition_role())));
}

TEST_F(role_table_test, changes_are_told_once) {
  EXPECT_THAT(roles.take_changed(), IsEmpty());
  f.warm(b);
  roles.update(f.folded, b);
  EXPECT_THAT(roles.take_changed(),
              ElementsAre(std::pair(p, partition_role{want::when_left, true, {}})));
  roles.update(f.folded, b);
  EXPECT_THAT(roles.take_changed(), IsEmpty());
}

/// Who is not told that it may stop reading reads on.
TEST_F(role_table_test, rule_9_6_a_role_that_changed_and_changed_back_leaves_it_warm) {
  roles.on_warm(p);
  f.put(drain_words("b", true, 1));
  roles.update(f.folded, b);
  f.put(drain_words("b", false, 2));
  roles.update(f.folded, b);
  EXPECT_THAT(roles.take_changed(), IsEmpty());
  EXPECT_THAT(roles.to_announce(f.folded, b), ElementsAre(p));
}

TEST_F(role_table_test, rule_9_6_what_is_warm_is_announced_until_it_is_known) {
  roles.on_warm(p);
  EXPECT_THAT(roles.to_announce(f.folded, b), ElementsAre(p));
  own_it();
  EXPECT_THAT(roles.to_announce(f.folded, b), IsEmpty());
}

TEST_F(role_table_test, rule_9_6_whoever_stopped_reading_is_cold) {
  roles.on_warm(p);
  f.put(drain_words("b", true, 1));
  update();
  f.put(drain_words("b", false, 2));
  update();
  EXPECT_THAT(roles.to_announce(f.folded, b), IsEmpty());
  roles.on_warm(p);
  EXPECT_THAT(roles.to_announce(f.folded, b), ElementsAre(p));
}

TEST_F(role_table_test, being_warm_counts_only_for_who_reads) {
  roles.update(f.folded, {});
  roles.take_changed();
  roles.on_warm(p);
  update();
  EXPECT_THAT(roles.to_announce(f.folded, b), IsEmpty());
}

}  // namespace
}  // namespace perdure::runtime::membership
