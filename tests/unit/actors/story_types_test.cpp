#include "actors/story_types.hpp"

#include <gtest/gtest.h>

#include "runtime/author/registry.hpp"

namespace perdure::actors {
namespace {

using runtime::operation_kind;

inline constexpr step<std::vector<std::string>(std::string, int)> split{"split"};
inline constexpr step<void()> touch{"touch"};

std::vector<runtime::agent_description> agents() {
  return {{"clerk",
           "b",
           {{"File", operation_kind::workflow, "c.Form", "c.Receipt", ""},
            {"note", operation_kind::signal, "c.Note", "", ""},
            {"stamp", operation_kind::signal, "c.Ink", "", ""}}},
          {"dotted.Judge",
           "b",
           {{"Decide", operation_kind::function, "j.Case", "j.Verdict", ""},
            {"note", operation_kind::signal, "c.Note", "", ""},
            {"stamp", operation_kind::signal, "j.Seal", "", ""}}}};
}

class story_types_test : public ::testing::Test {
 protected:
  story_types_test() {
    offered_.add_step(split, [](const std::string& in, int) { return std::vector{in}; });
    offered_.add_step(touch, [] {});
  }

  /// In a run of clerk/File.
  std::string type_of(const std::string& kind, const std::string& name) const {
    std::vector<runtime::history_event> story(2);
    story[1].kind = kind;
    story[1].name = name;
    types_.name(story, "clerk", "File");
    EXPECT_FALSE(story[0].body_type.is_known());
    return runtime::to_text(story[1].body_type);
  }

  registry offered_{"b"};
  story_types types_{agents(), offered_.steps()};
};

TEST_F(story_types_test, knows_what_the_run_was_given_and_gave_back) {
  EXPECT_EQ(type_of("started", ""), "c.Form");
  EXPECT_EQ(type_of("completed", ""), "c.Receipt");
  EXPECT_EQ(type_of("failed", ""), "bytes") << "a failure is no value of the agent";
}

TEST_F(story_types_test, knows_what_steps_take_and_give) {
  EXPECT_EQ(type_of("step_scheduled", "split"), "(string, number)");
  EXPECT_EQ(type_of("step_completed", "split"), "list<string>");
  EXPECT_EQ(type_of("step_failed", "split"), "bytes");
  EXPECT_EQ(type_of("step_scheduled", "touch"), "bytes");
  EXPECT_EQ(type_of("step_scheduled", "of a build that is gone"), "bytes");
}

TEST_F(story_types_test, knows_what_called_operations_take_and_give) {
  EXPECT_EQ(type_of("call_scheduled", "dotted.Judge/Decide"), "j.Case");
  EXPECT_EQ(type_of("call_completed", "dotted.Judge/Decide"), "j.Verdict");
  EXPECT_EQ(type_of("call_failed", "dotted.Judge/Decide"), "bytes");
  EXPECT_EQ(type_of("call_scheduled", "dotted.Judge/Else"), "bytes");
  EXPECT_EQ(type_of("call_scheduled", "nobody/Decide"), "bytes");
  EXPECT_EQ(type_of("call_scheduled", "Decide"), "bytes");
}

TEST_F(story_types_test, knows_signals_by_their_receiver_or_if_all_receivers_agree) {
  EXPECT_EQ(type_of("signal_received", "stamp"), "c.Ink");
  EXPECT_EQ(type_of("signal_received", "File"), "bytes") << "that is no signal";
  EXPECT_EQ(type_of("signal_received", "undeclared"), "bytes");
  EXPECT_EQ(type_of("signal_sent", "note"), "c.Note");
  EXPECT_EQ(type_of("signal_sent", "stamp"), "bytes");
  EXPECT_EQ(type_of("signal_sent", "undeclared"), "bytes");
}

TEST_F(story_types_test, a_run_of_an_agent_that_is_not_here_has_bytes) {
  std::vector<runtime::history_event> story(1);
  story[0].kind = "started";
  types_.name(story, "gone", "File");
  EXPECT_FALSE(story[0].body_type.is_known());
}

}  // namespace
}  // namespace perdure::actors
