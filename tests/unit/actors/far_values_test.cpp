// What a node shows of runs whose agent another node has (docs/adr/0019): here it had the agent
// itself once, and the test is the other node.

#include <gmock/gmock.h>

#include "perdure/link/v1/link.pb.h"
#include "tests/unit/actors/memory_node.hpp"
#include "tests/world/far_messages.hpp"

namespace perdure::actors {
namespace {

using runtime::errc;
using runtime::session_id;
using testing::script_run;

inline constexpr step<std::string(std::string)> look{"look"};

workflow<std::string> echo(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.step(look, input);
}
workflow<std::string> calls(context& ctx, script_run&, std::string input) {
  co_return co_await testing::call_script(ctx, "", "echo", input, {.workflow_id = "callee"});
}

/// Both operations take and give orders, and so does the step.
std::string far_bytes(const std::string& agent) {
  link::v1::Catalogue told;
  told.set_session(2);
  auto& described = *told.add_agents();
  described.set_name(agent);
  for (const char* name : {"echo", "calls"}) {
    auto& operation = *described.add_operations();
    operation.set_name(name);
    operation.set_kind(1);
    operation.set_input_type("far.v1.Order");
    operation.set_output_type("far.v1.Order");
  }
  auto& step = *told.add_steps();
  step.set_name("look");
  step.mutable_result()->set_kind(5);
  step.mutable_result()->set_message("far.v1.Order");
  told.set_files(far_files().SerializeAsString());
  return told.SerializeAsString();
}

class far_values : public ::testing::Test {
 public:
  ~far_values() override { let_go(); }

 protected:
  far_values() {
    testing::add_script(world_.offered, {{"echo", &echo}, {"calls", &calls}});
    world_.offered.add_step(look, [](const std::string& in) { return in; });
    world_.start();
    EXPECT_EQ(world_.client().run("calls", "caller", far_order()), far_order());
    world_.stop();
    world_.offered = registry("another build");
    world_.hosting = [](const runtime::agent_address& agent) {
      const bool has_it = agent == runtime::agent_address{"team", "test.Agent"};
      return has_it ? std::vector{agent_peer{{session_id(2), "node-2", "at-2:1"}, "b"}}
                    : std::vector<agent_peer>();
    };
    world_.options.edge.ask_catalogue = [this](const auto& agent, auto reply) {
      const std::scoped_lock lock(mutex_);
      asked_.push_back(agent);
      if (holds_) return held_.push_back(std::move(reply));
      reply(answer_);
    };
    world_.start();
  }

  void let_go() {
    std::unique_lock lock(mutex_);
    const auto held = std::exchange(held_, {});
    lock.unlock();
    for (const auto& reply : held) reply(answer_);
  }
  std::size_t waiting() {
    const std::scoped_lock lock(mutex_);
    return held_.size();
  }

  memory_node world_;
  runtime::expected<runtime::payload> answer_{runtime::payload(far_bytes("test.Agent"))};
  bool holds_ = false;
  std::mutex mutex_;
  std::vector<runtime::agent_address> asked_;
  std::vector<runtime::reply_to<runtime::payload>> held_;
};

TEST_F(far_values, a_result_and_an_input_are_of_the_type_that_the_other_node_tells) {
  const auto result = world_.client().result("callee");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output_type.message, "far.v1.Order");
  EXPECT_NE(result->output_type.schema, nullptr);
  EXPECT_EQ(result->agent, "test.Agent");
  EXPECT_EQ(result->operation, "echo");
  EXPECT_EQ(world_.client().describe("callee")->input_type, result->output_type);
  EXPECT_EQ(asked_.size(), 1U) << "it is asked once";
}

TEST_F(far_values, a_story_is_told_by_what_the_other_node_tells) {
  const auto events = world_.client().history("caller");
  ASSERT_TRUE(events);
  std::map<std::string, std::string> types;
  for (const auto& event : *events) types[event.kind] = to_text(event.body_type);
  EXPECT_EQ(types, (std::map<std::string, std::string>{{"started", "far.v1.Order"},
                                                       {"call_scheduled", "far.v1.Order"},
                                                       {"call_started", "bytes"},
                                                       {"call_completed", "far.v1.Order"},
                                                       {"completed", "far.v1.Order"}}));
  const auto called = world_.client().history("callee");
  const auto step = std::ranges::find(*called, "step_completed", &runtime::history_event::kind);
  ASSERT_NE(step, called->end());
  EXPECT_EQ(to_text(step->body_type), "far.v1.Order");
}

TEST_F(far_values, who_asks_waits_until_the_other_node_has_told) {
  holds_ = true;
  std::atomic<int> told = 0;
  const runtime::workflow_address callee{"team", "callee", {}};
  auto& client = world_.node->client();
  client.result(callee, {}, [&told](const auto& result) {
    EXPECT_EQ(result->output_type.message, "far.v1.Order");
    ++told;
  });
  client.history(callee, [&told](const auto& events) {
    EXPECT_EQ(to_text(events->front().body_type), "far.v1.Order");
    ++told;
  });
  while (waiting() < 1) std::this_thread::yield();
  EXPECT_EQ(told, 0);
  while (told < 2) {
    let_go();
    std::this_thread::yield();
  }
  EXPECT_EQ(asked_.size(), 1U);
}

TEST_F(far_values, where_it_says_nothing_values_are_bytes) {
  answer_ = runtime::fail(errc::unavailable, "silent");
  const auto result = world_.client().result("callee");
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->output_type.is_known());
  EXPECT_EQ(result->body.view(), far_order());
  EXPECT_FALSE(world_.client().history("caller")->front().body_type.is_known());
  EXPECT_EQ(asked_.size(), 1U) << "nobody waits for it again at once";
}

TEST_F(far_values, an_agent_of_a_run_is_known_by_the_partition) {
  const auto agent_of = [this](const std::string& id) {
    return testing::blocking_client::ask<std::string>(
        [&](auto reply) { world_.node->client().agent_of({"team", id, {}}, std::move(reply)); });
  };
  EXPECT_EQ(agent_of("callee"), "test.Agent");
  EXPECT_EQ(agent_of("nobody").error().code, errc::not_found);
  EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace perdure::actors
