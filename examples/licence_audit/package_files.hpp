#pragma once

#include <expected>
#include <string>
#include <vector>

#include "licence_audit/audit.pb.h"

namespace licence_audit {

/// A package and where its copyright file is.
struct package_file {
  std::string package;
  std::string path;
  bool operator==(const package_file&) const = default;
};

/// All <directory>/*/copyright, sorted by package. A link counts as what it is called, also one
/// that leads nowhere: that is for reading to find out. Error: the directory cannot be listed.
std::expected<std::vector<package_file>, std::string> find_package_files(
    const std::string& directory);

/// The bytes of a regular file, up to 16 MiB, or what is wrong with it. Follows links; never waits
/// (a pipe or device is NOT_A_FILE).
std::expected<std::string, audit::v1::Problem> read_package_file(const std::string& path);

}  // namespace licence_audit
