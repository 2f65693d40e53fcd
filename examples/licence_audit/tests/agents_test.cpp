#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "examples/licence_audit/agents/register_agents.hpp"
#include "examples/licence_audit/report.hpp"
#include "examples/licence_audit/tests/example_packages.hpp"
#include "examples/licence_audit/tests/small_swarm.hpp"
#include "examples/licence_audit/tests/temporary_folder.hpp"

namespace licence_audit {
namespace {

using audit::v1::AuditReport;
using perdure::runtime::run_description;
using perdure::runtime::run_status;
using testing::HasSubstr;

class agents : public testing::Test {
 protected:
  agents() { register_agents(offered_); }

  audit::v1::AuditRequest request() const {
    audit::v1::AuditRequest result;
    result.set_name("test");
    result.set_directory(example_folder() + "packages");
    result.set_output_directory(output_.path("report"));
    result.set_at_once(3);
    return result;
  }

  small_swarm::ending run(small_swarm& swarm, const audit::v1::AuditRequest& what,
                          const small_swarm::person& person = says_permissive) {
    return swarm.run("audit", "audit.v1.Coordinator", "Audit", perdure::encode(what), person);
  }

  static std::optional<perdure::runtime::data_item> signal(const legal::v1::Ruling& ruling) {
    perdure::runtime::data_item item;
    item.kind = perdure::runtime::item_kind::signal;
    item.name = "Rule";
    item.body = perdure::encode(ruling);
    return item;
  }
  static std::optional<perdure::runtime::data_item> says_permissive(const run_description&) {
    return signal(ruling());
  }

  /// What the report must be, whatever happens.
  report expected() const {
    return consolidate(example_folder() + "packages", audited(example_folder() + "packages"));
  }

  perdure::registry offered_{"test build"};
  temporary_folder output_;
};

TEST_F(agents, write_the_report_that_a_plain_loop_would_write) {
  const auto plain = expected();
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed=" + std::to_string(seed));
    std::filesystem::remove_all(output_.path("report"));
    small_swarm swarm(offered_, seed);
    const auto end = run(swarm, request());
    ASSERT_EQ(end.status, run_status::completed) << end.detail;
    EXPECT_EQ(perdure::decode<AuditReport>(end.result).SerializeAsString(),
              plain.figures.SerializeAsString());
    EXPECT_EQ(contents(output_.path("report/report.md")), to_markdown(plain));
    EXPECT_EQ(contents(output_.path("report/report.json")), to_json(plain));
  }
}

TEST_F(agents, leave_nothing_but_the_report) {
  small_swarm swarm(offered_, 1);
  run(swarm, request());
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(output_.path("report"))) {
    files.insert(entry.path().filename().string());
  }
  EXPECT_EQ(files, (std::set<std::string>{"report.json", "report.md"}));
}

TEST_F(agents, ask_each_question_once) {
  small_swarm swarm(offered_, 7);
  run(swarm, request());
  EXPECT_EQ(swarm.runs("legal.v1.Policy"),
            static_cast<std::size_t>(expected().figures.decisions_size()));
  EXPECT_EQ(swarm.runs("audit.v1.Reader"), 12U);
  EXPECT_GE(swarm.attempts("read_copyright"), 12U);
}

TEST_F(agents, tell_how_far_they_are) {
  small_swarm swarm(offered_, 3);
  run(swarm, request());
  const auto answer = swarm.query("first", "Progress");
  ASSERT_TRUE(answer) << answer.error().message;
  const auto progress = perdure::decode<audit::v1::AuditProgress>(*answer);
  EXPECT_EQ(progress.found(), 12U);
  EXPECT_EQ(progress.read(), 12U);
  EXPECT_EQ(progress.phase(), "done");
}

TEST_F(agents, wait_for_a_person) {
  small_swarm swarm(offered_, 5);
  const auto end = run(swarm, request(), {});
  EXPECT_EQ(end.status, run_status::open);
  const auto answer = swarm.query("licence/GFDL-1.3-or-later", "Open");
  ASSERT_TRUE(answer) << answer.error().message;
  const auto open = perdure::decode<legal::v1::OpenQuestion>(*answer);
  EXPECT_TRUE(open.waits_for_person());
  EXPECT_EQ(open.question().key(), "GFDL-1.3-or-later");
}

TEST_F(agents, ignore_a_ruling_that_says_nothing) {
  small_swarm swarm(offered_, 6);
  std::set<std::string> asked;
  const auto end = run(swarm, request(), [&](const run_description& who) {
    return signal(asked.insert(who.run_id).second ? legal::v1::Ruling() : ruling());
  });
  EXPECT_EQ(end.status, run_status::completed);
  EXPECT_EQ(perdure::decode<AuditReport>(end.result).SerializeAsString(),
            expected().figures.SerializeAsString());
}

TEST_F(agents, go_on_without_a_legal_team) {
  small_swarm swarm(offered_, 8);
  swarm.forbid("legal");
  const auto end = run(swarm, request());
  ASSERT_EQ(end.status, run_status::completed);
  const auto figures = perdure::decode<AuditReport>(end.result);
  ASSERT_GT(figures.decisions_size(), 0);
  for (const auto& count : figures.decisions()) {
    EXPECT_EQ(count.decision().category(), legal::v1::DOUBTFUL);
    EXPECT_THAT(count.decision().reason(), HasSubstr("denied"));
  }
}

TEST_F(agents, a_reader_that_fails_is_a_finding) {
  small_swarm swarm(offered_, 9);
  swarm.break_step("classify", "perl-module");
  const auto end = run(swarm, request());
  ASSERT_EQ(end.status, run_status::completed);
  EXPECT_EQ(perdure::decode<AuditReport>(end.result).unreadable(),
            expected().figures.unreadable() + 1);
  EXPECT_THAT(contents(output_.path("report/report.md")),
              HasSubstr("| perl-module |  | read error |"));
}

TEST_F(agents, a_directory_that_is_not_there_ends_the_audit) {
  small_swarm swarm(offered_, 10);
  auto what = request();
  what.set_directory("/nonexistent");
  const auto end = run(swarm, what);
  ASSERT_EQ(end.status, run_status::failed);
  EXPECT_EQ(perdure::runtime::decode_failure(end.result.view())->type, "no_packages");
}

TEST_F(agents, without_output_directory_give_the_figures_only) {
  small_swarm swarm(offered_, 11);
  auto what = request();
  what.clear_output_directory();
  what.set_limit(4);
  const auto end = run(swarm, what);
  ASSERT_EQ(end.status, run_status::completed);
  EXPECT_EQ(perdure::decode<AuditReport>(end.result).packages(), 4U);
  EXPECT_FALSE(std::filesystem::exists(output_.path("report")));
}

TEST_F(agents, hand_over_hundreds_of_findings_in_pages) {
  const temporary_folder many;
  for (int i = 0; i < 400; ++i) {
    std::string text =
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";
    for (int n = 0; n < 20; ++n)
      text += "Files: *\nLicense: GPL-" + std::to_string(n) + "+ or Expat\n\n";
    many.write("package-" + std::to_string(i) + "/copyright", text);
  }
  small_swarm swarm(offered_, 12);
  auto what = request();
  what.set_directory(many.path());
  what.set_at_once(100);
  const auto end = run(swarm, what, says_permissive);
  ASSERT_EQ(end.status, run_status::completed) << end.detail;
  EXPECT_GT(swarm.attempts("audit.v1.Reporter/WritePage"), 3U);
  EXPECT_EQ(contents(output_.path("report/report.json")),
            to_json(consolidate(many.path(), audited(many.path()))));
}

}  // namespace
}  // namespace licence_audit
