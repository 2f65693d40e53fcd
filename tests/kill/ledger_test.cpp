#include "tests/kill/ledger.hpp"

#include <cstdio>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

namespace perdure::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ledgers : public ::testing::Test {
 protected:
  void TearDown() override { std::remove(path_.c_str()); }
  ledger read(const std::string& content) {
    std::ofstream(path_) << content;
    return ledger::read(path_);
  }
  const std::string path_ = ::testing::TempDir() + "ledger-" + std::to_string(getpid());
};

TEST_F(ledgers, a_line_that_a_kill_cut_off_is_none_and_the_next_one_counts) {
  auto cut = read("\neffect ce68c1\neffect ce68c1 2 a/0 17.4.1 500 .\n");
  EXPECT_THAT(cut.problems({400}), IsEmpty());
  EXPECT_EQ(cut.lines().size(), 1u);
  EXPECT_TRUE(cut.has_nonce("a/0", "17.4.1"));
  EXPECT_THAT(cut.problems({}), ElementsAre(HasSubstr("'effect ce68c1', after 0 kills")));
  EXPECT_THAT(read("\neffect k 1 a/0 1.1.1 50").lines(), IsEmpty()) << "its time may be cut, too";
}

TEST_F(ledgers, what_is_done_twice_is_told) {
  EXPECT_THAT(
      read("\npayment k 1 a/0 1.1.1 100 .\n\npayment k 2 a/0 1.1.2 300 .\n").problems({200}),
      ElementsAre(HasSubstr("payment a/0 was made twice")));
  EXPECT_THAT(read("\neffect k 1 a/0 1.1.1 100 .\n\neffect k 2 a/0 1.1.2 300 .\n").problems({400}),
              ElementsAre(HasSubstr("without a kill between")));
}

TEST_F(ledgers, in_a_cluster_a_line_may_come_late_and_still_no_attempt_twice) {
  const auto* const late = "\neffect k 2 a/0 1.1.1 100 .\n\neffect k 1 a/0 2.1.1 300 .\n";
  EXPECT_THAT(read(late).problems({}, nodes::several), IsEmpty());
  EXPECT_THAT(read(late).problems({200}), ElementsAre(HasSubstr("came after attempt 2")));
  EXPECT_THAT(read("\neffect k 1 a/0 1.1.1 100 .\n\neffect k 1 a/0 2.1.1 300 .\n")
                  .problems({}, nodes::several),
              ElementsAre(HasSubstr("attempt 1 of a/0 was made twice")));
}

}  // namespace
}  // namespace perdure::testing
