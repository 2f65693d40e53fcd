#include "deploy/config_file.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perdure::deploy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<std::string> errors(std::string_view yaml) {
  const auto read = parse_config(yaml, "f.yaml");
  return read ? std::vector<std::string>{} : read.error();
}

TEST(config_file, sets_what_it_names_and_leaves_the_rest) {
  const auto read = parse_config(
      "data_directory: /var/lib/perdure\n"
      "log:\n"
      "  segment_bytes: 128 MiB\n"
      "  spin: 100us\n"
      "watchdog:\n"
      "  on_stuck: end_process\n",
      "f.yaml");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->embedded.data_directory, "/var/lib/perdure");
  EXPECT_EQ(read->embedded.log.segment_bytes, 128U << 20);
  EXPECT_EQ(read->embedded.log.spin_us, 100U);
  EXPECT_EQ(read->embedded.threads.watch.reaction, actors::on_stuck::end_process);
  EXPECT_EQ(read->embedded.threads.steps.threads, node_options{}.embedded.threads.steps.threads);
}

TEST(config_file, an_empty_file_sets_nothing) {
  EXPECT_THAT(errors(""), IsEmpty());
  EXPECT_THAT(errors("# only a comment\n"), IsEmpty());
}

TEST(config_file, lists_namespaces) {
  const auto read = parse_config(
      "namespaces:\n"
      "  - name: audit\n"
      "  - name: legal\n"
      "    partitions: 2\n"
      "    callers: [audit, ops]\n"
      "    retention: 30 d\n"
      "  - {name: ops, callers: audit}\n",
      "f.yaml");
  ASSERT_TRUE(read) << read.error().front();
  ASSERT_THAT(read->embedded.namespaces, SizeIs(3));
  EXPECT_EQ(read->embedded.namespaces[0].partitions, 0U) << "as is usual on its log";
  EXPECT_EQ(read->embedded.namespaces[1].partitions, 2U);
  EXPECT_THAT(read->embedded.namespaces[1].callers, ElementsAre("audit", "ops"));
  EXPECT_EQ(read->embedded.namespaces[1].retention_seconds, 30U * 24 * 3600);
  EXPECT_THAT(read->embedded.namespaces[2].callers, ElementsAre("audit"));
}

TEST(config_file, unknown_names_are_refused_with_line_and_advice) {
  EXPECT_THAT(
      errors("node: a\nlog:\n  segmentbytes: 1 MiB\n"),
      ElementsAre("f.yaml:3: log.segmentbytes is unknown: did you mean log.segment_bytes?"));
  EXPECT_THAT(errors("colour: red\n"),
              ElementsAre(HasSubstr("f.yaml:1: colour is unknown: known are ")));
  EXPECT_THAT(errors("namespaces:\n  - name: a\n    partition: 3\n"),
              ElementsAre("f.yaml:3: namespaces: partition is unknown: known are name, partitions, "
                          "callers, retention, retention_runs"));
}

TEST(config_file, bad_values_are_refused_with_line_name_value_and_bounds) {
  EXPECT_THAT(errors("log:\n  segment_bytes: 3\n"),
              ElementsAre("f.yaml:2: log.segment_bytes: \"3\" has no unit: write a size such as 64 "
                          "MiB: allowed is 2 MiB to 1 GiB"));
  EXPECT_THAT(
      errors("namespaces:\n  - name: a\n    partitions: 900\n"),
      ElementsAre(
          "f.yaml:3: namespaces: partitions: \"900\" is out of bounds: allowed is 1 to 256"));
}

TEST(config_file, all_errors_are_told_at_once) {
  EXPECT_THAT(errors("a: 1\nb: 2\nlog_level: loud\n"), SizeIs(3));
  std::string many;
  for (int i = 0; i < 100; ++i) many += "key" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(errors(many), SizeIs(20));
}

TEST(config_file, a_wrong_shape_is_refused) {
  EXPECT_THAT(errors("- a\n- b\n"), ElementsAre(HasSubstr("name: value")));
  EXPECT_THAT(errors("log: 3\n"), ElementsAre("f.yaml:1: log must hold \"name: value\" lines"));
  EXPECT_THAT(errors("node:\n  name: a\n"), ElementsAre("f.yaml:2: node must be one value (text)"));
  EXPECT_THAT(errors("node:\n"), ElementsAre(HasSubstr("node must be one value")));
  EXPECT_THAT(errors("namespaces: audit\n"), ElementsAre(HasSubstr("must be a list")));
  EXPECT_THAT(errors("namespaces:\n  - audit\n"),
              ElementsAre(HasSubstr("f.yaml:2: a namespace must hold")));
  EXPECT_THAT(errors("namespaces:\n  - partitions: 3\n"), ElementsAre(HasSubstr("has no name")));
  EXPECT_THAT(errors("node: a\nnode: b\n"), ElementsAre("f.yaml:2: node is there twice"));
  EXPECT_THAT(
      errors("log.segment_bytes: 1 MiB\n"),
      ElementsAre("f.yaml:1: log.segment_bytes must stand as segment_bytes below \"log:\""));
}

TEST(config_file, what_is_no_yaml_is_refused_with_its_line) {
  EXPECT_THAT(errors("node: a\n  b: [\n"), ElementsAre(HasSubstr("f.yaml:")));
  EXPECT_THAT(errors("\t\t: {"), SizeIs(1));
  EXPECT_THAT(errors(std::string(5'000, '[')), SizeIs(1));
  EXPECT_THAT(errors(std::string("\0\1\2", 3)), SizeIs(1));
  EXPECT_THAT(errors(std::string((1 << 20) + 1, ' ')), ElementsAre("f.yaml: larger than 1 MiB"));
}

TEST(config_file, keys_that_are_no_words_are_refused) {
  EXPECT_THAT(errors("[a, b]: c\n"), Not(IsEmpty()));
  EXPECT_THAT(errors("? {x: y}\n: z\n"), Not(IsEmpty()));
}

TEST(config_file, properties_for_kafka_are_a_map_whose_keys_may_have_dots) {
  const auto read = parse_config(
      "kafka:\n  bootstrap_servers: a:9092,b:9092\n  properties:\n    security.protocol: SASL_SSL\n"
      "    sasl.password: file:/etc/secret\n",
      "f.yaml");
  ASSERT_TRUE(read) << read.error().front();
  EXPECT_EQ(read->kafka.bootstrap_servers, "a:9092,b:9092");
  EXPECT_THAT(read->kafka.properties,
              ElementsAre(transport::kafka_property{"security.protocol", "SASL_SSL"},
                          transport::kafka_property{"sasl.password", "file:/etc/secret"}));
}

TEST(config_file, a_property_for_kafka_that_is_not_allowed_is_named_and_its_value_never_shown) {
  EXPECT_THAT(errors("kafka:\n  properties:\n    acks: 1\n"),
              ElementsAre(HasSubstr("f.yaml:3: kafka.properties: \"acks\" is the log's own")));
  const auto told = errors("kafka:\n  properties:\n    sasl.password: hunter2\n");
  EXPECT_THAT(told, ElementsAre(HasSubstr("\"sasl.password\" is a secret")));
  EXPECT_THAT(told, ElementsAre(Not(HasSubstr("hunter2"))));
  EXPECT_THAT(errors("kafka:\n  properties:\n    a: [b]\n"), SizeIs(1));
}

TEST(config_file, keys_of_doors_are_places_and_never_the_keys_themselves) {
  const auto read = parse_config(
      "doors:\n  address: 10.0.0.7\n  keys:\n    beta: file:/etc/beta.key\n    gamma: env:KEY\n",
      "f.yaml");
  ASSERT_TRUE(read) << read.error().front();
  EXPECT_THAT(read->doors.keys, ElementsAre(door_key_place{"beta", "file:/etc/beta.key"},
                                            door_key_place{"gamma", "env:KEY"}));
  const auto told = errors("doors:\n  keys:\n    beta: hunter2\n");
  EXPECT_THAT(told, ElementsAre(HasSubstr("doors.keys: \"beta\" is a secret: give file:PATH")));
  EXPECT_THAT(told, ElementsAre(Not(HasSubstr("hunter2"))));
  EXPECT_THAT(errors("doors:\n  keys:\n    Be ta: env:KEY\n"), SizeIs(1));
  EXPECT_THAT(errors("doors:\n  advertise: ftp://a\n"), SizeIs(1));
}

TEST(config_file, that_is_not_there_is_an_error_with_its_name) {
  const auto read = read_config_file("/nonexistent/f.yaml");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error(), ElementsAre(HasSubstr("/nonexistent/f.yaml")));
}

/// Both ended the program once: a directory by an exception, the other when the memory was full.
TEST(config_file, that_is_no_file_of_text_is_an_error_with_its_name) {
  const auto directory = read_config_file("/tmp");
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error(), ElementsAre(HasSubstr("/tmp: it is a directory")));
  const auto endless = read_config_file("/dev/zero");
  ASSERT_FALSE(endless);
  EXPECT_THAT(endless.error(), ElementsAre(HasSubstr("/dev/zero is longer than 1024 KiB")));
}

}  // namespace
}  // namespace perdure::deploy
