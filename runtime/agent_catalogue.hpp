#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/turn_executor.hpp"
#include "runtime/value_type.hpp"

namespace perdure::runtime {

/// What a step takes and gives, for those who show it.
struct step_types {
  value_type arguments, result;
  bool operator==(const step_types&) const = default;
};

/// What the agents and steps of one program take and give, for those who make and show values
/// (docs/adr/0019-what-other-nodes-agents-take.md).
struct agent_catalogue {
  std::vector<agent_description> agents;
  std::map<std::string, step_types, std::less<>> steps;
  std::shared_ptr<const message_schema> schema;  ///< null: the messages are this program's

  /// Null: no such agent, or no such operation of it.
  const agent_description* find(std::string_view agent) const;
  const operation_description* find(std::string_view agent, std::string_view operation) const;
  /// What it takes and gives. Null: bytes.
  value_type input_of(const operation_description* operation) const;
  value_type output_of(const operation_description* operation) const;
};

using catalogue_pointer = std::shared_ptr<const agent_catalogue>;

}  // namespace perdure::runtime
