// A data directory that a node cannot use, met by the real program.

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kill/node_process.hpp"
#include "transport/file_header.hpp"

namespace perdure::testing {
namespace {

using std::filesystem::perms;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// Takes from root what lets it pass over the rights of files. Nobody else has it.
std::vector<std::string> without_privilege() {
  if (geteuid() != 0) return {};
  return {"/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search"};
}

class data_directory : public ::testing::Test {
 protected:
  /// Why it does not start; fails the test if it does.
  std::string refusal() {
    node_.start();
    const int status = node_.child().wait();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << status;
    auto said = node_.output_text().substr(heard_);
    heard_ += said.size();
    return said;
  }
  void leave_a_run() {
    node_.start();
    ASSERT_TRUE(node_.wait_until_ready()) << node_.output_text();
    ASSERT_TRUE(node_.client().start("team", "sleeper", "a", "a", "k").is_ok());
    ASSERT_EQ(node_.stop(), 0);
    heard_ = node_.output_text().size();
  }
  void the_run_is_there() {
    node_.start();
    ASSERT_TRUE(node_.wait_until_ready()) << node_.output_text();
    EXPECT_EQ(node_.client().describe("team", "a").status, 200u);
    EXPECT_EQ(node_.stop(), 0);
  }
  std::string path(const std::string& name) const { return node_.data_directory() + "/" + name; }

  node_process node_;

 private:
  std::size_t heard_ = 0;
};

class data_directory_rights : public data_directory {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(node_.data_directory());
    allow("", perms::owner_read | perms::owner_exec);
    auto asks = without_privilege();
    asks.insert(asks.end(), {"/usr/bin/test", "-w", node_.data_directory()});
    child_process probe;
    probe.start(asks, {}, "/dev/null");
    const int status = probe.wait();
    allow("", perms::owner_all);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
      GTEST_SKIP() << "root passes over the rights of files, and may not give that up here";
    node_.start_by(without_privilege());
  }
  void TearDown() override { allow("", perms::owner_all); }

  void allow(const std::string& name, perms rights) const {
    std::filesystem::permissions(path(name), rights);
  }
};

constexpr auto advice = "give this user the right to read and write there";

TEST_F(data_directory_rights, to_make_a_log_there_must_be_given) {
  allow("", perms::owner_read | perms::owner_exec);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(node_.data_directory()), HasSubstr(advice)));
  allow("", perms::none);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(node_.data_directory()), HasSubstr(advice)));
}

TEST_F(data_directory_rights, to_read_and_write_what_is_there_must_be_given) {
  leave_a_run();
  for (const std::string name : {"log", "log/lock", "log/identity", "log/mark",
                                 "log/segment-0000000000000001.log", "crash_notes"}) {
    const auto before = std::filesystem::status(path(name)).permissions();
    allow(name, perms::none);
    EXPECT_THAT(refusal(), AllOf(HasSubstr(path(name)), HasSubstr(advice))) << name;
    if (name != "log/identity") {  // which is only read
      allow(name, perms::owner_read);
      EXPECT_THAT(refusal(), AllOf(HasSubstr(path(name)), HasSubstr(advice))) << name;
    }
    allow(name, before);
  }
  the_run_is_there();
}

TEST_F(data_directory, with_a_file_in_its_place_is_named) {
  std::ofstream(node_.data_directory()) << "mine";
  EXPECT_THAT(refusal(), HasSubstr(node_.data_directory()));
}

TEST_F(data_directory, rule_8_of_a_newer_format_is_refused_by_name_and_left_as_it_is) {
  leave_a_run();
  for (const std::string name : {"log/identity", "log/segment-0000000000000001.log"}) {
    std::fstream file(path(name), std::ios::binary | std::ios::in | std::ios::out);
    std::string before(transport::file_header::header_bytes, '\0');
    file.read(before.data(), static_cast<std::streamsize>(before.size()));
    auto header = transport::decode_file_header(before, name);
    ASSERT_TRUE(header) << header.error().message;
    header->format = header->oldest_reader = transport::log_format + 6;
    const auto newer = transport::encode(*header);
    file.seekp(0).write(newer.data(), newer.size()).flush();
    EXPECT_THAT(refusal(), AllOf(HasSubstr(path(name)), HasSubstr("log format 7"),
                                 HasSubstr("use a newer perdure")));
    file.seekp(0).write(before.data(), static_cast<std::streamsize>(before.size())).flush();
  }
  the_run_is_there();
}

TEST(doors, a_data_directory_whose_name_is_too_long_ends_it_with_code_1_and_a_sentence) {
  node_process node({"--data-directory", "/tmp/" + std::string(300, 'd')});
  node.start();
  const int status = node.child().wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << status;
  EXPECT_THAT(node.output_text(), HasSubstr("too long"));
}

}  // namespace
}  // namespace perdure::testing
