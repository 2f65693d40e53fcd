// What generated clients ask for, seen as the commands of the run that calls.

#include "research/researcher.perdure.hpp"
#include "runtime/author/agent.hpp"
#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure {
namespace {

using research::v1::Approval;
using research::v1::echo_client;
using research::v1::Query;
using research::v1::Report;
using research::v1::researcher_client;
using runtime::call_agent;
using testing::code_run;
using ::testing::HasSubstr;

Query about(const std::string& topic) {
  Query query;
  query.set_topic(topic);
  query.set_depth(research::v1::THOROUGH);
  return query;
}

TEST(clients, a_call_names_agent_operation_namespace_and_request) {
  code_run run([](context& ctx) -> workflow<Report> {
    researcher_client client(ctx, "science");
    co_return co_await client.research(about("tea"));
  });
  run.start();
  const auto& call = run.opened<call_agent>(1);
  EXPECT_EQ(call.target_namespace, "science");
  EXPECT_EQ(call.agent, "research.v1.Researcher");
  EXPECT_EQ(call.operation, "Research");
  EXPECT_EQ(call.input, encode(about("tea")));
  Report report;
  report.set_text("hot water");
  run.gives(1, report);
  EXPECT_EQ(run.value<Report>().text(), "hot water");
}

TEST(clients, the_id_template_makes_the_workflow_id) {
  code_run run([](context& ctx) -> workflow<Report> {
    co_return co_await researcher_client(ctx).research(about("tea"));
  });
  run.start();
  EXPECT_EQ(run.opened<call_agent>(1).workflow_id, "topic/tea/THOROUGH");
}

TEST(clients, a_workflow_id_of_the_caller_goes_before_the_template) {
  code_run run([](context& ctx) -> workflow<Report> {
    call_options options;
    options.workflow_id = "mine";
    options.policy = id_policy::attach;
    options.on_close = close_policy::abandon;
    options.timeout = time_span(7);
    co_return co_await researcher_client(ctx).research(about("tea"), options);
  });
  run.start();
  const auto& call = run.opened<call_agent>(1);
  EXPECT_EQ(call.workflow_id, "mine");
  EXPECT_EQ(call.policy, id_policy::attach);
  EXPECT_EQ(call.on_close, close_policy::abandon);
  EXPECT_EQ(call.timeout.us, 7);
}

TEST(clients, a_request_that_makes_no_id_fails_the_caller) {
  code_run run([](context& ctx) -> workflow<Report> {
    co_return co_await researcher_client(ctx).research(about(""));
  });
  run.start();
  EXPECT_EQ(run.status(), "failed");
  EXPECT_EQ(run.why().type, "invalid_argument");
  EXPECT_THAT(run.why().message, HasSubstr("'topic' of research.v1.Query is empty"));
}

TEST(clients, without_a_template_the_id_is_chosen_by_the_context) {
  code_run run([](context& ctx) -> workflow<Query> {
    co_return co_await echo_client(ctx).echo_(about("tea"));
  });
  run.start();
  EXPECT_FALSE(run.opened<call_agent>(1).workflow_id.empty());
  EXPECT_EQ(run.opened<call_agent>(1).agent, "echo");
}

TEST(clients, empty_messages_are_no_parameter_and_no_result) {
  code_run run([](context& ctx) -> workflow<void> {
    researcher_client client(ctx);
    co_await client.refresh();
    co_await client.clean();
  });
  run.start();
  EXPECT_TRUE(run.opened<call_agent>(1).input.empty());
  run.gives(1);
  EXPECT_EQ(run.opened<call_agent>(2).operation, "Clean");
  run.gives(2);
  EXPECT_EQ(run.status(), "completed");
}

TEST(clients, an_agent_under_another_name_can_be_called) {
  code_run run([](context& ctx) -> workflow<Query> {
    co_return co_await echo_client(ctx, "science", "loud echo").echo_(about("tea"));
  });
  run.start();
  EXPECT_EQ(run.opened<call_agent>(1).agent, "loud echo");
}

TEST(clients, signals_go_to_the_workflow_that_is_named) {
  code_run run([](context& ctx) -> workflow<void> {
    researcher_client client(ctx, "science");
    Approval approval;
    approval.set_by("Ada");
    client.approve("topic/tea/QUICK", approval);
    client.hurry("topic/tea/QUICK");
    co_return;
  });
  run.start();
  ASSERT_EQ(run.last().commands.size(), 2U);
  const auto& approve = std::get<runtime::send_signal>(run.last().commands[0]);
  EXPECT_EQ(approve.target_namespace, "science");
  EXPECT_EQ(approve.workflow_id, "topic/tea/QUICK");
  EXPECT_EQ(approve.name, "Approve");
  EXPECT_EQ(decode<Approval>(approve.body).by(), "Ada");
  const auto& hurry = std::get<runtime::send_signal>(run.last().commands[1]);
  EXPECT_EQ(hurry.name, "Hurry");
  EXPECT_TRUE(hurry.body.empty());
}

}  // namespace
}  // namespace perdure
