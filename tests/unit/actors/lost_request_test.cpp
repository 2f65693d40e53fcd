#include <future>

#include <gtest/gtest.h>

#include "tests/unit/actors/memory_node.hpp"

namespace perdure::actors {
namespace {

workflow<std::string> wait_for_word(context& ctx, testing::script_run&, std::string) {
  co_return co_await ctx.signal<std::string>("word");
}

TEST(lost_request, rule_3_7_two_contents_of_one_key_hear_each_its_own_answer) {
  memory_node single(memory_log::batches::single);
  testing::add_script(single.offered, {{"wait_for_word", &wait_for_word}});
  single.start();
  ASSERT_TRUE(single.client().start("wait_for_word", "a"));
  while (single.client().describe("a")->summary.condition != "waiting") std::this_thread::yield();
  single.log.hold_back();
  single.log.fail_others(1, memory_log::fate::lost);
  std::vector<std::future<runtime::expected<runtime::start_reply>>> answers;
  for (const std::string word : {"lost", "landed"}) {
    const auto told = std::make_shared<std::promise<runtime::expected<runtime::start_reply>>>();
    answers.push_back(told->get_future());
    single.node->client().signal({{"team", "a", {}}, "word", "key", encode(word)},
                                 [told](auto answer) { told->set_value(std::move(answer)); });
    single.log.wait_for_waiting();  // each is a request of its own
  }
  single.log.let_go();
  const auto lost = answers[0].get();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, runtime::errc::outcome_unknown) << lost.error().message;
  EXPECT_TRUE(answers[1].get());
  EXPECT_EQ(single.client().end_of("a"), "landed");
}

}  // namespace
}  // namespace perdure::actors
