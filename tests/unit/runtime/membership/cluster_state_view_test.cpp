#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/membership/lone_cluster.hpp"

namespace perdure::runtime::membership {
namespace {

using ::testing::HasSubstr;

std::string view_record(const wire::View& view) { return encode(record_kind::view, view); }

/// A cluster in which something of everything is so.
struct full_cluster : lone_cluster {
  full_cluster() {
    put(namespace_record("alpha", 5));
    put(namespace_record("beta", 3));
    a = join({.node = "a", .session = 11, .weight = 3, .agents = {{"writer", "7"}}});
    b = join({.node = "b", .session = 12, .serves = {"alpha", "beta"}});
    c = join({.node = "c", .session = 13});
    warm(b);
    heartbeat(a);
    suspect(c, a);
    put(drain_words("a", true, 1));
    put(leaving_record(b));
  }
  member_id a, b, c;
};

TEST(cluster_state_view, rule_9_10_a_view_and_the_rest_give_the_same_state_as_all) {
  full_cluster f;
  const auto before = f.last();
  EXPECT_EQ(f.put(view_record(f.folded.view(f.a))), "view by 3 counts, what is before 0 may go");
  cluster_state other(reading_from::within);
  EXPECT_THAT(apply_to(other, before, f.record(before)), HasSubstr("no view has come by yet"));
  EXPECT_FALSE(other.loaded());
  apply_to(other, f.last(), f.record(f.last()));
  EXPECT_TRUE(other.loaded());
  EXPECT_EQ(other.canonical(), f.folded.canonical());
  f.gone(f.c, f.a);
  apply_to(other, f.last(), f.record(f.last()));
  f.put(drain_words("a", false, 2));
  apply_to(other, f.last(), f.record(f.last()));
  EXPECT_EQ(other.canonical(), f.folded.canonical());
  EXPECT_EQ(other.state_digest(), f.folded.state_digest());
}

TEST(cluster_state_view, rule_9_10_every_field_of_the_schema_has_its_part_in_the_digest) {
  full_cluster f;
  const auto view = f.folded.view(f.a);
  const auto load = [&](const wire::View& what) {
    cluster_state other(reading_from::within);
    apply_to(other, f.last(), f.record(f.last()));
    return apply_to(other, offset(f.last().value + 1), view_record(what));
  };
  EXPECT_THAT(load(view), HasSubstr("counts"));
  const auto expect_refused = [&](auto change) {
    auto other = view;
    change(other);
    EXPECT_THAT(load(other), HasSubstr("refused")) << other.ShortDebugString();
  };
  expect_refused([](auto& v) { v.set_by(77); });
  expect_refused([](auto& v) { v.set_digest(v.digest() + 1); });
  expect_refused([](auto& v) { v.set_records(v.records() + 1); });
  expect_refused([](auto& v) { v.set_before(3); });
  expect_refused([](auto& v) { v.mutable_namespaces()->RemoveLast(); });
  expect_refused([](auto& v) { v.mutable_namespaces(0)->mutable_said()->set_incarnation(1); });
  expect_refused([](auto& v) { v.mutable_namespaces(0)->set_first(0); });
  expect_refused([](auto& v) { v.mutable_namespaces(0)->mutable_said()->set_partitions(257); });
  expect_refused([](auto& v) { v.mutable_nodes()->RemoveLast(); });
  expect_refused([](auto& v) { v.mutable_nodes(0)->set_drained(false); });
  expect_refused([](auto& v) { v.mutable_nodes(0)->set_drains(9); });
  expect_refused([](auto& v) { v.mutable_nodes(0)->set_session(9); });
  expect_refused([](auto& v) { v.mutable_nodes(0)->set_joined(1); });
  expect_refused([](auto& v) { v.mutable_members(0)->set_heartbeats(9); });
  expect_refused([](auto& v) { v.mutable_members(0)->set_heard(9); });
  expect_refused([](auto& v) { v.mutable_members(1)->set_leaving(false); });
  expect_refused([](auto& v) { v.mutable_members(2)->mutable_suspicions(0)->set_at(1); });
  expect_refused([](auto& v) { v.mutable_members(0)->mutable_said()->set_weight(1); });
  expect_refused([](auto& v) { v.mutable_members(0)->mutable_said()->set_address("x"); });
  expect_refused([](auto& v) { v.mutable_members(0)->mutable_said()->set_door("x"); });
  expect_refused([](auto& v) { v.mutable_members(0)->mutable_said()->clear_hosted(); });
  expect_refused([](auto& v) {
    v.mutable_members(0)->mutable_said()->mutable_hosted(0)->mutable_agents(0)->set_build("8");
  });
  expect_refused([](auto& v) { v.mutable_partitions(0)->set_owner(77); });
  expect_refused([](auto& v) { v.mutable_partitions(0)->set_follower(77); });
  expect_refused([](auto& v) { v.mutable_partitions(0)->mutable_readers(0)->set_since(1); });
  expect_refused([](auto& v) {
    auto& reads = *v.mutable_partitions(0)->mutable_readers(0);
    reads.set_warm(!reads.warm());
  });
}

TEST(cluster_state_view, rule_9_10_a_view_counts_only_right_behind_what_it_follows) {
  full_cluster f;
  const auto view = view_record(f.folded.view(f.a));
  f.heartbeat(f.a);
  EXPECT_THAT(f.put(view), HasSubstr("nothing: another record stands between"));
  EXPECT_THAT(f.put(view_record(f.folded.view(f.a))), HasSubstr("counts"));
  EXPECT_THAT(f.copy(f.last()), HasSubstr("nothing"));
  EXPECT_EQ(f.folded.records(), 1u);
}

TEST(cluster_state_view, rule_9_10_who_has_folded_compares) {
  full_cluster f;
  auto wrong = f.folded.view(f.a);
  wrong.mutable_namespaces(0)->set_first(2);
  wrong.set_digest(12);
  EXPECT_THAT(f.put(view_record(wrong)),
              HasSubstr("view by 3 refused: it is not what the same records gave"));
  auto stranger = f.folded.view(member_id(77));
  EXPECT_THAT(f.put(view_record(stranger)), HasSubstr("its writer is no member"));
  EXPECT_EQ(f.folded.find_namespace("alpha")->first, 1u);
}

TEST(cluster_state_view, rule_9_10_what_is_before_the_view_before_may_be_forgotten) {
  full_cluster f;
  const auto first = f.last();
  f.put(view_record(f.folded.view(f.a)));
  f.heartbeat(f.a);
  EXPECT_EQ(f.put(view_record(f.folded.view(f.a))),
            fmt::format("view by 3 counts, what is before {} may go", first));
  // Whoever reads from there on finds the first view at its place.
  cluster_state other(reading_from::within);
  for (auto at = first; at <= f.last(); ++at.value) apply_to(other, at, f.record(at));
  EXPECT_EQ(other.canonical(), f.folded.canonical());
}

TEST(cluster_state_view, rule_9_10_a_view_alone_is_not_at_its_place) {
  full_cluster f;
  f.put(view_record(f.folded.view(f.a)));
  cluster_state other(reading_from::within);
  EXPECT_THAT(apply_to(other, f.last(), f.record(f.last())), HasSubstr("nothing"));
  EXPECT_FALSE(other.loaded());
}

TEST(cluster_state_view, an_empty_state_has_a_digest_too) {
  EXPECT_EQ(cluster_state(reading_from::first_record).canonical(),
            "applied 0 records 0 viewed 0\n");
}

}  // namespace
}  // namespace perdure::runtime::membership
