#include "examples/licence_audit/agents/reporter.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "examples/licence_audit/durable_file.hpp"
#include "examples/licence_audit/report.hpp"

namespace licence_audit {
namespace {

namespace fs = std::filesystem;

/// Where a page waits for the report. The audit's name may hold anything: only its bytes in
/// hexadecimal go into a path.
fs::path page_path(const std::string& output_directory, std::string_view audit,
                   std::uint32_t number) {
  std::string hex;
  for (const char c : audit) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return fs::path(output_directory) / fmt::format("page-{}-{}.binpb", hex, number);
}

}  // namespace

void reporter::write_page(perdure::step_context&, audit::v1::Page page) {
  write_durably(page_path(page.output_directory(), page.audit(), page.number()).string(),
                page.SerializeAsString());
}

audit::v1::AuditReport reporter::write_report(perdure::step_context& step,
                                              audit::v1::ReportRequest request) {
  std::vector<audit::v1::PackageFinding> findings;
  for (std::uint32_t number = 1; number <= request.pages(); ++number) {
    step.throw_if_cancelled();
    const auto path = page_path(request.output_directory(), request.audit(), number);
    audit::v1::Page page;
    if (!page.ParseFromString(read_whole(path.string()))) {
      throw perdure::permanent_error("bad_page", fmt::format("{} is damaged", path.string()));
    }
    for (auto& finding : *page.mutable_findings()) findings.push_back(std::move(finding));
  }
  const auto audit = consolidate(request.directory(), std::move(findings));
  const fs::path output = request.output_directory();
  write_durably((output / "report.md").string(), to_markdown(audit));
  write_durably((output / "report.json").string(), to_json(audit));
  return audit.figures;
}

void reporter::remove_pages(perdure::step_context&, audit::v1::ReportRequest request) {
  for (std::uint32_t number = 1; number <= request.pages(); ++number) {
    fs::remove(page_path(request.output_directory(), request.audit(), number));
  }
}

}  // namespace licence_audit
