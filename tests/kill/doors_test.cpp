#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "tests/kill/node_process.hpp"

namespace perdure::testing {
namespace {

using ::testing::HasSubstr;

/// The exit code of a node that is started so, and what it says.
struct ending {
  int code = 0;
  std::string output;
};

ending end_of(std::vector<std::string> flags) {
  node_process node(std::move(flags));
  node.start();
  const int status = node.child().wait();
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, node.output_text()};
}

TEST(doors, wrong_flags_end_a_node_with_code_2_and_a_sentence) {
  for (const auto& [flags, word] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"--no-such-flag"}, "no-such-flag"},
           {{"--namespace", "Team!"}, "Team!"},
           {{"--drain", "soon"}, "soon"},
           {{"--watchdog-on-stuck", "panic"}, "panic"},
           {{"--config", "/no/such/file.yaml"}, "/no/such/file.yaml"}}) {
    const auto end = end_of(flags);
    EXPECT_EQ(end.code, 2) << end.output;
    EXPECT_THAT(end.output, HasSubstr(word));
  }
}

TEST(doors, a_data_directory_that_cannot_be_made_ends_it_with_code_1_and_its_name) {
  const auto end = end_of({"--data-directory", "/proc/nowhere"});
  EXPECT_EQ(end.code, 1) << end.output;
  EXPECT_THAT(end.output, HasSubstr("/proc/nowhere"));
}

TEST(doors, a_port_in_use_ends_it_with_code_1_and_its_number) {
  node_process first;
  first.start();
  ASSERT_TRUE(first.wait_until_ready()) << first.output_text();
  const auto port = std::to_string(first.port());
  const auto end = end_of({"--http-port", port});
  EXPECT_EQ(end.code, 1) << end.output;
  EXPECT_THAT(end.output, HasSubstr(port));
}

TEST(doors, sigterm_hands_over_and_ends_with_code_0) {
  node_process node;
  node.start();
  ASSERT_TRUE(node.wait_until_ready()) << node.output_text();
  ASSERT_TRUE(node.client().start("team", "sleeper", "a", "a", "k").is_ok());
  EXPECT_EQ(node.stop(), 0);
  EXPECT_THAT(node.output_text(), HasSubstr("handed over"));
}

}  // namespace
}  // namespace perdure::testing
