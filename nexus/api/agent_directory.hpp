#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nexus/api/api_error.hpp"
#include "proto/id_template.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure::nexus {

/// What the agents of this node take and give, looked up by name.
class agent_directory {
 public:
  struct operation {
    runtime::operation_description description;
    std::optional<proto::id_template> id;
  };

  explicit agent_directory(std::vector<runtime::agent_description> agents);

  const std::vector<runtime::agent_description>& agents() const { return agents_; }

  bool has(std::string_view agent) const { return operations_.contains(agent); }

  /// Something that a start can name: a workflow or a function. Error not_found says what there is.
  api_result<const operation*> startable(std::string_view agent, std::string_view name) const;

  /// A signal or query of one agent, null if there is none of that name.
  const operation* find(std::string_view agent, runtime::operation_kind kind,
                        std::string_view name) const;

  /// A signal or query whose types every agent that has one of that name agrees about.
  struct by_name {
    const operation* found = nullptr;
    bool ambiguous = false;  ///< agents disagree: it takes the agent's name to know
  };
  by_name find(runtime::operation_kind kind, std::string_view name) const;

 private:
  std::vector<runtime::agent_description> agents_;
  std::map<std::string, std::vector<operation>, std::less<>> operations_;
};

}  // namespace perdure::nexus
