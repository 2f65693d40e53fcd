#include "examples/licence_audit/report.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "examples/licence_audit/characters.hpp"

namespace licence_audit {
namespace {

/// "NOT_A_FILE" is "not a file".
std::string words_of(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c == '_' ? ' ' : lower(c); });
  return text;
}

void count_forms(report& audit) {
  auto& figures = audit.figures;
  for (const auto& finding : audit.findings) {
    switch (finding.form()) {
      case audit::v1::MACHINE_READABLE:
        figures.set_machine_readable(figures.machine_readable() + 1);
        break;
      case audit::v1::FREE_TEXT:
        figures.set_free_text(figures.free_text() + 1);
        break;
      default:
        figures.set_unreadable(figures.unreadable() + 1);
        break;
    }
    figures.set_problems(figures.problems() + static_cast<std::uint32_t>(finding.problems_size()));
  }
}

void count_categories(report& audit) {
  std::map<legal::v1::Category, std::uint32_t> counts;
  for (const auto& finding : audit.findings) ++counts[finding.category()];
  for (const auto& [category, packages] : counts) {
    auto* count = audit.figures.add_categories();
    count->set_category(category);
    count->set_packages(packages);
  }
}

void count_licences(report& audit) {
  std::map<std::string, std::pair<legal::v1::Category, std::uint32_t>> counts;
  for (const auto& finding : audit.findings) {
    for (const auto& licence : finding.licences()) {
      auto& [category, packages] = counts[licence.key()];
      category = licence.category();
      ++packages;
    }
  }
  for (const auto& [key, count] : counts) {
    auto* licence = audit.figures.add_licences();
    licence->set_key(key);
    licence->set_category(count.first);
    licence->set_packages(count.second);
  }
  std::ranges::sort(*audit.figures.mutable_licences(), {}, [](const auto& licence) {
    return std::pair(-static_cast<std::int64_t>(licence.packages()), licence.key());
  });
}

void count_decisions(report& audit) {
  std::map<std::string, std::pair<legal::v1::Decision, std::uint32_t>> counts;
  for (const auto& finding : audit.findings) {
    for (const auto& decision : finding.decisions()) {
      auto& [first, packages] = counts[decision.key()];
      first = decision;
      ++packages;
    }
  }
  for (const auto& [key, count] : counts) {
    auto* decision = audit.figures.add_decisions();
    *decision->mutable_decision() = count.first;
    decision->set_packages(count.second);
  }
}

}  // namespace

report consolidate(std::string directory, std::vector<audit::v1::PackageFinding> findings) {
  report audit{.figures = {}, .findings = std::move(findings)};
  std::ranges::sort(audit.findings, {}, &audit::v1::PackageFinding::package);
  audit.figures.set_directory(std::move(directory));
  audit.figures.set_packages(static_cast<std::uint32_t>(audit.findings.size()));
  count_forms(audit);
  count_categories(audit);
  count_licences(audit);
  count_decisions(audit);
  return audit;
}

std::string name(audit::v1::Problem::Kind kind) {
  return words_of(audit::v1::Problem::Kind_Name(kind));
}
std::string name(audit::v1::Form form) { return words_of(audit::v1::Form_Name(form)); }
std::string name(audit::v1::Confidence confidence) {
  return words_of(audit::v1::Confidence_Name(confidence));
}

}  // namespace licence_audit
