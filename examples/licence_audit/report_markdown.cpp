#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "examples/licence_audit/policy.hpp"
#include "examples/licence_audit/report.hpp"

namespace licence_audit {
namespace {

/// Text from a file within a table: nothing in it is markup.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      result.push_back(' ');
      continue;
    }
    if (std::string_view("|\\`*_<>[]").contains(c)) result.push_back('\\');
    result.push_back(c);
  }
  return result;
}

std::string code(std::string_view text) { return text.empty() ? "" : fmt::format("`{}`", text); }

/// The terms of a package, the first few of them.
std::string terms_of(const audit::v1::PackageFinding& finding) {
  constexpr int most = 8;
  std::string result;
  for (int i = 0; i < finding.terms_size() && i < most; ++i) {
    fmt::format_to(std::back_inserter(result), "{}{}", i == 0 ? "" : "; ",
                   finding.terms(i).expression());
  }
  if (finding.terms_size() > most) {
    fmt::format_to(std::back_inserter(result), "; and {} more", finding.terms_size() - most);
  }
  return result;
}

void write_figures(std::string& out, const audit::v1::AuditReport& figures) {
  fmt::format_to(std::back_inserter(out),
                 "# Licence audit of {}\n\n{} packages: {} with a machine-readable copyright file, "
                 "{} with free text, {} unreadable.\n\n| most demanding licence | packages |\n"
                 "|---|---:|\n",
                 code(figures.directory()), figures.packages(), figures.machine_readable(),
                 figures.free_text(), figures.unreadable());
  for (const auto& count : figures.categories()) {
    fmt::format_to(std::back_inserter(out), "| {} | {} |\n", name(count.category()),
                   count.packages());
  }
}

void write_licences(std::string& out, const audit::v1::AuditReport& figures) {
  fmt::format_to(std::back_inserter(out),
                 "\n## Licences\n\n| licence | asks for | packages |\n|---|---|---:|\n");
  for (const auto& licence : figures.licences()) {
    fmt::format_to(std::back_inserter(out), "| {} | {} | {} |\n", cell(licence.key()),
                   name(licence.category()), licence.packages());
  }
}

void write_decisions(std::string& out, const audit::v1::AuditReport& figures) {
  fmt::format_to(std::back_inserter(out),
                 "\n## Decisions of legal\n\n{} questions were put to legal, each decided once.\n",
                 figures.decisions_size());
  if (figures.decisions().empty()) return;
  out += "\n| licence | is | decided by | because | packages |\n|---|---|---|---|---:|\n";
  for (const auto& count : figures.decisions()) {
    const auto& decision = count.decision();
    fmt::format_to(std::back_inserter(out), "| {} | {} | {} | {} | {} |\n", cell(decision.key()),
                   name(decision.category()), cell(decision.decided_by()), cell(decision.reason()),
                   count.packages());
  }
}

void write_problems(std::string& out, const report& audit) {
  fmt::format_to(std::back_inserter(out), "\n## Findings\n\n{} problems with the files.\n",
                 audit.figures.problems());
  if (audit.figures.problems() == 0) return;
  out += "\n| package | line | finding | |\n|---|---:|---|---|\n";
  for (const auto& finding : audit.findings) {
    for (const auto& problem : finding.problems()) {
      fmt::format_to(std::back_inserter(out), "| {} | {} | {} | {} |\n", cell(finding.package()),
                     problem.line() == 0 ? "" : std::to_string(problem.line()),
                     name(problem.kind()), cell(problem.detail()));
    }
  }
}

void write_packages(std::string& out, const report& audit) {
  out += "\n## Packages\n\n| package | file | asks for | licences |\n|---|---|---|---|\n";
  for (const auto& finding : audit.findings) {
    fmt::format_to(std::back_inserter(out), "| {} | {} | {} | {} |\n", cell(finding.package()),
                   name(finding.form()), name(finding.category()), cell(terms_of(finding)));
  }
}

}  // namespace

std::string to_markdown(const report& audit) {
  std::string out;
  write_figures(out, audit.figures);
  write_licences(out, audit.figures);
  write_decisions(out, audit.figures);
  write_problems(out, audit);
  write_packages(out, audit);
  return out;
}

}  // namespace licence_audit
