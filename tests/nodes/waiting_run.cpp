#include "tests/nodes/waiting_run.hpp"

#include <gmock/gmock.h>

namespace perdure::testing {
namespace {

workflow<std::string> words(context& ctx, script_run& run, std::string) {
  for (int i = 0; i < 2; ++i) run.shown += co_await ctx.signal<std::string>("word");
  co_return run.shown;
}

}  // namespace

waiting_run::waiting_run(whole_node& world) : world_(world) {
  add_script(*world.offered, {{"words", &words}});
}

void waiting_run::leave() {
  world_.start();
  ASSERT_TRUE(world_.client().start("words", "a"));
  ASSERT_TRUE(world_.stop());
}

void waiting_run::expect_it_goes_on() {
  world_.start();
  for (const auto* word : {"x", "y"}) ASSERT_TRUE(world_.client().signal("a", "word", word));
  EXPECT_EQ(world_.client().end_of("a"), "xy");
}

}  // namespace perdure::testing
