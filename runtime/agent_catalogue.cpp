#include "runtime/agent_catalogue.hpp"

#include <algorithm>

namespace perdure::runtime {

const agent_description* agent_catalogue::find(std::string_view agent) const {
  const auto at = std::ranges::find(agents, agent, &agent_description::name);
  return at == agents.end() ? nullptr : &*at;
}

const operation_description* agent_catalogue::find(std::string_view agent,
                                                   std::string_view operation) const {
  const auto* of = find(agent);
  if (of == nullptr) return nullptr;
  const auto at = std::ranges::find(of->operations, operation, &operation_description::name);
  return at == of->operations.end() ? nullptr : &*at;
}

value_type agent_catalogue::input_of(const operation_description* operation) const {
  return operation == nullptr ? value_type() : message_type(operation->input_type, schema);
}

value_type agent_catalogue::output_of(const operation_description* operation) const {
  return operation == nullptr ? value_type() : message_type(operation->output_type, schema);
}

}  // namespace perdure::runtime
