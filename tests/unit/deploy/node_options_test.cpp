#include "deploy/node_options.hpp"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perdure::deploy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const option<node_options>& find(const std::vector<option<node_options>>& all,
                                 std::string_view name) {
  return *std::ranges::find(all, name, &option<node_options>::name);
}

TEST(node_options, defaults_are_allowed) {
  EXPECT_THAT(check(node_options{}), IsEmpty());
  for (const auto& one : declare_node_options()) {
    node_options options;
    EXPECT_TRUE(one.set(options, one.default_value())) << one.name << " " << one.default_value();
    EXPECT_EQ(one.get(options), one.default_value()) << one.name;
  }
  for (const auto& one : declare_namespace_options()) {
    if (one.name == "name") continue;  // there is none: each namespace must have its own
    runtime::namespace_options options;
    EXPECT_TRUE(one.set(options, one.default_value())) << one.name;
  }
}

TEST(node_options, are_told_apart_and_say_what_they_do) {
  std::set<std::string> flags;
  for (const auto& one : declare_node_options()) {
    EXPECT_TRUE(flags.insert(flag_of(one.name)).second) << one.name;
    EXPECT_TRUE(one.consequence.ends_with('.')) << one.name;
    EXPECT_FALSE(one.allowed.empty()) << one.name;
  }
}

TEST(node_options, both_bounds_are_allowed_and_fit_the_components) {
  for (const auto& one : declare_node_options()) {
    const auto to = one.allowed.find(" to ");
    if (to == std::string::npos || one.kind == "text") continue;
    for (const auto& bound : {one.allowed.substr(0, to), one.allowed.substr(to + 4)}) {
      node_options options;
      ASSERT_TRUE(one.set(options, bound)) << one.name << " " << bound;
      EXPECT_EQ(one.get(options), bound);
      if (one.name != "log.segment_bytes") EXPECT_THAT(check(options), IsEmpty()) << one.name;
    }
  }
}

TEST(node_options, a_refusal_says_value_reason_and_what_is_allowed) {
  const auto all = declare_node_options();
  node_options options;
  auto refusal = [&](std::string_view name, std::string_view value) {
    const auto done = find(all, name).set(options, value);
    return done ? std::string() : done.error().message;
  };
  EXPECT_EQ(refusal("log.segment_bytes", "3"),
            "\"3\" has no unit: write a size such as 64 MiB: allowed is 2 MiB to 1 GiB");
  EXPECT_EQ(refusal("log.segment_bytes", "2 GiB"),
            "\"2 GiB\" is out of bounds: allowed is 2 MiB to 1 GiB");
  EXPECT_EQ(refusal("steps.threads", "0"), "\"0\" is out of bounds: allowed is 1 to 1024");
  EXPECT_EQ(refusal("log_level", "loud"),
            "\"loud\" is unknown: allowed is debug, info, warning, error");
  EXPECT_EQ(refusal("log.mark_sync", "15500 us"),
            "\"15500 us\" is not a multiple of 1 ms: allowed is 10 ms to 1 min");
  EXPECT_THAT(refusal("node", "a node"), HasSubstr("character that is not allowed"));
  EXPECT_THAT(refusal("node", "\x1B[31m"), testing::Not(HasSubstr("\x1B")));
  EXPECT_THAT(refusal("data_directory", ""), HasSubstr("is empty"));
}

TEST(node_options, namespaces_are_checked_together) {
  node_options options;
  options.embedded.namespaces = {{.name = "audit", .callers = {"legal"}},
                                 {.name = "audit", .callers = {}}};
  EXPECT_THAT(check(options),
              ElementsAre("namespaces: \"audit\" is there twice",
                          "namespaces: \"audit\" has the caller \"legal\", which is "
                          "no namespace of this node"));
  options.embedded.namespaces.clear();
  EXPECT_THAT(check(options), ElementsAre(HasSubstr("one at least")));
}

TEST(node_options, neighbours_are_for_nodes_on_kafka) {
  node_options options;
  options.embedded.namespaces = {{.name = "beta", .callers = {"alpha"}}};
  options.doors.keys = {{"alpha", "env:KEY"}};
  EXPECT_THAT(check(options), ElementsAre(HasSubstr("the caller \"alpha\""),
                                          HasSubstr("only a node on Kafka has neighbours")));
  options.kafka.bootstrap_servers = "a:9092";
  EXPECT_THAT(check(options), IsEmpty());
  options.doors.server.address = "0.0.0.0";
  EXPECT_THAT(check(options), ElementsAre(HasSubstr("nobody reaches a door at 0.0.0.0")));
  options.doors.advertise = "http://beta.example:7090";
  EXPECT_THAT(check(options), IsEmpty());
  options.doors.keys = {{"beta", "env:KEY"}};
  EXPECT_THAT(check(options), ElementsAre(HasSubstr("it needs no key with itself")));
}

TEST(node_options, what_the_log_refuses_is_refused_with_its_words) {
  node_options options;
  options.embedded.log.segment_bytes = (64 << 20) + 1;
  EXPECT_THAT(check(options), ElementsAre(HasSubstr("log: ")));
}

}  // namespace
}  // namespace perdure::deploy
