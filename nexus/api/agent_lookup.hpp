#pragma once

#include <string_view>

#include "nexus/api/api_error.hpp"
#include "runtime/agent_catalogue.hpp"

namespace perdure::nexus {

/// Something that a start can name: a workflow or a function. Error not_found says what there is.
api_result<const runtime::operation_description*> find_startable(
    const runtime::agent_catalogue& catalogue, std::string_view agent, std::string_view name);

/// A signal or query of one agent, null if there is none of that name.
const runtime::operation_description* find_operation(const runtime::agent_catalogue& catalogue,
                                                     std::string_view agent,
                                                     runtime::operation_kind kind,
                                                     std::string_view name);

/// A signal or query whose types every agent that has one of that name agrees about.
struct found_by_name {
  const runtime::operation_description* operation = nullptr;
  bool ambiguous = false;  ///< agents disagree: it takes the agent's name to know
};
found_by_name find_by_name(const runtime::agent_catalogue& catalogue, runtime::operation_kind kind,
                           std::string_view name);

}  // namespace perdure::nexus
