// The shell around a node's membership (docs/adr/0012-a-node-in-the-cluster.md), on a cluster log
// in memory: what it tells its node, and what it says to operators.

#include "actors/cluster_membership.hpp"

#include <gmock/gmock.h>

#include "tests/unit/actors/hand_clock.hpp"
#include "tests/unit/actors/memory_log.hpp"

namespace perdure::actors {
namespace {

using runtime::errc;
using runtime::partition_index;
using runtime::session_id;
using runtime::membership::drain_wish;
using runtime::membership::member_condition;
using ::testing::Contains;
using ::testing::HasSubstr;

runtime::membership::member_options options_of(const std::string& node, std::uint64_t session,
                                               const std::string& space, std::uint64_t view_every) {
  runtime::membership::member_options options;
  options.view_every = view_every;
  options.profile.node = node;
  options.profile.session = session_id(session);
  options.profile.address = "at-" + node + ":7090";
  options.profile.hosted = {{space, {{"Agent", "build"}}}};
  options.profile.door = "http://" + node;
  options.namespaces = {{space, 2, runtime::incarnation(session)}};
  return options;
}

/// Nodes on one cluster log; all that is appended is read by all at once, in the caller's thread.
class cluster_membership_test : public ::testing::Test {
 protected:
  struct node final : runtime::log_listener {
    node(cluster_membership_test& of, const std::string& name, std::uint64_t session,
         const std::string& space, std::uint64_t view_every)
        : membership({of.log_, of.clock_,
                      [this](runtime::log_line::level, std::string line) {
                        said.push_back(std::move(line));
                      },
                      [] {}},
                     options_of(name, session, space, view_every),
                     runtime::membership::reading_from::first_record) {}
    void on_durable(std::span<const runtime::log_record> records) override {
      membership.on_durable(records);
    }
    std::map<partition_index, wanted_partition> wanted;
    std::vector<std::string> said;
    cluster_membership membership;
    std::size_t read = 0;
  };

  node& begin(const std::string& name, std::uint64_t session, const std::string& space = "team",
              std::uint64_t view_every = 10'000) {
    auto& made =
        *nodes_.emplace_back(std::make_unique<node>(*this, name, session, space, view_every));
    made.membership.on_caught_up();
    made.membership.open(
        [&made](auto partition, const auto& what) {  // style: allow(capture) lives on
          made.wanted[partition] = what;
        });
    settle();
    return made;
  }
  /// Until nothing more is appended.
  void settle() {
    while (true) {
      const auto written = log_.run_once();
      const auto records = log_.records();
      for (const auto& one : nodes_) {
        if (silent_.contains(one.get())) continue;
        const auto from = std::exchange(one->read, records.size());
        if (from < records.size()) one->on_durable(std::span(records).subspan(from));
      }
      if (*written == 0 && !log_.waits()) return;
    }
  }
  void pass(runtime::duration time) {
    for (auto left = time.us; left > 0; left -= 50'000) {
      clock_.pass(runtime::milliseconds(50));
      for (const auto& one : nodes_) {
        if (!silent_.contains(one.get())) one->membership.on_time();
      }
      settle();
    }
  }
  static std::size_t owned(const node& by) {
    return static_cast<std::size_t>(std::ranges::count_if(
        by.wanted, [](const auto& one) { return one.second.what != partition_want::no; }));
  }

  hand_clock clock_;
  memory_log log_{memory_log::batches::single};
  std::vector<std::unique_ptr<node>> nodes_;
  std::set<node*> silent_;  ///< neither hear nor say anything
};

TEST_F(cluster_membership_test, a_node_joins_and_is_told_what_to_own) {
  auto& a = begin("a", 1);
  EXPECT_EQ(a.membership.condition(), member_condition::present);
  EXPECT_EQ(a.membership.namespaces().at("team").first, 1U);
  EXPECT_EQ(owned(a), 2U);
  EXPECT_GT(a.wanted.at(partition_index(1)).view, runtime::offset(0));
  auto& b = begin("b", 2);
  EXPECT_EQ(b.membership.namespaces().at("team").log, runtime::incarnation(1)) << "the first's";
  EXPECT_EQ(owned(a) + owned(b), 2U) << "each partition is to be one node's";
  EXPECT_EQ(b.wanted.size(), 2U) << "it hears of those too that are none of its";
}

// A node that was drained forgets whose a partition is, and must hear it when it comes back.
TEST_F(cluster_membership_test, whose_a_partition_is_is_said_again_when_it_comes_back) {
  auto& a = begin("a", 1);
  auto& b = begin("b", 2);
  for (const std::uint32_t i : {1U, 2U}) {
    for (auto* one : {&a, &b}) {
      one->membership.on_holder(partition_index(i), session_id(7), runtime::offset(1));
    }
  }
  settle();
  const auto drain = [this, &a](drain_wish wish) {
    bool done = false;
    a.membership.drain("b", wish, [&done](const auto& reply) { done = reply.has_value(); });
    settle();
    EXPECT_TRUE(done);
  };
  drain(drain_wish::drain);
  EXPECT_EQ(owned(b), 0U);
  drain(drain_wish::undo);
  for (const auto& [partition, want] : b.wanted) {
    if (want.what == partition_want::no) continue;
    EXPECT_EQ(want.what, partition_want::now) << "session 7 is no member's";
    EXPECT_EQ(want.from, session_id(7));
  }
  EXPECT_EQ(owned(a) + owned(b), 2U);
}

TEST_F(cluster_membership_test, whose_a_partition_is_comes_with_where_that_node_is_reached) {
  auto& a = begin("a", 1);
  auto& b = begin("b", 2);
  const partition_index first(1);
  EXPECT_EQ(a.membership.owner(first), peer{});
  a.membership.on_holder(first, session_id(2), runtime::offset(1));
  EXPECT_EQ(a.membership.owner(first), (peer{session_id(2), "b", "at-b:7090"}));
  silent_.insert(&b);
  pass(runtime::seconds(3));
  EXPECT_EQ(a.membership.owner(first), (peer{session_id(2), "", ""})) << "it is gone";
  a.membership.on_holder(first, session_id{}, runtime::offset{});
  EXPECT_EQ(a.membership.owner(first), peer{});
}

TEST_F(cluster_membership_test, what_a_member_hosts_is_known_by_its_session) {
  auto& a = begin("a", 1);
  begin("b", 2);
  const auto& known = a.membership;
  EXPECT_EQ(known.hosts(session_id(2), "team", "Agent"), true);
  EXPECT_EQ(known.hosts(session_id(2), "team", "other Agent"), false);
  EXPECT_EQ(known.hosts(session_id(2), "other team", "Agent"), false);
  EXPECT_EQ(known.hosts(session_id(3), "team", "Agent"), std::nullopt) << "it is no member";
}

TEST_F(cluster_membership_test, who_has_an_agent_comes_with_where_that_node_is_reached) {
  auto& b = begin("b", 2);
  auto& a = begin("a", 1);
  const auto hosts = a.membership.hosting({"team", "Agent"});
  ASSERT_EQ(hosts.size(), 2U);
  EXPECT_EQ(hosts[0].at, (peer{session_id(1), "a", "at-a:7090"}));
  EXPECT_EQ(hosts[1].at, (peer{session_id(2), "b", "at-b:7090"}));
  EXPECT_EQ(hosts[0].build, a.membership.status().nodes.at(0).agents.at(0).build);
  EXPECT_TRUE(a.membership.hosting({"team", "other Agent"}).empty());
  EXPECT_TRUE(a.membership.hosting({"other team", "Agent"}).empty());
  silent_.insert(&b);
  pass(runtime::seconds(3));
  EXPECT_EQ(a.membership.hosting({"team", "Agent"}).size(), 1U) << "it is gone";
}

TEST_F(cluster_membership_test, something_may_be_true_of_all_agents_of_a_namespace) {
  auto& a = begin("a", 1);
  const auto is = [](std::string_view name) {
    return [name](std::string_view agent) { return agent == name; };
  };
  EXPECT_TRUE(a.membership.all_agents("team", is("Agent")));
  EXPECT_FALSE(a.membership.all_agents("team", is("other Agent")));
  EXPECT_TRUE(a.membership.all_agents("other team", is("other Agent"))) << "it has none";
}

TEST_F(cluster_membership_test, who_falls_silent_is_gone_and_the_rest_take_over) {
  auto& a = begin("a", 1);
  auto& b = begin("b", 2);
  silent_.insert(&b);
  pass(runtime::seconds(3));
  EXPECT_EQ(owned(a), 2U);
  EXPECT_EQ(a.membership.status().nodes.size(), 1U);
  silent_.clear();
  pass(runtime::seconds(1));
  EXPECT_EQ(b.membership.condition(), member_condition::present) << "it joins again by itself";
  EXPECT_EQ(owned(a) + owned(b), 2U);
}

TEST_F(cluster_membership_test, who_leaves_hands_over_first) {
  auto& a = begin("a", 1);
  auto& b = begin("b", 2);
  EXPECT_TRUE(b.membership.has_successor());
  for (const std::uint32_t i : {1U, 2U})
    b.membership.on_holder(partition_index(i), session_id(2), runtime::offset(1));
  b.membership.leave();
  settle();
  EXPECT_EQ(b.membership.condition(), member_condition::leaving) << "it holds both";
  for (const std::uint32_t i : {1U, 2U}) b.membership.on_holder(partition_index(i), {}, {});
  settle();
  pass(runtime::milliseconds(100));
  EXPECT_EQ(b.membership.condition(), member_condition::left);
  EXPECT_EQ(owned(a), 2U);
  EXPECT_FALSE(a.membership.has_successor());
}

TEST_F(cluster_membership_test, an_operator_hears_why_a_node_is_not_drained) {
  auto& a = begin("a", 1);
  const auto drain = [this, &a](const std::string& node, drain_wish wish) {
    std::optional<runtime::expected<runtime::drain_reply>> told;
    a.membership.drain(node, wish, [&told](auto reply) { told = std::move(reply); });
    settle();
    return *told;
  };
  EXPECT_EQ(drain("nobody", drain_wish::drain).error().code, errc::not_found);
  EXPECT_EQ(drain("a", drain_wish::undo).error().code, errc::failed_state);
  const auto done = drain("a", drain_wish::drain);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->only_here, std::vector<std::string>{"team"});
  EXPECT_EQ(a.membership.status().nodes.front().state, "drained");
  log_.fail_others(1, memory_log::fate::lost);
  const auto lost = drain("a", drain_wish::undo);
  EXPECT_EQ(lost.error().code, errc::unavailable);
  EXPECT_THAT(lost.error().message, HasSubstr("ask again"));
}

TEST_F(cluster_membership_test, a_record_that_cannot_be_read_ends_it_by_name) {
  auto& a = begin("a", 1);
  log_.put(cluster_partition, "no record");
  settle();
  EXPECT_EQ(a.membership.condition(), member_condition::stopped);
  ASSERT_TRUE(a.membership.problem());
  EXPECT_THAT(a.said.back(), HasSubstr("the cluster log cannot be followed"));
  EXPECT_EQ(a.membership.next_wake(), runtime::timestamp{});
}

TEST_F(cluster_membership_test, an_operator_does_not_wait_for_what_is_never_read) {
  auto& a = begin("a", 1);
  std::optional<runtime::expected<runtime::drain_reply>> told;
  const auto drain = [&a, &told] {
    told.reset();
    a.membership.drain("a", drain_wish::drain, [&told](auto reply) { told = std::move(reply); });
  };
  drain();
  EXPECT_FALSE(told) << "it is not read back";
  a.membership.on_lost(cluster_partition, {errc::corrupt, "it is gone"});
  ASSERT_TRUE(told);
  EXPECT_EQ(told->error().code, errc::unavailable);
  drain();
  ASSERT_TRUE(told) << "nor later";
  EXPECT_EQ(told->error().code, errc::corrupt);
  auto& b = begin("b", 2);
  told.reset();
  b.membership.drain("b", drain_wish::drain, [&told](auto reply) { told = std::move(reply); });
  b.membership.close();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->error().code, errc::unavailable);
}

TEST_F(cluster_membership_test, who_writes_a_view_lets_the_log_forget_what_is_before_the_last_one) {
  auto& a = begin("a", 1, "team", 20);
  pass(runtime::seconds(6));
  EXPECT_THAT(a.said, Contains(HasSubstr("view by")));
  EXPECT_EQ(log_.trimmed, runtime::offset()) << "there is one only";
  pass(runtime::seconds(6));
  EXPECT_GT(log_.trimmed, runtime::offset());
  EXPECT_LT(log_.trimmed.value + 20, log_.records().back().at.value);
}

TEST_F(cluster_membership_test, who_lost_its_place_in_the_log_owns_nothing_until_a_view_comes_by) {
  auto& a = begin("a", 1, "team", 20);
  auto& b = begin("b", 2, "team", 20);
  silent_.insert(&b);
  pass(runtime::seconds(10));
  EXPECT_EQ(owned(a), 2U);
  // All was deleted up to a while ago; b reads on behind the hole.
  std::optional<runtime::expected<runtime::drain_reply>> told;
  b.membership.drain("a", drain_wish::drain, [&told](auto reply) { told = std::move(reply); });
  b.read = log_.records().size() - 25;
  b.membership.on_forgotten(cluster_partition);
  ASSERT_TRUE(told) << "whether it was done can be in what is lost";
  EXPECT_EQ(told->error().code, errc::unavailable);
  EXPECT_EQ(owned(b), 0U);
  EXPECT_EQ(b.membership.condition(), member_condition::reading);
  EXPECT_FALSE(b.membership.loaded());
  silent_.clear();
  pass(runtime::seconds(4));
  EXPECT_TRUE(b.membership.loaded());
  EXPECT_EQ(b.membership.condition(), member_condition::present);
  EXPECT_EQ(b.membership.status().nodes.size(), 2U);
  EXPECT_EQ(owned(a) + owned(b), 2U);
}

TEST_F(cluster_membership_test, another_process_of_its_name_ends_it) {
  auto& a = begin("a", 1);
  begin("a", 2);
  ASSERT_TRUE(a.membership.problem());
  EXPECT_EQ(a.membership.problem()->code, errc::already_exists);
}

TEST_F(cluster_membership_test, rule_3_6_a_node_hears_of_namespaces_that_others_serve) {
  auto& a = begin("a", 1);
  std::vector<runtime::membership::neighbours> told;
  a.membership.tell_neighbours([&told](const auto& now) { told.push_back(now); });
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told.back().empty()) << "its own is none";
  begin("b", 2, "legal");
  ASSERT_TRUE(told.back().contains("legal"));
  const auto& legal = told.back().at("legal");
  EXPECT_EQ(legal.row, (runtime::membership::cluster_namespace{3, 2, runtime::incarnation(2)}));
  EXPECT_THAT(legal.doors, ::testing::ElementsAre("http://b"));
  const auto count = told.size();
  pass(runtime::seconds(2));
  EXPECT_EQ(told.size(), count) << "heartbeats change nothing";
  EXPECT_EQ(a.membership.status().nodes.at(1).door, "http://b");
  a.membership.close();
  begin("c", 3, "legal");
  EXPECT_EQ(told.size(), count) << "it hears nothing any more";
}

}  // namespace
}  // namespace perdure::actors
