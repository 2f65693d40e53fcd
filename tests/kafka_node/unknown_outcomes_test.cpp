// Appends of which nobody knows whether they landed (rule 5.4): two nodes on a real broker, with
// calls between their partitions and namespaces under way.

#include <functional>
#include <optional>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "nexus/metrics.hpp"
#include "tests/kafka_log/broker_fault.hpp"
#include "tests/kafka_node/call_load.hpp"
#include "tests/kafka_node/cluster_world.hpp"

namespace perdure::testing {
namespace {

using ::testing::IsEmpty;

workflow<std::string> waits(context& ctx, script_run&, std::string) {
  co_return co_await ctx.signal<std::string>("word");
}

const std::string given_up = "appended what may never land";

class unknown_outcomes : public ::testing::Test {
 protected:
  unknown_outcomes() {
    for (auto& node : nodes_) {
      offer_calls(*node.offered, {{"waits", &waits}});
      for (auto& space : node.options.namespaces) space.retention_runs = 50'000;
    }
  }
  void start(const std::vector<whole_node*>& asked, int clients) {
    nodes_.start_all();
    nodes_.wait_until_shared_among({0, 1});
    load_.emplace(asked, clients);
    load_->wait_for_more(40);
  }

  /// Until each partition that has work to do has met one, and `enough`, which hangs on chance;
  /// some run on between two.
  void repeat_until_all_have_claimed_again(
      const std::function<void()>& fault,
      const std::function<bool()>& enough = [] { return true; }) {
    const auto before = nodes_.epochs();
    const auto untouched = [this, &before] {
      std::vector<std::string> partitions;
      for (const auto& [partition, epoch] : nodes_.epochs()) {
        if (!partition.starts_with("closed") && epoch == before.at(partition))
          partitions.push_back(partition);
      }
      return partitions;
    };
    for (int round = 0; round < 25 && !(untouched().empty() && enough()); ++round) {
      fault();
      load_->wait_for_more(40);
    }
    EXPECT_THAT(untouched(), IsEmpty()) << "have not claimed again";
    EXPECT_TRUE(enough());
  }

  /// While the broker stands still a client is told that nobody knows, and asks again; partitions
  /// give up.
  void let_appends_time_out() {
    auto client = nodes_[0].client();
    auto request = client.request("answers_a_call", fmt::format("asked {}", ++asked_), "x");
    request.request_key = request.workflow_id;
    const auto before = nodes_.times_said(given_up);
    {
      const frozen_broker frozen(broker_);
      const auto told = client.start(request);
      EXPECT_EQ(told ? "taken" : name(told.error().code), "outcome_unknown");
      nodes_.wait_until_said_more_often(given_up, before + 4);  // not the first one alone
    }
    EXPECT_TRUE(start_with_patience(client, request));
    EXPECT_EQ(client.end_of(request.workflow_id), "[x]");
  }

  void expect_each_call_executed_once() {
    load_->stop();
    load_->judge(nodes_[0], nodes_[1]);
    const auto folded = nodes_.fold_topics();
    EXPECT_THAT(folded.problems, IsEmpty());
    EXPECT_GE(folded.messages, 2U * call_load::calls_of_a_run * load_->ended());
    for (auto& node : nodes_) {
      EXPECT_FALSE(node.has_said("has stopped"));
      EXPECT_FALSE(node.has_said("FATAL"));
    }
  }

  cluster_world nodes_{2};
  real_broker& broker_ = real_broker::of_this_program();
  int asked_ = 0;
  std::optional<call_load> load_;
};

TEST_F(
    unknown_outcomes,
    rule_5_4_after_appends_that_timed_out_partitions_claim_again_and_each_call_is_executed_once) {
  for (auto& node : nodes_) node.options.kafka.append_timeout_ms = 1'000;
  start({&nodes_[0], &nodes_[1]}, 8);
  repeat_until_all_have_claimed_again([this] { let_appends_time_out(); });
  expect_each_call_executed_once();
}

TEST_F(unknown_outcomes,
       rule_5_4_what_a_thrown_away_producer_had_on_its_way_doubles_no_call_when_it_lands) {
  start({&nodes_[0], &nodes_[1]}, 8);
  ASSERT_TRUE(nodes_[0].client().start("waits", "patient"));
  const std::string renewed = "a fatal error of the producer";
  repeat_until_all_have_claimed_again([&] {
    const auto before = nodes_.times_said(renewed);
    const frozen_broker frozen(broker_);  // what is on its way stays there
    EXPECT_TRUE(nodes_[0].client().result("patient", runtime::milliseconds(200)))
        << "what runs wait for is due meanwhile";
    for (auto& node : nodes_) node.break_producer();
    nodes_.wait_until_said_more_often(renewed, before + 1);
  });
  EXPECT_TRUE(nodes_[0].client().signal("patient", "word", "told"));
  EXPECT_EQ(nodes_[1].client().end_of("patient"), "told");
  expect_each_call_executed_once();
}

/// The first node serves "team", the other one "legal": they reach one another through doors.
class unknown_outcomes_at_doors : public unknown_outcomes {
 protected:
  unknown_outcomes_at_doors() {
    transport::write_file(keys_.path() + "/key", std::string(40, 'k'));
    for (auto& node : nodes_) {
      auto& own = node.options.namespaces;
      const bool is_team = &node == &nodes_[0];
      own = {own[is_team ? 0 : 1]};
      node.options.doors.server.address = "127.0.0.1";
      node.options.doors.server.port = 0;
      node.options.doors.keys = {{is_team ? "legal" : "team", "file:" + keys_.path() + "/key"}};
      node.options.kafka.append_timeout_ms = 1'000;
    }
  }
  /// Of messages that had come in and may never land.
  static std::size_t refused_by_the_door_of(kafka_world& node) {
    nexus::metrics all;
    all.add_source([&node] { return node.node->metrics(); });
    const std::string shown = all.exposition(), before = "{reason=\"not_durable\"} ";
    const auto at = shown.find(before);
    return at == std::string::npos ? 0 : std::stoul(shown.substr(at + before.size()));
  }

  transport::temporary_directory keys_;
};

TEST_F(unknown_outcomes_at_doors, rule_5_4_messages_that_timed_out_behind_a_door_are_taken_once) {
  start({&nodes_[0]}, 16);
  repeat_until_all_have_claimed_again([this] { let_appends_time_out(); },
                                      [this] {
                                        return refused_by_the_door_of(nodes_[0]) > 0 &&
                                               refused_by_the_door_of(nodes_[1]) > 0;
                                      });
  expect_each_call_executed_once();
}

}  // namespace
}  // namespace perdure::testing
