#include "deploy/cli/command_line.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/deploy/cli/scripted_node.hpp"

namespace perdure::deploy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(command_line, a_wrong_one_is_refused_before_anything_is_done) {
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{},
        {"workflow"},
        {"workflow", "start"},
        {"nonsense"},
        {"workflow", "describe"},
        {"workflow", "describe", "a", "b"},
        {"workflow", "list", "--limit", "0"},
        {"workflow", "result", "a", "--wait", "soon"},
        {"workflow", "start", "a", "b", "--input", "1", "--input-file", "f"}}) {
    scripted_node node;
    const auto end = node.run(wrong);
    EXPECT_EQ(end.code, exit_code::usage) << testing::PrintToString(wrong);
    EXPECT_THAT(end.err, HasSubstr("perdure: "));
    EXPECT_THAT(end.out, IsEmpty());
    EXPECT_THAT(node.requests, IsEmpty());
  }
}

TEST(command_line, help_is_a_result) {
  scripted_node node;
  const auto end = node.run({"workflow", "start", "--help"});
  EXPECT_EQ(end.code, exit_code::ok);
  EXPECT_THAT(end.out, HasSubstr("--policy"));
}

TEST(command_line, common_flags_may_stand_anywhere) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--node", "http://h:1", "-n", "x", "workflow", "list"},
        {"workflow", "list", "--node", "http://h:1", "--namespace", "x"},
        {"workflow", "--node", "http://h:1", "list", "-n", "x"}}) {
    scripted_node node;
    node.answers(R"({"runs": [], "next_page": ""})");
    EXPECT_EQ(node.run(arguments).code, exit_code::ok);
    EXPECT_EQ(node.address, "http://h:1");
    EXPECT_EQ(node.requests.at(0).path, "/v1/namespaces/x/workflows?limit=100");
  }
}

TEST(command_line, serve_is_not_begun_with_options_that_do_not_fit) {
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"serve", "--no-such-flag", "1"},
        {"serve", "--http-port", "many"},
        {"serve", "--config", "/no/such/file.yaml"},
        {"serve", "--namespace", "audit,callers=nobody"}}) {
    scripted_node node;
    const auto end = node.run(wrong);
    EXPECT_EQ(end.code, exit_code::usage) << testing::PrintToString(wrong);
    EXPECT_THAT(end.err, HasSubstr("perdure: "));
  }
}

/// It was once taken for the URL of a node to talk to, and the node got another name in silence.
TEST(command_line, serve_is_not_begun_with_flags_that_stand_before_it) {
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"--node", "alpha", "serve", "--config", "/no/such/file.yaml"},
        {"--namespace", "audit", "serve", "--config", "/no/such/file.yaml"},
        {"-n", "audit", "serve", "--config", "/no/such/file.yaml"}}) {
    scripted_node node;
    const auto end = node.run(wrong);
    EXPECT_EQ(end.code, exit_code::usage) << testing::PrintToString(wrong);
    EXPECT_THAT(end.err, HasSubstr("write `perdure serve --n"));
  }
}

TEST(command_line, the_environment_of_other_commands_does_not_stop_serve) {
  ::setenv("PERDURE_NODE", "http://127.0.0.1:7081", 1);
  scripted_node node;
  const auto end = node.run({"serve", "--config", "/no/such/file.yaml"});
  ::unsetenv("PERDURE_NODE");
  EXPECT_THAT(end.err, HasSubstr("/no/such/file.yaml"));
}

TEST(command_line, version_is_told) {
  scripted_node node;
  EXPECT_THAT(node.run({"version"}).out, HasSubstr("perdure "));
  const auto document = json::parse(node.run({"version", "--json"}).out);
  EXPECT_TRUE(document.contains("build"));
}

TEST(command_line, each_error_of_the_api_has_its_exit_code) {
  const std::vector<std::pair<std::string, exit_code>> codes = {
      {"not_found", exit_code::not_found},      {"invalid_argument", exit_code::refused},
      {"already_exists", exit_code::refused},   {"failed_state", exit_code::refused},
      {"denied", exit_code::refused},           {"too_large", exit_code::refused},
      {"too_late", exit_code::refused},         {"overloaded", exit_code::unavailable},
      {"unavailable", exit_code::unavailable},  {"no_space", exit_code::unavailable},
      {"outcome_unknown", exit_code::unknown},  {"timed_out", exit_code::unknown},
      {"internal", exit_code::failed},          {"corrupt", exit_code::failed},
      {"a word of tomorrow", exit_code::failed}};
  for (const auto& [code, exit] : codes) {
    scripted_node node;
    node.fails(code, "what was wrong");
    const auto end = node.run({"workflow", "describe", "w"});
    EXPECT_EQ(end.code, exit) << code;
    EXPECT_EQ(end.err, "perdure: what was wrong\n");
    EXPECT_THAT(end.out, IsEmpty());
  }
}

TEST(command_line, a_wrong_address_is_usage) {
  const auto connected = connect_by_http("https://node/with/path");
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().exit, exit_code::usage);
}

TEST(command_line, a_node_that_is_not_there_is_unavailable) {
  const auto connected = connect_by_http("http://127.0.0.1:1");
  ASSERT_TRUE(connected);
  const auto answer = (*connected)->get("/v1/agents", runtime::seconds(5));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().exit, exit_code::unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1:1"));
}

TEST(command_line_document, is_what_the_grammar_prints) {
  const auto* source = std::getenv("PERDURE_SOURCE_DIR");
  const auto path = std::string(source == nullptr ? "." : source) + "/docs/cli.md";
  if (const auto* rewrite = std::getenv("PERDURE_REWRITE_GOLDEN");
      rewrite != nullptr && std::string(rewrite) == "1") {
    std::ofstream(path) << command_line_document();
  }
  std::ifstream file(path);
  const std::string written{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(written, command_line_document()) << "PERDURE_REWRITE_GOLDEN=1 writes it anew";
}

}  // namespace
}  // namespace perdure::deploy
