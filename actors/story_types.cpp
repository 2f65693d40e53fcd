#include "actors/story_types.hpp"

#include <algorithm>
#include <optional>

namespace perdure::actors {
namespace {

using runtime::agent_description;
using runtime::operation_description;
using runtime::operation_kind;
using runtime::value_type;

value_type given(const operation_description* operation) {
  return operation == nullptr ? value_type() : runtime::message_type(operation->input_type);
}
value_type given_back(const operation_description* operation) {
  return operation == nullptr ? value_type() : runtime::message_type(operation->output_type);
}
value_type given(const step_types* step) {
  return step == nullptr ? value_type() : step->arguments;
}
value_type given_back(const step_types* step) {
  return step == nullptr ? value_type() : step->result;
}

bool is_signal(const operation_description* operation) {
  return operation != nullptr && operation->kind == operation_kind::signal;
}

const operation_description* find_in(const agent_description& agent, std::string_view name) {
  const auto at = std::ranges::find(agent.operations, name, &operation_description::name);
  return at == agent.operations.end() ? nullptr : &*at;
}

}  // namespace

story_types::story_types(std::vector<agent_description> agents, const step_registry& steps)
    : agents_(std::move(agents)), steps_(steps) {}

void story_types::name(std::span<runtime::history_event> story, std::string_view agent,
                       std::string_view operation_name) const {
  for (auto& event : story) event.body_type = type_of(event, agent, operation_name);
}

value_type story_types::type_of(const runtime::history_event& event, std::string_view agent,
                                std::string_view operation_name) const {
  if (event.kind == "started") return given(find(agent, operation_name));
  if (event.kind == "completed") return given_back(find(agent, operation_name));
  if (event.kind == "step_scheduled") return given(steps_.types_of(event.name));
  if (event.kind == "step_completed") return given_back(steps_.types_of(event.name));
  if (event.kind == "call_scheduled") return given(find_called(event.name));
  if (event.kind == "call_completed") return given_back(find_called(event.name));
  if (event.kind == "signal_received") {
    const auto* signal = find(agent, event.name);
    return is_signal(signal) ? given(signal) : value_type();
  }
  if (event.kind == "signal_sent") return type_of_signal(event.name);
  return {};
}

story_types::operation story_types::find(std::string_view agent, std::string_view name) const {
  const auto at = std::ranges::find(agents_, agent, &agent_description::name);
  return at == agents_.end() ? nullptr : find_in(*at, name);
}

/// "agent/operation"
story_types::operation story_types::find_called(std::string_view name) const {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? nullptr
                                         : find(name.substr(0, slash), name.substr(slash + 1));
}

/// A signal to somebody, nobody here knows of which agent: its type if all agents that take one of
/// that name agree.
value_type story_types::type_of_signal(std::string_view name) const {
  std::optional<value_type> type;
  for (const auto& agent : agents_) {
    const auto* found = find_in(agent, name);
    if (!is_signal(found)) continue;
    if (type && *type != given(found)) return {};
    type = given(found);
  }
  return type.value_or(value_type());
}

}  // namespace perdure::actors
