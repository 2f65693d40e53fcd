#include <gmock/gmock.h>

#include "tests/nodes/whole_node.hpp"

namespace perdure::testing {
namespace {

using runtime::control_verb;
using runtime::outcome;
using runtime::run_status;
using ::testing::HasSubstr;
using ::testing::StartsWith;

inline constexpr step<std::string(std::string)> work{"work"};

std::string describe(const failure& why) {
  std::string text = fmt::format("{}: {}", name(why.kind()), why.message());
  for (const auto& cause : why.causes()) text += " <- " + runtime::to_text(cause);
  return text;
}

workflow<std::string> echo(context& ctx, script_run&, std::string input) {
  co_return input + "@" + ctx.info().name_space;
}
workflow<std::string> works(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.step(work, input);
}
workflow<std::string> fails(context&, script_run&, std::string input) {
  throw failure("no_stock", input);
  co_return "";
}
task<void> clean_up(context& ctx) { co_await ctx.step(work, "clean"); }
workflow<std::string> waits(context& ctx, script_run& run, std::string input) {
  run.shown = input;
  auto word = co_await ctx.signal<std::string>("word").outcome();
  if (!word) {
    run.shown = "cleaning up";
    co_await ctx.shielded(clean_up(ctx));
    throw word.error();
  }
  co_return *word;
}
/// "namespace operation id"
workflow<std::string> calls(context& ctx, script_run&, std::string input) {
  const auto space = input.substr(0, input.find(' '));
  const auto rest = input.substr(space.size() + 1);
  const auto operation = rest.substr(0, rest.find(' '));
  call_options options;
  options.workflow_id = rest.substr(operation.size() + 1);
  auto answer =
      co_await call_script(ctx, space == "-" ? "" : space, operation, "hi", options).outcome();
  co_return answer ? *answer : describe(answer.error());
}
/// Calls 40 runs, which fall into all partitions, at once.
workflow<std::string> calls_many(context& ctx, script_run&, std::string input) {
  std::vector<pending<std::string>> all;
  for (int i = 0; i < 40; ++i)
    all.push_back(call_script(ctx, i % 2 ? "legal" : "", "works", std::to_string(i),
                              {.workflow_id = fmt::format("{}/{}", input, i)}));
  std::string text;
  for (const auto& value : co_await perdure::all(std::move(all))) text += value + " ";
  co_return text;
}
workflow<std::string> asks_the_same(context& ctx, script_run&, std::string) {
  call_options options{.workflow_id = "question", .policy = id_policy::attach};
  co_return co_await call_script(ctx, "legal", "waits", "?", options);
}
template <close_policy Policy>
workflow<std::string> leaves_child(context& ctx, script_run&, std::string input) {
  auto child = call_script(ctx, "legal", "waits", "child",
                           {.workflow_id = "child of " + input, .on_close = Policy});
  auto word = ctx.signal<std::string>("word");
  co_return co_await word;
}
workflow<std::string> tells(context& ctx, script_run&, std::string input) {
  ctx.signal_workflow(input, "hears", "word", std::string("told"));
  co_await ctx.step(work, "x");
  co_return "told";
}
workflow<std::string> calls_with_timeout(context& ctx, script_run&, std::string) {
  call_options options{.workflow_id = "late"};
  options.timeout = std::chrono::milliseconds(20);
  auto answer = co_await call_script(ctx, "legal", "waits", "?", options).outcome();
  co_return answer ? *answer : describe(answer.error());
}

class calls_between_agents : public ::testing::Test {
 protected:
  void SetUp() override {
    add_script(*world_.offered, {{"echo", &echo},
                                 {"works", &works},
                                 {"fails", &fails},
                                 {"waits", &waits},
                                 {"calls", &calls},
                                 {"calls_many", &calls_many},
                                 {"asks_the_same", &asks_the_same},
                                 {"cancels", &leaves_child<close_policy::cancel>},
                                 {"terminates", &leaves_child<close_policy::terminate>},
                                 {"abandons", &leaves_child<close_policy::abandon>},
                                 {"tells", &tells},
                                 {"calls_with_timeout", &calls_with_timeout}});
    world_.offered->add_step(work, [](const std::string& in) { return in; });
    world_.start();
  }
  std::string end_in_legal(const std::string& id) { return world_.client("legal").end_of(id); }
  void wait_for_child(const std::string& id) {
    while (!world_.client("legal").describe(id)) std::this_thread::yield();
  }

  std::unique_ptr<whole_node> made_ = whole_node::make();
  whole_node& world_ = *made_;
};

TEST_F(calls_between_agents, a_call_gets_the_result_of_the_run_that_it_makes) {
  EXPECT_EQ(world_.client().run("calls", "a", "- echo b"), "hi@team");
  EXPECT_EQ(world_.client().end_of("b"), "hi@team") << "a run like any other";
  EXPECT_EQ(world_.client().run("calls", "c", "legal echo d"), "hi@legal");
  EXPECT_EQ(end_in_legal("d"), "hi@legal");
}

TEST_F(calls_between_agents, within_and_between_partitions_and_namespaces_at_once) {
  std::string expected;
  for (int i = 0; i < 40; ++i) expected += std::to_string(i) + " ";
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(world_.client().start("calls_many", fmt::format("a{}", i), fmt::format("a{}", i)));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(world_.client().end_of(fmt::format("a{}", i)), expected);
}

TEST_F(calls_between_agents, a_failure_comes_back_with_its_causes) {
  const auto text = world_.client().run("calls", "a", "legal fails b");
  EXPECT_THAT(text, StartsWith("failed: "));
  EXPECT_THAT(text, HasSubstr("no_stock"));
}

TEST_F(calls_between_agents,
       rule_3_6_a_namespace_that_does_not_allow_it_refuses_and_both_sides_hear) {
  EXPECT_THAT(world_.client().run("calls", "a", "closed echo b"), StartsWith("denied: "));
  EXPECT_TRUE(world_.has_said("'closed' refused"));
  EXPECT_TRUE(world_.has_said("namespace 'team'"));
  EXPECT_FALSE(world_.client("closed").describe("b"));
  EXPECT_THAT(world_.client("legal").run("calls", "c", "team echo d"), StartsWith("denied: "));
}

TEST_F(calls_between_agents, an_unknown_namespace_is_not_found) {
  EXPECT_THAT(world_.client().run("calls", "a", "nowhere echo b"), StartsWith("not_found: "));
}

TEST_F(calls_between_agents, an_id_in_use_is_rejected) {
  ASSERT_TRUE(world_.client("legal").start("waits", "busy"));
  EXPECT_THAT(world_.client().run("calls", "a", "legal waits busy"), StartsWith("rejected: "));
}

TEST_F(calls_between_agents, rule_2_9_many_attach_to_one_run_and_all_get_its_result) {
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) {
    ids.push_back(fmt::format("asker-{}", i));
    ASSERT_TRUE(world_.client().start("asks_the_same", ids.back()));
  }
  wait_for_child("question");
  ASSERT_TRUE(world_.client("legal").signal("question", "word", "42"));
  for (const auto& id : ids) EXPECT_EQ(world_.client().end_of(id), "42");
  EXPECT_EQ(world_.client().run("asks_the_same", "late"), "42") << "also when it has closed";
  EXPECT_EQ(world_.client("legal").list({})->runs.size(), 1u);
}

TEST_F(calls_between_agents, rule_6_5_children_end_as_their_policy_says_when_the_caller_closes) {
  for (const auto* operation : {"cancels", "terminates", "abandons"}) {
    ASSERT_TRUE(world_.client().start(operation, operation, operation));
    wait_for_child(std::string("child of ") + operation);
    ASSERT_TRUE(world_.client().signal(operation, "word", "bye"));
    EXPECT_EQ(world_.client().end_of(operation), "bye");
  }
  EXPECT_THAT(end_in_legal("child of cancels"), StartsWith("cancelled"));
  EXPECT_THAT(end_in_legal("child of terminates"), StartsWith("terminated"));
  ASSERT_TRUE(world_.client("legal").signal("child of abandons", "word", "alive"));
  EXPECT_EQ(end_in_legal("child of abandons"), "alive");
}

TEST_F(calls_between_agents, a_cancel_reaches_the_called_run_and_waits_for_its_end) {
  ASSERT_TRUE(world_.client().start("calls", "a", "legal waits b"));
  wait_for_child("b");
  ASSERT_TRUE(world_.client().control("a", control_verb::cancel));
  world_.client().end_of("a");
  EXPECT_THAT(end_in_legal("b"), StartsWith("cancelled"));
}

TEST_F(calls_between_agents, a_terminated_run_fails_its_callers_call) {
  ASSERT_TRUE(world_.client().start("calls", "a", "legal waits b"));
  wait_for_child("b");
  ASSERT_TRUE(world_.client("legal").control("b", control_verb::terminate));
  EXPECT_THAT(world_.client().end_of("a"), StartsWith("terminated: "));
}

TEST_F(calls_between_agents, a_calls_timeout_is_the_deadline_of_the_run) {
  EXPECT_THAT(world_.client().run("calls_with_timeout", "a"), StartsWith("timed_out: "));
  EXPECT_THAT(end_in_legal("late"), StartsWith("timed_out"));
}

TEST_F(calls_between_agents, signals_go_to_other_workflows_where_they_may) {
  ASSERT_TRUE(world_.client().start("waits", "hears"));
  ASSERT_TRUE(world_.client("legal").start("waits", "hears"));
  ASSERT_TRUE(world_.client("closed").start("waits", "hears"));
  for (const auto* space : {"team", "legal", "closed"})
    EXPECT_EQ(world_.client().run("tells", space, space), "told");
  EXPECT_EQ(world_.client().end_of("hears"), "told");
  EXPECT_EQ(end_in_legal("hears"), "told");
  EXPECT_EQ(world_.client("closed").result("hears", {})->status, run_status::open);
}

TEST_F(calls_between_agents, parents_are_described) {
  ASSERT_TRUE(world_.client().start("calls", "a", "legal waits b"));
  wait_for_child("b");
  EXPECT_FALSE(world_.client("legal").describe("b")->summary.parent.empty());
}

}  // namespace
}  // namespace perdure::testing
