#include "actors/watchdog.hpp"

#include <gmock/gmock.h>

#include "tests/unit/actors/gate.hpp"
#include "tests/unit/actors/hand_clock.hpp"

namespace perdure::actors {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using company = watchdog::company;

/// Its name is to be seen in stacks.
__attribute__((noinline)) void compute_until(const std::atomic<bool>& told) {
  while (!told) continue;
}

class watchdog_test : public ::testing::Test {
 protected:
  void open(on_stuck reaction = on_stuck::report,
            runtime::duration limit = runtime::milliseconds(20)) {
    dog_ = std::make_unique<watchdog>(
        watchdog_options{limit, reaction}, clock_,
        [this](std::string text) {
          const std::lock_guard lock(mutex_);
          said_.push_back(std::move(text));
          heard_ = true;
          changed_.notify_all();
        },
        [this] {
          const std::lock_guard lock(mutex_);
          ended_ = true;
          changed_.notify_all();
        });
  }
  std::string wait_until_said() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !said_.empty(); });
    return said_.front();
  }
  void wait_until_ended() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_; });
  }
  bool is_ended() {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  std::size_t reports() {
    const std::lock_guard lock(mutex_);
    return said_.size();
  }

  hand_clock clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> said_;
  std::atomic<bool> heard_ = false;
  bool ended_ = false;
  const std::string who_ = "run team~1~ab~7 of test.Agent/loop";
  std::unique_ptr<watchdog> dog_;
};

TEST_F(watchdog_test, rule_5_3_an_activation_over_its_cpu_limit_is_reported_with_its_stack) {
  open();
  {
    const watchdog::scope watched(*dog_, who_, company::others);
    compute_until(heard_);
  }
  const auto said = wait_until_said();
  EXPECT_THAT(said, HasSubstr(who_));
  EXPECT_THAT(said, HasSubstr("CPU time"));
  EXPECT_THAT(said, HasSubstr("#0 "));
  EXPECT_THAT(said, HasSubstr("compute_until"));
  EXPECT_FALSE(is_ended());
}

TEST_F(watchdog_test, it_is_reported_again_when_it_goes_on_but_ever_more_rarely) {
  open();
  std::atomic<bool> told = false;
  std::jthread tells([&] {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return said_.size() >= 3; });
    told = true;
  });
  {
    const watchdog::scope watched(*dog_, who_, company::others);
    compute_until(told);
  }
  EXPECT_GE(reports(), 3u);
}

TEST_F(watchdog_test, rule_5_3_on_stuck_end_process_ends_the_process_after_the_report) {
  open(on_stuck::end_process);
  std::atomic<bool> told = false;
  std::jthread tells([&] {
    wait_until_ended();
    told = true;
  });
  {
    const watchdog::scope watched(*dog_, who_, company::others);
    compute_until(told);
  }
  EXPECT_THAT(wait_until_said(), HasSubstr("The process ends"));
}

TEST_F(watchdog_test, one_that_has_the_node_for_itself_ends_the_process_in_any_case) {
  open(on_stuck::report);
  std::atomic<bool> told = false;
  std::jthread tells([&] {
    wait_until_ended();
    told = true;
  });
  {
    const watchdog::scope watched(*dog_, who_, company::alone);
    compute_until(told);
  }
  EXPECT_THAT(wait_until_said(), HasSubstr("alone on the node"));
}

TEST_F(watchdog_test, one_that_blocks_is_reported_once_and_never_ended) {
  open(on_stuck::end_process);
  gate held;
  std::jthread blocks([&] {
    const watchdog::scope watched(*dog_, who_, company::others);
    held.pass();
  });
  held.wait_for(1);
  while (reports() == 0) clock_.pass(runtime::milliseconds(1));
  EXPECT_THAT(wait_until_said(), HasSubstr("blocks a thread"));
  clock_.pass(runtime::seconds(100));
  {
    const std::string second = "a second one";  // when it is reported, the first was looked at
    std::jthread also_blocks([&] {
      const watchdog::scope watched(*dog_, second, company::others);
      held.pass();
    });
    held.wait_for(2);
    while (reports() == 1) clock_.pass(runtime::milliseconds(1));
    EXPECT_THAT(said_.back(), HasSubstr(second));
    EXPECT_EQ(reports(), 2u);
    held.open();
  }
  EXPECT_FALSE(is_ended());
}

TEST_F(watchdog_test, short_activations_are_not_reported_however_many_there_are) {
  open(on_stuck::report, runtime::seconds(60));
  for (int i = 0; i < 100'000; ++i) const watchdog::scope watched(*dog_, who_, company::others);
  clock_.pass(runtime::seconds(500));
  std::vector<std::jthread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([this] {
      for (int n = 0; n < 10'000; ++n) const watchdog::scope watched(*dog_, who_, company::others);
    });
  }
  others.clear();
  dog_->stop();
  EXPECT_EQ(reports(), 0u);
}

TEST_F(watchdog_test, several_are_told_apart) {
  open();
  const std::string quiet = "a quiet one";
  gate held;
  std::jthread waits([&] {
    const watchdog::scope watched(*dog_, quiet, company::others);
    held.pass();
  });
  held.wait_for(1);
  {
    const watchdog::scope watched(*dog_, who_, company::others);
    compute_until(heard_);
  }
  EXPECT_THAT(wait_until_said(), HasSubstr(who_));
  EXPECT_THAT(wait_until_said(), Not(HasSubstr("quiet")));
  held.open();
}

}  // namespace
}  // namespace perdure::actors
