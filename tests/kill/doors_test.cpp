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

TEST(doors, a_node_waits_for_the_end_of_the_one_that_holds_its_directory) {
  node_process first;
  first.start();
  ASSERT_TRUE(first.wait_until_ready()) << first.output_text();
  node_process second({"--data-directory", first.data_directory()});
  second.start();
  ASSERT_TRUE(eventually([&] { return second.output_text().contains("waiting 5 s"); }));
  first.kill();
  EXPECT_TRUE(second.wait_until_ready()) << second.output_text();
}

/// A node in whose code something runs that never ends by itself.
class endless_code : public ::testing::Test {
 protected:
  /// Both operations have a turn behind them when they come to what does not end.
  void begin(const std::string& operation, const std::string& condition) {
    node_.start();
    ASSERT_TRUE(node_.wait_until_ready()) << node_.output_text();
    ASSERT_TRUE(node_.client().start("team", operation, "a", "a", "k").is_ok());
    ASSERT_TRUE(eventually([this, condition] {
      const auto run = node_.client().describe("team", "a");
      return run.text("condition") == condition && run.body.value("turns", 0) > 0;
    }));
  }
  /// The exit code after SIGTERM; -1 if it does not end.
  int code_of_stop() {
    node_.child().signal(SIGTERM);
    if (!eventually([this] { return node_.child().ended().has_value(); })) return -1;
    return WEXITSTATUS(*node_.child().ended());
  }
  std::string result_after_it_is_mended() {
    node_.mend();
    node_.start();
    EXPECT_TRUE(node_.wait_until_ready()) << node_.output_text();
    return node_.client().result("team", "a", "20s").text("output");
  }
  node_process node_;
};

TEST_F(endless_code, of_a_step_does_not_keep_a_node_from_ending_and_is_no_crash) {
  begin("hangs_in_a_step", "waiting");
  EXPECT_EQ(code_of_stop(), 0);
  EXPECT_THAT(node_.output_text(), HasSubstr("every partition was handed over"));
  EXPECT_THAT(node_.output_text(), HasSubstr("does not heed its cancellation: hang"));
  EXPECT_EQ(result_after_it_is_mended(), "mended");
}

TEST_F(endless_code, of_a_workflow_does_not_keep_a_node_from_ending_and_the_code_says_so) {
  begin("loops", "running");
  EXPECT_EQ(code_of_stop(), 1);
  EXPECT_THAT(node_.output_text(), HasSubstr("not every partition was handed over"));
  EXPECT_THAT(node_.output_text(), HasSubstr("does not heed its cancellation: of a workflow"));
  EXPECT_EQ(result_after_it_is_mended(), "mended");
}

}  // namespace
}  // namespace perdure::testing
