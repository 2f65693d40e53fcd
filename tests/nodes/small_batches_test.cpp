#include <future>

#include <gmock/gmock.h>

#include "tests/nodes/whole_node.hpp"

namespace perdure::testing {
namespace {

using ::testing::HasSubstr;

inline constexpr step<std::string(std::string)> swell{"swell"};
const std::string mebibyte(1'000'000, 'm');

workflow<std::string> many_results(context& ctx, script_run&, std::string input) {
  std::vector<std::string> all(std::stoul(input), "x");
  const auto got =
      co_await ctx.for_each(all, 16, [](context& c, std::string in) { return c.step(swell, in); });
  std::size_t bytes = 0;
  for (const auto& each : got) bytes += each.size();
  co_return std::to_string(bytes);
}
workflow<std::string> many_inputs(context& ctx, script_run&, std::string input) {
  std::vector<std::string> all(std::stoul(input), mebibyte);
  const auto got =
      co_await ctx.for_each(all, 16, [](context& c, std::string in) { return c.step(swell, in); });
  co_return std::to_string(got.size());
}
workflow<std::string> echo(context&, script_run&, std::string input) { co_return input; }

/// The smallest files that the configuration allows, hence the smallest batches: what the log
/// refused would stop a partition.
class small_batches : public ::testing::Test {
 protected:
  void SetUp() override {
    add_script(*world_.offered,
               {{"many_results", &many_results}, {"many_inputs", &many_inputs}, {"echo", &echo}});
    world_.offered->add_step(swell, [](const std::string&) { return mebibyte; });
    world_.take_small_requests();
    world_.start();
  }
  void TearDown() override { EXPECT_FALSE(world_.has_said("has stopped")); }
  std::unique_ptr<whole_node> made_ = whole_node::make();
  whole_node& world_ = *made_;
};

TEST_F(small_batches, rule_7_6_large_inputs_of_clients_go_out_in_requests_that_fit) {
  std::vector<std::future<runtime::expected<runtime::start_reply>>> answers;
  for (int i = 0; i < 24; ++i) {
    auto promise = std::make_shared<std::promise<runtime::expected<runtime::start_reply>>>();
    answers.push_back(promise->get_future());
    world_.node->client().start(world_.client().request("echo", fmt::format("e-{}", i), mebibyte),
                                [promise](auto answer) { promise->set_value(std::move(answer)); });
  }
  for (auto& each : answers) {
    const auto answer = each.get();
    EXPECT_TRUE(answer) << answer.error().message;
  }
  for (int i = 0; i < 24; ++i)
    EXPECT_EQ(world_.client().end_of(fmt::format("e-{}", i)).size(), mebibyte.size());
}

TEST_F(small_batches, rule_7_6_large_results_come_in_turns_that_fit) {
  EXPECT_EQ(world_.client().run("many_results", "a", "12"), std::to_string(12 * mebibyte.size()));
}

TEST_F(small_batches, rule_7_6_a_turn_that_asks_for_more_is_parked_by_name) {
  ASSERT_TRUE(world_.client().start("many_inputs", "a", "4"));
  EXPECT_THAT(world_.wait_for_condition("a", "parked"), HasSubstr("the limit is"));
  EXPECT_EQ(world_.client().run("echo", "b", "goes on"), "goes on");
}

}  // namespace
}  // namespace perdure::testing
