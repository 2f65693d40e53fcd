#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/membership/drain.hpp"
#include "tests/unit/runtime/membership/lone_cluster.hpp"

namespace perdure::runtime::membership {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(cluster_state, rule_9_9_the_first_record_of_a_name_gives_it_the_next_indexes) {
  lone_cluster f;
  EXPECT_EQ(f.put(namespace_record("beta", 3, 11)), "namespace beta has partitions 1 to 3");
  EXPECT_EQ(f.put(namespace_record("alpha", 4, 12)), "namespace alpha has partitions 4 to 7");
  EXPECT_EQ(f.put(namespace_record("beta", 5, 13)), "nothing: the namespace is there already");
  EXPECT_EQ(f.put(namespace_record("gamma", 1, 14)), "namespace gamma has partitions 8 to 8");
  const auto* beta = f.folded.find_namespace("beta");
  EXPECT_EQ(beta->first, 1u);
  EXPECT_EQ(beta->count, 3u);
  EXPECT_EQ(beta->log, incarnation(11));
  EXPECT_EQ(f.folded.placements().size(), 8u);
}

TEST(cluster_state, rule_9_9_limits_are_those_of_indexes_and_names) {
  lone_cluster f;
  EXPECT_THAT(f.put(namespace_record("", 1)), HasSubstr("nothing"));
  EXPECT_THAT(f.put(namespace_record(std::string(257, 'x'), 1)), HasSubstr("nothing"));
  EXPECT_THAT(f.put(namespace_record("alpha", 0)), HasSubstr("nothing"));
  EXPECT_THAT(f.put(namespace_record("alpha", 257)), HasSubstr("nothing"));
  for (int i = 0; i < 255; ++i) f.put(namespace_record(fmt::format("n{}", i), 256));
  EXPECT_THAT(f.put(namespace_record("much", 256)), HasSubstr("nothing"));
  EXPECT_THAT(f.put(namespace_record("rest", 255)), HasSubstr("partitions 65281 to 65535"));
  EXPECT_THAT(f.put(namespace_record("one", 1)), HasSubstr("nothing"));
}

TEST(cluster_state, rule_9_9_who_does_not_serve_a_namespace_owns_nothing_of_it) {
  lone_cluster f;
  f.put(namespace_record("alpha", 20));
  f.put(namespace_record("beta", 20));
  const auto a = f.join("a", {"alpha"});
  const auto b = f.join("b", {"beta", "unheard of"});
  f.warm(a);
  f.warm(b);
  for (std::uint32_t i = 1; i <= 40; ++i) EXPECT_EQ(f.owner(i), i <= 20 ? a : b) << i;
  EXPECT_EQ(f.at(1).follower, member_id());
}

TEST(cluster_state, a_namespace_that_comes_after_those_who_serve_it_is_owned_at_once) {
  lone_cluster f;
  const auto a = f.join("a");
  f.put(namespace_record("alpha", 2));
  EXPECT_EQ(f.owner(1), a);
  EXPECT_EQ(f.owner(2), a);
}

TEST(cluster_state, rule_9_9_agents_are_where_joins_say) {
  lone_cluster f;
  const auto b = f.join({.node = "b", .agents = {{"writer", "2"}, {"reader", "1"}}});
  const auto a = f.join({.node = "a", .session = 2, .agents = {{"writer", "3"}}});
  std::vector<std::string> lines;
  for (const auto& place : f.folded.agents()) {
    lines.push_back(fmt::format("{} {} {} {}", place.name_space, place.agent.name,
                                place.agent.build, place.member));
  }
  EXPECT_THAT(lines,
              ElementsAre(fmt::format("alpha reader 1 {}", b), fmt::format("alpha writer 2 {}", b),
                          fmt::format("alpha writer 3 {}", a)));
  f.put(left_record(b));
  EXPECT_EQ(f.folded.agents().size(), 1u);
}

TEST(cluster_state, rule_9_8_a_drained_node_owns_nothing_until_it_is_undone) {
  lone_cluster f;
  f.put(namespace_record("alpha", 4));
  const auto a = f.join("a"), b = f.join("b");
  f.warm(b);
  EXPECT_EQ(f.put(*drain_record(f.folded, "a", drain_wish::drain)).substr(0, 18),
            "node a is drained\n");
  for (std::uint32_t i = 1; i <= 4; ++i) EXPECT_EQ(f.owner(i), b);
  EXPECT_NE(f.folded.find(a), nullptr);

  const auto again = f.join("a");  // a restart does not undo it
  for (std::uint32_t i = 1; i <= 4; ++i) EXPECT_EQ(f.owner(i), b);
  f.put(*drain_record(f.folded, "a", drain_wish::undo));
  f.warm(again);
  int own = 0;
  for (std::uint32_t i = 1; i <= 4; ++i) own += f.owner(i) == again ? 1 : 0;
  EXPECT_GT(own, 0);
}

TEST(cluster_state, rule_9_8_a_drain_counts_only_if_nobody_else_said_anything_meanwhile) {
  lone_cluster f;
  f.join("a");
  const auto drain = *drain_record(f.folded, "a", drain_wish::drain);
  f.put(drain);
  f.put(*drain_record(f.folded, "a", drain_wish::undo));
  EXPECT_THAT(f.put(drain), HasSubstr("nothing: not the next version"));
  EXPECT_FALSE(f.folded.find_node("a")->drained);
  EXPECT_THAT(f.put(drain_words("nobody", true, 1)), HasSubstr("nothing: no node of that name"));
}

TEST(cluster_state, an_operator_is_told_why_a_drain_is_none) {
  lone_cluster f;
  f.join("a");
  EXPECT_EQ(drain_record(f.folded, "x", drain_wish::drain).error().code, errc::not_found);
  const auto undo = drain_record(f.folded, "a", drain_wish::undo);
  EXPECT_EQ(undo.error().code, errc::failed_state);
  EXPECT_EQ(undo.error().message, "node 'a' is not drained already");
}

TEST(cluster_state, an_operator_is_warned_of_what_nobody_would_serve) {
  lone_cluster f;
  f.put(namespace_record("alpha", 1));
  f.put(namespace_record("beta", 1));
  f.join("a", {"alpha", "beta"});
  EXPECT_THAT(namespaces_only_of(f.folded, "a"), ElementsAre("alpha", "beta"));
  const auto b = f.join("b", {"alpha"});
  EXPECT_THAT(namespaces_only_of(f.folded, "a"), ElementsAre("beta"));
  EXPECT_THAT(namespaces_only_of(f.folded, "b"), IsEmpty());
  f.put(leaving_record(b));
  EXPECT_THAT(namespaces_only_of(f.folded, "a"), ElementsAre("alpha", "beta"));
}

}  // namespace
}  // namespace perdure::runtime::membership
