#include "nexus/api/agent_directory.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace perdure::nexus {

using runtime::errc;
using runtime::operation_kind;

agent_directory::agent_directory(std::vector<runtime::agent_description> agents)
    : agents_(std::move(agents)) {
  for (const auto& agent : agents_) {
    auto& operations = operations_[agent.name];
    for (const auto& description : agent.operations) {
      operation& added = operations.emplace_back(operation{description, {}});
      if (description.id_template.empty()) continue;
      // The plugin has checked it when the agent was compiled.
      if (auto id = proto::id_template::parse(description.id_template)) added.id = *std::move(id);
    }
  }
}

api_result<const agent_directory::operation*> agent_directory::startable(
    std::string_view agent, std::string_view name) const {
  const auto entry = operations_.find(agent);
  if (entry == operations_.end()) {
    std::vector<std::string_view> names;
    for (const auto& [known, operations] : operations_) names.push_back(known);
    return refuse(errc::not_found, fmt::format("this node has no agent \"{}\"; it has: {}", agent,
                                               fmt::join(names, ", ")));
  }
  std::vector<std::string_view> names;
  for (const operation& candidate : entry->second) {
    const auto kind = candidate.description.kind;
    if (kind != operation_kind::workflow && kind != operation_kind::function) continue;
    if (candidate.description.name == name) return &candidate;
    names.push_back(candidate.description.name);
  }
  return refuse(errc::not_found,
                fmt::format("agent \"{}\" has no workflow or function \"{}\"; it has: {}", agent,
                            name, fmt::join(names, ", ")));
}

const agent_directory::operation* agent_directory::find(std::string_view agent, operation_kind kind,
                                                        std::string_view name) const {
  const auto entry = operations_.find(agent);
  if (entry == operations_.end()) return nullptr;
  for (const operation& candidate : entry->second) {
    if (candidate.description.kind == kind && candidate.description.name == name) return &candidate;
  }
  return nullptr;
}

agent_directory::by_name agent_directory::find(operation_kind kind, std::string_view name) const {
  by_name result;
  for (const auto& [agent, operations] : operations_) {
    const operation* candidate = find(agent, kind, name);
    if (!candidate) continue;
    if (!result.found) {
      result.found = candidate;
    } else if (result.found->description.input_type != candidate->description.input_type ||
               result.found->description.output_type != candidate->description.output_type) {
      return {.found = nullptr, .ambiguous = true};
    }
  }
  return result;
}

}  // namespace perdure::nexus
