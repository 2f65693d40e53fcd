#include <gtest/gtest.h>

#include "tests/unit/runtime/world.hpp"

namespace perdure::runtime {
namespace {

// DESIGN 4: n steps are n + 2 records and waits.
TEST(sequences, two_steps_are_four_records) {
  world w;
  w.code("w", {[](script_turn& t) { t.step("first"); }, [](script_turn& t) { t.step("second"); },
               [](script_turn& t) { t.complete(t.given(thing_number(2))); }});
  const auto run = w.start("w");
  w.go();
  w.end(run, 1, "one");
  w.go();
  w.end(run, 2, "two");
  w.go();
  EXPECT_EQ(w.result(run), "two");
  EXPECT_EQ(w.count(record_kind::start) + w.count(record_kind::turn), 4u);
  EXPECT_EQ(w.count(record_kind::step_result), 0u);
}

TEST(sequences, a_call_to_another_partition_is_one_append_each_way) {
  world w({.namespaces = {"alpha", "beta"}, .callers = {"alpha"}});
  w.code("w", {[](script_turn& t) { t.call({.workflow_id = "callee", .name_space = "beta"}); },
               [](script_turn& t) { t.complete("got " + t.given(thing_number(1))); }});
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.result(run), "got done");
  EXPECT_EQ(w.count(record_kind::turn, 0), 2u);
  EXPECT_EQ(w.count(record_kind::message, 0), 1u);
  EXPECT_EQ(w.count(record_kind::turn, 1), 1u);
  EXPECT_EQ(w.count(record_kind::message, 1), 1u);
}

TEST(sequences, rule_2_8_more_timers_than_one_clock_fires_all_fire) {
  world w;
  w.code("w", {[](script_turn& t) {
                 std::vector<thing_number> timers;
                 for (int i = 0; i < 2'500; ++i) timers.push_back(t.timer(seconds(1)));
                 t.wait(2'500, timers);
               },
               [](script_turn& t) { t.complete(fmt::format("{}", t.data().size())); }});
  const auto run = w.start("w");
  w.go();
  w.pass(seconds(1));
  w.go();
  EXPECT_EQ(w.result(run), "2500");
  EXPECT_EQ(w.count(record_kind::clock), 3u);
}

}  // namespace
}  // namespace perdure::runtime
