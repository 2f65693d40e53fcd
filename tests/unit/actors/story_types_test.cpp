#include "actors/story_types.hpp"

#include <gmock/gmock.h>

#include "runtime/author/codec.hpp"

namespace perdure::actors {
namespace {

using runtime::agent_address;
using runtime::agent_catalogue;
using runtime::operation_kind;

/// Of the node that has the clerk and the judge.
agent_catalogue home() {
  agent_catalogue home;
  home.agents = {{"clerk",
                  "b",
                  {{"File", operation_kind::workflow, "c.Form", "c.Receipt", ""},
                   {"note", operation_kind::signal, "c.Note", "", ""},
                   {"stamp", operation_kind::signal, "c.Ink", "", ""}}},
                 {"dotted.Judge",
                  "b",
                  {{"Decide", operation_kind::function, "j.Case", "j.Verdict", ""},
                   {"note", operation_kind::signal, "c.Note", "", ""},
                   {"stamp", operation_kind::signal, "j.Seal", "", ""}}}};
  home.steps = {
      {"split", {type_of_arguments<std::string, int>(), type_of<std::vector<std::string>>()}},
      {"touch", {}}};
  return home;
}

/// Of the node that has the bailiff, for another namespace.
agent_catalogue abroad() {
  agent_catalogue abroad;
  abroad.agents = {
      {"bailiff", "b", {{"Seize", operation_kind::workflow, "b.Order", "b.Receipt", ""}}}};
  return abroad;
}

class story_types_test : public ::testing::Test {
 protected:
  /// In a run of clerk/File, in namespace "court".
  std::string type_of(const std::string& kind, const std::string& name) const {
    told_story story{"court", "clerk", "File", std::vector<runtime::history_event>(2)};
    story.events[1].kind = kind;
    story.events[1].name = name;
    name_values(story, lookup_);
    EXPECT_FALSE(story.events[0].body_type.is_known());
    return runtime::to_text(story.events[1].body_type);
  }

  /// A call that was made and what came of it: "type of what was given, of what came back".
  static told_story call(const std::string& target, const std::string& name,
                         const std::string& end = "call_completed") {
    told_story story{"court", "clerk", "File", std::vector<runtime::history_event>(2)};
    auto& given = story.events[0];
    auto& back = story.events[1];
    given.thing = back.thing = runtime::thing_number(3);
    given.kind = "call_scheduled";
    given.name = back.name = name;
    given.target = target;
    back.kind = end;
    return story;
  }
  std::string types_of_call(const std::string& target, const std::string& name,
                            const std::string& end = "call_completed") const {
    auto story = call(target, name, end);
    name_values(story, lookup_);
    return to_text(story.events[0].body_type) + ", " + to_text(story.events[1].body_type);
  }

  agent_catalogue home_ = home(), abroad_ = abroad();
  catalogue_lookup lookup_ = [this](const agent_address& agent) -> const agent_catalogue* {
    if (agent == agent_address{"shore", "bailiff"}) return &abroad_;
    return agent.name_space == "court" && home_.find(agent.agent) ? &home_ : nullptr;
  };
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
  EXPECT_EQ(types_of_call("court/case-1", "dotted.Judge/Decide"), "j.Case, j.Verdict");
  EXPECT_EQ(types_of_call("/case-1", "dotted.Judge/Decide"), "j.Case, j.Verdict")
      << "without a namespace it is the run's own";
  EXPECT_EQ(types_of_call("court/case-1", "dotted.Judge/Decide", "call_failed"), "j.Case, bytes");
  EXPECT_EQ(types_of_call("court/case-1", "dotted.Judge/Else"), "bytes, bytes");
  EXPECT_EQ(types_of_call("court/case-1", "nobody/Decide"), "bytes, bytes");
  EXPECT_EQ(types_of_call("court/case-1", "Decide"), "bytes, bytes");
}

TEST_F(story_types_test, an_agent_of_another_namespace_is_known_by_its_own_nodes) {
  EXPECT_EQ(types_of_call("shore/house-1", "bailiff/Seize"), "b.Order, b.Receipt");
  EXPECT_EQ(types_of_call("court/house-1", "bailiff/Seize"), "bytes, bytes") << "not that one";
}

TEST_F(story_types_test, tells_whose_catalogues_it_takes) {
  EXPECT_THAT(
      agents_in(call("shore/house-1", "bailiff/Seize")),
      ::testing::ElementsAre(agent_address{"court", "clerk"}, agent_address{"shore", "bailiff"}));
}

TEST_F(story_types_test, knows_signals_by_their_receiver_or_if_all_receivers_agree) {
  EXPECT_EQ(type_of("signal_received", "stamp"), "c.Ink");
  EXPECT_EQ(type_of("signal_received", "File"), "bytes") << "that is no signal";
  EXPECT_EQ(type_of("signal_received", "undeclared"), "bytes");
  EXPECT_EQ(type_of("signal_sent", "note"), "c.Note");
  EXPECT_EQ(type_of("signal_sent", "stamp"), "bytes");
  EXPECT_EQ(type_of("signal_sent", "undeclared"), "bytes");
}

TEST_F(story_types_test, a_run_of_an_agent_that_nobody_knows_has_bytes) {
  told_story story{"court", "gone", "File", std::vector<runtime::history_event>(1)};
  story.events[0].kind = "started";
  name_values(story, lookup_);
  EXPECT_FALSE(story.events[0].body_type.is_known());
}

}  // namespace
}  // namespace perdure::actors
