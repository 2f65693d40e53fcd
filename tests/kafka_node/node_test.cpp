#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "deploy/cli/command_line.hpp"
#include "tests/kafka_node/kafka_world.hpp"
#include "transport/system_clock.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;
using ::testing::HasSubstr;
using ::testing::Not;

inline constexpr step<std::string(std::string)> work{"work"};
inline constexpr step<std::string(std::string)> swell{"swell"};

workflow<std::string> ten_steps(context& ctx, script_run&, std::string input) {
  for (int i = 0; i < 10; ++i) input = co_await ctx.step(work, input);
  co_return input;
}
workflow<std::string> words(context& ctx, script_run& run, std::string) {
  for (int i = 0; i < 3; ++i) run.shown += co_await ctx.signal<std::string>("word");
  co_return run.shown;
}
workflow<std::string> swells(context& ctx, script_run&, std::string input) {
  co_await ctx.step(swell, input);
  co_return "";
}
workflow<std::string> swells_twice(context& ctx, script_run&, std::string input) {
  std::vector<pending<std::string>> both;
  both.push_back(ctx.step(swell, input));
  both.push_back(ctx.step(swell, input));
  co_await perdure::all(std::move(both));
  co_return "";
}
workflow<std::string> echo(context&, script_run&, std::string input) { co_return input; }
workflow<std::string> calls(context& ctx, script_run&, std::string input) {
  std::string all;
  for (int i = 0; i < 5; ++i) {
    all += co_await call_script(ctx, "legal", "echo", fmt::format("{}{}", input, i),
                                {.workflow_id = fmt::format("of {} {}", input, i)});
  }
  co_return all;
}

class kafka_nodes : public ::testing::Test {
 protected:
  void SetUp() override {
    add_script(*world_.offered, {{"ten_steps", &ten_steps},
                                 {"words", &words},
                                 {"swells", &swells},
                                 {"swells_twice", &swells_twice},
                                 {"echo", &echo},
                                 {"calls", &calls}});
    world_.offered->add_step(work, [](const std::string& in) { return in + "+"; });
    world_.offered->add_step(swell, [](const std::string&) { return std::string(950'000, 'x'); });
  }

  kafka_world world_;
};

TEST_F(kafka_nodes, work_goes_on_when_the_broker_was_killed) {
  world_.start();
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back(fmt::format("w{}", i));
    ASSERT_TRUE(world_.client().start(i % 2 == 0 ? "ten_steps" : "calls", ids.back(), ids.back()));
  }
  world_.broker.kill();
  world_.broker.restart();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::string expected = ids[i] + "++++++++++";
    if (i % 2 != 0) {
      expected.clear();
      for (int k = 0; k < 5; ++k) expected += fmt::format("{}{}", ids[i], k);
    }
    EXPECT_EQ(world_.client().end_of(ids[i]), expected);
  }
  EXPECT_TRUE(world_.stop());
}

TEST_F(kafka_nodes, runs_that_left_the_memory_come_back_from_the_broker) {
  world_.options.kafka.tail_bytes = 0;
  world_.options.node.owner.idle = runtime::milliseconds(1);
  world_.start();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(world_.client().start("words", fmt::format("{}", i)));
  for (const auto* word : {"x", "y", "z"}) {
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(world_.client().signal(fmt::format("{}", i), "word", word));
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(world_.client().end_of(fmt::format("{}", i)), "xyz");
}

TEST_F(kafka_nodes, a_partition_whose_topic_was_made_anew_stops_by_name) {
  world_.start();
  ASSERT_EQ(world_.client("legal").run("echo", "a", "x"), "x");
  const auto topic = transport::topic_of(world_.options.kafka, "legal");
  world_.broker.remove(topic);
  world_.broker.create(topic, 2);
  world_.wait_until_said("log_regressed: topic " + topic);
  EXPECT_EQ(world_.client().run("ten_steps", "b", "y"), "y++++++++++");
}

TEST_F(kafka_nodes, a_dashboard_of_lag_shows_what_owners_have_yet_to_apply) {
  world_.start();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(world_.client().start("calls", fmt::format("{}", i)));
  for (int i = 0; i < 10; ++i) world_.client().end_of(fmt::format("{}", i));
  EXPECT_TRUE(world_.stop());
  for (const auto& [space, partitions] : {std::pair{"team", 4}, std::pair{"legal", 2}}) {
    const auto topic = transport::topic_of(world_.options.kafka, space);
    for (int i = 0; i < partitions; ++i) {
      EXPECT_GT(world_.broker.end_of(topic, i), 0);
      EXPECT_EQ(world_.broker.committed(topic, topic, i), world_.broker.end_of(topic, i));
    }
  }
}

TEST_F(kafka_nodes, a_wrong_setting_of_a_topic_is_refused_with_advice) {
  world_.start();
  EXPECT_TRUE(world_.stop());
  const auto topic = transport::topic_of(world_.options.kafka, "team");
  world_.broker.set(topic, "cleanup.policy", "compact");
  const auto refused = world_.open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid_argument);
  EXPECT_THAT(refused.error().message, HasSubstr("cleanup.policy is compact, should be delete"));
  world_.broker.set(topic, "cleanup.policy", "delete");
  EXPECT_TRUE(world_.open());
}

TEST_F(kafka_nodes, namespaces_keep_their_place_whatever_their_order_in_the_configuration) {
  world_.start();
  ASSERT_TRUE(world_.client().start("words", "w"));
  EXPECT_TRUE(world_.stop());
  world_.options.namespaces.insert(world_.options.namespaces.begin(),
                                   {"third", 1, {}, 3'600, 1'000});
  std::swap(world_.options.namespaces[1], world_.options.namespaces[2]);
  world_.start();
  for (const auto* word : {"a", "b", "c"}) ASSERT_TRUE(world_.client().signal("w", "word", word));
  EXPECT_EQ(world_.client().end_of("w"), "abc");
  EXPECT_EQ(world_.client("third").run("echo", "a", "x"), "x");
}

TEST_F(kafka_nodes, its_records_can_be_shown_while_it_runs) {
  world_.start();
  for (int i = 0; i < 8; ++i)
    ASSERT_EQ(world_.client().run("echo", fmt::format("{}", i), "x"), "x");
  const auto dump = [this](std::string_view name_space) {
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in;
    const transport::system_clock clock;
    const auto& kafka = world_.options.kafka;
    const auto code =
        deploy::run_command_line({"log", "dump", "--kafka", transport::topic_of(kafka, name_space),
                                  "--kafka-bootstrap-servers", kafka.bootstrap_servers,
                                  "--kafka-topic-prefix", kafka.topic_prefix},
                                 {out, err, in, 0, clock, {}, {}});
    EXPECT_EQ(code, deploy::exit_code::ok) << err.str();
    return out.str();
  };
  const auto team = dump("team");
  for (const auto* kind : {"log_opened", "config", "claim", "start", "turn"})
    EXPECT_THAT(team, HasSubstr(kind));
  const auto cluster = dump(transport::cluster_name);
  for (const auto* kind : {"join", "namespace", "heartbeat"}) EXPECT_THAT(cluster, HasSubstr(kind));
  EXPECT_THAT(cluster, Not(HasSubstr("belongs into")));
}

TEST_F(kafka_nodes, whose_records_are_in_a_bundle_is_seen_with_tools_of_kafka) {
  world_.start();
  const auto topic = transport::topic_of(world_.options.kafka, "team");
  // Now and then it shares its bundle with another record, and then that has no key.
  bool is_seen = false;
  for (int i = 0; i < 20 && !is_seen; ++i) {
    const auto id = fmt::format("order {}", i);
    ASSERT_EQ(world_.client().run("echo", id, "x"), "x");
    const auto partition = static_cast<int>(world_.client().describe(id)->summary.partition);
    const seen_record start{id,
                            {{"perdure-format", "1"},
                             {"perdure-kinds", "start"},
                             {"perdure-records", "1"},
                             {"perdure-workflow", id}}};
    const auto all = world_.broker.records_of(topic, partition);
    is_seen = std::ranges::find(all, start) != all.end();
  }
  EXPECT_TRUE(is_seen);
}

TEST_F(kafka_nodes, rule_7_6_what_is_larger_than_a_bundle_is_refused_by_name_and_harms_nobody) {
  world_.start();
  auto client = world_.client();
  const std::string large(950'000, 'x');
  EXPECT_EQ(client.start("echo", "a", large).error().code, errc::too_large);
  ASSERT_TRUE(client.start("words", "b"));
  EXPECT_EQ(client.signal("b", "word", large).error().code, errc::too_large);
  EXPECT_THAT(client.run("swells", "c"), HasSubstr("the step gave 950"));
  EXPECT_THAT(client.run("swells_twice", "d"), HasSubstr("the step gave 950"));
  for (const auto* word : {"1", "2", "3"}) ASSERT_TRUE(client.signal("b", "word", word));
  EXPECT_EQ(client.end_of("b"), "123");
  EXPECT_FALSE(world_.has_said("has stopped"));
}

TEST_F(kafka_nodes, what_is_advised_of_a_topic_is_said_once) {
  world_.start();
  for (const auto space : {transport::cluster_name, std::string_view("team")}) {
    const auto topic = transport::topic_of(world_.options.kafka, space);
    EXPECT_EQ(world_.times_said("topic " + topic + ": replicas is 1"), 1U);
  }
}

TEST_F(kafka_nodes, one_process_has_the_directory) {
  world_.start();
  kafka_world other;
  other.options.data_directory = world_.options.data_directory;
  EXPECT_EQ(other.open().error().code, errc::locked);
}

}  // namespace
}  // namespace perdure::testing
