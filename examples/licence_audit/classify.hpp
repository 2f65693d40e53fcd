#pragma once

#include <vector>

#include "licence_audit/audit.pb.h"
#include "licence_audit/legal.pb.h"

namespace licence_audit {

/// Judges an excerpt: which licences, how sure, what they ask. Pure: the same excerpt always gives
/// the same finding.
audit::v1::PackageFinding classify(const audit::v1::Excerpt& excerpt);

/// What legal must be asked before the finding is complete: the doubtful licences that no choice
/// in the package's terms avoids. Sorted by key.
std::vector<legal::v1::Question> questions_for_legal(const audit::v1::PackageFinding& finding);

/// Adds legal's decisions and settles the categories by them. A question without decision leaves
/// its licence doubtful.
void apply_decisions(audit::v1::PackageFinding& finding,
                     const std::vector<legal::v1::Decision>& decisions);

}  // namespace licence_audit
