// What generated handler bases do, behind the host that runs them.

#include "research/researcher.perdure.hpp"
#include "runtime/author/agent.hpp"
#include "runtime/author/coroutine_host.hpp"
#include "tests/unit/runtime/author/run_driver.hpp"

namespace perdure {
namespace {

using library::v1::Page;
using library::v1::Page_Number;
using research::v1::Approval;
using research::v1::Progress;
using research::v1::Query;
using research::v1::Report;
using runtime::errc;
using runtime::operation_kind;
using ::testing::HasSubstr;
using testing::run_driver;

const auto no_message = payload("\xff\xff");

Query about(const std::string& topic) {
  Query query;
  query.set_topic(topic);
  return query;
}

Report report_of(const std::string& text) {
  Report report;
  report.set_text(text);
  return report;
}

Approval approval_by(const std::string& who) {
  Approval approval;
  approval.set_by(who);
  return approval;
}

class desk : public research::v1::researcher {
 public:
  workflow<Report> research(context& ctx, Query query) override {
    topic_ = query.topic();
    percent_ = 50;
    const auto approval = co_await ctx.signal(approve);
    percent_ = 100;
    co_return report_of(topic_ + ", approved by " + approval.by());
  }
  workflow<void> refresh(context& ctx) override { co_await ctx.signal(hurry); }
  Approval judge(step_context&, Report report) override { return approval_by(report.text()); }
  void clean(step_context& ctx) override {
    if (ctx.attempt() == 1) throw std::runtime_error("not yet");
  }
  Progress status(const query_context&) const override {
    Progress progress;
    progress.set_percent(percent_);
    return progress;
  }
  Page read_page(const query_context& ctx, Page_Number number) const override {
    Page page;
    page.set_text(ctx.info().workflow_id + ": " + topic_ + ", page " +
                  std::to_string(number.value()));
    return page;
  }
  workflow<Report> delete_(context&, Query query) override { co_return report_of(query.topic()); }

 private:
  std::string topic_;
  int percent_ = 0;
};

constexpr auto agent = "research.v1.Researcher";

std::unique_ptr<registry> desks() {
  auto offered = std::make_unique<registry>("test build");
  offered->add_agent<desk>();
  return offered;
}

class agents : public ::testing::Test {
 protected:
  runtime::step_report attempt(const registry& offered, const std::string& operation,
                               payload arguments, std::uint32_t number = 1) {
    runtime::step_attempt attempt;
    attempt.name = function_step_name(agent, operation);
    attempt.arguments = std::move(arguments);
    attempt.attempt = runtime::attempt_number(number);
    return offered.steps().run(attempt, {});
  }
};

TEST_F(agents, a_workflow_rpc_runs_its_coroutine) {
  run_driver run(desks(), agent, "Research");
  run.start(about("tea"));
  EXPECT_EQ(run.waits(), "signal");
  run.signals("Approve", approval_by("Ada"));
  EXPECT_EQ(run.value<Report>().text(), "tea, approved by Ada");
}

TEST_F(agents, empty_messages_are_no_parameter_and_no_result) {
  run_driver run(desks(), agent, "Refresh");
  run.start();
  EXPECT_EQ(run.status(), "open");
  run.signals("Hurry", payload());
  EXPECT_EQ(run.status(), "completed");
  EXPECT_TRUE(run.last().result.empty());
}

TEST_F(agents, an_rpc_named_as_a_word_of_the_language_runs) {
  run_driver run(desks(), agent, "Delete");
  run.start(about("coffee"));
  EXPECT_EQ(run.value<Report>().text(), "coffee");
}

TEST_F(agents, each_run_has_its_own_object) {
  run_driver one(desks(), agent, "Research");
  run_driver other(desks(), agent, "Research");
  one.start(about("tea"));
  EXPECT_EQ(decode<Progress>(one.query("Status").value()).percent(), 50);
  EXPECT_EQ(decode<Progress>(other.query("Status").value()).percent(), 0);
}

TEST_F(agents, a_query_rpc_reads_the_members) {
  run_driver run(desks(), agent, "Research");
  run.start(about("tea"));
  Page_Number number;
  number.set_value(3);
  const auto page = decode<Page>(run.query("ReadPage", encode(number)).value());
  EXPECT_EQ(page.text(), "workflow-1: tea, page 3");
  run.signals("Approve", approval_by("Ada"));
  EXPECT_EQ(decode<Progress>(run.query("Status").value()).percent(), 100);
}

TEST_F(agents, a_function_rpc_is_a_run_of_one_step) {
  const auto offered = desks();
  run_driver run(desks(), agent, "Judge");
  run.start(report_of("fine"));
  EXPECT_EQ(run.commands(), "step research.v1.Researcher/Judge");
  const auto report = attempt(*offered, "Judge", run.opened<runtime::run_step>(1).arguments);
  ASSERT_EQ(report.result, outcome::ok);
  run.gives(1, report.body);
  EXPECT_EQ(run.value<Approval>().by(), "fine");
}

TEST_F(agents, a_function_that_throws_is_tried_again) {
  const auto offered = desks();
  const auto first = attempt(*offered, "Clean", {}, 1);
  EXPECT_EQ(first.result, outcome::failed);
  EXPECT_TRUE(first.retryable);
  const auto second = attempt(*offered, "Clean", {}, 2);
  EXPECT_EQ(second.result, outcome::ok);
  EXPECT_TRUE(second.body.empty());
}

TEST_F(agents, a_workflow_whose_input_cannot_be_read_fails) {
  run_driver run(desks(), agent, "Research");
  run.start(no_message);
  EXPECT_EQ(run.status(), "failed");
  EXPECT_EQ(run.why().type, "invalid_input");
  EXPECT_THAT(run.why().message, HasSubstr("research.v1.Query"));
}

TEST_F(agents, a_function_whose_input_cannot_be_read_is_not_tried_again) {
  const auto offered = desks();
  const auto report = attempt(*offered, "Judge", no_message);
  EXPECT_EQ(report.result, outcome::failed);
  EXPECT_FALSE(report.retryable);
  const auto why = runtime::decode_failure(report.body.view()).value();
  EXPECT_EQ(why.type, "invalid_input");
  EXPECT_THAT(why.message, HasSubstr("research.v1.Report"));
}

TEST_F(agents, a_query_whose_input_cannot_be_read_is_an_error) {
  run_driver run(desks(), agent, "Research");
  run.start(about("tea"));
  const auto answer = run.query("ReadPage", no_message);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, errc::invalid_argument);
}

TEST_F(agents, what_is_no_query_is_not_found_as_one) {
  run_driver run(desks(), agent, "Research");
  run.start(about("tea"));
  for (const auto* name : {"Nothing", "Research", "Approve", "status", ""}) {
    const auto answer = run.query(name);
    ASSERT_FALSE(answer) << name;
    EXPECT_EQ(answer.error().code, errc::not_found) << name;
  }
}

TEST_F(agents, only_workflows_and_functions_can_be_run) {
  const auto offered = desks();
  coroutine_host host(*offered);
  runtime::run_description run;
  run.agent = agent;
  for (const auto* name : {"Nothing", "Approve", "Status", "research", ""}) {
    run.operation = name;
    const auto opened = host.open(run);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, errc::not_found) << name;
  }
}

TEST_F(agents, dispatch_of_what_is_not_in_the_proto_throws) {
  runtime::step_attempt attempt;
  step_environment environment;
  step_context ctx(attempt, environment);
  desk handler;
  EXPECT_THROW(handler.dispatch_function("Research", ctx, {}), no_such_operation);
  const runtime::run_description run;
  EXPECT_THROW(handler.dispatch_query("Judge", query_context(run, {}), {}), no_such_operation);
}

TEST_F(agents, descriptions_say_what_the_proto_says) {
  const auto agents = desks()->agents();
  ASSERT_EQ(agents.size(), 1U);
  EXPECT_EQ(agents[0].name, agent);
  EXPECT_EQ(agents[0].build, "test build");
  ASSERT_EQ(agents[0].operations.size(), 9U);
  const auto& research = agents[0].operations[0];
  EXPECT_EQ(research.name, "Research");
  EXPECT_EQ(research.kind, operation_kind::workflow);
  EXPECT_EQ(research.input_type, "research.v1.Query");
  EXPECT_EQ(research.output_type, "research.v1.Report");
  EXPECT_EQ(research.id_template, "topic/{topic}/{depth}");
  const auto& page = agents[0].operations[7];
  EXPECT_EQ(page.kind, operation_kind::query);
  EXPECT_EQ(page.input_type, "library.v1.Page.Number");
}

TEST_F(agents, the_name_is_the_option_or_the_full_name) {
  EXPECT_EQ(research::v1::researcher::agent_name, agent);
  EXPECT_EQ(research::v1::echo::agent_name, "echo");
  EXPECT_EQ(research::v1::echo::description().name, "echo");
}

}  // namespace
}  // namespace perdure
