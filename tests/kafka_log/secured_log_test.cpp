// A real broker that listens with TLS and log-in: what is right goes, what is wrong is told so that
// somebody can mend it, and nobody ever sees the password.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iterator>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/kafka_log/driven_kafka_log.hpp"
#include "tests/kafka_log/real_broker.hpp"
#include "transport/kafka/kafka_topics.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;
using runtime::partition_index;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Between Debian's librdkafka and Kafka 4 SCRAM does not work, and there must be said so;
/// elsewhere it must work.
bool scram_works() {
  constexpr int mended = 0x020601ff;
  const char* version = std::getenv("PERDURE_KAFKA_VERSION");
  return (version != nullptr && std::string_view(version) == "3.9.2") ||
         rd_kafka_version() >= mended;
}
std::vector<std::string> mechanisms() {
  return scram_works() ? std::vector<std::string>{"SCRAM-SHA-256", "PLAIN"}
                       : std::vector<std::string>{"PLAIN"};
}

class secured : public ::testing::TestWithParam<std::string> {
 protected:
  static real_broker& broker() { return real_broker::of_this_program(); }
  static std::string path(const std::string& name) { return broker().directory() + "/tls/" + name; }
  static std::string told(const std::string& name) {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// As in docs/operations.md, with this instead of what is right.
  static transport::kafka_options options(const std::string& mechanism,
                                          const std::map<std::string, std::string>& instead = {}) {
    transport::kafka_options options;
    options.bootstrap_servers = told("servers");
    options.topic_prefix = "";
    options.opening_timeout_ms = opening_timeout_ms;
    std::map<std::string, std::string> all{{"security.protocol", "SASL_SSL"},
                                           {"ssl.ca.location", path("ca.pem")},
                                           {"sasl.mechanisms", mechanism},
                                           {"sasl.username", "file:" + path("user")},
                                           {"sasl.password", "file:" + path("password")},
                                           // What it says most of: no line of it is for a password.
                                           {"debug", "all"}};
    for (const auto& [name, value] : instead) all[name] = value;
    for (const auto& [name, value] : all) options.properties.push_back({name, value});
    return options;
  }
  static transport::wanted_topic wanted(const std::string& topic) {
    return {topic, 2, transport::kafka_options().record_bytes()};
  }

  /// Neither `perdure kafka check` nor a log gets through, both say these words, and none of what
  /// is said anywhere holds a password.
  void expect_refused(const transport::kafka_options& options, errc code,
                      const ::testing::Matcher<const std::string&>& words) {
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    const auto topic = broker().fresh_name();
    broker().create(topic, 2);
    auto checking = std::async(std::launch::async, [&]() -> runtime::expected<void> {
      const auto topics = transport::kafka_topics::open(options, clock_);
      if (!topics) return std::unexpected(topics.error());
      const std::array all{wanted(topic)};
      const auto found = (*topics)->check(all);
      if (!found) return std::unexpected(found.error());
      return {};
    });
    driven_kafka_log log(options, {{topic, topic, {partition_index(1), partition_index(2)}}});
    const auto opened = log.open();
    const auto checked = checking.get();
    const auto printed =
        ::testing::internal::GetCapturedStdout() + ::testing::internal::GetCapturedStderr();
    ASSERT_FALSE(checked);
    ASSERT_FALSE(opened);
    for (const auto& why : {checked.error(), opened.error()}) {
      EXPECT_EQ(why.code, code) << why.message;
      EXPECT_THAT(why.message, words);
      for (const auto& password : passwords()) EXPECT_THAT(why.message, Not(HasSubstr(password)));
    }
    for (const auto& password : passwords()) {
      EXPECT_FALSE(log.has_said(password));
      EXPECT_THAT(printed, Not(HasSubstr(password)));
    }
  }
  static std::vector<std::string> passwords() { return {told("password"), wrong_password}; }

  static constexpr std::uint32_t opening_timeout_ms = 10'000;
  static constexpr const char* wrong_password = "let-me-in-anyway";
  transport::system_clock clock_;
};

INSTANTIATE_TEST_SUITE_P(by, secured, ::testing::ValuesIn(mechanisms()), [](const auto& info) {
  return info.param == "PLAIN" ? "plain" : "scram";
});

TEST_P(secured, what_is_appended_is_heard_and_read_again) {
  const auto topic = broker().fresh_name();
  const auto topics = transport::kafka_topics::open(options(GetParam()), clock_);
  ASSERT_TRUE(topics) << topics.error().message;
  const std::array all{wanted(topic)};
  const auto made = (*topics)->ensure(all);
  ASSERT_TRUE(made) << made.error().message;
  driven_kafka_log log(options(GetParam()),
                       {{topic, topic, {partition_index(1), partition_index(2)}}});
  const auto opened = log.open();
  ASSERT_TRUE(opened) << opened.error().message;
  const auto at = log.append({{1, "hello"}});
  ASSERT_TRUE(at) << at.error().message;
  log.wait_for_heard(1);
  log.reopen();
  EXPECT_EQ(log.opened(), (std::vector<told_record>{{at->value, 1, "hello"}}));
  log.end();
  EXPECT_EQ(broker().committed(topic, topic, 0), 1);
  EXPECT_FALSE(log.has_said(told("password")));
}

TEST_P(secured, a_wrong_password_is_told_with_what_to_set) {
  std::ofstream(path("wrong-password")) << wrong_password;
  expect_refused(options(GetParam(), {{"sasl.password", "file:" + path("wrong-password")}}),
                 errc::denied,
                 AllOf(HasSubstr("the log-in to the brokers fails"),
                       HasSubstr("sasl.password in kafka.properties")));
}

class refused_scram : public secured {};
INSTANTIATE_TEST_SUITE_P(by, refused_scram,
                         ::testing::ValuesIn(scram_works()
                                                 ? std::vector<std::string>{}
                                                 : std::vector<std::string>{"SCRAM-SHA-256"}),
                         [](const auto&) { return "scram"; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(refused_scram);

TEST_P(refused_scram, that_this_client_and_this_broker_cannot_do_is_told_with_what_else_to_take) {
  expect_refused(options("SCRAM-SHA-256"), errc::denied,
                 AllOf(HasSubstr("the log-in to the brokers fails"),
                       HasSubstr("for Kafka 4 take PLAIN within TLS, or librdkafka 2.6.1")));
}

TEST_F(secured, brokers_that_another_has_signed_are_told_with_what_to_set) {
  expect_refused(options("PLAIN", {{"ssl.ca.location", path("other-ca.pem")}}), errc::denied,
                 AllOf(HasSubstr("no TLS connection to the brokers comes about"),
                       HasSubstr("ssl.ca.location to the certificate")));
}

TEST_F(secured, brokers_that_want_tls_and_do_not_get_it_are_told_in_the_client_s_words) {
  auto plain = options("PLAIN", {{"security.protocol", "PLAINTEXT"}});
  plain.opening_timeout_ms = 3'000;
  expect_refused(plain, errc::unavailable,
                 AllOf(HasSubstr("Kafka's client says: "), HasSubstr("security.protocol")));
}

TEST_F(secured, a_certificate_that_is_not_there_is_told_at_once) {
  expect_refused(options("PLAIN", {{"ssl.ca.location", path("nothing.pem")}}),
                 errc::invalid_argument,
                 AllOf(HasSubstr("ssl.ca.location"), HasSubstr("kafka.properties")));
}

/// The command line with a configuration file: exit code and all that it prints.
std::pair<int, std::string> check_with(const transport::kafka_options& options,
                                       const std::string& file) {
  std::ofstream config(file);
  config << "kafka:\n  bootstrap_servers: " << options.bootstrap_servers
         << "\n  opening_timeout: 10s\n  properties:\n";
  for (const auto& [name, value] : options.properties) {
    config << "    " << name << ": " << value << "\n";
  }
  config.close();
  const char* program = std::getenv("PERDURE_PROGRAM");
  const auto line = fmt::format("'{}' kafka check --config '{}' 2>&1", program, file);
  FILE* pipe = popen(line.c_str(), "r");  // NOLINT(cert-env33-c): the path is the test's own
  std::string printed;
  std::array<char, 1024> piece{};
  while (fgets(piece.data(), piece.size(), pipe) != nullptr) printed += piece.data();
  return {WEXITSTATUS(pclose(pipe)), printed};
}

TEST_F(secured, a_configuration_file_is_all_that_the_command_line_needs) {
  ASSERT_NE(std::getenv("PERDURE_PROGRAM"), nullptr) << "the program to run";
  std::ofstream(path("wrong-password")) << wrong_password;
  const auto [code, table] = check_with(options("PLAIN"), path("right.yaml"));
  EXPECT_EQ(code, 1) << table;
  EXPECT_THAT(table, HasSubstr("missing")) << "it was asked, and has no such topic";
  const auto [wrong_code, words] = check_with(
      options("PLAIN", {{"sasl.password", "file:" + path("wrong-password")}}), path("wrong.yaml"));
  EXPECT_NE(wrong_code, 0);
  EXPECT_THAT(words, HasSubstr("the log-in to the brokers fails"));
  for (const auto& password : passwords()) {
    EXPECT_THAT(table + words, Not(HasSubstr(password)));
  }
}

}  // namespace
}  // namespace perdure::testing
