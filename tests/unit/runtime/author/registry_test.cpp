#include "runtime/author/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "research/researcher.pb.h"
#include "runtime/author/build_id.hpp"
#include "runtime/author/coroutine_host.hpp"
#include "runtime/author/limits.hpp"

namespace perdure {
namespace {

using runtime::operation_kind;

inline constexpr step<void()> touch{"touch", retries(3)};

struct agent final : agent_handler {
  static runtime::agent_description description() {
    return {"a.Agent",
            "",
            {{"Run", operation_kind::workflow, "", "", ""},
             {"Ask", operation_kind::function, "", "", ""},
             {"Look", operation_kind::query, "", "", ""}}};
  }
};

struct double_agent final : agent_handler {
  static runtime::agent_description description() {
    return {"b.Agent",
            "",
            {{"Run", operation_kind::workflow, "", "", ""},
             {"Run", operation_kind::query, "", "", ""}}};
  }
};

struct typed_agent final : agent_handler {
  static runtime::agent_description description() {
    return {"t.Agent",
            "",
            {{"Ask", operation_kind::function, "research.v1.Report", "research.v1.Approval", ""}}};
  }
};

template <class F>
std::string complaint(F f) {
  try {
    f();
  } catch (const std::invalid_argument& why) {
    return why.what();
  }
  return "none";
}

TEST(registry, gives_agents_by_name_with_their_build) {
  registry offered("b1");
  offered.add_agent<agent>({.name = "z.Agent", .build = "b2"});
  offered.add_agent<agent>();
  ASSERT_EQ(offered.agents().size(), 2U);
  EXPECT_EQ(offered.agents()[0].name, "a.Agent");
  EXPECT_EQ(offered.agents()[0].build, "b1");
  EXPECT_EQ(offered.agents()[1].build, "b2");
  EXPECT_NE(offered.find_agent("z.Agent"), nullptr);
  EXPECT_EQ(offered.find_agent("b.Agent"), nullptr);
  EXPECT_THAT(offered.steps().names(), testing::ElementsAre("a.Agent/Ask", "z.Agent/Ask"));
}

TEST(registry, knows_what_its_steps_take_and_give) {
  static constexpr step<std::vector<std::string>(std::string, int)> split{"split"};
  static constexpr step<bool(const std::string&)> later{"later"};
  const auto text = [](const runtime::value_type& type) { return runtime::to_text(type); };
  registry offered("b1");
  offered.add_agent<typed_agent>();
  offered.add_step(split, [](const std::string& in, int) { return std::vector{in}; });
  offered.add_asynchronous_step(later, [](step_context&, const payload&, auto) {});
  ASSERT_NE(offered.steps().types_of("split"), nullptr);
  EXPECT_EQ(text(offered.steps().types_of("split")->arguments), "(string, number)");
  EXPECT_EQ(text(offered.steps().types_of("split")->result), "list<string>");
  EXPECT_EQ(text(offered.steps().types_of("later")->arguments), "string");
  EXPECT_EQ(text(offered.steps().types_of("later")->result), "bool");
  ASSERT_NE(offered.steps().types_of("t.Agent/Ask"), nullptr) << "a function is a step";
  EXPECT_EQ(text(offered.steps().types_of("t.Agent/Ask")->arguments), "research.v1.Report");
  EXPECT_EQ(text(offered.steps().types_of("t.Agent/Ask")->result), "research.v1.Approval");
  EXPECT_EQ(offered.steps().types_of("other"), nullptr);
}

TEST(registry, rule_6_7_the_default_build_is_the_build_id_of_the_binary) {
  EXPECT_THAT(binary_build_id(), testing::MatchesRegex("[0-9a-f]{40}"));
  registry offered;
  offered.add_agent<agent>();
  EXPECT_EQ(offered.agents()[0].build, binary_build_id());
}

TEST(registry, refuses_names_that_are_taken_or_no_names) {
  registry offered("b");
  offered.add_agent<agent>();
  offered.add_step(touch, [] {});
  EXPECT_EQ(complaint([&] { offered.add_agent<agent>(); }), "agent `a.Agent` is registered twice");
  EXPECT_EQ(complaint([&] { offered.add_step(touch, [] {}); }), "step `touch` is registered twice");
  EXPECT_EQ(complaint([&] { offered.add_agent<double_agent>(); }),
            "agent `b.Agent` has two operations `Run`");
  EXPECT_THAT(complaint([&] {
                offered.add_agent<agent>({.name = std::string(longest_id + 1, 'n'), .build = ""});
              }),
              testing::StartsWith("an agent's name has 1 to 256 bytes, not 257"));
  step_registry steps;
  EXPECT_EQ(complaint([&] { steps.add("", blocking_step()); }),
            "a step's name has 1 to 256 bytes, not 0: ``");
}

/// What is said of an agent with that operation beside one that is all right.
std::string said_of(runtime::operation_description operation, std::string agent_name = "shop") {
  registry offered("b");
  return complaint([&] {
    offered.add_agent({std::move(agent_name),
                       "",
                       {{"Run", operation_kind::workflow, "", "", ""}, std::move(operation)}},
                      [] { return std::make_unique<agent>(); }, {});
  });
}

TEST(registry, operations_that_no_edge_could_serve_are_refused) {
  const std::string query = research::v1::Query::descriptor()->full_name();
  EXPECT_EQ(said_of({"Buy", operation_kind::workflow, query, query, "topic/{topic}"}), "none");
  EXPECT_EQ(said_of({"Buy", operation_kind::workflow, query, "", "topic/{tpoic}"}),
            "agent `shop`, operation `Buy`: id template \"topic/{tpoic}\": " + query +
                " has no field 'tpoic'");
  EXPECT_THAT(said_of({"Buy", operation_kind::function, query, "", "topic/{topic"}),
              testing::HasSubstr("brace"));
  EXPECT_THAT(said_of({"Buy", operation_kind::workflow, "", "", "topic/{topic}"}),
              testing::HasSubstr("name the input's type"));
  for (const auto kind : {operation_kind::signal, operation_kind::query}) {
    EXPECT_THAT(said_of({"Buy", kind, query, "", "topic/{topic}"}),
                testing::HasSubstr("goes to a workflow that exists"));
  }
  EXPECT_EQ(said_of({"Buy", operation_kind::workflow, "shop.v1.Gone", "", ""}),
            "agent `shop`, operation `Buy`: message shop.v1.Gone is not in this program: link the "
            "library that is made of its .proto");
  EXPECT_THAT(said_of({"Buy", operation_kind::query, "", "shop.v1.Gone", ""}),
              testing::HasSubstr("shop.v1.Gone is not in this program"));
  EXPECT_THAT(said_of({"Buy", static_cast<operation_kind>(9), "", "", ""}),
              testing::HasSubstr("is of kind 9"));
}

TEST(registry, names_that_cannot_be_typed_are_refused) {
  for (const std::string name : {"", "a b", "a/b", "caf\xc3\xa9", "a\n"}) {
    EXPECT_THAT(said_of({name, operation_kind::workflow, "", "", ""}),
                testing::HasSubstr("letters, digits and \"._-\""));
    EXPECT_THAT(said_of({"Buy", operation_kind::workflow, "", "", ""}, name),
                testing::StartsWith(name.empty() ? "an agent's name has" : "agent name `"));
  }
}

TEST(host, opens_only_what_can_be_run) {
  registry offered("b1");
  offered.add_agent<agent>([] { return std::make_unique<agent>(); });
  coroutine_host host(offered);
  EXPECT_EQ(host.agents().size(), 1U);
  const auto open = [&](std::string name, std::string operation) {
    return host.open({"r", "s", "w", std::move(name), std::move(operation), "", {}, 1});
  };
  EXPECT_TRUE(open("a.Agent", "Run"));
  EXPECT_TRUE(open("a.Agent", "Ask"));
  EXPECT_EQ(open("a.Agent", "Look").error().code, runtime::errc::not_found);
  EXPECT_EQ(open("a.Agent", "Other").error().message,
            "agent `a.Agent` of build b1 has no operation `Other` that can be run");
  EXPECT_EQ(open("b.Agent", "Run").error().message, "no agent `b.Agent` is registered here");
}

TEST(host, an_operation_that_the_handler_does_not_have_parks) {
  registry offered("b1");
  offered.add_agent<agent>();
  coroutine_host host(offered);
  runtime::activation start;
  start.data.emplace_back();
  const auto run = host.open({"r", "s", "w", "a.Agent", "Run", "", {}, 1}).value();
  EXPECT_EQ(run->activate(start).detail, "perdure::no_such_operation: there is no operation Run");
  EXPECT_EQ(run->query("Look", {}).error().code, runtime::errc::failed_state);
}

TEST(step_options, are_put_together_and_overridden) {
  using namespace std::chrono_literals;
  constexpr auto options = with_options(retry_for(72h), retries(5), backoff(1s, 3.0, 2min),
                                        attempt_timeout(30s), at_most_once);
  EXPECT_EQ(options.retry.total_time, runtime::seconds(72 * 3600));
  EXPECT_EQ(options.retry.maximum_attempts, 5U);
  EXPECT_EQ(options.retry.initial, runtime::seconds(1));
  EXPECT_EQ(options.retry.factor_permille, 3'000U);
  EXPECT_EQ(options.retry.longest, runtime::seconds(120));
  EXPECT_EQ(options.attempt_timeout, runtime::seconds(30));
  EXPECT_EQ(options.mode, runtime::step_mode::at_most_once);
  EXPECT_EQ(touch.defaults().retry.maximum_attempts, 3U);
}

TEST(step_options, a_backoff_stays_within_what_the_policy_allows) {
  using namespace std::chrono_literals;
  EXPECT_EQ(with_options(backoff(0s, 0.1)).retry.initial.us, 1);
  EXPECT_EQ(with_options(backoff(0s, 0.1)).retry.factor_permille, 1'000U);
  EXPECT_EQ(with_options(backoff(1s, 99.0)).retry.factor_permille, 10'000U);
  EXPECT_EQ(with_options(backoff(2h)).retry.longest, runtime::seconds(7'200));
}

}  // namespace
}  // namespace perdure
