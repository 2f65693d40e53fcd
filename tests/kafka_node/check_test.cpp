#include <sstream>

#include <gmock/gmock.h>

#include "deploy/cli/command_line.hpp"
#include "deploy/kafka_node.hpp"
#include "tests/kafka_log/real_broker.hpp"
#include "tests/kafka_node/kafka_world.hpp"
#include "tests/unit/transport/temporary_directory.hpp"
#include "transport/kafka/kafka_topics.hpp"
#include "transport/system_clock.hpp"

namespace perdure::testing {
namespace {

using deploy::exit_code;
using ::testing::HasSubstr;
using ::testing::Not;

/// `perdure kafka check` on topics of its own.
class kafka_check : public ::testing::Test {
 protected:
  kafka_check() { options_.topic_prefix = broker_.fresh_name() + "."; }

  struct outcome {
    exit_code code;
    std::string out, err;
  };
  outcome run(const std::vector<std::string>& more = {}) {
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in;
    std::vector<std::string> arguments{"kafka",
                                       "check",
                                       "--kafka-bootstrap-servers",
                                       options_.bootstrap_servers,
                                       "--kafka-topic-prefix",
                                       options_.topic_prefix};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto code = deploy::run_command_line(arguments, {out, err, in, 0, clock_, {}, {}});
    return {code, out.str(), err.str()};
  }
  std::string topic() const { return topic_of(options_, "default"); }

  real_broker& broker_ = real_broker::of_this_program();
  transport::kafka_options options_ = broker_.options();
  transport::system_clock clock_;
};

TEST_F(kafka_check, tells_a_topic_that_is_missing_and_is_content_with_one_that_a_node_made) {
  const auto before = run();
  EXPECT_EQ(before.code, exit_code::failed);
  EXPECT_THAT(before.out, HasSubstr("missing"));
  const auto topics = transport::kafka_topics::open(options_, clock_);
  ASSERT_TRUE((*topics)->ensure(
      deploy::wanted_topics(options_, {{.name = "default", .partitions = 8, .callers = {}}})));
  const auto after = run();
  EXPECT_EQ(after.code, exit_code::ok) << after.out << after.err;
  EXPECT_THAT(after.out, Not(HasSubstr("WRONG")));
}

TEST_F(kafka_check, tells_each_wrong_setting_with_the_command_that_mends_it) {
  broker_.create(topic(), 8);
  broker_.set(topic(), "retention.ms", "1000");
  const auto told = run();
  EXPECT_EQ(told.code, exit_code::failed);
  EXPECT_THAT(told.out, HasSubstr("kafka-configs.sh"));
  EXPECT_THAT(told.out, HasSubstr("retention.ms=-1"));
  const auto json = run({"--json"});
  EXPECT_THAT(json.out, HasSubstr("\"verdict\": \"WRONG\""));
}

TEST_F(kafka_check, advises_more_partitions_only_where_a_topic_was_never_used) {
  kafka_world world;
  world.options.namespaces = {{.name = "team", .partitions = 2, .callers = {}}};
  options_ = world.options.kafka;
  const auto topic = topic_of(options_, "team");
  const auto check_with = [this](const std::string& partitions) {
    const transport::temporary_directory directory;
    const auto file = directory.path() + "/node.yaml";
    transport::write_file(file, "namespaces:\n  - name: team\n    partitions: " + partitions);
    return run({"--config", file});
  };
  broker_.create(topic, 1);
  EXPECT_THAT(check_with("2").out,
              HasSubstr("kafka-topics.sh --bootstrap-server " + options_.bootstrap_servers +
                        " --alter --topic " + topic + " --partitions 2"));
  broker_.add_partitions(topic, 2);
  world.start();
  EXPECT_TRUE(world.stop());

  const auto more = check_with("8");
  EXPECT_EQ(more.code, exit_code::failed);
  EXPECT_THAT(more.out, HasSubstr("set the namespace's partitions to 2"));
  EXPECT_THAT(more.out, Not(HasSubstr("kafka-topics.sh")));
  const auto fewer = check_with("1");
  EXPECT_EQ(fewer.code, exit_code::failed);
  EXPECT_THAT(fewer.out, HasSubstr("set the namespace's partitions to 2"));

  broker_.add_partitions(topic, 8);  // as somebody may who does not ask
  const auto harmless = check_with("2");
  EXPECT_EQ(harmless.code, exit_code::ok) << harmless.out;
  EXPECT_THAT(harmless.out, HasSubstr("those beyond stay unused"));
  world.start();
  EXPECT_TRUE(world.stop());
}

TEST_F(kafka_check, without_brokers_says_so) {
  options_.bootstrap_servers = "127.0.0.1:1";
  EXPECT_EQ(run({"--kafka-opening-timeout", "500 ms"}).code, exit_code::unavailable);
}

}  // namespace
}  // namespace perdure::testing
