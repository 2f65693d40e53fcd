#include <gmock/gmock.h>

#include "tests/nodes/whole_node.hpp"

namespace perdure::testing {
namespace {

using runtime::control_verb;
using runtime::errc;
using ::testing::HasSubstr;

inline constexpr step<std::string(std::string)> work{"work"};

workflow<std::string> collects(context& ctx, script_run& run, std::string) {
  while (true) {
    const auto word = co_await ctx.signal<std::string>("word");
    if (word == "end") co_return run.shown;
    run.shown += word;
  }
}
workflow<std::string> counts(context& ctx, script_run& run, std::string) {
  for (int i = 0; i < 100; ++i) {
    co_await ctx.step(work, std::string("x"));
    run.shown = std::to_string(i + 1);
  }
  co_return run.shown;
}
workflow<std::string> throws_after_word(context& ctx, script_run&, std::string) {
  co_await ctx.signal<std::string>("word");
  throw std::runtime_error("a bug");
  co_return "";
}

class queries : public ::testing::Test {
 protected:
  void SetUp() override {
    add_script(
        *world_.offered,
        {{"collects", &collects}, {"counts", &counts}, {"throws_after_word", &throws_after_word}});
    world_.offered->add_step(work, [](const std::string& in) { return in; });
    world_.start();
  }
  std::unique_ptr<whole_node> made_ = whole_node::make();
  whole_node& world_ = *made_;
};

TEST_F(queries, rule_6_9_a_query_sees_every_write_that_was_acknowledged) {
  ASSERT_TRUE(world_.client().start("collects", "a"));
  std::string written;
  for (int i = 0; i < 100; ++i) {
    const auto word = std::string(1, static_cast<char>('a' + i % 26));
    ASSERT_TRUE(world_.client().signal("a", "word", word));
    written += word;
    ASSERT_EQ(world_.client().query("a"), written);
  }
}

TEST_F(queries, rule_6_9_also_right_after_the_frame_was_evicted) {
  world_.stop();
  world_.node_options().owner.resident_runs = 1;
  world_.start();
  for (int i = 0; i < 10; ++i) {
    const auto id = fmt::format("w{}", i);
    ASSERT_TRUE(world_.client().start("collects", id));
    ASSERT_TRUE(world_.client().signal(id, "word", id));
  }
  for (int i = 0; i < 10; ++i) {
    const auto id = fmt::format("w{}", i);
    ASSERT_TRUE(world_.client().signal(id, "word", "!"));
    EXPECT_EQ(world_.client().query(id), id + "!");
  }
}

TEST_F(queries, a_query_has_an_input) {
  ASSERT_TRUE(world_.client().start("collects", "a"));
  ASSERT_TRUE(world_.client().signal("a", "word", "word"));
  EXPECT_EQ(world_.client().query("a", "shown", " and input"), "word and input");
}

TEST_F(queries, queries_of_a_busy_run_never_go_back) {
  ASSERT_TRUE(world_.client().start("counts", "a"));
  int last = 0;
  while (true) {
    const auto shown = world_.client().query("a");
    if (!shown) {
      EXPECT_EQ(shown.error().code, errc::failed_state) << shown.error().message;
      break;
    }
    const int now = shown->empty() ? 0 : std::stoi(*shown);
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_EQ(world_.client().end_of("a"), "100");
}

TEST_F(queries, rule_6_9_a_paused_run_answers_as_of_its_last_turn) {
  ASSERT_TRUE(world_.client().start("collects", "a"));
  ASSERT_TRUE(world_.client().signal("a", "word", "before"));
  ASSERT_EQ(world_.client().query("a"), "before");
  ASSERT_TRUE(world_.client().control("a", control_verb::pause));
  world_.wait_for_condition("a", "paused");
  ASSERT_TRUE(world_.client().signal("a", "word", "after"));
  EXPECT_EQ(world_.client().query("a"), "before");
  world_.crash();
  world_.start();
  EXPECT_EQ(world_.client().query("a"), "before") << "brought back by replay while it is paused";
  EXPECT_EQ(world_.client().describe("a")->summary.condition, "paused");
}

TEST_F(queries, rule_6_9_a_parked_run_answers_with_an_error_that_says_so) {
  ASSERT_TRUE(world_.client().start("throws_after_word", "a"));
  ASSERT_TRUE(world_.client().signal("a", "word", "x"));
  world_.wait_for_condition("a", "parked");
  const auto refused = world_.client().query("a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::failed_state);
  EXPECT_THAT(refused.error().message, HasSubstr("parked"));
}

TEST_F(queries, a_run_that_has_not_begun_or_has_closed_says_so) {
  auto delayed = world_.client().request("collects", "a");
  delayed.delay = runtime::seconds(1'000);
  ASSERT_TRUE(world_.client().start(delayed));
  EXPECT_THAT(world_.client().query("a").error().message, HasSubstr("not begun"));
  ASSERT_TRUE(world_.client().start("collects", "b"));
  ASSERT_TRUE(world_.client().signal("b", "word", "end"));
  world_.client().end_of("b");
  EXPECT_THAT(world_.client().query("b").error().message, HasSubstr("closed"));
  EXPECT_EQ(world_.client().query("nobody").error().code, errc::not_found);
}

TEST_F(queries, unknown_queries_and_bad_inputs_and_exceptions_are_errors) {
  ASSERT_TRUE(world_.client().start("collects", "a"));
  EXPECT_EQ(world_.client().query("a", "nothing").error().code, errc::not_found);
  const auto thrown = world_.client().query("a", "throws");
  ASSERT_FALSE(thrown);
  EXPECT_THAT(thrown.error().message, HasSubstr("a query that throws"));
  EXPECT_EQ(world_.client().query("a"), "") << "the run is none the worse for it";
}

}  // namespace
}  // namespace perdure::testing
