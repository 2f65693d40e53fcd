#include "examples/licence_audit/report.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "examples/licence_audit/package_files.hpp"
#include "examples/licence_audit/tests/example_packages.hpp"

namespace licence_audit {
namespace {

using testing::HasSubstr;
using testing::Not;

void expect_golden(const std::string& name, const std::string& text) {
  const auto path = example_folder() + "golden/" + name;
  if (const auto* rewrite = std::getenv("PERDURE_REWRITE_GOLDEN");
      rewrite != nullptr && std::string(rewrite) == "1") {
    std::ofstream(path, std::ios::binary) << text;
  }
  EXPECT_EQ(text, contents(path)) << "PERDURE_REWRITE_GOLDEN=1 writes it anew";
}

TEST(report, of_the_example_packages_is_the_golden_one) {
  const auto audit = consolidate("packages", audited(example_folder() + "packages"));
  expect_golden("report.md", to_markdown(audit));
  expect_golden("report.json", to_json(audit));
}

TEST(report, does_not_depend_on_the_order_of_arrival) {
  auto findings = audited(example_folder() + "packages");
  const auto first = consolidate("packages", findings);
  std::ranges::reverse(findings);
  const auto second = consolidate("packages", findings);
  std::rotate(findings.begin(), findings.begin() + 5, findings.end());
  const auto third = consolidate("packages", findings);
  EXPECT_EQ(to_json(first), to_json(second));
  EXPECT_EQ(to_json(first), to_json(third));
  EXPECT_EQ(to_markdown(first), to_markdown(third));
  EXPECT_EQ(first.figures.SerializeAsString(), third.figures.SerializeAsString());
}

TEST(report, of_nothing_has_its_parts) {
  const auto audit = consolidate("/none", {});
  EXPECT_THAT(to_markdown(audit), HasSubstr("0 packages"));
  EXPECT_EQ(nlohmann::json::parse(to_json(audit)).at("figures").at("packages"), 0);
}

TEST(report, text_of_files_is_no_markup) {
  audit::v1::PackageFinding finding;
  finding.set_package("a|b<script>");
  finding.add_problems()->set_detail("*bold*\n| x |");
  const auto text = to_markdown(consolidate("/d", {finding}));
  EXPECT_THAT(text, HasSubstr("a\\|b\\<script\\>"));
  EXPECT_THAT(text, HasSubstr("\\*bold\\* \\| x \\|"));
  EXPECT_THAT(text, Not(HasSubstr("<script>")));
}

TEST(report, every_copyright_file_of_this_machine_gives_a_finding) {
  if (!find_package_files("/usr/share/doc")) GTEST_SKIP() << "no /usr/share/doc here";
  const auto findings = audited("/usr/share/doc");
  for (const auto& finding : findings) {
    EXPECT_NE(finding.form(), audit::v1::FORM_UNSPECIFIED) << finding.package();
    EXPECT_NE(finding.category(), legal::v1::CATEGORY_UNSPECIFIED) << finding.package();
    EXPECT_FALSE(finding.terms().empty() && finding.problems().empty()) << finding.package();
    EXPECT_LT(finding.ByteSizeLong(), 200'000U) << finding.package();
  }
  const auto audit = consolidate("/usr/share/doc", findings);
  EXPECT_EQ(nlohmann::json::parse(to_json(audit)).at("packages").size(), findings.size());
  EXPECT_LT(audit.figures.ByteSizeLong(), 500'000U);
}

}  // namespace
}  // namespace licence_audit
