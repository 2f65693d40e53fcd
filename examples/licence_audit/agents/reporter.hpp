#pragma once

#include "licence_audit/audit.perdure.hpp"
#include "runtime/author/agent.hpp"

namespace licence_audit {

/// Writes the findings into pages and the pages into report.md and report.json. A file is whole or
/// not there: it is written beside its place and moved into it, so that an attempt that is repeated
/// after a crash does no harm.
class reporter : public audit::v1::reporter {
 public:
  void write_page(perdure::step_context& step, audit::v1::Page page) override;
  audit::v1::AuditReport write_report(perdure::step_context& step,
                                      audit::v1::ReportRequest request) override;
  void remove_pages(perdure::step_context& step, audit::v1::ReportRequest request) override;
};

}  // namespace licence_audit
