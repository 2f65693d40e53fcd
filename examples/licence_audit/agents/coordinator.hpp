#pragma once

#include <string>
#include <vector>

#include "licence_audit/audit.perdure.hpp"
#include "runtime/author/agent.hpp"

namespace licence_audit {

/// Runs an audit: finds the packages, has them read, hands the findings to the reporter.
class coordinator : public audit::v1::coordinator {
 public:
  perdure::workflow<audit::v1::AuditReport> audit(perdure::context& ctx,
                                                  audit::v1::AuditRequest request) override;
  audit::v1::AuditProgress progress(const perdure::query_context& ctx) const override;

 private:
  using findings = std::vector<audit::v1::PackageFinding>;

  /// A reader that fails is a finding about its package, not the end of the audit.
  perdure::task<audit::v1::PackageFinding> read(perdure::context& ctx,
                                                audit::v1::ReadRequest request);
  perdure::task<audit::v1::AuditReport> report(perdure::context& ctx,
                                               audit::v1::AuditRequest request, findings all);

  audit::v1::AuditProgress progress_;
};

}  // namespace licence_audit
