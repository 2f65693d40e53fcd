#include "transport/kafka/kafka_options.hpp"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>

#include "tests/unit/transport/temporary_directory.hpp"
#include "transport/kafka/kafka_clients.hpp"

namespace perdure::transport {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string why(const kafka_options& options) {
  const auto valid = options.validate();
  return valid ? "" : valid.error().message;
}

TEST(kafka_options, the_defaults_are_allowed) { EXPECT_EQ(why({}), ""); }

TEST(kafka_options, each_limit_is_named) {
  EXPECT_THAT(why({.replication = 0}), HasSubstr("replication is 0"));
  EXPECT_THAT(why({.bundle_bytes = 100}), HasSubstr("bundle_bytes is 100"));
  EXPECT_THAT(why({.topic_prefix = "a/b"}), HasSubstr("topic_prefix"));
}

TEST(kafka_options, what_the_promises_hang_on_is_refused_by_name) {
  for (const auto* name : {"acks", "enable.idempotence", "linger.ms", "group.id", "retries",
                           "auto.offset.reset", "message.timeout.ms", "bootstrap.servers",
                           "transactional.id", "isolation.level", "test.mock.num.brokers"}) {
    EXPECT_THAT(why({.properties = {{name, "1"}}}), HasSubstr(name));
  }
  EXPECT_EQ(why({.properties = {{"security.protocol", "SSL"}, {"compression.type", "lz4"}}}), "");
}

TEST(kafka_options, a_secret_is_neither_taken_nor_shown_but_from_file_or_environment) {
  for (const auto* name : {"sasl.password", "ssl.key.password", "ssl.key.pem",
                           "sasl.oauthbearer.client.secret", "ssl.keystore.password"}) {
    const auto told = why({.properties = {{name, "hunter2"}}});
    EXPECT_THAT(told, HasSubstr("secret"));
    EXPECT_THAT(told, Not(HasSubstr("hunter2")));
    EXPECT_EQ(why({.properties = {{name, "env:SOMETHING"}}}), "");
    EXPECT_EQ(why({.properties = {{name, "file:/some/where"}}}), "");
  }
}

TEST(kafka_options, values_come_from_files_and_environment) {
  const temporary_directory directory;
  const auto path = directory.path() + "/password";
  std::ofstream(path) << "hunter2\n";
  EXPECT_EQ(resolve({"sasl.password", "file:" + path}), "hunter2");
  setenv("PERDURE_TEST_SECRET", "hunter3", 1);
  EXPECT_EQ(resolve({"sasl.password", "env:PERDURE_TEST_SECRET"}), "hunter3");
  EXPECT_EQ(resolve({"client.rack", "plain"}), "plain");
  EXPECT_THAT(resolve({"sasl.password", "env:PERDURE_TEST_NO_SUCH"}).error().message,
              HasSubstr("PERDURE_TEST_NO_SUCH"));
  EXPECT_THAT(resolve({"sasl.password", "file:" + path + "?"}).error().message,
              HasSubstr("cannot be read"));
}

TEST(kafka_options, what_librdkafka_refuses_is_told_without_the_secret) {
  kafka_options options{.bootstrap_servers = "127.0.0.1:1"};
  options.properties = {{"ssl.key.pem", "env:PERDURE_TEST_SECRET"}, {"security.protocol", "SSL"}};
  setenv("PERDURE_TEST_SECRET", "hunter2", 1);
  const auto made = make_producer(options);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, Not(HasSubstr("hunter2")));
  options.properties = {{"no.such.thing", "1"}};
  EXPECT_THAT(make_producer(options).error().message, HasSubstr("no.such.thing"));
}

}  // namespace
}  // namespace perdure::transport
