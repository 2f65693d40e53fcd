#include "examples/licence_audit/tests/example_packages.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include <gtest/gtest.h>

#include "examples/licence_audit/classify.hpp"
#include "examples/licence_audit/excerpt.hpp"
#include "examples/licence_audit/package_files.hpp"
#include "examples/licence_audit/policy.hpp"

namespace licence_audit {

std::string example_folder() {
  const auto* source = std::getenv("PERDURE_SOURCE_DIR");
  return std::string(source == nullptr ? "." : source) + "/examples/licence_audit/tests/";
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

legal::v1::Ruling ruling() {
  legal::v1::Ruling result;
  result.set_category(legal::v1::PERMISSIVE);
  result.set_decided_by("a person");
  result.set_reason("looked at it");
  return result;
}

std::vector<audit::v1::PackageFinding> audited(const std::string& directory) {
  std::vector<audit::v1::PackageFinding> findings;
  const auto files = find_package_files(directory);
  EXPECT_TRUE(files) << files.error();
  for (const auto& file : *files) {
    const auto bytes = read_package_file(file.path);
    auto finding = classify(bytes ? make_excerpt(file.package, *bytes)
                                  : unreadable(file.package, bytes.error()));
    std::vector<legal::v1::Decision> decisions;
    for (const auto& question : questions_for_legal(finding)) {
      legal::v1::Decision by_person;
      by_person.set_key(question.key());
      by_person.set_category(ruling().category());
      by_person.set_decided_by(ruling().decided_by());
      by_person.set_reason(ruling().reason());
      decisions.push_back(decide_by_policy(question).value_or(by_person));
    }
    if (!decisions.empty()) apply_decisions(finding, decisions);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace licence_audit
