#include "nexus/api/agent_lookup.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace perdure::nexus {

using runtime::agent_catalogue;
using runtime::errc;
using runtime::operation_description;
using runtime::operation_kind;

api_result<const operation_description*> find_startable(const agent_catalogue& catalogue,
                                                        std::string_view agent,
                                                        std::string_view name) {
  const auto* found = catalogue.find(agent);
  std::vector<std::string_view> names;
  if (found == nullptr) {
    for (const auto& known : catalogue.agents) names.push_back(known.name);
    std::ranges::sort(names);
    if (names.empty()) names.emplace_back("none");
    return refuse(errc::not_found, fmt::format("this node has no agent \"{}\"; it has: {}", agent,
                                               fmt::join(names, ", ")));
  }
  for (const auto& candidate : found->operations) {
    if (candidate.kind != operation_kind::workflow && candidate.kind != operation_kind::function)
      continue;
    if (candidate.name == name) return &candidate;
    names.push_back(candidate.name);
  }
  return refuse(errc::not_found,
                fmt::format("agent \"{}\" has no workflow or function \"{}\"; it has: {}", agent,
                            name, fmt::join(names, ", ")));
}

const operation_description* find_operation(const agent_catalogue& catalogue,
                                            std::string_view agent, operation_kind kind,
                                            std::string_view name) {
  const auto* found = catalogue.find(agent, name);
  return found != nullptr && found->kind == kind ? found : nullptr;
}

found_by_name find_by_name(const agent_catalogue& catalogue, operation_kind kind,
                           std::string_view name) {
  found_by_name result;
  for (const auto& agent : catalogue.agents) {
    const auto* candidate = find_operation(catalogue, agent.name, kind, name);
    if (candidate == nullptr) continue;
    if (result.operation == nullptr) {
      result.operation = candidate;
    } else if (result.operation->input_type != candidate->input_type ||
               result.operation->output_type != candidate->output_type) {
      return {.operation = nullptr, .ambiguous = true};
    }
  }
  return result;
}

}  // namespace perdure::nexus
