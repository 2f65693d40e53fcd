#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "runtime/author/step_registry.hpp"
#include "runtime/client.hpp"

namespace perdure::actors {

/// Says of each value in the story of a run what it is, as far as the agents and steps of this node
/// tell; the rest stays bytes. Any thread.
class story_types {
 public:
  /// `steps` outlives it.
  story_types(std::vector<runtime::agent_description> agents, const perdure::step_registry& steps);

  /// Of a run of that agent and operation.
  void name(std::span<runtime::history_event> story, std::string_view agent,
            std::string_view operation_name) const;

 private:
  using operation = const runtime::operation_description*;  ///< null: not here

  runtime::value_type type_of(const runtime::history_event& event, std::string_view agent,
                              std::string_view operation_name) const;
  operation find(std::string_view agent, std::string_view name) const;
  operation find_called(std::string_view name) const;
  runtime::value_type type_of_signal(std::string_view name) const;

  const std::vector<runtime::agent_description> agents_;
  const perdure::step_registry& steps_;
};

}  // namespace perdure::actors
