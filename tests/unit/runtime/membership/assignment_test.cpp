#include "runtime/membership/assignment.hpp"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/membership/lone_cluster.hpp"

namespace perdure::runtime::membership {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr member_id a(1), b(2), c(3), d(4);

placement warm_readers(member_id owner, std::initializer_list<member_id> warm,
                       std::initializer_list<member_id> cold = {}) {
  placement place{owner, {}, {}};
  for (const auto who : warm) place.readers.push_back({who, offset(1), true});
  for (const auto who : cold) place.readers.push_back({who, offset(1), false});
  return place;
}

placement assigned(std::initializer_list<member_id> rank, const placement& before) {
  const std::vector<member_id> list(rank);
  return assign(list, before, offset(9));
}

std::vector<member_id> readers(const placement& place) {
  std::vector<member_id> all;
  for (const auto& reads : place.readers) all.push_back(reads.member);
  return all;
}

/// Written down once: if one of these changes, nodes of two versions disagree.
TEST(assignment, rule_9_5_scores_are_the_same_on_every_machine) {
  EXPECT_EQ(score("node-1", 1, partition_index(1)), 17794617325177005820U);
  EXPECT_EQ(score("node-1", 1, partition_index(2)), 17777997921163648253U);
  EXPECT_EQ(score("node-2", 1, partition_index(1)), 5916146834674225382U);
  EXPECT_EQ(score("node-2", 100, partition_index(1)), 18026135936075421754U);
}

TEST(assignment, rule_9_5_the_highest_of_a_nodes_scores_counts) {
  for (std::uint32_t weight = 2; weight < 20; ++weight) {
    EXPECT_GE(score("a", weight, partition_index(7)), score("a", weight - 1, partition_index(7)));
  }
}

TEST(assignment, rule_9_5_shares_are_in_proportion_to_weights) {
  const std::vector<candidate> nodes = {{a, "a", 1}, {b, "b", 2}, {c, "c", 5}};
  std::map<member_id, int> owned;
  for (std::uint32_t i = 1; i <= 16'000; ++i) ++owned[ranking(nodes, partition_index(i)).front()];
  EXPECT_NEAR(owned[a], 2'000, 150);
  EXPECT_NEAR(owned[b], 4'000, 200);
  EXPECT_NEAR(owned[c], 10'000, 250);
}

TEST(assignment, rule_9_5_the_order_of_candidates_does_not_matter) {
  const std::vector<candidate> one = {{a, "a", 1}, {b, "b", 2}, {c, "c", 5}};
  const std::vector<candidate> other = {{c, "c", 5}, {a, "a", 1}, {b, "b", 2}};
  for (std::uint32_t i = 1; i <= 200; ++i)
    EXPECT_EQ(ranking(one, partition_index(i)), ranking(other, partition_index(i)));
}

TEST(assignment, rule_9_5_without_one_the_others_keep_their_order) {
  const std::vector<candidate> all = {{a, "a", 1}, {b, "b", 3}, {c, "c", 2}, {d, "d", 1}};
  const std::vector<candidate> less = {{a, "a", 1}, {c, "c", 2}, {d, "d", 1}};
  for (std::uint32_t i = 1; i <= 200; ++i) {
    auto rank = ranking(all, partition_index(i));
    std::erase(rank, b);
    EXPECT_EQ(rank, ranking(less, partition_index(i)));
  }
}

TEST(assignment, rule_9_5_nobody_owns_what_nobody_may) {
  EXPECT_EQ(assigned({}, warm_readers(a, {a, b})), placement());
}

TEST(assignment, rule_9_6_the_first_in_rank_owns_it_when_it_is_warm) {
  const auto place = assigned({a, b, c}, warm_readers(b, {a, b}));
  EXPECT_EQ(place.owner, a);
  EXPECT_EQ(place.follower, b);
  EXPECT_THAT(readers(place), ElementsAre(a, b));
}

TEST(assignment, rule_9_6_until_then_the_owner_stays) {
  const auto place = assigned({a, b, c}, warm_readers(c, {b, c}, {a}));
  EXPECT_EQ(place.owner, c);
  EXPECT_EQ(place.follower, b);
  EXPECT_THAT(readers(place), ElementsAre(a, b, c));
}

TEST(assignment, rule_9_6_if_the_owner_went_the_first_that_is_warm_follows) {
  const auto place = assigned({a, b, c, d}, warm_readers(member_id(9), {d, c}, {a}));
  EXPECT_EQ(place.owner, c);
  EXPECT_EQ(place.follower, d);
  EXPECT_THAT(readers(place), ElementsAre(a, b, c, d));
}

TEST(assignment, rule_9_6_if_nobody_is_warm_the_first_in_rank_counts_as_warm) {
  const auto place = assigned({a, b}, placement());
  EXPECT_EQ(place.owner, a);
  EXPECT_EQ(place.follower, b);
  EXPECT_TRUE(place.find(a)->warm);
  EXPECT_FALSE(place.find(b)->warm);
  EXPECT_EQ(assigned({b, a}, place).owner, a);  // whoever comes then waits until it is warm
}

TEST(assignment, rule_9_6_the_follower_is_who_owns_it_next) {
  const auto place = assigned({a, b, c}, warm_readers(a, {a, b}));
  const auto after = assigned({b, c}, place);
  EXPECT_EQ(after.owner, place.follower);
  EXPECT_EQ(after.follower, c);
}

TEST(assignment, rule_9_6_whoever_reads_no_more_is_cold_when_it_begins_again) {
  const auto moved = assigned({a, b, c}, warm_readers(c, {a, b, c}));
  EXPECT_THAT(readers(moved), ElementsAre(a, b));
  const auto back = assigned({c, a, b}, moved);
  EXPECT_EQ(back.owner, a);
  EXPECT_FALSE(back.find(c)->warm);
  EXPECT_EQ(back.find(c)->since, offset(9));
  EXPECT_EQ(back.find(a)->since, offset(1));
}

TEST(assignment, a_lone_node_has_no_follower) {
  const auto place = assigned({a}, placement());
  EXPECT_EQ(place.owner, a);
  EXPECT_EQ(place.follower, member_id());
}

TEST(assignment, nothing_moves_when_nothing_changed) {
  for (const auto& before : {warm_readers(c, {b, c}, {a}), warm_readers(a, {a, b}),
                             warm_readers(member_id(9), {}), warm_readers(b, {b}, {a, c})}) {
    const auto once = assigned({a, b, c}, before);
    EXPECT_EQ(assigned({a, b, c}, once), once);
  }
}

struct moves : ::testing::Test {
  static constexpr std::uint32_t partitions = 60;

  moves() { f.put(namespace_record("alpha", partitions)); }

  member_id joins(const std::string& node) {
    const auto member = f.join(node);
    f.warm(member);
    f.warm(member);  // the first may have made it a follower of more
    return member;
  }
  std::map<std::uint32_t, member_id> owners() {
    std::map<std::uint32_t, member_id> all;
    for (std::uint32_t i = 1; i <= partitions; ++i) all[i] = f.owner(i);
    return all;
  }
  /// By rendezvous alone, without the fold.
  std::uint32_t first_of(std::initializer_list<std::string_view> nodes, std::uint32_t partition) {
    std::uint32_t best = 0, place = 0;
    std::uint64_t highest = 0;
    for (const auto node : nodes) {
      const auto points = score(node, 1, partition_index(partition));
      if (points > highest) best = place;
      highest = std::max(points, highest);
      ++place;
    }
    return best;
  }
  void all_are_warm() {
    for (int round = 0; round < 3; ++round) {
      for (const auto& [id, member] : std::map(f.folded.members())) f.warm(id);
    }
  }

  lone_cluster f;
};

TEST_F(moves, rule_9_5_a_join_moves_exactly_what_rendezvous_gives_the_new_one) {
  const std::vector<member_id> before = {joins("a"), joins("b"), joins("c")};
  all_are_warm();
  const auto owned = owners();
  const auto newest = f.join("d");
  EXPECT_EQ(owners(), owned) << "before it is warm nothing moves";
  all_are_warm();
  int moved = 0;
  for (std::uint32_t i = 1; i <= partitions; ++i) {
    ASSERT_EQ(owned.at(i), before[first_of({"a", "b", "c"}, i)]);
    const bool moves = first_of({"a", "b", "c", "d"}, i) == 3;
    EXPECT_EQ(f.owner(i), moves ? newest : owned.at(i)) << i;
    moved += moves ? 1 : 0;
  }
  EXPECT_GT(moved, 5);
  EXPECT_LT(moved, 25);
}

TEST_F(moves, rule_9_5_an_end_moves_exactly_what_it_owned_to_the_followers) {
  const auto first = joins("a"), second = joins("b"), third = joins("c");
  all_are_warm();
  std::map<std::uint32_t, placement> before;
  for (std::uint32_t i = 1; i <= partitions; ++i) before[i] = f.at(i);
  f.suspect(second, first);
  f.gone(second, first);
  for (std::uint32_t i = 1; i <= partitions; ++i) {
    const auto& was = before.at(i);
    EXPECT_EQ(f.owner(i), was.owner == second ? was.follower : was.owner) << i;
    EXPECT_EQ(f.owner(i), first_of({"a", "c"}, i) == 0 ? first : third) << i;
  }
}

TEST_F(moves, rule_9_5_what_a_node_owns_does_not_depend_on_its_session) {
  joins("a");
  const auto second = joins("b");
  all_are_warm();
  const auto owned = owners();
  const auto again = joins("b");
  all_are_warm();
  for (std::uint32_t i = 1; i <= partitions; ++i)
    EXPECT_EQ(f.owner(i), owned.at(i) == second ? again : owned.at(i)) << i;
}

TEST_F(moves, rule_9_6_a_late_word_of_being_warm_is_void) {
  joins("a");
  joins("b");
  all_are_warm();
  const auto third = f.join("c");
  f.warm(third);
  const auto said = f.last();
  const auto served = [&] {
    int count = 0;
    for (const auto& [i, owner] : owners()) count += owner == third ? 1 : 0;
    return count;
  };
  EXPECT_GT(served(), 0);
  f.put(drain_words("c", true, 1));
  f.put(drain_words("c", false, 2));
  EXPECT_EQ(served(), 0);
  EXPECT_THAT(f.copy(said), ::testing::HasSubstr("nothing"));
  EXPECT_EQ(served(), 0);
}

}  // namespace
}  // namespace perdure::runtime::membership
