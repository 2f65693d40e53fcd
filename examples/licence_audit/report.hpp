#pragma once

#include <string>
#include <vector>

#include "licence_audit/audit.pb.h"

namespace licence_audit {

/// Everything that an audit found: the findings sorted by package, and their figures.
///
/// The reports depend on the findings alone. They hold no times, ids or hosts, and the findings may
/// come in any order: an audit that was killed three times writes the same bytes as one that was
/// not.
struct report {
  audit::v1::AuditReport figures;
  std::vector<audit::v1::PackageFinding> findings;
};

report consolidate(std::string directory, std::vector<audit::v1::PackageFinding> findings);

/// For people: figures, licences, legal's decisions, problems, packages.
std::string to_markdown(const report& audit);

/// For programs: the same and all that the tables leave out.
std::string to_json(const report& audit);

/// "not readable", "the text is not indented": a word for tables and JSON.
std::string name(audit::v1::Problem::Kind kind);
std::string name(audit::v1::Form form);
std::string name(audit::v1::Confidence confidence);

}  // namespace licence_audit
