#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/world.hpp"

namespace perdure::runtime {
namespace {

using ::testing::HasSubstr;

constexpr thing_number one{1};

/// Calls "callee", then says what it was given.
world::script calling(script_turn::call_words words) {
  words.workflow_id = "callee";
  return {[words](script_turn& t) { t.call(words); },
          [](script_turn& t) {
            t.complete(fmt::format("{} {}", name(t.data().back().result), t.given(one)));
          }};
}

/// Two namespaces of a partition each; both logs, both ways to send.
class owner_call : public ::testing::TestWithParam<bool> {
 protected:
  world_options options(std::vector<std::string> callers = {"alpha"}) const {
    return {.namespaces = {"alpha", "beta"}, .atomic = GetParam(), .callers = std::move(callers)};
  }
};
INSTANTIATE_TEST_SUITE_P(logs, owner_call, ::testing::Bool(), [](const auto& info) {
  return info.param ? "with_atomic_batches" : "without_atomic_batches";
});

TEST_P(owner_call, rule_3_8_a_call_gets_its_result) {
  world w(options());
  w.code("w", calling({.name_space = "beta", .input = "question"}));
  w.code("callee", {[](script_turn& t) { t.complete("answer to " + t.frame().input); }});
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.result(run), "ok answer to question");
  w.pass(milliseconds(200));
  w.go();
  EXPECT_TRUE(w.folded(0).outbox().empty());
  EXPECT_TRUE(w.folded(1).outbox().empty());
}

TEST_P(owner_call, rule_3_4_a_call_within_the_partition_needs_no_message) {
  world w(options());
  w.code("w", calling({}));
  w.code("callee", {[](script_turn& t) { t.wait_for_signal(); },
                    [](script_turn& t) { t.complete("local"); }});
  const auto run = w.start("w");
  w.go();
  const auto callee = w.newest("callee");
  EXPECT_EQ(callee.command, one);
  EXPECT_EQ(callee.created, w.run(run)->journal.front());
  w.signal("callee", "go");
  w.go();
  EXPECT_EQ(w.result(run), "ok local");
  EXPECT_EQ(w.count(record_kind::message, 0), 0u);
}

TEST_P(owner_call, rule_3_6_a_refusal_tells_both_sides) {
  world w(options({}));
  w.code("w", calling({.name_space = "beta"}));
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.result(run), "denied ");
  EXPECT_EQ(w.heard("refused the call of run"), 1);
}

TEST_P(owner_call, a_call_to_a_namespace_that_does_not_exist_is_not_found) {
  world w(options());
  w.code("w", calling({.name_space = "gamma"}));
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.result(run), "not_found ");
}

TEST_P(owner_call, rule_2_9_id_policies_hold_for_calls) {
  world w(options());
  w.code("w", calling({.name_space = "beta"}));
  w.code("x", calling({.name_space = "beta"}));
  w.code("y", calling({.name_space = "beta", .policy = id_policy::attach}));
  w.code("z", calling({.name_space = "beta", .policy = id_policy::attach}));
  w.code("callee",
         {[](script_turn& t) { t.wait_for_signal(); }, [](script_turn& t) { t.complete("once"); }});
  const auto run = w.start("w");
  w.go();
  const auto rejected = w.start("x");
  const auto attached = w.start("y");
  w.go();
  EXPECT_EQ(w.result(rejected), "rejected ");
  w.put(signal_record("callee", "go", "k", {}, w.now), 1);
  w.go();
  EXPECT_EQ(w.result(run), "ok once");
  EXPECT_EQ(w.result(attached), "ok once");
  const auto late = w.start("z");
  w.go();
  EXPECT_EQ(w.result(late), "ok once");
}

TEST_P(owner_call, rule_6_5_a_closing_caller_ends_its_children_by_their_policy) {
  world w(options());
  w.code("w", {[](script_turn& t) {
                 for (const auto policy :
                      {close_policy::cancel, close_policy::terminate, close_policy::abandon}) {
                   t.call({.workflow_id = fmt::format("child-{}", static_cast<int>(policy)),
                           .name_space = "beta",
                           .on_close = policy});
                 }
                 t.wait_for_signal();
               },
               [](script_turn& t) { t.complete("bye"); }});
  for (const auto* child : {"child-1", "child-2", "child-3"}) {
    w.code(child, {[](script_turn& t) { t.wait_for_signal(); },
                   [](script_turn& t) { t.end(run_status::cancelled, ""); }});
  }
  w.start("w");
  w.go();
  w.signal("w", "end");
  w.go();
  EXPECT_EQ(w.status(w.newest("child-1", 1), 1), run_status::cancelled);
  EXPECT_EQ(w.status(w.newest("child-2", 1), 1), run_status::terminated);
  EXPECT_EQ(w.status(w.newest("child-3", 1), 1), run_status::open);
}

TEST_P(owner_call, a_call_cancelled_in_the_turn_that_makes_it_is_cancelled) {
  for (const auto* space : {"beta", "alpha"}) {
    world w(options());
    w.code("w", {[space](script_turn& t) {
                   t.cancel(t.call({.workflow_id = "callee", .name_space = space}));
                 },
                 [](script_turn& t) { t.complete(std::string(name(t.data().back().result))); }});
    const auto until_cancelled = [](script_turn& t) {
      if (t.frame().cancelled) return t.end(run_status::cancelled, "");
      t.wait_for_nothing();
    };
    w.code("callee", {until_cancelled, until_cancelled});
    const auto run = w.start("w");
    w.go();
    EXPECT_EQ(w.result(run), "cancelled") << space;
  }
}

TEST_P(owner_call, rule_3_8_the_beginning_comes_with_the_first_turn_unless_that_closes) {
  world w(options());
  w.code("w",
         {[](script_turn& t) {
            t.call({.workflow_id = "callee", .name_space = "beta"});
            t.wait_for_signal();
          },
          [](script_turn& t) {
            t.complete(fmt::format("{} of {}", name(t.data().front().kind), t.data().front().name));
          }});
  w.code("callee", {[](script_turn& t) { t.wait_for_signal(); }});
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.condition(run), "waiting");  // it wakes nobody
  w.signal("w", "look");
  w.go();
  EXPECT_EQ(w.result(run), "call_started of " + w.folded(1).run_id(w.newest("callee", 1)));
}

TEST_P(owner_call, a_callee_that_parks_at_once_has_begun_too) {
  world w(options());
  w.code("w", {[](script_turn& t) { t.call({.workflow_id = "callee", .name_space = "beta"}); }});
  w.code("callee", {[](script_turn& t) { t.park(park_reason::exception, "no"); }});
  w.start("w");
  w.go();
  EXPECT_EQ(w.heard("call_started arrived"), 1);
}

TEST_P(owner_call, a_call_s_time_becomes_the_callee_s_deadline) {
  world w(options());
  w.code("w", calling({.name_space = "beta", .timeout = seconds(5)}));
  w.code("callee", {[](script_turn& t) { t.wait_for_signal(); },
                    [](script_turn& t) {
                      t.end(t.frame().cancelled ? run_status::timed_out : run_status::failed, "");
                    }});
  const auto run = w.start("w");
  w.go();
  w.pass(seconds(6));
  w.go();
  EXPECT_EQ(w.result(run), "timed_out ");
}

TEST_P(owner_call, a_signal_goes_to_another_workflow_and_a_missing_one_is_nobody_s_failure) {
  world w(options());
  w.code("w", {[](script_turn& t) {
           t.signal("callee", "hello", "body", "beta");
           t.signal("nobody", "hello", "body", "beta");
           t.signal("nobody", "hello", "body", "gamma");
           t.complete("sent");
         }});
  w.code("callee", {[](script_turn& t) { t.wait_for_signal(); },
                    [](script_turn& t) {
                      t.complete(t.data().front().name + std::string(t.data().front().body.view()));
                    }});
  const auto callee = w.start({.workflow_id = "callee"}, 1);
  w.go();
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.result(run), "sent");
  EXPECT_EQ(w.result(callee, 1), "hellobody");
}

TEST_P(owner_call, rule_2_6_what_a_partition_owes_waits_for_its_system_turn) {
  world w(options());
  w.code("callee", {[](script_turn& t) { t.complete("kept"); }});
  const auto callee = w.start({.workflow_id = "callee"}, 1);
  w.go();
  w.code("w", calling({.name_space = "beta", .policy = id_policy::attach}));
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.result(run), "ok kept");
  EXPECT_EQ(w.folded(1).system_seq(), turn_seq(1));
  EXPECT_TRUE(w.folded(1).owed_messages().empty());
  EXPECT_EQ(w.folded(1).find_closed(callee)->seq, turn_seq(1));
}

/// What the owner of partition 0 hands out, by number, when all that it appended was read back.
class owner_window : public ::testing::Test {
 protected:
  std::vector<std::uint64_t> handed_out() {
    for (const auto& append : std::exchange(w_.process->appends, {})) {
      for (const auto& entry : append.what.entries)
        w_.log.append(entry.partition, append.what.bytes.substr(entry.begin, entry.length));
    }
    while (w_.at().has_more()) w_.at().read_one(w_.now);
    std::vector<std::uint64_t> numbers;
    for (const auto& message : w_.acts().take_output().messages)
      numbers.push_back(message.number.value);
    return numbers;
  }
  void tell(std::uint64_t number, bool landed) {
    w_.acts().on_delivery(partition_index(1), message_number(number), landed, w_.now);
  }

  world w_{{.namespaces = {"alpha", "beta"}, .atomic = false, .owner = {.window = 4}}};
};

TEST_F(owner_window, rule_3_5_a_channel_hands_out_no_more_than_its_window) {
  using ::testing::ElementsAre;
  using ::testing::IsEmpty;
  w_.code("w", {[](script_turn& t) {
            for (int i = 0; i < 9; ++i) t.signal("nobody", "hello", "", "beta");
            t.complete("sent");
          }});
  w_.start("w");
  w_.read();
  w_.run_code();
  EXPECT_THAT(handed_out(), ElementsAre(1, 2, 3, 4));
  tell(1, true);
  EXPECT_THAT(handed_out(), IsEmpty()) << "the window is more than half full";
  tell(2, true);
  EXPECT_THAT(handed_out(), ElementsAre(5, 6));
  tell(3, false);
  EXPECT_THAT(handed_out(), ElementsAre(3, 4, 5, 6)) << "sent again, within the window";
  for (const std::uint64_t number : {3, 4, 5, 6}) tell(number, true);
  EXPECT_THAT(handed_out(), ElementsAre(7, 8, 9));
}

/// A log without atomic batches; what a turn in partition 0 sends to 1 has landed.
struct landed_call {
  landed_call() {
    w.code("w", {[](script_turn& t) {
                   t.call({.workflow_id = "callee", .name_space = "beta"});
                   t.wait_for_signal();
                 },
                 [](script_turn& t) { t.wait_for_signal(); }});
    w.code("callee", {[](script_turn& t) { t.wait_for_signal(); }});
    w.start("w");
    w.go();
  }
  world w{{.namespaces = {"alpha", "beta"}, .atomic = false, .callers = {"alpha"}}};
};

TEST(owner_confirmation, rule_3_3_it_goes_with_the_next_turn_before_it) {
  landed_call l;
  EXPECT_EQ(l.w.folded(0).outbox().size(), 1u);
  EXPECT_EQ(l.w.count(record_kind::sent), 0u);
  l.w.signal("w", "go on");
  l.w.go();
  EXPECT_TRUE(l.w.folded(0).outbox().empty());
  EXPECT_EQ(l.w.count(record_kind::sent), 1u);
  const auto records = l.w.records();
  ASSERT_GE(records.size(), 2u);
  EXPECT_THAT(records.back(), HasSubstr("turn"));
  EXPECT_THAT(records[records.size() - 2], HasSubstr("sent"));
  l.w.pass(milliseconds(200));
  l.w.go();
  EXPECT_EQ(l.w.count(record_kind::sent), 1u) << "nothing is left to be told";
}

TEST(owner_confirmation, rule_3_3_where_no_turn_comes_it_goes_by_time) {
  landed_call l;
  const auto begun = l.w.now;
  EXPECT_EQ(l.w.acts().next_wake(), begun + milliseconds(200));
  l.w.pass(milliseconds(199));
  l.w.go();
  EXPECT_EQ(l.w.count(record_kind::sent), 0u);
  l.w.pass(milliseconds(1));
  l.w.go();
  EXPECT_EQ(l.w.count(record_kind::sent), 1u);
  EXPECT_TRUE(l.w.folded(0).outbox().empty());
}

TEST(owner_confirmation, rule_3_3_an_owner_that_leaves_tells_it_before_its_last_record) {
  landed_call l;
  l.w.acts().drain();
  l.w.acts().hand_over(l.w.now);
  l.w.process->collect(l.w.at());
  l.w.go();
  const auto records = l.w.records();
  ASSERT_GE(records.size(), 2u);
  EXPECT_THAT(records.back(), HasSubstr("handed_over"));
  EXPECT_THAT(records[records.size() - 2], HasSubstr("sent"));
  EXPECT_TRUE(l.w.folded(0).outbox().empty());
}

TEST(owner_confirmation, rule_3_3_many_are_told_at_once) {
  world w({.namespaces = {"alpha", "beta"}, .atomic = false, .callers = {"alpha"}});
  w.code("w", {[](script_turn& t) {
           for (int i = 0; i < 64; ++i)
             t.call({.workflow_id = fmt::format("callee-{}", i), .name_space = "beta"});
           t.wait_for_signal();
         }});
  w.start("w");
  w.go();
  EXPECT_EQ(w.count(record_kind::sent), 1u);
  EXPECT_TRUE(w.folded(0).outbox().empty());
}

TEST(owner_window_of_calls, rule_3_5_what_the_window_held_up_arrives_in_the_end) {
  world w({.namespaces = {"alpha", "beta"},
           .atomic = false,
           .callers = {"alpha"},
           .owner = {.window = 1}});
  w.code("w", {[](script_turn& t) {
                 for (int i = 0; i < 20; ++i)
                   t.call({.workflow_id = fmt::format("callee-{}", i), .name_space = "beta"});
                 t.wait_for_signal();
               },
               [](script_turn& t) { t.complete("all"); }});
  const auto run = w.start("w");
  w.go();
  EXPECT_EQ(w.heard("call_result arrived"), 20);
  EXPECT_TRUE(w.folded(0).outbox().empty());
  w.signal("w", "end");
  w.go();
  EXPECT_EQ(w.result(run), "all");
}

}  // namespace
}  // namespace perdure::runtime
