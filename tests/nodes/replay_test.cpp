#include <gmock/gmock.h>

#include "tests/nodes/whole_node.hpp"

namespace perdure::testing {
namespace {

using runtime::control_verb;
using runtime::errc;
using ::testing::AllOf;
using ::testing::HasSubstr;

inline constexpr step<std::string(std::string)> fetch{"fetch"};
inline constexpr step<std::string(std::string)> store{"store"};

workflow<std::string> first_build(context& ctx, script_run&, std::string input) {
  auto page = co_await ctx.step(fetch, input);
  page += co_await ctx.signal<std::string>("word");
  co_return page;
}
workflow<std::string> sleeps_instead(context& ctx, script_run&, std::string) {
  co_await ctx.sleep(std::chrono::seconds(3));
  co_return co_await ctx.signal<std::string>("word");
}
workflow<std::string> other_input(context& ctx, script_run&, std::string input) {
  auto page = co_await ctx.step(fetch, input + "!");
  co_return page + co_await ctx.signal<std::string>("word");
}
workflow<std::string> goes_further(context& ctx, script_run&, std::string input) {
  auto page = co_await ctx.step(fetch, input);
  page += co_await ctx.signal<std::string>("word");
  co_return co_await ctx.step(store, page);
}

/// One directory, and builds of the same agent that come one after the other.
class replay : public ::testing::Test {
 protected:
  void SetUp() override { deploy(&first_build, "build 1"); }

  void deploy(script_code code, const std::string& build) {
    world_.crash();
    world_.offered = std::make_unique<registry>(build);
    add_script(*world_.offered, {{"work", code}}, {.name = "test.Agent", .build = build});
    for (const auto& step : {&fetch, &store})
      world_.offered->add_step(*step, [this](const std::string& in) {
        ++attempts_;
        return "<" + in + ">";
      });
    world_.start();
  }
  /// A run that waits, on a node that does not have its agent any more.
  void begin_and_lose_the_agent(const std::string& id) {
    begin(id);
    world_.crash();
    world_.offered = std::make_unique<registry>("build 2");
    world_.start();
  }
  void begin(const std::string& id) {
    ASSERT_TRUE(world_.client().start("work", id, "page"));
    while (world_.client().describe(id)->summary.turns < 2)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  std::unique_ptr<whole_node> made_ = whole_node::make();
  whole_node& world_ = *made_;
  std::atomic<int> attempts_ = 0;
};

TEST_F(replay, rule_6_6_other_commands_than_the_journals_park_the_run_before_anything_happens) {
  begin("a");
  deploy(&sleeps_instead, "build 2");
  ASSERT_TRUE(world_.client().signal("a", "word", "x"));
  EXPECT_THAT(world_.wait_for_condition("a", "parked"),
              AllOf(HasSubstr("nondeterminism"), HasSubstr("step `fetch`"),
                    HasSubstr("timer of 3 s"), HasSubstr("event 1")));
  EXPECT_EQ(attempts_, 1);
}

TEST_F(replay, rule_6_6_a_difference_in_an_input_alone_says_so) {
  begin("a");
  deploy(&other_input, "build 2");
  ASSERT_TRUE(world_.client().signal("a", "word", "x"));
  EXPECT_THAT(world_.wait_for_condition("a", "parked"),
              AllOf(HasSubstr("fetch"), HasSubstr("input")));
}

TEST_F(replay, rule_6_6_a_fixed_build_and_resume_move_it_on) {
  begin("a");
  deploy(&sleeps_instead, "build 2");
  ASSERT_TRUE(world_.client().signal("a", "word", "x"));
  world_.wait_for_condition("a", "parked");
  deploy(&goes_further, "build 3");
  EXPECT_EQ(world_.wait_for_condition("a", "parked").substr(0, 14), "nondeterminism");
  ASSERT_TRUE(world_.client().control("a", control_verb::resume));
  EXPECT_EQ(world_.client().end_of("a"), "<<page>x>");
  const auto events = world_.client().history("a");
  EXPECT_EQ(events->front().build, "build 1");
  EXPECT_EQ(events->back().build, "build 3");
}

TEST_F(replay, a_query_of_a_run_that_cannot_be_replayed_parks_it_and_says_why) {
  begin("a");
  deploy(&sleeps_instead, "build 2");
  const auto refused = world_.client().query("a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::failed_state);
  world_.wait_for_condition("a", "parked");
}

TEST_F(replay, resume_without_a_fix_parks_it_again) {
  begin("a");
  deploy(&sleeps_instead, "build 2");
  ASSERT_TRUE(world_.client().signal("a", "word", "x"));
  world_.wait_for_condition("a", "parked");
  const auto turns = world_.client().describe("a")->summary.turns;
  ASSERT_TRUE(world_.client().control("a", control_verb::resume));
  while (world_.client().describe("a")->summary.turns < turns + 2)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  world_.wait_for_condition("a", "parked");
}

TEST_F(replay, new_code_behind_the_point_where_a_run_stands_is_safe) {
  begin("a");
  deploy(&goes_further, "build 2");
  ASSERT_TRUE(world_.client().signal("a", "word", "x"));
  EXPECT_EQ(world_.client().end_of("a"), "<<page>x>");
}

TEST_F(replay, an_agent_that_is_gone_leaves_its_runs_waiting_by_name_until_it_is_back) {
  begin_and_lose_the_agent("a");
  ASSERT_TRUE(world_.client().signal("a", "word", "x"));
  world_.wait_for_condition("a", "no_handler");
  EXPECT_EQ(world_.client().query("a").error().code, errc::failed_state);
  EXPECT_EQ(world_.client().start("work", "b").error().code, errc::not_found);
  deploy(&first_build, "build 1");
  EXPECT_EQ(world_.client().end_of("a"), "<page>x");
}

TEST_F(replay, a_signal_whose_bytes_a_node_without_the_agent_made_is_refused) {
  begin_and_lose_the_agent("a");
  const auto refused = world_.client().signal(world_.client().made_by_the_edge("a", "word", "{}"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::failed_state);
  EXPECT_THAT(refused.error().message,
              HasSubstr("of agent 'test.Agent', which this node does not"));
  EXPECT_EQ(world_.client().signal(world_.client().made_by_the_edge("b", "word", "")).error().code,
            errc::not_found);
  deploy(&first_build, "build 1");
  ASSERT_TRUE(world_.client().signal(world_.client().made_by_the_edge("a", "word", "x")));
  EXPECT_EQ(world_.client().end_of("a"), "<page>x");
}

TEST_F(replay, a_signal_made_by_the_types_of_another_agent_is_refused) {
  begin("a");
  auto made = world_.client().made_by_the_edge("a", "word", "x");
  made.typed_by = "other.Agent";
  const auto refused = world_.client().signal(made);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::failed_state);
  EXPECT_THAT(refused.error().message, HasSubstr("made by the types of 'other.Agent'"));
  made.typed_by = "test.Agent";
  ASSERT_TRUE(world_.client().signal(made));
  EXPECT_EQ(world_.client().end_of("a"), "<page>x");
}

TEST_F(replay, a_node_without_the_agent_takes_a_signal_that_was_made_by_its_types) {
  begin_and_lose_the_agent("a");
  auto made = world_.client().made_by_the_edge("a", "word", "x");
  made.typed_by = "test.Agent";
  ASSERT_TRUE(world_.client().signal(made));
  deploy(&first_build, "build 1");
  EXPECT_EQ(world_.client().end_of("a"), "<page>x");
}

TEST_F(replay, a_run_without_its_agent_can_be_terminated) {
  begin_and_lose_the_agent("a");
  ASSERT_TRUE(world_.client().signal("a", "word", "x"));
  world_.wait_for_condition("a", "no_handler");
  ASSERT_TRUE(world_.client().control("a", control_verb::terminate));
  EXPECT_EQ(world_.client().end_of("a"), "terminated: ");
}

}  // namespace
}  // namespace perdure::testing
