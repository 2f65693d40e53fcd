#include <nlohmann/json.hpp>

#include "examples/licence_audit/policy.hpp"
#include "examples/licence_audit/report.hpp"

namespace licence_audit {
namespace {

using json = nlohmann::ordered_json;

json decision_json(const legal::v1::Decision& decision) {
  return {{"licence", decision.key()},
          {"category", name(decision.category())},
          {"decided_by", decision.decided_by()},
          {"reason", decision.reason()}};
}

json figures_json(const audit::v1::AuditReport& figures) {
  auto categories = json::object();
  for (const auto& count : figures.categories()) {
    categories[std::string(name(count.category()))] = count.packages();
  }
  auto licences = json::array();
  for (const auto& licence : figures.licences()) {
    licences.push_back({{"licence", licence.key()},
                        {"category", name(licence.category())},
                        {"packages", licence.packages()}});
  }
  auto decisions = json::array();
  for (const auto& count : figures.decisions()) {
    auto decision = decision_json(count.decision());
    decision["packages"] = count.packages();
    decisions.push_back(std::move(decision));
  }
  return {{"packages", figures.packages()},   {"machine_readable", figures.machine_readable()},
          {"free_text", figures.free_text()}, {"unreadable", figures.unreadable()},
          {"problems", figures.problems()},   {"categories", std::move(categories)},
          {"licences", std::move(licences)},  {"decisions", std::move(decisions)}};
}

json licences_json(const audit::v1::PackageFinding& finding) {
  auto result = json::array();
  for (const auto& licence : finding.licences()) {
    result.push_back({{"licence", licence.key()},
                      {"written", licence.name()},
                      {"category", name(licence.category())},
                      {"confidence", name(licence.confidence())},
                      {"line", licence.line()},
                      {"evidence", licence.evidence()}});
  }
  return result;
}

json finding_json(const audit::v1::PackageFinding& finding) {
  auto terms = json::array();
  for (const auto& term : finding.terms()) {
    terms.push_back({{"expression", term.expression()},
                     {"category", name(term.category())},
                     {"line", term.line()}});
  }
  auto problems = json::array();
  for (const auto& problem : finding.problems()) {
    problems.push_back(
        {{"kind", name(problem.kind())}, {"line", problem.line()}, {"detail", problem.detail()}});
  }
  auto decisions = json::array();
  for (const auto& decision : finding.decisions()) decisions.push_back(decision_json(decision));
  return {{"package", finding.package()},    {"form", name(finding.form())},
          {"bytes", finding.bytes()},        {"category", name(finding.category())},
          {"terms", std::move(terms)},       {"licences", licences_json(finding)},
          {"problems", std::move(problems)}, {"decisions", std::move(decisions)}};
}

}  // namespace

std::string to_json(const report& audit) {
  auto packages = json::array();
  for (const auto& finding : audit.findings) packages.push_back(finding_json(finding));
  const json all{{"directory", audit.figures.directory()},
                 {"figures", figures_json(audit.figures)},
                 {"packages", std::move(packages)}};
  return all.dump(2) + "\n";
}

}  // namespace licence_audit
