#include <set>

#include <gmock/gmock.h>

#include "runtime/failure.hpp"
#include "tests/unit/actors/memory_node.hpp"

namespace perdure::actors {
namespace {

using runtime::control_verb;
using runtime::history_event;
using runtime::outcome;
using testing::script_run;

workflow<std::string> fails(context&, script_run&, std::string input) {
  throw failure("no_luck", input);
  co_return input;
}

workflow<std::string> waits(context& ctx, script_run&, std::string) {
  co_return co_await ctx.signal<std::string>("word");
}

inline constexpr step<std::vector<std::string>(std::string, int)> repeat{"repeat"};

workflow<std::string> repeats(context& ctx, script_run&, std::string input) {
  const auto all = co_await ctx.step(repeat, input, 2);
  co_return all.at(1);
}

inline constexpr step<std::string(std::string)> praise{"praise"};
inline constexpr step<std::string(std::string)> refuse{"refuse"};
inline constexpr step<std::string(std::string)> pay{"pay", at_most_once};

workflow<std::string> echo(context&, script_run&, std::string input) { co_return input; }

/// The input of a call to a namespace that is not there is recorded nowhere; those of the others
/// lie behind the turn.
workflow<std::string> asks_nobody(context& ctx, script_run&, std::string) {
  std::vector<pending<std::string>> asked;
  for (int i = 0; i < 4; ++i) {
    asked.push_back(testing::call_script(ctx, i == 1 ? "nowhere" : "", "echo", "to all",
                                         {.workflow_id = fmt::format("echo {}", i)}));
  }
  (void)co_await all_settled(asked);
  co_return "done";
}

/// A bit of everything that a history tells.
workflow<std::string> story(context& ctx, script_run&, std::string input) {
  const auto praised = co_await ctx.step(praise, input);
  (void)co_await ctx.step(refuse, input).outcome();
  (void)co_await ctx.step(pay, input);
  co_await ctx.sleep(std::chrono::milliseconds(3));
  auto never = ctx.sleep(std::chrono::hours(1'000));
  for (int i = 0; i < 4; ++i)
    (void)co_await testing::call_script(ctx, "", "echo", "to all",
                                        {.workflow_id = fmt::format("echo {}", i)});
  never.cancel();
  ctx.signal_workflow("team", "somebody", "hello", std::string("you"));
  co_return praised + co_await ctx.signal<std::string>("word");
}

class history : public ::testing::Test {
 protected:
  history() {
    testing::add_script(world_.offered, {{"fails", &fails},
                                         {"waits", &waits},
                                         {"repeats", &repeats},
                                         {"echo", &echo},
                                         {"asks_nobody", &asks_nobody},
                                         {"story", &story}});
    world_.offered.add_step(praise, [](const std::string& in) { return "good " + in; });
    world_.offered.add_step(refuse, [](const std::string&) -> std::string {
      throw permanent_error("no_way", "not on a Monday");
    });
    world_.offered.add_step(pay, [](const std::string& in) { return in; });
    world_.offered.add_step(repeat, [](const std::string& in, int times) {
      return std::vector<std::string>(static_cast<std::size_t>(times), in);
    });
    world_.start();
  }

  history_event last_of(const std::string& id) {
    auto events = world_.client().history(id);
    return events && !events->empty() ? events->back() : history_event();
  }

  memory_node world_;
};

std::string reason_of(const history_event& event) {
  const auto failure = runtime::decode_failure(event.body.view());
  return failure ? failure->message : failure.error().message;
}

TEST_F(history, says_what_a_step_was_given_and_gave_back) {
  ASSERT_EQ(world_.client().run("repeats", "a", "x"), "x");
  const auto events = world_.client().history("a");
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 4U);
  const auto& scheduled = events->at(1);
  EXPECT_EQ(scheduled.kind, "step_scheduled");
  EXPECT_EQ(to_text(scheduled.body_type), "(string, number)");
  EXPECT_EQ(scheduled.body.view(), (encode_arguments<std::string, int>("x", 2).view()));
  const auto& completed = events->at(2);
  EXPECT_EQ(completed.kind, "step_completed");
  EXPECT_EQ(to_text(completed.body_type), "list<string>");
  EXPECT_EQ(decode<std::vector<std::string>>(completed.body), (std::vector<std::string>{"x", "x"}));
  EXPECT_EQ(completed.attempt, 1U);
  EXPECT_EQ(completed.build, "test build");
}

TEST_F(history, knows_no_input_of_a_call_to_a_namespace_that_is_not_there) {
  ASSERT_EQ(world_.client().run("asks_nobody", "a", ""), "done");
  const auto events = world_.client().history("a");
  ASSERT_TRUE(events) << events.error().message;
  std::vector<std::string> inputs;
  for (const auto& event : *events) {
    if (event.kind == "call_scheduled") inputs.emplace_back(event.body.view());
  }
  EXPECT_EQ(inputs, (std::vector<std::string>{"to all", "", "to all", "to all"}));
}

TEST_F(history, tells_how_a_run_ended_that_did_not_complete) {
  world_.client().run("fails", "failed", "it is Monday");
  auto event = last_of("failed");
  EXPECT_EQ(event.kind, "failed");
  EXPECT_EQ(event.result, outcome::failed);
  EXPECT_EQ(reason_of(event), "it is Monday");

  ASSERT_TRUE(world_.client().start("waits", "cancelled"));
  ASSERT_TRUE(world_.client().control("cancelled", control_verb::cancel));
  world_.client().end_of("cancelled");
  event = last_of("cancelled");
  EXPECT_EQ(event.kind, "cancelled");
  EXPECT_EQ(event.result, outcome::cancelled);

  ASSERT_TRUE(world_.client().start("waits", "terminated"));
  ASSERT_TRUE(world_.client().control("terminated", control_verb::terminate));
  world_.client().end_of("terminated");
  event = last_of("terminated");
  EXPECT_EQ(event.kind, "terminated");
  EXPECT_EQ(event.result, outcome::terminated);

  auto late = world_.client().request("waits", "late");
  late.timeout = runtime::milliseconds(3);
  ASSERT_TRUE(world_.client().start(late));
  const passing_time passes(world_.clock);
  world_.client().end_of("late");
  event = last_of("late");
  EXPECT_EQ(event.kind, "timed_out");
  EXPECT_EQ(event.result, outcome::timed_out);
}

std::string value_of(const history_event& event) {
  return std::string(event.body.view());  // a text's encoding is the text
}

class told_story : public history {
 protected:
  told_story() {
    const passing_time passes(world_.clock);
    auto client = world_.client();
    EXPECT_TRUE(client.start("story", "run", "work"));
    while (client.describe("run")->summary.turns < 9) std::this_thread::yield();
    EXPECT_TRUE(client.control("run", control_verb::pause));
    while (client.describe("run")->summary.condition != "paused") std::this_thread::yield();
    EXPECT_TRUE(client.control("run", control_verb::resume));
    EXPECT_TRUE(client.signal("run", "word", " luck"));
    EXPECT_EQ(client.end_of("run"), "good work luck");
    events_ = *client.history("run");
  }

  /// The only one of that kind and name.
  history_event one(const std::string& kind, const std::string& name = {}) const {
    std::vector<history_event> found;
    std::ranges::copy_if(events_, std::back_inserter(found), [&](const auto& event) {
      return event.kind == kind && event.name == name;
    });
    EXPECT_EQ(found.size(), 1u) << kind << " " << name;
    return found.empty() ? history_event() : found.front();
  }

  std::vector<history_event> events_;
};

TEST_F(told_story, has_an_event_for_all_that_was_asked_and_all_that_came) {
  std::vector<std::string> kinds;
  for (const auto& event : events_) {
    // That a call has begun may be told at any time until its end.
    if (event.kind != "call_started") kinds.push_back(event.kind);
  }
  EXPECT_THAT(kinds, ::testing::ElementsAre(
                         "started", "step_scheduled", "step_completed", "step_scheduled",
                         "step_failed", "step_scheduled", "step_completed", "timer_started",
                         "timer_fired", "timer_started", "call_scheduled", "call_completed",
                         "call_scheduled", "call_completed", "call_scheduled", "call_completed",
                         "call_scheduled", "call_completed", "timer_cancelled", "signal_sent",
                         "paused", "resumed", "signal_received", "completed"));
  EXPECT_TRUE(std::ranges::is_sorted(events_, {}, &history_event::seq));
  EXPECT_TRUE(std::ranges::is_sorted(events_, {}, &history_event::time));
  for (const auto& event : events_) EXPECT_EQ(event.build, "test build");
}

TEST_F(told_story, says_of_a_step_what_went_in_what_came_out_and_which_attempt) {
  EXPECT_EQ(value_of(one("step_scheduled", "praise")), "work");
  const auto done = one("step_completed", "praise");
  EXPECT_EQ(value_of(done), "good work");
  EXPECT_EQ(done.thing, one("step_scheduled", "praise").thing);
  EXPECT_EQ(done.attempt, 1u);
  EXPECT_EQ(done.result, outcome::ok);
  const auto refused = one("step_failed", "refuse");
  EXPECT_EQ(refused.result, outcome::failed);
  EXPECT_EQ(reason_of(refused), "not on a Monday");
  EXPECT_EQ(one("step_scheduled", "pay").detail, "at most once");
}

TEST_F(told_story, says_of_a_timer_how_long_it_took) {
  const auto fired = std::ranges::find(events_, "timer_fired", &history_event::kind);
  ASSERT_NE(fired, events_.end());
  const auto begun = std::ranges::find(events_, "timer_started", &history_event::kind);
  EXPECT_GE(fired->time - begun->time, runtime::milliseconds(3));
  EXPECT_EQ(begun->due, begun->time + runtime::milliseconds(3));
  EXPECT_EQ(fired->due, runtime::timestamp{});
  EXPECT_EQ(fired->thing, begun->thing);
}

TEST_F(told_story, says_of_a_call_to_whom_and_with_what_wherever_it_went) {
  std::set<std::string> targets;
  for (const auto& event : events_) {
    if (event.kind == "call_scheduled") {
      EXPECT_EQ(event.name, "test.Agent/echo");
      EXPECT_EQ(value_of(event), "to all") << event.target;
      targets.insert(event.target);
    } else if (event.kind == "call_completed") {
      EXPECT_EQ(event.name, "test.Agent/echo");
      EXPECT_EQ(value_of(event), "to all");
    }
  }
  EXPECT_THAT(targets,
              ::testing::ElementsAre("team/echo 0", "team/echo 1", "team/echo 2", "team/echo 3"));
}

TEST_F(told_story, says_of_a_signal_who_was_told_what_and_of_a_control_why) {
  const auto sent = one("signal_sent", "hello");
  EXPECT_EQ(sent.target, "team/somebody");
  EXPECT_EQ(value_of(sent), "you");
  EXPECT_EQ(value_of(one("signal_received", "word")), " luck");
  EXPECT_EQ(one("paused").detail, "the test wants it");
}

}  // namespace
}  // namespace perdure::actors
