#include "proto/plugin/name_check.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "proto/plugin/cpp_names.hpp"

namespace perdure::plugin {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::ServiceDescriptor;

constexpr std::size_t longest_agent_name = 128;

void check_package(const FileDescriptor& file, problems& found) {
  const auto& at = *file.service(0);
  if (file.package().empty()) {
    found.add(at, "stands in no package: add a line `package my_team.v1;`");
  }
  const auto space = cpp_namespace(file.package()) + "::";
  for (std::size_t from = 0; from < space.size();) {
    const auto to = space.find("::", from);
    const auto word = space.substr(from, to - from);
    if (is_cpp_keyword(word) || word == "std") {
      found.add(at, "'" + word + "' in the package's name cannot name a C++ namespace: rename it");
    }
    from = to + 2;
  }
}

void check_agent_name(const ServiceDescriptor& at, const std::string& name, problems& found) {
  const bool allowed = std::ranges::all_of(
      name, [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '_' || c == '-'; });
  if (!allowed) {
    found.add(at, "agent name \"" + name + "\": use letters, digits and \"._-\" only");
  }
  if (name.size() > longest_agent_name) {
    found.add(at, "agent name \"" + name + "\" has " + std::to_string(name.size()) +
                      " characters: use at most " + std::to_string(longest_agent_name));
  }
}

/// Whether `file` or what it imports is in `package`, or below it. `seen` ends diamonds of imports.
bool has_package(const FileDescriptor& file, const std::string& package,
                 std::set<const FileDescriptor*>& seen) {
  if (!seen.insert(&file).second) return false;
  if ((file.package() + ".").starts_with(package + ".")) return true;
  for (int i = 0; i < file.dependency_count(); ++i) {
    if (has_package(*file.dependency(i), package, seen)) return true;
  }
  return false;
}

/// Whether protoc's own C++ puts something of this name into the package's namespace.
bool is_taken(const FileDescriptor& file, const std::string& cpp_name) {
  const auto name = file.package() + "." + cpp_name;
  const auto& pool = *file.pool();
  std::set<const FileDescriptor*> seen;
  return pool.FindMessageTypeByName(name) || pool.FindEnumTypeByName(name) ||
         pool.FindEnumValueByName(name) || pool.FindExtensionByName(name) ||
         has_package(file, name, seen);
}

void check_operation_names(const ServiceDescriptor& service, const service_model& model,
                           problems& found) {
  std::map<std::string, std::string> first_of;
  for (const auto* member : {"context_", "name_space_", "agent_"}) {
    first_of.emplace(member, "a member of the generated client");
  }
  for (int i = 0; i < service.method_count(); ++i) {
    const auto& operation = model.operations[static_cast<std::size_t>(i)];
    const auto [first, is_new] = first_of.emplace(operation.cpp_name, operation.name);
    if (is_new) continue;
    found.add(*service.method(i), "is '" + operation.cpp_name + "' in C++, as " + first->second +
                                      " is: rename one of them");
  }
}

}  // namespace

void check_names(const FileDescriptor& file, const file_model& model, problems& found) {
  if (file.service_count() == 0) return;
  check_package(file, found);
  std::set<std::string> classes;
  std::set<std::string> agents;
  for (int i = 0; i < file.service_count(); ++i) {
    const auto& service = *file.service(i);
    const auto& chosen = model.services[static_cast<std::size_t>(i)];
    check_agent_name(service, chosen.agent_name, found);
    if (!agents.insert(chosen.agent_name).second) {
      found.add(service, "another service is agent \"" + chosen.agent_name + "\" too: rename one");
    }
    for (const auto& name : {chosen.cpp_name, chosen.client_name}) {
      if (is_taken(file, name) || !classes.insert(name).second) {
        found.add(service, "makes a class '" + name + "', a name that the package " +
                               file.package() + " has already: rename one");
      }
    }
    check_operation_names(service, chosen, found);
  }
}

}  // namespace perdure::plugin
