#include <gmock/gmock.h>

#include "tests/kill/ledger.hpp"
#include "tests/kill/node_process.hpp"

namespace perdure::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A node that is started again whenever poison ends it, and other work on it.
class poison : public ::testing::Test {
 protected:
  void begin(std::vector<std::string> flags = {}) {
    node_ = std::make_unique<node_process>(std::move(flags));
    keeper_ = std::make_unique<supervisor>(*node_);
    ASSERT_TRUE(eventually([this] { return node_->client().get("/readyz").status == 200; }));
  }
  void TearDown() override { keeper_.reset(); }

  void start(const std::string& operation, const std::string& id, const std::string& input) {
    EXPECT_TRUE(eventually([&] {
      return node_->client().start("team", operation, id, input, "start " + id).is_ok();
    })) << id;
  }
  std::string status_of(const std::string& id) {
    return node_->client().result("team", id, "100ms").text("status");
  }
  std::string condition_of(const std::string& id) {
    return node_->client().describe("team", id).text("condition");
  }
  void the_work_of_others_completes(int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const auto id = fmt::format("other-{}", i);
      start(i % 3 == 0 ? "caller" : "chain", id, id + " 3");
    }
    for (int i = begin; i < end; ++i) {
      const auto id = fmt::format("other-{}", i);
      EXPECT_TRUE(eventually([&] { return status_of(id) == "completed"; }))
          << id << " is " << condition_of(id);
    }
  }
  void it_is_parked_as_poison_and_moves_on_when_it_is_mended(const std::string& id) {
    ASSERT_TRUE(eventually([&] { return condition_of(id) == "parked"; }))
        << condition_of(id) << "\n"
        << node_->output_text();
    EXPECT_THAT(node_->client().describe("team", id).text("detail"), StartsWith("poison"));
    EXPECT_THAT(node_->output_text(), HasSubstr("parked as poison"));
    const int restarts = keeper_->restarts();
    the_work_of_others_completes(100, 110);
    EXPECT_EQ(keeper_->restarts(), restarts) << "it does no harm any more";
    node_->mend();
    ASSERT_TRUE(node_->client().control("team", id, "resume", "").is_ok());
    EXPECT_TRUE(eventually([&] { return status_of(id) == "completed"; })) << condition_of(id);
  }

  std::unique_ptr<node_process> node_;
  std::unique_ptr<supervisor> keeper_;
};

TEST_F(poison, rule_5_3_a_workflow_that_faults_is_parked_and_the_work_of_others_completes) {
  begin();
  start("faults", "bad", "bad");
  the_work_of_others_completes(0, 20);
  it_is_parked_as_poison_and_moves_on_when_it_is_mended("bad");
  EXPECT_EQ(keeper_->restarts(), 3) << "the run itself, at most three times (invariant 16)";
}

TEST_F(poison, rule_5_3_a_step_that_faults_is_parked_and_the_work_of_others_completes) {
  begin();
  start("faults_in_a_step", "bad", "bad");
  the_work_of_others_completes(0, 20);
  it_is_parked_as_poison_and_moves_on_when_it_is_mended("bad");
}

TEST_F(poison, rule_5_3_two_poisonous_workflows_are_both_found_and_nobody_else) {
  begin();
  start("faults", "bad", "bad");
  start("faults", "worse", "worse");
  the_work_of_others_completes(0, 20);
  for (const auto* id : {"bad", "worse"})
    EXPECT_TRUE(eventually([&] { return condition_of(id) == "parked"; })) << condition_of(id);
  the_work_of_others_completes(20, 30);
  EXPECT_EQ(node_->client().list("team", "status=parked").body.at("runs").size(), 2u);
}

TEST_F(poison, rule_5_3_a_workflow_that_loops_is_reported_by_name_with_its_stack) {
  begin({"--watchdog-activation-cpu", "200ms"});
  start("loops", "endless", "endless");
  ASSERT_TRUE(
      eventually([&] { return node_->output_text().contains("has been running its code"); }));
  const auto said = node_->output_text();
  EXPECT_THAT(said, HasSubstr("test.Agent/loops"));
  EXPECT_THAT(said, HasSubstr("It is here:"));
  EXPECT_THAT(said, HasSubstr("perdure::testing::(anonymous namespace)::loops"));
  the_work_of_others_completes(0, 20);
  EXPECT_EQ(keeper_->restarts(), 0);
  ASSERT_TRUE(node_->client().control("team", "endless", "terminate", "").is_ok());
  EXPECT_TRUE(eventually([&] { return status_of("endless") == "terminated"; }));
}

TEST_F(poison, rule_5_3_with_end_process_a_workflow_that_loops_is_parked) {
  begin({"--watchdog-activation-cpu", "200ms", "--watchdog-on-stuck", "end_process"});
  start("loops", "endless", "endless");
  the_work_of_others_completes(0, 20);
  it_is_parked_as_poison_and_moves_on_when_it_is_mended("endless");
  EXPECT_THAT(node_->output_text(), HasSubstr("test.Agent/loops"));
}

}  // namespace
}  // namespace perdure::testing
