#pragma once

#include <string>
#include <vector>

#include "licence_audit/audit.pb.h"

namespace licence_audit {

/// The folder of these tests.
std::string example_folder();

/// The contents of a file, empty if there is none.
std::string contents(const std::string& path);

/// What the swarm does, in a plain loop: reads, judges, asks legal, whose person says "permissive".
std::vector<audit::v1::PackageFinding> audited(const std::string& directory);

/// The answer of that person.
legal::v1::Ruling ruling();

}  // namespace licence_audit
